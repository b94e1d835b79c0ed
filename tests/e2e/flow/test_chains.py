"""Every message of a chain has its correlation id and its cause's id, each time it runs."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import pytest

from local.standins.crm.state import CrmFailure
from local.standins.webhooks.state import Outage
from local.traffic import bookings
from local.traffic.publication import MessageDraft, PublicationDoor, succeeded
from local.traffic.publish import AcceptedPublication
from local.traffic.sample_data import SampleData
from ops.conserve.message_key import MessageKey
from ops.stage.log_lines import LogLine
from ops.trace.notifications import notifications
from ops.trace.search import find_journeys
from schemas.activities import ACTIVITY_RECORD
from schemas.bookings import BOOKING_CREATED
from schemas.emails import EMAIL_SEND
from schemas.reasons import Outcome
from schemas.webhooks import WEBHOOK_DELIVER, WEBHOOK_FAN_OUT
from tests.e2e.scene import Scene, message

AT_FIRST_ATTEMPT = [(1, Outcome.SUCCEEDED)]


def three_webhooks_with_retries(sample: SampleData) -> MessageDraft:
    """The CRM accepts the activity at the second call, and one of three endpoints its webhook at the second try."""
    two = bookings.two_webhooks(sample)
    busy = replace(
        two.facts.subscribers[0],
        endpoint_id=f"we_{sample.alphanumeric(16)}",
        outage=Outage(HTTPStatus.SERVICE_UNAVAILABLE, times=1, retry_after="1"),
    )
    return replace(
        two,
        facts=replace(
            two.facts,
            subscribers=(*two.facts.subscribers, busy),
            failures={two.subject: CrmFailure(HTTPStatus.SERVICE_UNAVAILABLE, times=1)},
        ),
        outcomes=two.outcomes + succeeded(WEBHOOK_DELIVER),
    )


@pytest.fixture(scope="module")
def retried(scene: Scene) -> Mapping[tuple[PublicationDoor, str], AcceptedPublication]:
    """Bookings by each door, with and without a correlation id, whose retries wait at the same time."""
    producers: dict[str, dict[str, Any]] = {"": {}, "order-4712": {"correlationId": "order-4712"}}
    return {
        (door, correlation_id): scene.publish(three_webhooks_with_retries, door, **given)
        for door in PublicationDoor
        for correlation_id, given in producers.items()
    }


@pytest.mark.parametrize("door", PublicationDoor)
@pytest.mark.parametrize("correlation_id", ["", "order-4712"])
def test_retries_keep_correlation_id_and_causes(
    scene: Scene,
    retried: Mapping[tuple[PublicationDoor, str], AcceptedPublication],
    door: PublicationDoor,
    correlation_id: str,
) -> None:
    booking = retried[door, correlation_id]

    chain = scene.chain_of(booking)
    causes = {each: line.id for line in chain for each in line.follow_ups}
    lines = [line for line in scene.records.lines() if line.id in {booking.id, *causes}]

    assert {line.correlation_id for line in lines} == {correlation_id or booking.id}
    assert {(line.id, line.causation_id or None) for line in lines} == {
        (booking.id, None),
        *causes.items(),
    }
    # Whether the failure of the activity is an attempt depends on the CRM's other answers.
    assert attempts(line for line in lines if line.service != ACTIVITY_RECORD.name) == [
        (BOOKING_CREATED.name, AT_FIRST_ATTEMPT),
        (EMAIL_SEND.name, AT_FIRST_ATTEMPT),
        (WEBHOOK_DELIVER.name, AT_FIRST_ATTEMPT),
        (WEBHOOK_DELIVER.name, AT_FIRST_ATTEMPT),
        (WEBHOOK_DELIVER.name, AT_FIRST_ATTEMPT),
        (WEBHOOK_FAN_OUT.name, AT_FIRST_ATTEMPT),
    ]
    assert {line.service for line in lines if line.what is Outcome.DEFERRED} >= {WEBHOOK_DELIVER.name}


def test_retries_call_other_services_with_the_same_key(
    scene: Scene, retried: Mapping[tuple[PublicationDoor, str], AcceptedPublication]
) -> None:
    booking = retried[PublicationDoor.QUEUE, ""]

    jobs = scene.chain_of(booking)

    (activity,) = (str(MessageKey.of_line(line)) for line in jobs if line.service == ACTIVITY_RECORD.name)
    webhooks = {line.id for line in jobs if line.service == WEBHOOK_DELIVER.name}
    posts = scene.posts_of(jobs)
    assert [(call.key, call.status) for call in scene.calls_about(booking)] == [(activity, 503), (activity, 200)]
    assert {post.webhook_id for post in posts} == webhooks
    assert (len(posts), len(webhooks)) == (4, 3)
    assert len(scene.mails_of(jobs)) == 1


def test_trace_by_booking_id_shows_every_hop(
    scene: Scene, retried: Mapping[tuple[PublicationDoor, str], AcceptedPublication]
) -> None:
    booking = retried[PublicationDoor.QUEUE, "order-4712"]
    subject = f"booking/{message(booking.publication.body)['payload']['bookingId']}"
    ids = {line.id for line in scene.chain_of(booking)}

    found = find_journeys(scene.stage.deployed, subject, datetime.fromtimestamp(0, UTC))

    shown = {line for root in found.roots for _, node in root.walk() for line in node.lines}
    assert {line for line in shown if line.id in ids} == {line for line in scene.records.lines() if line.id in ids}
    (confirmed,) = notifications(found.roots, datetime.now(UTC))
    assert confirmed.name.startswith("confirmation")
    assert confirmed.clauses[0].text.startswith("mail ")


def attempts(lines: Iterable[LogLine]) -> list[tuple[str, list[tuple[int, str]]]]:
    """Attempt and outcome of each message by function, without deferrals and redeliveries."""
    by_job: defaultdict[tuple[str, str], set[tuple[int, str]]] = defaultdict(set)
    for line in lines:
        if line.what in {Outcome.RETRYING, Outcome.SUCCEEDED, Outcome.DEAD_LETTERED}:
            by_job[line.service, line.id].add((line.attempt or 0, line.what))
    return sorted(
        ((service, sorted(each)) for (service, _), each in by_job.items()), key=lambda job: (job[0], len(job[1]))
    )
