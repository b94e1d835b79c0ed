"""Pages that show the state of a stage: overview, lists of dead letters, and single dead letters."""

from collections.abc import Iterable
from http import HTTPStatus

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ops.console.context import current_context
from ops.console.graph.sparkline import sparkline
from ops.console.selection import Selection, same_cause
from ops.dead_letters.causes import UNKNOWN_TIME
from ops.dead_letters.record import audit_shown, display_record, payload_text, wait_texts
from ops.dead_letters.remedies import remedy_of
from ops.dead_letters.search import FoundDeadLetter
from ops.terminal.errors import OperatorError
from schemas.reasons import Remedy

_PAGE_SIZE = 100

pages = Blueprint("overview", __name__)


@pages.get("/")
def overview() -> str:
    """Show each type's health, and each cause of dead letters."""
    context = current_context()
    now = context.now()
    causes = [
        (cause, sparkline((each.dead_letter.dead_lettered_at for each in cause.found), now))
        for cause in context.cache.snapshot.causes
    ]
    return render_template("overview.html", causes=causes, same_cause=same_cause)


@pages.post("/refresh")
def refresh() -> Response:
    """Read all dead letters again."""
    context = current_context()
    context.cache.request_refresh()
    context.page_requested(at_once=True)
    return redirect(url_for("overview.overview"), HTTPStatus.SEE_OTHER)


@pages.get("/dead-letters")
def dead_letters() -> str:
    """List the selected dead letters, the latest first."""
    context = current_context()
    selection = Selection.of(request.args, context.now())
    selected = [each for each in context.cache.snapshot.found if selection(each)]
    selected.sort(key=lambda each: each.dead_letter.dead_lettered_at or UNKNOWN_TIME, reverse=True)
    last = max(0, (len(selected) - 1) // _PAGE_SIZE)
    page = min(max(0, request.args.get("page", 0, type=int)), last)
    return render_template(
        "dead_letters.html",
        selection=selection,
        remedy=_common_remedy(selected),
        count=len(selected),
        found=selected[page * _PAGE_SIZE : (page + 1) * _PAGE_SIZE],
        page=page,
        last=last,
    )


@pages.get("/dead-letters/<service>/<sqs_message_id>")
def dead_letter(service: str, sqs_message_id: str) -> str:
    """Show a dead letter without its payload."""
    return _page(_find(service, sqs_message_id), payload=False)


@pages.post("/dead-letters/<service>/<sqs_message_id>/payload")
def payload(service: str, sqs_message_id: str) -> str:
    """Show a dead letter with its payload, after an entry in the audit log."""
    found = _find(service, sqs_message_id)
    if not found.dead_letter.body:
        raise OperatorError(
            "the console does not keep this payload, since the bodies in its queue are too large in total: "
            f"`taly-async dead-letters show {sqs_message_id} --payload` shows it"
        )
    audit_shown(current_context().stage, [found])
    return _page(found, payload=True)


@pages.get("/find")
def find() -> Response:
    """Redirect to the dead letter with an id, or else to the message's journey."""
    message_id = request.args.get("id", "").strip()
    for each in current_context().cache.snapshot.found:
        if message_id and message_id in {each.dead_letter.id, each.dead_letter.sqs_message_id}:
            address = url_for(
                "overview.dead_letter", service=each.service, sqs_message_id=each.dead_letter.sqs_message_id
            )
            return redirect(address, HTTPStatus.SEE_OTHER)
    return redirect(url_for("journey.journey", id=message_id), HTTPStatus.SEE_OTHER)


def _common_remedy(found: Iterable[FoundDeadLetter]) -> Remedy | None:
    """The remedy that the dead letters have in common; none where they differ."""
    remedies = {remedy_of(each.dead_letter) for each in found}
    return remedies.pop() if len(remedies) == 1 else None


def _find(service: str, sqs_message_id: str) -> FoundDeadLetter:
    found = current_context().cache.snapshot.by_sqs_id.get((service, sqs_message_id))
    if found is None:
        abort(
            HTTPStatus.NOT_FOUND,
            "This dead letter is not in the last snapshot: it was redriven or discarded, or another reader hides it "
            "for a moment. Its journey shows what happened to it.",
        )
    return found


def _page(found: FoundDeadLetter, *, payload: bool) -> str:
    record = display_record(found, payload=payload)
    text = payload_text(record) if payload else ""
    return render_template(
        "dead_letter.html",
        found=found,
        record=record,
        waits=wait_texts(record["failure_history"]),
        payload=text,
        same_cause=same_cause,
    )
