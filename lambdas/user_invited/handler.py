"""A person was invited to a company's team."""

from collections.abc import Iterator

from lambdas.common.clients.clock import Clock
from lambdas.common.errors import PermanentError
from lambdas.common.follow_ups import Emit, FollowUp
from lambdas.common.handlers import reaction
from schemas.emails import EMAIL_SEND, EmailSend, Recipient, Template
from schemas.message import Message
from schemas.reasons import Remedy
from schemas.users import USER_INVITED, UserInvited


@reaction(USER_INVITED)
def handler(invited: Message[UserInvited], clock: Clock) -> Iterator[FollowUp]:
    """Email the invitation, unless its sender sent it too late."""
    if invited.payload.expires_at <= clock.now():
        raise PermanentError(
            "the invitation had expired when it was sent: invite the person again", remedy=Remedy.DISCARD
        )
    yield Emit(EMAIL_SEND, invitation(invited.payload))


def invitation(invited: UserInvited) -> EmailSend:
    """The email to the invited person."""
    return EmailSend(
        company_id=invited.company_id,
        template=Template.USER_INVITATION,
        to=Recipient(email=invited.email, name=invited.name, locale=invited.locale, time_zone=invited.time_zone),
        company_name=invited.company_name,
        values={
            "inviter": invited.inviter,
            "acceptUrl": invited.accept_url,
            "expiresAt": invited.expires_at.isoformat(),
        },
        subject_id=invited.invitation_id,
        valid_until=invited.expires_at,
    )
