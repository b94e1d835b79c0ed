"""In the deployed system, personal data is in mails and message bodies, but in no log, attribute or card."""

import json
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest

from local.clock.simulated_clock import ClockTask
from local.standins.crm.state import CrmFailure
from local.standins.ses.events import MailEvent, event_about
from local.traffic.publish import AcceptedPublication
from schemas.activities import ACTIVITY_RECORD
from schemas.bookings import BOOKING_CREATED
from schemas.contacts import CONTACT_EMAIL_STATUS
from schemas.email_outcomes import EMAIL_BOUNCED, EMAIL_COMPLAINED, EMAIL_DELIVERED
from schemas.emails import EMAIL_SEND
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import Outcome, Reason
from schemas.suppression import EMAIL_SUPPRESSION
from tests.e2e.scene import Scene
from tests.unit.personal_data.sentinels import Sentinels


@pytest.fixture
def sentinels(scene: Scene) -> Sentinels:
    return Sentinels(tokens={scene.stage.crm.token: "the CRM's token"})


def book(scene: Scene, sentinels: Sentinels, **changes: Any) -> AcceptedPublication:
    """Publish a booking with recognisable values whose activity the CRM refuses."""
    booking = str(uuid4())
    scene.stage.crm.state.fail(booking, CrmFailure(HTTPStatus.UNPROCESSABLE_ENTITY))
    payload = sentinels.payload(BOOKING_CREATED, BOOKING_CREATED.version)
    payload |= {"companyId": str(uuid4()), "bookingId": booking, **changes}
    return scene.publish_message(BOOKING_CREATED, payload, subject=booking)


def logged(scene: Scene) -> list[str]:
    """All log lines of all log groups."""
    logs = scene.stage.endpoint.logs
    groups, events = logs.get_paginator("describe_log_groups"), logs.get_paginator("filter_log_events")
    names = [group["logGroupName"] for page in groups.paginate() for group in page["logGroups"]]
    pages = [page for name in names for page in events.paginate(logGroupName=name)]
    return [event["message"] for page in pages for event in page["events"]]


def test_personal_data_is_in_the_mail_but_in_no_log_or_card(scene: Scene, sentinels: Sentinels) -> None:
    booking = book(scene, sentinels)
    mailed = scene.outcome_at(booking.id, EMAIL_SEND.name)
    failed = scene.outcome_at(booking.id, ACTIVITY_RECORD.name)
    dead_letter = scene.dead_letter(ACTIVITY_RECORD.name, lambda found: found.id == failed.id)

    with scene.stage.clock.without(ClockTask.HEARTBEAT, ClockTask.ALARMS):
        scene.stage.clock.tick()

    (mail,) = scene.mails_of([mailed])
    assert sentinels.found_in(mail.text)
    assert sentinels.found_in(dead_letter.body)
    assert failed.what is Outcome.DEAD_LETTERED
    assert sentinels.found_in(json.dumps(dead_letter.attributes)) == []
    cards = json.dumps(scene.stage.slack.state.cards())
    assert failed.fingerprint in cards
    assert sentinels.found_in(cards) == []
    lines = logged(scene)
    assert any(failed.id in line for line in lines)
    assert [found for line in lines for found in sentinels.found_in(line)] == []


def test_personal_data_of_a_bounced_mail_is_in_no_log(scene: Scene, sentinels: Sentinels) -> None:
    booking = book(scene, sentinels)
    mailed = scene.outcome_at(booking.id, EMAIL_SEND.name)
    (mail,) = scene.mails_of([mailed])

    events = [event_about(mail, event, mail.to[0], datetime.now(UTC)) for event in MailEvent]
    scene.stage.ses.state.publish(events)

    followed = [
        line
        for outcome in (EMAIL_DELIVERED, EMAIL_BOUNCED, EMAIL_COMPLAINED)
        for line in scene.follow_ups_of(scene.outcome_at(mailed.id, outcome.name))
    ]
    assert {line.service for line in followed} == {
        ACTIVITY_RECORD.name,
        CONTACT_EMAIL_STATUS.name,
        EMAIL_SUPPRESSION.name,
    }
    assert sentinels.found_in(json.dumps(events))
    lines = logged(scene)
    assert all(any(line.id in text for text in lines) for line in followed)
    assert [found for line in lines for found in sentinels.found_in(line)] == []


def test_personal_data_of_a_refused_message_is_in_no_log(scene: Scene, sentinels: Sentinels) -> None:
    booking = book(scene, sentinels, customer={"name": [sentinels.value("the customer")], "email": "pii1q", "phone": 1})

    dead_letter = scene.dead_letter(QUEUE_PROCESSOR, lambda found: found.id == booking.id)

    assert dead_letter.reason == Reason.INVALID_PAYLOAD
    assert sentinels.found_in(dead_letter.body)
    assert sentinels.found_in(json.dumps(dead_letter.attributes)) == []
    lines = logged(scene)
    assert any(booking.id in line for line in lines)
    assert [found for line in lines for found in sentinels.found_in(line)] == []
