"""An appointment was moved."""

from collections.abc import Iterator

from lambdas.common.clients.crm import Crm
from lambdas.common.follow_ups import FollowUp
from lambdas.common.handlers import reaction
from lambdas.common.reminders import Reminders
from schemas.appointments import APPOINTMENT_RESCHEDULED, AppointmentChanged
from schemas.message import Message


@reaction(APPOINTMENT_RESCHEDULED)
def handler(appointment: Message[AppointmentChanged], crm: Crm, reminders: Reminders) -> Iterator[FollowUp]:
    """Let the reminders of its new start take the place of the old ones."""
    yield from reminders.of(crm.appointment(appointment.payload.appointment_id, company_id=appointment.company_id))
