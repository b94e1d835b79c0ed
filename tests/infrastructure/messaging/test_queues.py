"""Rules for every queue: dead-letter queue, encryption, TLS, size and retention."""

from typing import Any

import pytest

from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType
from schemas.identity import REMEMBERED_DAYS
from schemas.signals import DEAD_SCHEDULES, UNDELIVERABLE, UNROUTED
from tests.infrastructure.deployment import Deployment, Resource

HOLDING = (UNROUTED, UNDELIVERABLE, DEAD_SCHEDULES)
"""The signals of holding queues other than dead-letter queues: no function receives from them."""

DAY = 24 * 60 * 60
LONGEST_DELAY = 900
"""Seconds; the most that SQS delays a message, and so the longest wait between two deliveries."""


def queues(deployment: Deployment) -> list[Resource]:
    return deployment.resources("AWS::SQS::Queue")


def without_dead_letter_queue(deployment: Deployment) -> set[Resource]:
    """Return the holding queues, the alerts queue and the queue of `taly-async redo`.

    While Slack is down, alerts are received again and again: a redrive policy would remove them. The queue of redo has
    copies from the archive alone.
    """
    return {*map(deployment.holding_queue, HOLDING), deployment.alerts, deployment.redo}


def dead_letter_queues(deployment: Deployment) -> set[Resource]:
    return {
        deployment.follow(queue.stack, queue.properties["RedrivePolicy"]["deadLetterTargetArn"])
        for queue in queues(deployment)
        if "RedrivePolicy" in queue.properties
    }


def test_a_queue_without_a_dead_letter_queue_is_one_or_is_listed(deployment: Deployment) -> None:
    listed = without_dead_letter_queue(deployment)

    without = {queue for queue in queues(deployment) if "RedrivePolicy" not in queue.properties}

    assert without == dead_letter_queues(deployment) | listed


def test_every_queue_is_encrypted_by_a_key_that_eventbridge_can_use(deployment: Deployment) -> None:
    assert [queue for queue in queues(deployment) if queue.properties.get("SqsManagedSseEnabled") is not True] == []
    assert [queue for queue in queues(deployment) if "KmsMasterKeyId" in queue.properties] == []


def test_every_queue_refuses_plain_http(deployment: Deployment) -> None:
    refusal = {
        "Action": "sqs:*",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }

    def refuses(queue: Resource) -> bool:
        return any(refusal.items() <= statement.items() for statement in deployment.queue_policy(queue))

    assert [queue for queue in queues(deployment) if not refuses(queue)] == []


def test_every_queue_accepts_the_largest_message_of_sqs(deployment: Deployment) -> None:
    assert {queue.properties["MaximumMessageSize"] for queue in queues(deployment)} == {1_048_576}


def test_holding_queues_have_the_longest_retention_of_sqs(deployment: Deployment) -> None:
    holding = (without_dead_letter_queue(deployment) | dead_letter_queues(deployment)) - {deployment.redo}

    assert {queue.properties["MessageRetentionPeriod"] for queue in holding} == {14 * 24 * 3600}


def test_no_queue_is_fifo(deployment: Deployment) -> None:
    assert [queue for queue in queues(deployment) if "FifoQueue" in queue.properties] == []


@pytest.mark.parametrize("event_type", CATALOGUE, ids=repr)
def test_patience_ends_before_a_queue_or_the_table_forgets(prod: Deployment, event_type: EventType[Any]) -> None:
    patience = event_type.patience.total_seconds()
    work, dead = (
        queue.properties["MessageRetentionPeriod"]
        for queue in (prod.queue(event_type), prod.dead_letter_queue(event_type))
    )

    assert patience + LONGEST_DELAY < work
    assert patience + work + dead < REMEMBERED_DAYS * DAY, "a dead letter that is redriven at last is still known"
