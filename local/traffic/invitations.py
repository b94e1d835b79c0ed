"""Users are invited to a company's team."""

from dataclasses import replace
from datetime import timedelta

from local.standins.ses.events import SIMULATOR
from local.traffic.publication import DeliveryOutcome, MessageDraft, delivered, succeeded
from local.traffic.sample_data import SampleData
from schemas.activities import ACTIVITY_RECORD
from schemas.contacts import CONTACT_EMAIL_STATUS
from schemas.email_outcomes import EMAIL_BOUNCED, EMAIL_COMPLAINED, EMAIL_DELIVERED
from schemas.emails import EMAIL_SEND
from schemas.reasons import Outcome, Reason
from schemas.ses import SES_EVENT
from schemas.suppression import EMAIL_SUPPRESSION
from schemas.users import USER_INVITED

_SUPPRESSED = succeeded(ACTIVITY_RECORD) + succeeded(CONTACT_EMAIL_STATUS) + succeeded(EMAIL_SUPPRESSION)


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


def bounced(sample: SampleData) -> MessageDraft:
    """The mailbox is unknown: the mail bounces, the CRM is informed, and the address gets no other mail."""
    return _to_simulator(sample, "bounce", succeeded(SES_EVENT) + succeeded(EMAIL_BOUNCED) + _SUPPRESSED)


def complained(sample: SampleData) -> MessageDraft:
    """The guest marks the delivered mail as spam: the CRM is informed, and the address gets no other mail."""
    reported = succeeded(SES_EVENT) + succeeded(EMAIL_DELIVERED) + succeeded(ACTIVITY_RECORD)
    return _to_simulator(
        sample, "complaint", reported + succeeded(SES_EVENT) + succeeded(EMAIL_COMPLAINED) + _SUPPRESSED
    )


def _to_simulator(sample: SampleData, mailbox: str, reports: tuple[DeliveryOutcome, ...]) -> MessageDraft:
    """An invitation to one of the mailbox simulator's mailboxes, by an address that no other message has."""
    invitation = by_name(sample)
    email = f"{mailbox}+{sample.number}@{SIMULATOR}"
    return replace(invitation, payload={**invitation.payload, "email": email}, reports=reports)
