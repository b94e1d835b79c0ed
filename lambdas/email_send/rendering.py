"""Render an email from its template: subject, text and HTML."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError
from markupsafe import Markup
from pydantic import ValidationError

from lambdas.common.clients.ses import Mail
from lambdas.common.errors import PermanentError
from lambdas.common.texts import local_time, plain_text, time_zones
from lambdas.email_send.declines import in_words
from lambdas.email_send.values import VALUES
from schemas import money
from schemas.email_domains import ascii_address
from schemas.emails import EmailSend
from schemas.problems import from_validation, sentence
from schemas.wire import WireModel


def _is_html(template: str | None) -> bool:
    """Whether a template is HTML, so to be escaped; jinja's `select_autoescape` would need a dot before `html`."""
    return template is None or not template.endswith(("subject.j2", "text.j2"))


def _one_line(value: object) -> object:
    """Put a value on one line, so that no name can add lines to an email or change the order in which it shows."""
    return plain_text.one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    autoescape=_is_html,  # noqa: S701 plain parts must not be escaped
    finalize=_one_line,
    keep_trailing_newline=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(email: EmailSend, message_id: str) -> Mail:
    """Render an email, with times in the recipient's time zone.

    Args:
        email: recipient, template and values.
        message_id: put in the HTML, to trace an email back to its message.

    Raises:
        PermanentError: a value is missing or invalid, the template uses a value that is not defined, or the address
            cannot be written in ASCII, as SES needs it.
    """
    context = _context(email) | {"message_id": message_id, "values": _values(email)}
    subject = _part(email, "subject", context).strip()
    return Mail(
        to=_address(email.to.email),
        subject=subject,
        text=_part(email, "text", context),
        html=_part(email, "html", context | {"subject": subject}),
    )


def _address(address: str) -> str:
    try:
        return ascii_address(address)
    except ValueError as error:
        raise PermanentError(f"to.email: {error}") from None


def _context(email: EmailSend) -> dict[str, Any]:
    """The variables and functions available in every template."""
    zone = time_zones.zone(email.to.time_zone)
    return {
        "name": plain_text.one_line(email.to.name or ""),
        "company_name": plain_text.one_line(email.company_name) or "the company",
        "day": lambda moment: local_time.day(moment.astimezone(zone)),
        "day_and_time": lambda moment: local_time.day_and_time(moment.astimezone(zone)),
        "hours": lambda start, end: local_time.hours(start.astimezone(zone), end and end.astimezone(zone)),
        "money": money.formatted,
        "in_words": in_words,
    }


def _values(email: EmailSend) -> WireModel:
    try:
        return VALUES[email.template].model_validate(email.values, by_alias=True, by_name=False)
    except ValidationError as error:
        problems = sentence(from_validation(error))
        raise PermanentError(f"template {email.template}: {problems}") from None


def _part(email: EmailSend, part: str, context: dict[str, Any]) -> str:
    try:
        return _TEMPLATES.get_template(f"{email.template}/{part}.j2").render(context)
    except TemplateError as error:
        raise PermanentError(f"template {email.template}/{part}: {error}") from error
