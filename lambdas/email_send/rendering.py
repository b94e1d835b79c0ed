"""Render an email from its template: subject, text and HTML."""

from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup
from pydantic import ValidationError

from lambdas.common.clients.ses import Mail
from lambdas.common.errors import PermanentError
from lambdas.common.texts import plain_text, time_zones
from lambdas.email_send.values import VALUES
from schemas.email_domains import ascii_address
from schemas.emails import EmailSend
from schemas.problems import from_validation, sentence
from schemas.reasons import Remedy
from schemas.wire import WireModel

if TYPE_CHECKING:
    from lambdas.common.texts.wording import Wording


def _is_html(template: str | None) -> bool:
    """Whether a template is HTML, so to be escaped; jinja's `select_autoescape` would need a dot before `html`."""
    return template is None or not template.endswith(("subject.j2", "text.j2"))


def _one_line(value: object) -> object:
    """Put a value on one line, so that no name can add lines to an email or change the order in which it shows."""
    return plain_text.one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@pass_eval_context
def _isolated(context: EvalContext, name: str) -> str:
    """Keep a name's direction from the words around it, in HTML (`bdi`); in plain text nothing can."""
    return Markup("<bdi>{}</bdi>").format(name) if context.autoescape and name else name


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    auto_reload=False,
    undefined=StrictUndefined,
    autoescape=_is_html,  # noqa: S701 plain parts must not be escaped
    finalize=_one_line,
    keep_trailing_newline=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["isolated"] = _isolated


def render(email: EmailSend, message_id: str) -> Mail:
    """Render an email in the recipient's language, with times in their time zone.

    Args:
        email: recipient, template and values.
        message_id: put in the HTML, to trace an email back to its message.

    Raises:
        PermanentError: a value is missing or invalid, the template uses a value that is not defined, or the address
            cannot be written in ASCII, as SES needs it.
    """
    from lambdas.common.texts.wording import Wording  # at the first mail, not at the start

    wording = Wording(email.to.locale)
    context = _context(email, wording) | {"message_id": message_id, "values": values_of(email, wording)}
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
        raise PermanentError(f"to.email: {error}", remedy=Remedy.MEND) from None


def _context(email: EmailSend, wording: "Wording") -> dict[str, Any]:
    """The variables and functions available in every template."""
    from lambdas.common.texts.formats import Formats  # at the first mail, not at the start
    from lambdas.email_send.declines import reason

    zone = time_zones.zone(email.to.time_zone)
    formats = Formats(wording.locale, zone)
    company_name = plain_text.one_line(email.company_name or "")

    def day_and_time(moment: datetime) -> str:
        return wording.say("layout.day_and_time", day=formats.day(moment), time=formats.time_of_day(moment))

    @pass_eval_context
    def say(context: EvalContext, key: str, **values: object) -> str:
        return wording.say_in_html(key, **values) if context.autoescape else wording.say(key, **values)

    return {
        "language": wording.language,
        "direction": wording.locale.text_direction,
        "name": plain_text.one_line(email.to.name or ""),
        "company_name": company_name,
        "company": company_name or wording.without("company"),
        "is_in_utc": str(zone) == "UTC",
        "say": say,
        # Subject, text and HTML have the same ones.
        "day": cache(formats.day),
        "day_and_time": cache(day_and_time),
        "hours": cache(formats.hours),
        "money": cache(formats.money),
        "reason": partial(reason, wording),
    }


def values_of(email: EmailSend, wording: "Wording") -> WireModel:
    """Validate the template's values. One that shows nothing becomes the language's words for it, if there are any.

    Raises:
        PermanentError: a value is missing or invalid.
    """
    try:
        values = VALUES[email.template].model_validate(email.values, by_alias=True, by_name=False)
    except ValidationError as error:
        problems = sentence(from_validation(error))
        raise PermanentError(f"template {email.template}: {problems}", remedy=Remedy.MEND) from None
    blank = [name for name, value in values if value in {"", None}]
    return values.model_copy(update={name: words for name in blank if (words := wording.without(name))})


def _part(email: EmailSend, part: str, context: dict[str, Any]) -> str:
    try:
        return _TEMPLATES.get_template(f"{email.template}/{part}.j2").render(context)
    except TemplateError as error:
        raise PermanentError(f"template {email.template}/{part}: {error}", remedy=Remedy.REDRIVE) from error
