"""Pages that start a redrive or a discard, and the pages of these jobs."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ops.console.context import current_context
from ops.console.jobs.discard import DiscardJob
from ops.console.jobs.job import Job
from ops.console.jobs.redrive import RedriveJob
from ops.console.selection import Selection
from ops.dead_letters.causes import CauseGroup, causes
from ops.dead_letters.discard import DiscardRequest
from ops.dead_letters.redrive.report import RedriveRequest
from ops.terminal.errors import OperatorError

_SAMPLE_SIZE = 5
_DEADLINE_SECONDS = 300
_MAX_DEADLINE_SECONDS = 43_200
_MAX_MESSAGES = 100_000
"""Upper limit of a sample's size and of a rate limit in messages a second."""

pages = Blueprint("actions", __name__)


@pages.get("/redrive")
def redrive() -> str:
    """Show what would be redriven, with a form for the options."""
    selection, selected = _selected()
    return render_template(
        "redrive.html", selection=selection, causes=selected, sample_size=_SAMPLE_SIZE, deadline=_DEADLINE_SECONDS
    )


@pages.post("/redrive")
def start_redrive() -> Response:
    """Start a redrive."""
    context, selection = current_context(), _selection_of_one_type()
    has_sample = bool(request.form.get("has_sample"))
    redrive_request = RedriveRequest(
        stage=context.stage,
        service=selection.service,
        filters=selection.filters,
        sample=int(_number("sample_size", 1, _MAX_MESSAGES)) if has_sample else None,
        deadline=_number("deadline", 1, _MAX_DEADLINE_SECONDS) if has_sample else _DEADLINE_SECONDS,
        rate=_number("rate_limit", 0.01, _MAX_MESSAGES) if request.form.get("rate_limit", "").strip() else None,
    )
    return _start(partial(RedriveJob, request=redrive_request), selection)


@pages.get("/discard")
def discard() -> str:
    """Show what would be discarded, with a form for the comment."""
    selection, selected = _selected()
    return render_template("discard.html", selection=selection, causes=selected)


@pages.post("/discard")
def start_discard() -> Response:
    """Start a discard: the job exports the dead letters, then waits for confirmation."""
    context, selection = current_context(), _selection_of_one_type()
    comment = request.form.get("comment", "").strip()
    if not comment:
        raise OperatorError("enter a comment: it is written into the audit log")
    discard_request = DiscardRequest(
        stage=context.stage, service=selection.service, filters=selection.filters, comment=comment
    )
    return _start(partial(DiscardJob, request=discard_request), selection)


@pages.get("/jobs/<int:number>")
def job(number: int) -> str:
    """Show a job's progress and result."""
    found = _job(number)
    return render_template(found.template, job=found)


@pages.post("/jobs/<int:number>/stop")
def stop(number: int) -> Response:
    """Stop a job, also instead of confirming it."""
    found = _job(number)
    found.stop()
    return _redirect_to(found)


@pages.post("/jobs/<int:number>/confirm")
def confirm(number: int) -> Response:
    """Confirm a job that waits for confirmation."""
    found = _job(number)
    found.confirm()
    return _redirect_to(found)


def _selected() -> tuple[Selection, list[CauseGroup]]:
    context = current_context()
    selection = Selection.of(request.args, context.now())
    return selection, causes(each for each in context.cache.snapshot.found if selection(each))


def _selection_of_one_type() -> Selection:
    selection = Selection.of(request.form, current_context().now())
    if not selection.service:
        raise OperatorError("choose a type first: this works on one queue at a time")
    return selection


def _start(create: Callable[..., Job], selection: Selection) -> Response:
    context = current_context()
    return _redirect_to(
        context.jobs.start(partial(create, now=context.now, cache=context.cache, description=selection.description))
    )


def _job(number: int) -> Job:
    found = current_context().jobs.find(number)
    if found is None:
        abort(HTTPStatus.NOT_FOUND, "There is no such job in this run of the console. An earlier run may have had it.")
    return found


def _number(field: str, least: float, most: float) -> float:
    """Read a number from a field of the form.

    Raises:
        OperatorError: it is no number, too small or too large.
    """
    text = request.form.get(field, "").strip()
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not least <= number <= most:
        raise OperatorError(f"the {field.replace('_', ' ')} must be a number from {least:g} to {most:,}")
    return number


def _redirect_to(job: Job) -> Response:
    return redirect(url_for("actions.job", number=job.number), HTTPStatus.SEE_OTHER)
