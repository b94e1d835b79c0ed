"""A report's link is mailed to each who waits for it."""

from ops.local.letters import dead_letters_of
from ops.local.traffic import reports
from ops.local.traffic.publication import Door
from schemas.reasons import Outcome, Reason
from schemas.reports import REPORT_READY
from tests.e2e.scene import Scene, message


def test_a_report_is_mailed_to_each_of_its_three_recipients(scene: Scene) -> None:
    report = scene.publish(reports.for_three)

    mails = scene.mails_of(scene.followed(scene.decided(report)))

    payload = message(report.publication.body)["payload"]
    assert sorted(mail.to for mail in mails) == sorted((recipient["email"],) for recipient in payload["recipients"])
    assert len(mails) == 3
    assert all(payload["downloadUrl"] in mail.text for mail in mails)


def test_an_address_that_is_named_twice_gets_one_mail(scene: Scene) -> None:
    report = scene.publish(reports.one_address_twice, Door.BUS)

    mails = scene.mails_of(scene.followed(scene.decided(report)))

    addresses = [recipient["email"].lower() for recipient in message(report.publication.body)["payload"]["recipients"]]
    assert len(addresses) == 3
    assert sorted(mail.to[0].lower() for mail in mails) == sorted(set(addresses))


def test_a_link_that_has_expired_is_dead_lettered_and_mailed_to_nobody(scene: Scene) -> None:
    report = scene.publish(reports.expired)

    line = scene.decided(report)
    letter = scene.letter(dead_letters_of(REPORT_READY.name), lambda letter: letter.id == report.id)

    assert (line.outcome, line.follow_ups) == (Outcome.DEAD_LETTERED, ())
    assert letter.attributes["reason"] == Reason.PERMANENT
