"""Amazon SES reports what became of a mail."""

from collections.abc import Iterator

from lambdas.common.follow_ups import Cause, Emit, FollowUp
from lambdas.common.handlers import reaction
from lambdas.ses_event.outcomes import outcome_of
from lambdas.ses_event.sent import sent_mail
from schemas.emails import EMAIL_SEND
from schemas.message import Message
from schemas.ses import SES_EVENT, SesEvent
from schemas.wire import timestamp


@reaction(SES_EVENT)
def handler(reported: Message[SesEvent]) -> Iterator[FollowUp]:
    """Publish the outcome of the mail, as caused by the `email.send` that sent it."""
    sent = sent_mail(reported.payload)
    event_type, outcome = outcome_of(reported.payload.ses_event, sent)
    yield Emit(
        event_type,
        outcome,
        discriminator=timestamp(outcome.occurred_at),  # one mail can bounce softly and then for good
        cause=Cause(EMAIL_SEND.name, sent.message_id, sent.correlation_id),
    )
