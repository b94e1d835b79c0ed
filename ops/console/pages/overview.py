"""The console's pages to look at: how a stage stands, what died, and why."""

from http import HTTPStatus

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ops.console.context import current_context
from ops.console.graph.sparkline import sparkline
from ops.console.selection import of_cause
from ops.dead_letters.causes import UNKNOWN_TIME
from ops.dead_letters.record import audit_shown, display_record, payload_text
from ops.dead_letters.search import Found
from ops.terminal.errors import OperatorError

_A_PAGE = 100
"""Letters."""

pages = Blueprint("looking", __name__)


@pages.get("/")
def board() -> str:
    """How it stands: each type's health, each cause of death."""
    desk = current_context()
    now = desk.now()
    causes = [
        (cause, sparkline((each.dead_letter.dead_lettered_at for each in cause.found), now))
        for cause in desk.board.seen.causes
    ]
    return render_template("board.html", causes=causes, of_cause=of_cause)


@pages.post("/look")
def look_again() -> Response:
    """Go through all dead letters again."""
    desk = current_context()
    desk.board.look_again()
    desk.asked(at_once=True)
    return redirect(url_for("looking.board"), HTTPStatus.SEE_OTHER)


@pages.get("/letters")
def letters() -> str:
    """Those that are selected, the latest first."""
    desk = current_context()
    selection = desk.selection(request.args)
    chosen = [each for each in desk.board.seen.found if selection(each)]
    chosen.sort(key=lambda each: each.dead_letter.dead_lettered_at or UNKNOWN_TIME, reverse=True)
    last = max(0, (len(chosen) - 1) // _A_PAGE)
    page = min(max(0, request.args.get("page", 0, type=int)), last)
    return render_template(
        "letters.html",
        selection=selection,
        count=len(chosen),
        letters=chosen[page * _A_PAGE : (page + 1) * _A_PAGE],
        page=page,
        last=last,
    )


@pages.get("/letters/<service>/<sqs_message_id>")
def letter(service: str, sqs_message_id: str) -> str:
    """One letter's story; its payload is kept back."""
    return _letter(_at(service, sqs_message_id), shown=False)


@pages.post("/letters/<service>/<sqs_message_id>/payload")
def payload(service: str, sqs_message_id: str) -> str:
    """The same with its payload, once it is written down who looks."""
    found = _at(service, sqs_message_id)
    if not found.dead_letter.body:
        raise OperatorError(
            "its payload is not kept here, since its queue has too many large letters: "
            f"`taly-async dead-letters show {sqs_message_id} --payload` shows it"
        )
    audit_shown(current_context().stage, [found])
    return _letter(found, shown=True)


@pages.get("/find")
def find() -> Response:
    """The letter that has an id; the journey of the message, where none has."""
    an_id = request.args.get("id", "").strip()
    for each in current_context().board.seen.found:
        if an_id and an_id in {each.dead_letter.id, each.dead_letter.sqs_message_id}:
            place = url_for("looking.letter", service=each.service, sqs_message_id=each.dead_letter.sqs_message_id)
            return redirect(place, HTTPStatus.SEE_OTHER)
    return redirect(url_for("journeys.journey", id=an_id), HTTPStatus.SEE_OTHER)


def _at(service: str, sqs_message_id: str) -> Found:
    found = current_context().board.seen.by_place.get((service, sqs_message_id))
    if found is None:
        abort(
            HTTPStatus.NOT_FOUND,
            "This letter is not among those that were seen last: it was redriven or discarded, or somebody else "
            "is looking at it. Its journey says what became of it",
        )
    return found


def _letter(found: Found, *, shown: bool) -> str:
    record = display_record(found, payload=shown)
    text = payload_text(record) if shown else ""
    return render_template("letter.html", found=found, record=record, payload=text, of_cause=of_cause)
