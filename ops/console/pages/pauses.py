"""Page that shows what is paused, pauses a type or what calls a system, and ends pauses."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request

from ops.console.context import current_context
from ops.pauses.actions import Pauser, PauseResult
from ops.pauses.pauses import HEARTBEATS_STOP, SUBJECTS, is_destination, read_pauses, services_of, stops_heartbeats
from ops.stage.services import require_name
from ops.status.pauses import PauseStatus, together
from ops.terminal.errors import OperatorError
from ops.terminal.times import duration
from schemas.destinations import Destination

pages = Blueprint("pauses", __name__)


@dataclass(frozen=True, kw_only=True)
class PauseForm:
    """Input of the form of a pause."""

    subject: str
    length: str
    """As `--for` takes it; empty: until somebody resumes."""

    comment: str

    @classmethod
    def submitted(cls) -> "PauseForm":
        """Read the form of the request.

        Raises:
            OperatorError: nothing has this name, or there is no comment.
        """
        form = cls(**{name: request.form.get(name, "").strip() for name in ("subject", "length", "comment")})
        require_name(form.subject, SUBJECTS)
        if not form.comment:
            raise OperatorError("enter a comment: it is written into the audit log")
        return form


@pages.get("/pauses")
def pauses() -> str:
    """Show what is paused, and the form for a pause."""
    return _page()


@pages.post("/pause")
def pause() -> str:
    """Pause, after a second confirmation where the pause stops the heartbeats."""
    form = PauseForm.submitted()
    length = duration(form.length) if form.length else None
    if stops_heartbeats(form.subject) and not request.form.get("is_confirmed"):
        return _page(unconfirmed=form)
    context = current_context()
    result = Pauser(stage=context.stage, now=context.now).pause(form.subject, comment=form.comment, duration=length)
    return _page(result=result, verb="paused")


@pages.post("/resume")
def resume() -> str:
    """End a pause."""
    context = current_context()
    subject = require_name(request.form.get("subject", "").strip(), SUBJECTS)
    result = Pauser(stage=context.stage, now=context.now).resume(
        subject, comment=request.form.get("comment", "").strip()
    )
    return _page(result=result, verb="resumed")


def _page(*, result: PauseResult | None = None, verb: str = "", unconfirmed: PauseForm | None = None) -> str:
    """Show the page, with the pauses as Lambda has them now: the last snapshot may be older than an action."""
    context = current_context()
    if result:
        context.page_requested(at_once=True)
    paused = [PauseStatus(each, context.now()) for each in read_pauses(context.stage).by_service.values()]
    status = context.cache.snapshot.status
    backlog = {each.service: each.queue.total for each in status.services} if status else {}
    return render_template(
        "pauses.html",
        paused=[
            (each, services, sum(backlog.get(name, 0) for name in services)) for each, services in together(paused)
        ],
        is_read=status is not None,
        result=result,
        verb=verb,
        unconfirmed=unconfirmed,
        heartbeats_stop=HEARTBEATS_STOP,
        types=[each for each in SUBJECTS if not is_destination(each)],
        destinations={each: services_of(each) for each in Destination},
        chosen=request.args.get("subject", ""),
    )
