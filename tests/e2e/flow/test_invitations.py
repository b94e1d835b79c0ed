"""An invitation is mailed while it can be accepted."""

import pytest

from local.traffic import invitations
from local.traffic.publication import PublicationDoor
from schemas.reasons import Outcome, Reason
from schemas.users import USER_INVITED
from tests.e2e.scene import Scene, message


@pytest.mark.parametrize("door", PublicationDoor)
def test_an_invited_person_gets_one_mail_with_the_link(scene: Scene, door: PublicationDoor) -> None:
    invitation = scene.publish(invitations.by_name, door)

    (mail,) = scene.mails_of(scene.followed(scene.decided(invitation)))

    payload = message(invitation.publication.body)["payload"]
    assert mail.to == (payload["email"],)
    assert payload["acceptUrl"] in mail.text
    assert payload["name"] in mail.text
    assert payload["companyName"] in mail.subject


def test_somebody_whose_name_nobody_knows_is_invited_all_the_same(scene: Scene) -> None:
    invitation = scene.publish(invitations.by_address)

    (mail,) = scene.mails_of(scene.followed(scene.decided(invitation)))

    assert message(invitation.publication.body)["payload"]["acceptUrl"] in mail.text
    assert "None" not in mail.text + mail.subject + mail.html


def test_an_invitation_that_has_expired_is_dead_lettered_and_mails_nobody(scene: Scene) -> None:
    invitation = scene.publish(invitations.expired, PublicationDoor.BUS)

    line = scene.decided(invitation)
    letter = scene.letter(USER_INVITED.name, lambda letter: letter.id == invitation.id)

    assert (line.what, line.follow_ups) == (Outcome.DEAD_LETTERED, ())
    assert letter.reason == Reason.PERMANENT
