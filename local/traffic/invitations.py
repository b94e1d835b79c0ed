"""Users are invited to a company's team."""

from dataclasses import replace
from datetime import timedelta

from local.traffic.publication import MessageDraft, delivered, succeeded
from local.traffic.sample_data import SampleData
from schemas.emails import EMAIL_SEND
from schemas.reasons import Outcome, Reason
from schemas.users import USER_INVITED


def by_name(sample: SampleData) -> MessageDraft:
    """One mail, which greets the guest by name."""
    company, guest = sample.company(), sample.person()
    invitation = sample.uuid()
    return MessageDraft(
        event_type=USER_INVITED,
        payload={
            "companyId": company.id,
            "invitationId": invitation,
            "companyName": company.name,
            "email": guest.email,
            "name": guest.name,
            "inviter": sample.choice(company.admins),
            "acceptUrl": f"https://app.taly.example/invitations/accept?token={sample.alphanumeric(32)}",
            "expiresAt": sample.timestamp(sample.now + timedelta(days=7)),
            "locale": guest.place.locale,
            "timeZone": guest.place.time_zone,
        },
        subject=invitation,
        happened_at=sample.recent_time(),
        outcomes=succeeded(USER_INVITED) + succeeded(EMAIL_SEND),
    )


def by_address(sample: SampleData) -> MessageDraft:
    """One mail without a name, since none is known."""
    invitation = by_name(sample)
    return replace(invitation, payload={key: value for key, value in invitation.payload.items() if key != "name"})


def expired(sample: SampleData) -> MessageDraft:
    """The invitation had expired when it was sent: it is dead-lettered, and no mail is sent."""
    invitation = by_name(sample)
    return replace(
        invitation,
        payload={**invitation.payload, "expiresAt": sample.timestamp(sample.now - timedelta(hours=1))},
        outcomes=delivered(USER_INVITED, Outcome.DEAD_LETTERED),
        reason=Reason.PERMANENT,
    )
