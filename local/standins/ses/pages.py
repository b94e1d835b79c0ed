"""Pages for a browser: the mailbox with all mails, one mail, and the text messages.

What a mail brings is shown as text, or in a frame that runs nothing, loads nothing and has an origin of its own. The
pages change nothing, and are there only by this machine's own address (DNS rebinding).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lambdas.sms_send.segments import segments
from local.emulator.emulator import HOST, SentText
from local.standins.http_server import HttpReply, HttpRequest
from local.standins.ses.events import MailEvent
from local.standins.ses.mail import SentMail
from local.standins.ses.state import SesState

_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_PAGE = _HEADERS | {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
}
_IN_FRAME = _HEADERS | {
    "Content-Security-Policy": (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'"
    ),
}
_OUTCOMES = {event.value.type: event for event in MailEvent}

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class MailPages:
    """Renders the pages."""

    def __init__(self, state: SesState, texts: Callable[[], Sequence[SentText]]) -> None:
        """Show these mails and text messages.

        Args:
            state: the mails and the events about them.
            texts: returns the text messages, in order.
        """
        self._state = state
        self._texts = texts

    def answer(self, request: HttpRequest) -> HttpReply:
        """Answer a browser's request."""
        if request.headers.get("host", "").partition(":")[0] not in {HOST, "localhost"}:
            return _not_found("this is not the address that the stage has")
        match [unquote(part) for part in urlsplit(request.path).path.strip("/").split("/")]:
            case [""]:
                mails = [(mail, self._outcomes(mail)) for mail in reversed(self._state.mails())]
                return _page("mails.html", mails=mails)
            case ["texts"]:
                shown = [(text, segments(text.text)) for text in reversed(self._texts())]
                return _page("texts.html", texts=shown)
            case ["style.css"]:
                return _raw((Path(__file__).parent / "templates" / "style.css").read_bytes(), "text/css")
            case ["mails", ses_id, *part]:
                mail = self._state.mail(ses_id)
                return self._mail(mail, part) if mail else _not_found("there is no such mail")
        return _not_found("there is no such page")

    def _mail(self, mail: SentMail, part: Sequence[str]) -> HttpReply:
        match part:
            case []:
                return _page("mail.html", mail=mail, outcomes=self._outcomes(mail))
            case ["html"]:
                return HttpReply(
                    status=HTTPStatus.OK, body=mail.html.encode(), headers=_IN_FRAME | _of_type("text/html")
                )
            case ["source"]:
                return _raw(mail.source(), "text/plain")
            case ["attachments", number] if number.isdecimal() and int(number) < len(mail.attachments):
                attachment = mail.attachments[int(number)]
                disposition = f"attachment; filename*=UTF-8''{quote(attachment.name, safe='')}"
                return _raw(attachment.content, "application/octet-stream", {"Content-Disposition": disposition})
        return _not_found("the mail has no such part")

    def _outcomes(self, mail: SentMail) -> list[str]:
        """The outcomes of a mail, in order of time; a repeated event is there once."""
        events = {event["id"]: event for event in self._state.events_about(mail)}
        described = sorted((_moment(event), _outcome(event)) for event in events.values())
        return [f"{sentence} {at:%H:%M:%S}" for at, sentence in described]


def _moment(event: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(event["detail"][_OUTCOMES[event["detail"]["eventType"]].value.field]["timestamp"])


def _outcome(event: Mapping[str, Any]) -> str:
    match event["detail"]:
        case {"eventType": "Bounce", "bounce": {"bounceType": kind, "bounceSubType": sub_kind}}:
            return f"bounced ({kind}, {sub_kind})"
        case {"eventType": "Complaint"}:
            return "marked as spam"
    return "delivered"


def _page(template: str, **values: Any) -> HttpReply:
    body = _TEMPLATES.get_template(template).render(values).encode()
    return HttpReply(status=HTTPStatus.OK, body=body, headers=_PAGE | _of_type("text/html"))


def _raw(content: bytes, media_type: str, headers: Mapping[str, str] | None = None) -> HttpReply:
    return HttpReply(status=HTTPStatus.OK, body=content, headers=_PAGE | _of_type(media_type) | dict(headers or {}))


def _not_found(why: str) -> HttpReply:
    return HttpReply(status=HTTPStatus.NOT_FOUND, body=f"{why}\n".encode(), headers=_PAGE | _of_type("text/plain"))


def _of_type(media_type: str) -> dict[str, str]:
    return {"Content-Type": f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type}
