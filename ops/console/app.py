"""The console as a WSGI application: access control, HTML escaping, and error pages."""

from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import quote

from flask import Flask, Response, g, redirect, render_template, request, send_file
from jinja2 import StrictUndefined
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from ops.causes.texts import state_in_words
from ops.console.access import HEADERS, AccessDecision
from ops.console.context import ConsoleContext, bind, current_context
from ops.console.pages import actions, journey, overview, pauses
from ops.dead_letters.causes import one_line, presumed_error
from ops.dead_letters.dead_letter import as_text
from ops.dead_letters.filters import REASONS
from ops.dead_letters.remedies import remedy_of, turn
from ops.stage.clock_offset import CLOCK_SKEW
from ops.stage.services import DEAD_LETTER_SOURCES, HOLDING_QUEUES
from ops.status.destinations import Availability
from ops.status.pauses import together
from ops.status.view import ENDPOINTS, UNDELIVERED_LETTERS, destination_text, endpoints_text
from ops.terminal.checkout import ROOT
from ops.terminal.errors import OperatorError
from ops.terminal.output import counted, printable
from ops.terminal.times import span
from schemas.advice import ADVICE, SHOWN_BY_VALIDATE, TURNS, UNDELIVERED, advice_on, command, whose_turn
from schemas.reasons import Remedy
from schemas.signals import SIGNALS

MAX_FORM_BYTES = 64 * 1024
"""Size limit of a form: the largest one has a comment and a few filters."""

HTMX = ROOT / "node_modules" / "htmx.org" / "dist" / "htmx.min.js"
"""Installed by `make setup`, with its version locked."""

_STATUSES = {AccessDecision.WRONG_HOST: HTTPStatus.MISDIRECTED_REQUEST, AccessDecision.NO_KEY: HTTPStatus.UNAUTHORIZED}

