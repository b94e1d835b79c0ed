"""An invitation is mailed unless it has expired."""

import pytest

from local.traffic import invitations
from local.traffic.publication import PublicationDoor
from schemas.reasons import Outcome, Reason
from schemas.users import USER_INVITED
from tests.e2e.scene import Scene, message


@pytest.mark.parametrize("door", PublicationDoor)
def test_an_invited_person_gets_one_mail_with_the_link(scene: Scene, door: PublicationDoor) -> None:
    invitation = scene.publish(invitations.by_name, door)

    (mail,) = scene.mails_of(scene.follow_ups_of(scene.outcome_of(invitation)))

    payload = message(invitation.publication.body)["payload"]
    assert mail.to == (payload["email"],)
    assert payload["acceptUrl"] in mail.text
    assert payload["name"] in mail.text
    assert payload["companyName"] in mail.subject


def test_a_guest_without_a_name_gets_one_mail_too(scene: Scene) -> None:
    invitation = scene.publish(invitations.by_address)

    (mail,) = scene.mails_of(scene.follow_ups_of(scene.outcome_of(invitation)))

    assert message(invitation.publication.body)["payload"]["acceptUrl"] in mail.text
    assert "None" not in mail.text + mail.subject + mail.html


def test_an_expired_invitation_is_dead_lettered_without_a_mail(scene: Scene) -> None:
    invitation = scene.publish(invitations.expired, PublicationDoor.BUS)

    line = scene.outcome_of(invitation)
    dead_letter = scene.dead_letter(USER_INVITED.name, lambda found: found.id == invitation.id)

    assert (line.what, line.follow_ups) == (Outcome.DEAD_LETTERED, ())
    assert dead_letter.reason == Reason.PERMANENT
