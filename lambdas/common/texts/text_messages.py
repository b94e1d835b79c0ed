"""Text messages to customers, in their language."""

from lambdas.common.texts import gsm7, time_zones
from lambdas.common.texts.plain_text import one_line
from schemas.crm import Appointment

_MAX_NAME = 30
"""GSM-7 places of a name: with three such names, each language's text fits in one segment."""


def reminder_text(appointment: Appointment) -> str:
    """Compose the text that reminds a customer of an appointment; a name that is missing is replaced by words."""
    from lambdas.common.texts.formats import Formats  # at the first text, not at the start
    from lambdas.common.texts.wording import Wording

    wording = Wording(appointment.customer.locale)
    formats = Formats(wording.locale, time_zones.zone(appointment.time_zone))
    names = {"company": appointment.company_name, "service": appointment.service, "staff": appointment.staff}
    return wording.say(
        "sms.reminder",
        **{key: _shortened(name) or wording.without(key, in_file="sms") for key, name in names.items()},
        day=gsm7.approximated(formats.short_day(appointment.start_time)),
        time=gsm7.approximated(formats.time_of_day(appointment.start_time)),
    )


def _shortened(name: str | None) -> str:
    """Shorten a name with three dots, because the GSM-7 alphabet has no ellipsis character."""
    line = one_line(name or "")
    if gsm7.width(line) <= _MAX_NAME:
        return line
    while gsm7.width(line) > _MAX_NAME - 3:
        line = line[:-1]
    return f"{line.rstrip()}..."
