"""The invitation to join a company's team."""

from datetime import UTC, datetime, timedelta

import pytest

from lambdas.common.clients.clock import Clock
from lambdas.common.errors import PermanentError
from lambdas.user_invited.handler import handler
from schemas.emails import EmailSend, Template
from schemas.message import Message
from schemas.users import UserInvited
from tests.fakes.function import NOW
from tests.messages import invited, text


def message(**payload: object) -> Message[UserInvited]:
    return Message[UserInvited].model_validate_json(text(invited(**payload)))


def invitation(**payload: object) -> EmailSend:
    (follow_up,) = handler.decide(message(**payload), clock=Clock(lambda: NOW)) or ()
    mail = getattr(follow_up, "payload", None)
    assert isinstance(mail, EmailSend)
    return mail


def test_invitation_has_the_link_and_the_inviter() -> None:
    mail = invitation(timeZone="Asia/Tokyo", name="Grace Hopper")

    assert mail.template is Template.USER_INVITATION
    assert (mail.to.email, mail.to.name, mail.to.time_zone) == ("grace@example.com", "Grace Hopper", "Asia/Tokyo")
    assert mail.company_name == "Café Zoë"
    assert mail.values == {
        "inviter": "Ada Lovelace",
        "acceptUrl": "https://app.taly.dev/invitations/accept?token=abc",
        "expiresAt": "2026-04-21T14:00:00+00:00",
    }


def test_invitation_works_without_the_persons_name() -> None:
    assert invitation().to.name is None


def test_invitation_is_not_mailed_after_its_link_expired() -> None:
    assert invitation(expiresAt="2026-04-15T12:00:00+02:00").ends_at() == datetime(2026, 4, 15, 10, tzinfo=UTC)


def test_expired_invitation_is_permanent() -> None:
    late = Clock(lambda: NOW + timedelta(days=7))

    with pytest.raises(PermanentError, match="the invitation had expired when it was sent"):
        list(handler.decide(message(), clock=late) or ())
