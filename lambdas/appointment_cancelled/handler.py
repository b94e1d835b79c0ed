"""An appointment was cancelled."""

from collections.abc import Iterator

from lambdas.common.appointments import changed, mail_change
from lambdas.common.clients.crm import Crm
from lambdas.common.follow_ups import FollowUp, Note
from lambdas.common.handlers import reaction
from lambdas.common.reminders import Reminders
from schemas.appointments import APPOINTMENT_CANCELLED, AppointmentChanged
from schemas.emails import Template
from schemas.message import Message


@reaction(APPOINTMENT_CANCELLED)
def handler(appointment: Message[AppointmentChanged], crm: Crm, reminders: Reminders) -> Iterator[FollowUp]:
    """Cancel the appointment's reminders and mail that, unless the CRM no longer shows it as cancelled."""
    found = changed(appointment, crm)
    yield from reminders.plan(found)
    if found.is_cancelled:
        yield from mail_change(Template.APPOINTMENT_CANCELLED, appointment, found, reminders)
    else:
        yield Note("no mail: the appointment takes place")
