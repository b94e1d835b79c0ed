"""An appointment has another start."""

from collections.abc import Iterator

from lambdas.common.appointments import changed, mail_change
from lambdas.common.clients.crm import Crm
from lambdas.common.follow_ups import FollowUp, Note
from lambdas.common.handlers import reaction
from lambdas.common.reminders import Reminders
from schemas.appointments import APPOINTMENT_RESCHEDULED, AppointmentChanged
from schemas.emails import Template
from schemas.message import Message


@reaction(APPOINTMENT_RESCHEDULED)
def handler(appointment: Message[AppointmentChanged], crm: Crm, reminders: Reminders) -> Iterator[FollowUp]:
    """Replace the appointment's reminders by those for its current start in the CRM, and mail that start."""
    found = changed(appointment, crm)
    yield from reminders.plan(found)
    if found.is_cancelled:
        yield Note("no mail: the appointment was cancelled")
    else:
        yield from mail_change(Template.APPOINTMENT_MOVED, appointment, found, reminders)
