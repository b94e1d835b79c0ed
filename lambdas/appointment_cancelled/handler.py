"""An appointment was cancelled."""

from collections.abc import Iterator

from lambdas.common.clients.crm import Crm
from lambdas.common.follow_ups import FollowUp
from lambdas.common.handlers import reaction
from lambdas.common.reminders import Reminders
from schemas.appointments import APPOINTMENT_CANCELLED, AppointmentChanged
from schemas.message import Message


@reaction(APPOINTMENT_CANCELLED)
def handler(appointment: Message[AppointmentChanged], crm: Crm, reminders: Reminders) -> Iterator[FollowUp]:
    """Cancel the appointment's reminders, unless the CRM no longer shows it as cancelled."""
    yield from reminders.plan(crm.appointment(appointment.payload.appointment_id, company_id=appointment.company_id))
