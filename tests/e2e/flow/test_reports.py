"""A report's link is mailed to each who waits for it."""

from http import HTTPStatus
from uuid import uuid4

import pytest

from local.standins.crm.state import CrmFailure
from local.traffic import reports
from local.traffic.publication import PublicationDoor
from schemas.reasons import Outcome, Reason
from schemas.reports import REPORT_GENERATE, REPORT_READY
from tests.e2e.scene import Scene, message


def test_a_report_is_mailed_to_each_of_its_three_recipients(scene: Scene) -> None:
    report = scene.publish(reports.for_three)

    mails = scene.mails_of(scene.followed(scene.decided(report)))

    payload = message(report.publication.body)["payload"]
    assert sorted(mail.to for mail in mails) == sorted((recipient["email"],) for recipient in payload["recipients"])
    assert len(mails) == 3
    assert all(payload["downloadUrl"] in mail.text for mail in mails)


def test_an_address_that_is_named_twice_gets_one_mail(scene: Scene) -> None:
    report = scene.publish(reports.one_address_twice, PublicationDoor.BUS)

    mails = scene.mails_of(scene.followed(scene.decided(report)))

    addresses = [recipient["email"].lower() for recipient in message(report.publication.body)["payload"]["recipients"]]
    assert len(addresses) == 3
    assert sorted(mail.to[0].lower() for mail in mails) == sorted(set(addresses))


def test_a_link_that_has_expired_is_dead_lettered_and_mailed_to_nobody(scene: Scene) -> None:
    report = scene.publish(reports.expired)

    line = scene.decided(report)
    letter = scene.letter(REPORT_READY.name, lambda letter: letter.id == report.id)

    assert (line.what, line.follow_ups) == (Outcome.DEAD_LETTERED, ())
    assert letter.reason == Reason.PERMANENT


@pytest.mark.parametrize("door", PublicationDoor)
def test_a_report_that_was_generated_is_mailed_to_each_of_its_recipients(scene: Scene, door: PublicationDoor) -> None:
    report = scene.publish(reports.generated, door)

    lines = scene.came_true(report)

    payload = message(report.publication.body)["payload"]
    mails = scene.mails_of(lines)
    assert sorted(mail.to for mail in mails) == sorted((recipient["email"],) for recipient in payload["recipients"])
    assert all(payload["downloadUrl"] in mail.text for mail in mails)
    (ready,) = (line for line in lines if line.service == REPORT_READY.name)
    assert ready.causation_id == report.id


def test_a_report_that_failed_is_made_again_with_the_messages_id_as_idempotency_key(scene: Scene) -> None:
    again = scene.publish(reports.run_again, PublicationDoor.BUS)

    assert scene.decided(again).what is Outcome.SUCCEEDED
    (call,) = scene.calls_about(again)
    assert (call.path, call.key) == (f"/internal/reports/{again.publication.subject}/generate", again.id)


def test_a_report_that_its_service_tried_once_has_one_attempt_less(scene: Scene) -> None:
    report, company = str(uuid4()), str(uuid4())
    scene.stage.crm.books.fail(report, CrmFailure(HTTPStatus.SERVICE_UNAVAILABLE))
    payload = {"companyId": company, "reportId": report}
    again = scene.tell(REPORT_GENERATE, payload, subject=report, attempts=2)

    letter = scene.letter(REPORT_GENERATE.name, lambda letter: letter.id == again.id)

    assert letter.reason == Reason.ATTEMPTS_EXHAUSTED
    assert [attempt["attempt"] for attempt in letter.failure_history["attempts"]] == [2, 3]
