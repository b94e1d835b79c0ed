"""A report's link is mailed to each recipient."""

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
    report = scene.publish(reports.three_recipients)

    mails = scene.mails_of(scene.follow_ups_of(scene.outcome_of(report)))

    payload = message(report.publication.body)["payload"]
    assert sorted(mail.to for mail in mails) == sorted((recipient["email"],) for recipient in payload["recipients"])
    assert len(mails) == 3
    assert all(payload["downloadUrl"] in mail.text for mail in mails)


def test_a_duplicate_recipient_gets_one_mail(scene: Scene) -> None:
    report = scene.publish(reports.duplicate_recipient, PublicationDoor.BUS)

    mails = scene.mails_of(scene.follow_ups_of(scene.outcome_of(report)))

    addresses = [recipient["email"].lower() for recipient in message(report.publication.body)["payload"]["recipients"]]
    assert len(addresses) == 3
    assert sorted(mail.to[0].lower() for mail in mails) == sorted(set(addresses))


def test_an_expired_link_is_dead_lettered_without_a_mail(scene: Scene) -> None:
    report = scene.publish(reports.expired)

    line = scene.outcome_of(report)
    dead_letter = scene.dead_letter(REPORT_READY.name, lambda found: found.id == report.id)

    assert (line.what, line.follow_ups) == (Outcome.DEAD_LETTERED, ())
    assert dead_letter.reason == Reason.PERMANENT


@pytest.mark.parametrize("door", PublicationDoor)
def test_a_generated_report_is_mailed_to_each_of_its_recipients(scene: Scene, door: PublicationDoor) -> None:
    report = scene.publish(reports.generated, door)

    lines = scene.completed(report)

    payload = message(report.publication.body)["payload"]
    mails = scene.mails_of(lines)
    assert sorted(mail.to for mail in mails) == sorted((recipient["email"],) for recipient in payload["recipients"])
    assert all(payload["downloadUrl"] in mail.text for mail in mails)
    (ready,) = (line for line in lines if line.service == REPORT_READY.name)
    assert ready.causation_id == report.id


def test_a_report_is_generated_again_with_its_key(scene: Scene) -> None:
    regenerated = scene.publish(reports.regenerate, PublicationDoor.BUS)

    assert scene.outcome_of(regenerated).what is Outcome.SUCCEEDED
    (call,) = scene.calls_about(regenerated)
    assert (call.path, call.key) == (
        f"/internal/reports/{regenerated.publication.subject}/generate",
        str(regenerated.key),
    )


@pytest.mark.long  # the last attempt waits for a minute without a refusal
def test_a_report_that_its_service_tried_once_has_two_attempts(scene: Scene) -> None:
    report, company = str(uuid4()), str(uuid4())
    scene.stage.crm.state.fail(report, CrmFailure(HTTPStatus.SERVICE_UNAVAILABLE))
    payload = {"companyId": company, "reportId": report}
    regenerated = scene.publish_message(REPORT_GENERATE, payload, subject=report, attempts=2)

    dead_letter = scene.dead_letter(REPORT_GENERATE.name, lambda found: found.id == regenerated.id)

    assert dead_letter.reason == Reason.ATTEMPTS_EXHAUSTED
    assert [attempt["attempt"] for attempt in dead_letter.failure_history["attempts"]] == [2, 3]
