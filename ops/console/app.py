"""The console as a WSGI application: who is admitted, how values become HTML, what becomes of errors."""

from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import quote

from flask import Flask, Response, g, redirect, render_template, request, send_file
from jinja2 import StrictUndefined
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from ops.checkout import ROOT
from ops.console.access import HEADERS, AccessDecision
from ops.console.context import ConsoleContext, bind, current_context
from ops.console.pages import actions, journey, overview
from ops.dead_letters.causes import one_line, presumed_error
from ops.dead_letters.dead_letter import as_text
from ops.dead_letters.filters import REASONS
from ops.stage.services import HOLDING_QUEUES, PLACES
from ops.terminal.errors import OperatorError
from ops.terminal.output import counted, printable
from ops.terminal.times import span
from schemas.advice import ADVICE
from schemas.signals import SIGNALS

LARGEST_FORM = 64 * 1024
"""Bytes. The largest has a reason and a few filters."""

HTMX = ROOT / "node_modules" / "htmx.org" / "dist" / "htmx.min.js"
"""As `make setup` installs it, locked."""

_STATUSES = {AccessDecision.WRONG_HOST: HTTPStatus.MISDIRECTED_REQUEST, AccessDecision.NO_KEY: HTTPStatus.UNAUTHORIZED}


def application(desk: ConsoleContext) -> Flask:
    """The console of a stage."""
    site = Flask(__name__, static_folder="static", template_folder="templates")
    site.config["MAX_CONTENT_LENGTH"] = LARGEST_FORM
    bind(desk, site)
    _render_safely(site)
    site.before_request(_admit)
    site.after_request(_guard)
    site.register_error_handler(OperatorError, _failed)
    site.register_error_handler(HTTPException, _refused)
    site.context_processor(lambda: {"desk": desk, "seen": desk.board.seen, "now": desk.now()})
    site.add_url_rule("/htmx.js", "htmx", lambda: send_file(HTMX, mimetype="text/javascript"))
    for pages in (overview.pages, journey.pages, actions.pages):
        site.register_blueprint(pages)
    return site


def _admit() -> AnyResponse | None:
    """Before anything else, the reading of a body included."""
    desk = current_context()
    gate = desk.gate
    try:
        offered = request.args.get("key", "")
    except UnicodeDecodeError:  # raw bytes, which waitress refuses by itself: nothing here relies on that
        return Response("Refused: the address is no UTF-8.\n", HTTPStatus.BAD_REQUEST, mimetype="text/plain")
    verdict = gate.verdict(
        request.method,
        request.headers,  # type: ignore[arg-type]  # they are a mapping but in name
        cookie=request.cookies.get(gate.cookie, ""),
        offered=offered,
    )
    g.is_admitted = verdict is AccessDecision.ADMIT
    if g.is_admitted:
        desk.asked()
        return None
    if verdict is AccessDecision.WELCOME:
        answer = redirect(quote(request.path), HTTPStatus.SEE_OTHER)
        answer.set_cookie(gate.cookie, gate.key, httponly=True, samesite="Strict")
        return answer
    status = _STATUSES.get(verdict, HTTPStatus.FORBIDDEN)
    return Response(f"Refused: {verdict.value}.\n", status, mimetype="text/plain")


def _guard(answer: Response) -> Response:
    answer.headers.update(HEADERS)
    return answer


def _failed(error: OperatorError) -> tuple[str, int]:
    return render_template("trouble.html", sentence=str(error)), HTTPStatus.BAD_REQUEST


def _refused(error: HTTPException) -> AnyResponse | HTTPException:
    """Nothing of the console is shown to who is not admitted, not even that a page is not there."""
    if not g.get("is_admitted"):
        return error
    answer = error.get_response(request.environ)
    answer.set_data(render_template("trouble.html", sentence=error.description or "this cannot be answered"))
    return answer


def _render_safely(site: Flask) -> None:
    """Whatever is shown is escaped for HTML by Jinja2, and characters that hide or reorder text are made visible."""
    site.jinja_env.undefined = StrictUndefined
    site.jinja_env.trim_blocks = site.jinja_env.lstrip_blocks = True
    site.jinja_env.finalize = _visible
    site.jinja_env.filters |= {
        "span": span,
        "seconds": lambda seconds: span(timedelta(seconds=seconds)),
        "said": one_line,
        "instant": as_text,
        "counted": counted,
        "lines": lambda text: text.split("\n"),
        "who": lambda arn: arn.rsplit(":", 1)[-1],
    }
    site.jinja_env.globals |= {
        "ADVICE": ADVICE,
        "REASONS": REASONS,
        "PLACES": PLACES,
        "SIGNALS": {signal.slug: signal for signal in SIGNALS if signal.slug in HOLDING_QUEUES},
        "ago": _ago,
        "unsaid": presumed_error,
    }


def _visible(value: object) -> str:
    if isinstance(value, Markup):
        return value
    try:
        return printable(str(value))
    except RecursionError:  # lists in lists, of whoever wrote a letter
        return "too deep to be shown"


def _ago(at: datetime | None, now: datetime) -> str:
    """How long ago, in words; empty where it is not known."""
    return f"{span(now - at)} ago" if at else ""
