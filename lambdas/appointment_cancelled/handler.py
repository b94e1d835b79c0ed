"""An appointment was called off."""

from collections.abc import Iterator

from lambdas.common.clients.crm import Crm
from lambdas.common.follow_ups import FollowUp
from lambdas.common.handlers import reaction
from lambdas.common.reminders import Reminders
from schemas.appointments import APPOINTMENT_CANCELLED, AppointmentChanged
from schemas.message import Message


@reaction(APPOINTMENT_CANCELLED)
def handler(appointment: Message[AppointmentChanged], crm: Crm, reminders: Reminders) -> Iterator[FollowUp]:
    """Call its reminders off, unless it stands again by now."""
    yield from reminders.of(crm.appointment(appointment.payload.appointment_id, company_id=appointment.company_id))
