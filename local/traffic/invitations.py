"""People are asked to join a company's team."""

from dataclasses import replace
from datetime import timedelta

from local.traffic.chance import Chance
from local.traffic.publication import MessageDraft, ending, succeeded
from schemas.emails import EMAIL_SEND
from schemas.reasons import Outcome, Reason
from schemas.users import USER_INVITED


def by_name(chance: Chance) -> MessageDraft:
    """A mail that greets by name."""
    company, guest = chance.company(), chance.person()
    invitation = chance.uuid()
    return MessageDraft(
        event_type=USER_INVITED,
        payload={
            "companyId": company.id,
            "invitationId": invitation,
            "companyName": company.name,
            "email": guest.email,
            "name": guest.name,
            "inviter": chance.among(company.admins),
            "acceptUrl": f"https://app.taly.example/invitations/accept?token={chance.letters(32)}",
            "expiresAt": chance.text(chance.now + timedelta(days=7)),
            "locale": guest.place.locale,
            "timeZone": guest.place.time_zone,
        },
        subject=invitation,
        happened_at=chance.just_now(),
        endings=succeeded(USER_INVITED) + succeeded(EMAIL_SEND),
    )


def by_address(chance: Chance) -> MessageDraft:
    """Nobody knows the name: a mail that greets without one."""
    invitation = by_name(chance)
    return replace(invitation, payload={key: value for key, value in invitation.payload.items() if key != "name"})


def expired(chance: Chance) -> MessageDraft:
    """It cannot be accepted any more: it is dead-lettered, nobody is told."""
    invitation = by_name(chance)
    return replace(
        invitation,
        payload={**invitation.payload, "expiresAt": chance.text(chance.now - timedelta(hours=1))},
        endings=ending(USER_INVITED, Outcome.DEAD_LETTERED),
        reason=Reason.PERMANENT,
    )
