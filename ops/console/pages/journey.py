"""The console's page of a journey: what became of a message, and all that it caused."""

from collections.abc import Iterable, Sequence

from flask import Blueprint, render_template, request, url_for

from ops.console.context import current_context
from ops.console.graph.graph import graph
from ops.terminal.errors import OperatorError
from ops.terminal.times import moment
from ops.trace.journey import Node
from ops.trace.search import find_journeys, not_found

_REACH = "7d"
"""How far back the logs are read, where nothing else is said."""

_MOST_MESSAGES = 200
"""Of a page, where there are several trees."""

pages = Blueprint("journeys", __name__)


@pages.get("/journey")
def journey() -> str:
    """The page, at once; its graph comes when the logs are read."""
    return render_template(
        "journey.html", an_id=request.args.get("id", "").strip(), since=request.args.get("since", _REACH).strip()
    )


@pages.get("/journey/graph")
def drawn() -> str:
    """The graph, or why there is none; a part of the page."""
    desk = current_context()
    an_id, now = request.args.get("id", ""), desk.now()
    roots: tuple[Node, ...] = ()
    try:
        since = moment(request.args.get("since", _REACH), now)
        roots, logs = find_journeys(desk.stage, an_id, since)
        trouble = "" if roots else not_found(an_id, desk.stage.name, since, logs)
    except OperatorError as error:
        trouble = str(error)
    shown = _first(roots)
    picture = graph(shown, asked=an_id, now=now) if shown else None
    return render_template(
        "journey_drawn.html",
        picture=picture,
        trouble=trouble,
        letters=_places(shown),
        more=len(roots) - len(shown),
        an_id=an_id,
    )


def _first(roots: Sequence[Node]) -> tuple[Node, ...]:
    """As many trees as a page can have, and one at least: a producer may give any number of messages one chain."""
    count = 0
    for shown, root in enumerate(roots):
        count += sum(1 for _ in root.walk())
        if shown and count > _MOST_MESSAGES:
            return tuple(roots[:shown])
    return tuple(roots)


def _places(roots: Iterable[Node]) -> dict[str, str]:
    """The pages of those of its messages that lie in a dead-letter queue, by message id."""
    ids = {node.id for root in roots for _, node in root.walk()}
    return {
        each.dead_letter.id: url_for(
            "looking.letter", service=each.service, sqs_message_id=each.dead_letter.sqs_message_id
        )
        for each in current_context().board.seen.found
        if each.dead_letter.id in ids
    }
