"""An appointment has another start."""

from collections.abc import Iterator

from lambdas.common.clients.crm import Crm
from lambdas.common.follow_ups import FollowUp
from lambdas.common.handlers import reaction
from lambdas.common.reminders import Reminders
from schemas.appointments import APPOINTMENT_RESCHEDULED, AppointmentChanged
from schemas.message import Message


@reaction(APPOINTMENT_RESCHEDULED)
def handler(appointment: Message[AppointmentChanged], crm: Crm, reminders: Reminders) -> Iterator[FollowUp]:
    """Replace the appointment's reminders by those for its current start in the CRM."""
    yield from reminders.plan(crm.appointment(appointment.payload.appointment_id, company_id=appointment.company_id))