_SENTENCES: dict[int, str] = {
    HTTPStatus.NOT_FOUND: "There is no page at this address. Check it for typing errors, or start from the overview.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address cannot be used in this way. Use the links and buttons of the pages.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: f"The form is larger than {MAX_FORM_BYTES // 1024} KiB. Send less text.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "An unexpected error occurred. The terminal that runs the console shows it.",
}
"""Text of an error page by HTTP status, in place of Werkzeug's description."""

_SYSTEM_MARKS = {
    Availability.WORKS: ("✓", "ok"),
    Availability.UNAVAILABLE: ("…", "pending"),
    Availability.UNKNOWN: ("–", "dim"),
}
"""Mark of a called system and its class, by what is known about it."""


def application(context: ConsoleContext) -> Flask:
    """Create the application that serves the console of a stage."""
    site = Flask(__name__, static_folder="static", template_folder="templates")
    site.config["MAX_CONTENT_LENGTH"] = MAX_FORM_BYTES
    bind(context, site)
    _configure_templates(site)
    site.before_request(_check_access)
    site.after_request(_add_headers)
    site.register_error_handler(OperatorError, _operator_error)
    site.register_error_handler(HTTPException, _http_error)
    site.context_processor(lambda: {"console": context, "snapshot": context.cache.snapshot, "now": context.now()})
    site.add_url_rule("/htmx.js", "htmx", lambda: send_file(HTMX, mimetype="text/javascript"))
    for pages in (overview.pages, journey.pages, actions.pages, pauses.pages):
        site.register_blueprint(pages)
    return site


def _check_access() -> BaseResponse | None:
    """Refuse a request that has no access, before its body is read."""
    context = current_context()
    access = context.access
    try:
        query_key, ticket = (request.args.get(name, "") for name in ("key", "ticket"))
    except UnicodeDecodeError:  # waitress refuses such raw bytes itself, but the application must not depend on that
        return Response("Refused: the address is no UTF-8.\n", HTTPStatus.BAD_REQUEST, mimetype="text/plain")
    decision = access.decide(
        request.method,
        request.headers,  # type: ignore[arg-type]  # Werkzeug's Headers do not inherit from Mapping
        cookie=request.cookies.get(access.cookie_name, ""),
        query_key=query_key,
        ticket=ticket,
    )
    g.is_admitted = decision is AccessDecision.ADMIT
    if g.is_admitted:
        context.page_requested()
        return None
    if decision in {AccessDecision.SET_COOKIE, AccessDecision.EXCHANGE_TICKET}:
        response: BaseResponse = redirect(quote(request.path), HTTPStatus.SEE_OTHER)
        if decision is AccessDecision.EXCHANGE_TICKET:
            # After a redirect, the next request would still be one of the file's, for which no strict cookie is sent.
            response = Response("Continue to the console: /\n", mimetype="text/plain", headers={"Refresh": "0; url=/"})
        response.set_cookie(access.cookie_name, access.key, httponly=True, samesite="Strict")
        return response
    status = _STATUSES.get(decision, HTTPStatus.FORBIDDEN)
    return Response(f"Refused: {decision.value}.\n", status, mimetype="text/plain")


def _add_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response


def _operator_error(error: OperatorError) -> tuple[str, int]:
    return render_template("error.html", sentence=str(error)), HTTPStatus.BAD_REQUEST


def _http_error(error: HTTPException) -> BaseResponse | HTTPException:
    """Show the console's error page, but only to an admitted browser: others must not learn which pages exist."""
    if not g.get("is_admitted"):
        return error
    response = error.get_response(request.environ)
    is_own = error.description != type(error).description
    sentence = error.description if is_own else _SENTENCES.get(response.status_code, error.description)
    response.set_data(render_template("error.html", sentence=sentence or "This request cannot be answered."))
    return response


def _configure_templates(site: Flask) -> None:
    """Let Jinja2 escape every value for HTML, and show characters that hide or reorder text as escapes."""
    site.jinja_env.undefined = StrictUndefined
    site.jinja_env.trim_blocks = site.jinja_env.lstrip_blocks = True
    site.jinja_env.finalize = _visible
    site.jinja_env.filters |= {
        "seconds": lambda seconds: span(timedelta(seconds=seconds)),
        "one_line": one_line,
        "rfc3339": as_text,
        "counted": counted,
        "lines": lambda text: text.split("\n"),
        "system_state": destination_text,
        "endpoints_state": endpoints_text,
        "together": together,
        "principal": lambda arn: arn.rsplit(":", 1)[-1],
    }
    site.jinja_env.globals |= {
        "ADVICE": ADVICE,
        "advice_on": advice_on,
        "command": command,
        "REMEDIES": tuple(Remedy),
        "remedy_of": remedy_of,
        "SHOWN_BY_VALIDATE": SHOWN_BY_VALIDATE,
        "turn": turn,
        "TURNS": TURNS,
        "UNDELIVERED": UNDELIVERED,
        "whose_turn": whose_turn,
        "REASONS": REASONS,
        "DEAD_LETTER_SOURCES": DEAD_LETTER_SOURCES,
        "SIGNALS": {signal.slug: signal for signal in SIGNALS if signal.slug in HOLDING_QUEUES},
        "relative": _relative,
        "presumed_error": presumed_error,
        "state_in_words": state_in_words,
        "SYSTEM_MARKS": _SYSTEM_MARKS,
        "ENDPOINTS": ENDPOINTS,
        "UNDELIVERED_LETTERS": UNDELIVERED_LETTERS,
    }


def _visible(value: object) -> str:
    if isinstance(value, Markup):
        return value
    try:
        return printable(str(value))
    except RecursionError:  # nested lists in a dead letter that a producer wrote
        return "too deep to be shown"


def _relative(at: datetime, now: datetime) -> str:
    """Format a time relative to now, in the largest whole unit: `12 s ago`, `1 min ago`, `3 h ago`, `in 2 d`.

    Clocks differ a little, so that a time may be ahead by up to CLOCK_SKEW without being shown in the future.
    """
    if at - now > CLOCK_SKEW:
        return f"in {_largest_unit(at - now)}"
    return f"{_largest_unit(max(now - at, timedelta()))} ago"


def _largest_unit(duration: timedelta) -> str:
    seconds = int(duration.total_seconds())
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
