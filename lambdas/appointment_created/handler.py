"""An appointment was made."""

from collections.abc import Iterator

from lambdas.common.clients.crm import Crm
from lambdas.common.follow_ups import FollowUp
from lambdas.common.handlers import reaction
from lambdas.common.reminders import Reminders
from schemas.appointments import APPOINTMENT_CREATED, AppointmentChanged
from schemas.message import Message


@reaction(APPOINTMENT_CREATED)
def handler(appointment: Message[AppointmentChanged], crm: Crm, reminders: Reminders) -> Iterator[FollowUp]:
    """Schedule the reminders of the appointment as it stands by now."""
    yield from reminders.of(crm.appointment(appointment.payload.appointment_id, company_id=appointment.company_id))
