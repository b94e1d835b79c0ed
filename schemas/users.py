"""The people who work with the CRM."""

from typing import Annotated

from pydantic import Field

from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType, Kind
from schemas.wire import (
    CompanyName,
    EmailAddress,
    HttpsUrl,
    Locale,
    Name,
    Payload,
    Personal,
    Secret,
    Timestamp,
    TimeZone,
    Uuid,
)


class UserInvited(Payload):
    """A person was asked to join a company's team. Source of truth: the CRM's user service."""

    invitation_id: Uuid
    company_name: CompanyName
    email: Annotated[EmailAddress, Personal("the invitation goes there")]
    name: Annotated[Name | None, Field(examples=["Grace Hopper"]), Personal("the invitation greets with it")] = None
    """Where the one who invites knows it."""

    inviter: Annotated[Name, Field(examples=["Ada Lovelace"]), Personal("the invitation says who invites")]
    accept_url: Annotated[
        HttpsUrl,
        Field(examples=["https://app.taly.dev/invitations/accept?token=example"]),
        Secret("the invitation leads there"),
    ]
    """Whoever has it may join: it goes to the invited person and to no log."""

    expires_at: Timestamp
    """Until when the address works."""

    locale: Locale = "en"
    time_zone: TimeZone = "UTC"
    """The times in the invitation are told in it."""


USER_INVITED = EventType("user.invited", UserInvited, Kind.REACTION, sent_by="the CRM backend", emits={EMAIL_SEND})
