"""An appointment was created."""

from collections.abc import Iterator

from lambdas.common.appointments import COMMIT_SECONDS
from lambdas.common.clients.crm import Crm
from lambdas.common.errors import RetryableError, Skip
from lambdas.common.follow_ups import FollowUp
from lambdas.common.handlers import reaction
from lambdas.common.reminders import Reminders
from schemas.appointments import APPOINTMENT_CREATED, AppointmentChanged
from schemas.message import Message


@reaction(APPOINTMENT_CREATED)
def handler(appointment: Message[AppointmentChanged], crm: Crm, reminders: Reminders) -> Iterator[FollowUp]:
    """Schedule the appointment's reminders by its current state in the CRM.

    The event may overtake the transaction that it reports on. So an appointment that the CRM does not know yet is asked
    for again; only the last attempt is skipped.
    """
    try:
        found = crm.appointment(appointment.payload.appointment_id, company_id=appointment.company_id)
    except Skip as missing:
        if appointment.attempts >= APPOINTMENT_CREATED.max_attempts:
            raise
        raise RetryableError(f"{missing} yet", retry_after=COMMIT_SECONDS) from None
    yield from reminders.plan(found)
