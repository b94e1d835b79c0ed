"""An address is put on a company's suppression list, or taken off."""

from lambdas.common.clients.clock import Clock
from lambdas.common.handlers import job
from lambdas.common.suppression_list import SuppressionList
from schemas.message import Message
from schemas.suppression import EMAIL_SUPPRESSION, EmailSuppression


@job(EMAIL_SUPPRESSION)
def handler(change: Message[EmailSuppression], suppression_list: SuppressionList, clock: Clock) -> None:
    """Keep what is known about the address; the list has only a hash of it."""
    suppression_list.put(change.payload, clock.now())
