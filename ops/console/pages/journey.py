"""Journey page: every hop of a message and of all follow-ups that it caused, over time."""

from collections.abc import Iterable, Sequence

from flask import Blueprint, render_template, request, url_for

from ops.console.context import current_context
from ops.console.graph.graph import graph
from ops.terminal.errors import OperatorError
from ops.terminal.times import moment
from ops.trace.journey import Node
from ops.trace.notifications import notifications
from ops.trace.search import find_journeys, not_found

_DEFAULT_SINCE = "7d"
"""How far back the logs are read by default."""

_MAX_MESSAGES = 200
"""Limit of messages on a page; one tree is always drawn whole."""

pages = Blueprint("journey", __name__)


@pages.get("/journey")
def journey() -> str:
    """Show the page at once; it loads the graph afterwards, since reading the logs takes time."""
    return render_template(
        "journey.html",
        message_id=request.args.get("id", "").strip(),
        since=request.args.get("since", _DEFAULT_SINCE).strip(),
    )


@pages.get("/journey/graph")
def journey_graph() -> str:
    """Render the graph, or a sentence that says why there is none, as a fragment of the page."""
    context = current_context()
    message_id, now = request.args.get("id", ""), context.now()
    roots: tuple[Node, ...] = ()
    try:
        since = moment(request.args.get("since", _DEFAULT_SINCE), now)
        found = find_journeys(context.stage, message_id, since)
        roots = found.roots
        error = "" if roots else not_found(message_id, context.stage.name, since, found.logs)
    except OperatorError as failure:
        error = str(failure)
    shown = _first_trees(roots)
    return render_template(
        "journey_fragment.html",
        graph=graph(shown, searched_id=found.asked, now=now) if shown else None,
        error=error,
        notifications=tuple(notifications(roots, now)),
        dead_letter_pages=_dead_letter_pages(shown),
        hidden_trees=len(roots) - len(shown),
        message_id=message_id,
    )


def _first_trees(roots: Sequence[Node]) -> tuple[Node, ...]:
    """Take trees up to the page's limit, and at least one; a chain has any number, since producers choose its id."""
    count = 0
    for shown, root in enumerate(roots):
        count += sum(1 for _ in root.walk())
        if shown and count > _MAX_MESSAGES:
            return tuple(roots[:shown])
    return tuple(roots)


def _dead_letter_pages(roots: Iterable[Node]) -> dict[str, str]:
    """Addresses of the dead letters among these messages, by message id."""
    ids = {node.id for root in roots for _, node in root.walk()}
    return {
        each.dead_letter.id: url_for(
            "overview.dead_letter", service=each.service, sqs_message_id=each.dead_letter.sqs_message_id
        )
        for each in current_context().cache.snapshot.found
        if each.dead_letter.id in ids
    }
