"""In the deployed system too, what is a person's reaches that person and no log, letter's attribute or card."""

import json
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest

from local.clock.simulated_clock import Part
from local.standins.crm.state import CrmFailure
from local.traffic.publish import AcceptedPublication
from schemas.activities import ACTIVITY_RECORD
from schemas.bookings import BOOKING_CREATED
from schemas.emails import EMAIL_SEND
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import Outcome, Reason
from tests.e2e.scene import Scene
from tests.unit.personal_data.sentinels import Sentinels


@pytest.fixture
def sentinels(scene: Scene) -> Sentinels:
    return Sentinels(tokens={scene.stage.crm.token: "the CRM's token"})


def book(scene: Scene, sentinels: Sentinels, **changes: Any) -> AcceptedPublication:
    """A booking, its values to be found again, whose activity the CRM refuses."""
    booking = str(uuid4())
    scene.stage.crm.books.fail(booking, CrmFailure(HTTPStatus.UNPROCESSABLE_ENTITY))
    payload = sentinels.payload(BOOKING_CREATED, BOOKING_CREATED.version)
    payload |= {"companyId": str(uuid4()), "bookingId": booking, **changes}
    return scene.tell(BOOKING_CREATED, payload, subject=booking)


def logged(scene: Scene) -> list[str]:
    """All that stands in any log group."""
    logs = scene.stage.endpoint.logs
    groups, events = logs.get_paginator("describe_log_groups"), logs.get_paginator("filter_log_events")
    names = [group["logGroupName"] for page in groups.paginate() for group in page["logGroups"]]
    pages = [page for name in names for page in events.paginate(logGroupName=name)]
    return [event["message"] for page in pages for event in page["events"]]


def test_a_customer_is_named_in_their_mail_and_nowhere_else(scene: Scene, sentinels: Sentinels) -> None:
    booking = book(scene, sentinels)
    mailed = scene.concluded(booking.id, EMAIL_SEND.name)
    given_up = scene.concluded(booking.id, ACTIVITY_RECORD.name)
    letter = scene.letter(ACTIVITY_RECORD.name, lambda letter: letter.id == given_up.id)

    with scene.stage.minutes.without(Part.BEAT, Part.ALARMS):
        scene.stage.minutes.tick()

    (mail,) = scene.mails_of([mailed])
    assert sentinels.found_in(mail.text)
    assert sentinels.found_in(letter.body)
    assert given_up.what is Outcome.DEAD_LETTERED
    assert sentinels.found_in(json.dumps(letter.attributes)) == []
    cards = json.dumps(scene.stage.slack.books.cards())
    assert given_up.fingerprint in cards
    assert sentinels.found_in(cards) == []
    lines = logged(scene)
    assert any(given_up.id in line for line in lines)
    assert [found for line in lines for found in sentinels.found_in(line)] == []


def test_what_the_ingress_refuses_is_repeated_by_nobody(scene: Scene, sentinels: Sentinels) -> None:
    booking = book(scene, sentinels, customer={"name": [sentinels.value("the customer")], "email": "pii1q", "phone": 1})

    letter = scene.letter(QUEUE_PROCESSOR, lambda letter: letter.id == booking.id)

    assert letter.reason == Reason.INVALID_PAYLOAD
    assert sentinels.found_in(letter.body)
    assert sentinels.found_in(json.dumps(letter.attributes)) == []
    lines = logged(scene)
    assert any(booking.id in line for line in lines)
    assert [found for line in lines for found in sentinels.found_in(line)] == []
