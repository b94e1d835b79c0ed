"""The console's pages to mend: what is to be sent back or taken away, asked twice, and what becomes of it."""

from http import HTTPStatus

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ops.console.context import current_context
from ops.console.jobs.discard import DiscardJob
from ops.console.jobs.job import Job
from ops.console.jobs.redrive import RedriveJob
from ops.console.selection import Selection
from ops.dead_letters.causes import Cause, causes
from ops.dead_letters.discard import DiscardRequest
from ops.dead_letters.redrive.report import RedriveRequest
from ops.terminal.errors import OperatorError

_SAMPLE = 5
_DEADLINE = 300
_LONGEST_DEADLINE = 43_200
"""Seconds."""

_MOST = 100_000
"""Letters of a sample, or a second."""

pages = Blueprint("mending", __name__)


@pages.get("/redrive")
def redrive() -> str:
    """What would be sent back, and how."""
    selection, chosen = _chosen()
    return render_template("redrive.html", selection=selection, causes=chosen, sample=_SAMPLE, deadline=_DEADLINE)


@pages.post("/redrive")
def send_back() -> Response:
    """Send it back."""
    desk, selection = current_context(), _of_one_type()
    how = RedriveRequest(
        stage=desk.stage,
        service=selection.service,
        filters=selection.filters,
        sample=int(_number("sample", 1, _MOST)) if request.form.get("sampled") else None,
        deadline=_number("deadline", 1, _LONGEST_DEADLINE) if request.form.get("sampled") else _DEADLINE,
        rate=_number("rate", 0.01, _MOST) if request.form.get("rate", "").strip() else None,
    )
    return _to(
        desk.works.start(
            lambda number: RedriveJob(number, now=desk.now, board=desk.board, request=how, what=selection.words)
        )
    )


@pages.get("/discard")
def discard() -> str:
    """What would be taken away."""
    selection, chosen = _chosen()
    return render_template("discard.html", selection=selection, causes=chosen)


@pages.post("/discard")
def export() -> Response:
    """Write it to a file, and ask once more."""
    desk, selection = current_context(), _of_one_type()
    why = request.form.get("why", "").strip()
    if not why:
        raise OperatorError("say why: it is written into the audit log")
    how = DiscardRequest(stage=desk.stage, service=selection.service, filters=selection.filters, comment=why)
    return _to(
        desk.works.start(
            lambda number: DiscardJob(number, now=desk.now, board=desk.board, request=how, what=selection.words)
        )
    )


@pages.get("/work/<int:number>")
def work(number: int) -> str:
    """How far it has come."""
    found = _work(number)
    return render_template(found.template, work=found)


@pages.post("/work/<int:number>/stop")
def stop(number: int) -> Response:
    """End it; or say no to its question."""
    found = _work(number)
    found.stop()
    return _to(found)


@pages.post("/work/<int:number>/agree")
def agree(number: int) -> Response:
    """Say yes to its question."""
    found = _work(number)
    found.agree()
    return _to(found)


def _chosen() -> tuple[Selection, list[Cause]]:
    desk = current_context()
    selection = desk.selection(request.args)
    return selection, causes(each for each in desk.board.seen.found if selection(each))


def _of_one_type() -> Selection:
    selection = current_context().selection(request.form)
    if not selection.service:
        raise OperatorError("say of which type: letters go back to one queue at a time")
    return selection


def _work(number: int) -> Job:
    found = current_context().works.find(number)
    if found is None:
        abort(HTTPStatus.NOT_FOUND, "The console knows of no such work: it was begun by another run of it, or none")
    return found


def _number(name: str, least: float, most: float) -> float:
    """What a form's field says.

    Raises:
        OperatorError: it is no number, too small or too large.
    """
    text = request.form.get(name, "").strip()
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not least <= number <= most:
        raise OperatorError(f"the {name} is to be a number of at least {least:g} and at most {most:,}")
    return number


def _to(work: Job) -> Response:
    return redirect(url_for("mending.work", number=work.number), HTTPStatus.SEE_OTHER)
