"""A mail from its template: subject, text and HTML."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, select_autoescape

from lambdas.common.failures import PermanentError
from lambdas.common.ses import Mail
from schemas.emails import EmailSend

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    autoescape=select_autoescape(["html.j2"]),
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(email: EmailSend) -> Mail:
    """Render a mail, its times in the recipient's zone.

    Raises:
        PermanentError: the template lacks a value, or cannot use it; or nobody knows the zone.
    """
    zone = _zone(email.to.time_zone)
    known = {
        "values": email.values,
        "to": email.to,
        "company_name": email.company_name,
        "day": lambda moment: _day(_local(moment, zone)),
        "hours": lambda start, end: _hours(_local(start, zone), _local(end, zone)),
    }

    def part(name: str) -> str:
        try:
            return _TEMPLATES.get_template(f"{email.template}.{name}.j2").render(known)
        except (TemplateError, TypeError, ValueError) as error:
            raise PermanentError(f"template {email.template}.{name}: {error}") from error

    return Mail(to=email.to.email, subject=" ".join(part("subject").split()), text=part("txt"), html=part("html"))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder, such as Europe
        raise PermanentError("the recipient's time zone is none that the IANA database has") from None


def _local(moment: object, zone: ZoneInfo) -> datetime:
    """A value's time in a zone; `str` first, so that a missing value names itself."""
    instant = datetime.fromisoformat(str(moment))
    if instant.tzinfo is None:
        raise ValueError("a time has no UTC offset")
    return instant.astimezone(zone)


def _day(moment: datetime) -> str:
    return f"{moment:%A}, {moment.day} {moment:%B %Y}"


def _hours(start: datetime, end: datetime) -> str:
    until = f"{end:%H:%M}" if end.date() == start.date() else f"{_day(end)}, {end:%H:%M}"
    return f"{start:%H:%M} to {until} ({_zone_name(end)})"


def _zone_name(moment: datetime) -> str:
    """CEST, or UTC-03 where the zone has no letters of its own."""
    name = moment.tzname() or "UTC"
    return name if name[0].isalpha() else f"UTC{name}"
