"""An address enters a company's suppression list, or leaves it."""

from lambdas.common.clients.suppression_list import SuppressionList
from lambdas.common.handlers import job
from schemas.message import Message
from schemas.suppression import EMAIL_SUPPRESSION, EmailSuppression


@job(EMAIL_SUPPRESSION)
def handler(change: Message[EmailSuppression], suppression_list: SuppressionList) -> None:
    """Change the item of the address in the suppression list, unless something later is known."""
    suppression_list.put(change.payload)
