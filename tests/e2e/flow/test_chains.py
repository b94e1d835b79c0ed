"""Whatever follows from a message says so: one correlation id for all, each one's cause by its id, at every attempt."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import pytest

from local.standins.crm.state import CrmFailure
from local.standins.webhooks.state import Outage
from local.traffic import bookings
from local.traffic.chance import Chance
from local.traffic.publication import MessageDraft, PublicationDoor, ending
from local.traffic.publish import AcceptedPublication
from ops.stage.log_lines import LogLine
from schemas.activities import ACTIVITY_RECORD
from schemas.bookings import BOOKING_CREATED
from schemas.emails import EMAIL_SEND
from schemas.reasons import Outcome
from schemas.webhooks import WEBHOOK_DELIVER
from tests.e2e.scene import Scene

AGAIN = [(1, Outcome.RETRYING), (2, Outcome.SUCCEEDED)]
AT_ONCE = [(1, Outcome.SUCCEEDED)]


def told_to_three_with_trouble(chance: Chance) -> MessageDraft:
    """The CRM records the activity at its second attempt, one of three endpoints takes its webhook at its second."""
    two = bookings.told_to_two(chance)
    busy = replace(
        two.facts.subscribers[0],
        endpoint_id=f"we_{chance.letters(16)}",
        outage=Outage(HTTPStatus.SERVICE_UNAVAILABLE, times=1, retry_after="1"),
    )
    return replace(
        two,
        facts=replace(
            two.facts,
            subscribers=(*two.facts.subscribers, busy),
            failures={two.subject: CrmFailure(HTTPStatus.SERVICE_UNAVAILABLE, times=1)},
        ),
        endings=two.endings
        + ending(ACTIVITY_RECORD, Outcome.RETRYING)
        + ending(WEBHOOK_DELIVER, Outcome.RETRYING, Outcome.SUCCEEDED),
    )


@pytest.fixture(scope="module")
def in_trouble(scene: Scene) -> Mapping[tuple[PublicationDoor, str], AcceptedPublication]:
    """A booking by each door, with a correlation id and without: they wait for their retries at the same time."""
    producers: dict[str, dict[str, Any]] = {"": {}, "order-4712": {"correlationId": "order-4712"}}
    return {
        (door, correlation_id): scene.publish(told_to_three_with_trouble, door, **given)
        for door in PublicationDoor
        for correlation_id, given in producers.items()
    }


@pytest.mark.parametrize("door", PublicationDoor)
@pytest.mark.parametrize("correlation_id", ["", "order-4712"])
def test_a_chain_has_one_correlation_id_and_exact_causes_through_its_retries(
    scene: Scene,
    in_trouble: Mapping[tuple[PublicationDoor, str], AcceptedPublication],
    door: PublicationDoor,
    correlation_id: str,
) -> None:
    booking = in_trouble[door, correlation_id]

    decided = scene.decided(booking)
    jobs = {line.id for line in scene.followed(decided)}
    lines = [line for line in scene.ledger.lines() if line.id in {booking.id, *jobs}]

    assert {line.correlation_id for line in lines} == {correlation_id or booking.id}
    assert {(line.id, line.causation_id or None) for line in lines} == {
        (booking.id, None),
        *((job, booking.id) for job in jobs),
    }
    assert jobs == set(decided.follow_ups)
    assert len(jobs) == len(decided.follow_ups) == 5
    assert attempts([line for line in lines if line.id in jobs]) == [
        (ACTIVITY_RECORD.name, AGAIN),
        (EMAIL_SEND.name, AT_ONCE),
        (WEBHOOK_DELIVER.name, AT_ONCE),
        (WEBHOOK_DELIVER.name, AT_ONCE),
        (WEBHOOK_DELIVER.name, AGAIN),
    ]
    assert attempts([line for line in lines if line.service == BOOKING_CREATED.name]) == [
        (BOOKING_CREATED.name, AT_ONCE)
    ]


def test_whoever_is_called_again_is_called_in_the_same_jobs_name(
    scene: Scene, in_trouble: Mapping[tuple[PublicationDoor, str], AcceptedPublication]
) -> None:
    booking = in_trouble[PublicationDoor.QUEUE, ""]

    jobs = scene.followed(scene.decided(booking))

    (activity,) = (line.id for line in jobs if line.service == ACTIVITY_RECORD.name)
    webhooks = {line.id for line in jobs if line.service == WEBHOOK_DELIVER.name}
    posts = scene.posts_of(jobs)
    assert [(call.key, call.status) for call in scene.calls_about(booking)] == [(activity, 503), (activity, 200)]
    assert {post.webhook_id for post in posts} == webhooks
    assert (len(posts), len(webhooks)) == (4, 3)
    assert len(scene.mails_of(jobs)) == 1


def attempts(lines: list[LogLine]) -> list[tuple[str, list[tuple[int, str]]]]:
    """What became of each message at each attempt, by its function; deferrals and second deliveries apart."""
    by_job: defaultdict[tuple[str, str], set[tuple[int, str]]] = defaultdict(set)
    for line in lines:
        if line.what in {Outcome.RETRYING, Outcome.SUCCEEDED, Outcome.DEAD_LETTERED}:
            by_job[line.service, line.id].add((line.attempt or 0, line.what))
    return sorted(
        ((service, sorted(each)) for (service, _), each in by_job.items()), key=lambda job: (job[0], len(job[1]))
    )
