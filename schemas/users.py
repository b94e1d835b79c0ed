"""Users of the CRM."""

from datetime import datetime
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
    """A person was invited to a company's team. The CRM backend sends it; source of truth: the CRM's user service."""

    invitation_id: Uuid
    company_name: CompanyName
    email: Annotated[EmailAddress, Personal("address of the invitation")]
    name: Annotated[Name | None, Field(examples=["Grace Hopper"]), Personal("greeting of the invitation")] = None
    """Name of the invited person, where it is known."""

    inviter: Annotated[Name, Field(examples=["Ada Lovelace"]), Personal("shown in the invitation")]
    """Name of the person who sent the invitation."""

    accept_url: Annotated[
        HttpsUrl,
        Field(examples=["https://app.taly.dev/invitations/accept?token=example"]),
        Secret("link in the invitation"),
    ]
    """Link to accept. It grants access to anyone who has it, so it goes to the invited person and never to logs."""

    expires_at: Timestamp
    """When the link stops working: the invitation is then no longer sent."""

    locale: Locale | None = "en"
    time_zone: TimeZone | None = "UTC"
    """The invited person's time zone; the invitation shows times in it."""

    def ends_at(self) -> datetime:
        """Return when the link stops working."""
        return self.expires_at


USER_INVITED = EventType(
    "user.invited",
    UserInvited,
    Kind.REACTION,
    sent_by="the CRM backend",
    emits={EMAIL_SEND},
    subject="invitationId",
)
