"""What holds for every queue there is."""

from schemas.names import MessagingOutput, MonitoringOutput
from tests.infrastructure.deployment import Deployment, Resource

RESTING = (
    MessagingOutput.UNROUTED_QUEUE_URL,
    MessagingOutput.UNDELIVERABLE_QUEUE_URL,
    MessagingOutput.SCHEDULE_DEAD_LETTER_QUEUE_URL,
)
"""Queues without a dead-letter queue that are none themselves: messages end there, and people look."""

DRAINED = (MonitoringOutput.ALERTS_QUEUE_URL,)
"""While Slack is down its alerts are received again and again: a dead-letter queue would take them away."""


def queues(deployment: Deployment) -> list[Resource]:
    return deployment.resources("AWS::SQS::Queue")


def without_dead_letter_queue(deployment: Deployment) -> set[Resource]:
    resting = {deployment.output(deployment.messaging, key) for key in RESTING}
    return resting | {deployment.output(deployment.monitoring, key) for key in DRAINED}


def dead_letter_queues(deployment: Deployment) -> set[Resource]:
    return {
        deployment.follow(queue.stack, queue.properties["RedrivePolicy"]["deadLetterTargetArn"])
        for queue in queues(deployment)
        if "RedrivePolicy" in queue.properties
    }


def test_every_queue_has_a_dead_letter_queue_or_is_one_or_is_on_the_list(deployment: Deployment) -> None:
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


def test_every_queue_takes_the_largest_message_that_sqs_knows(deployment: Deployment) -> None:
    assert {queue.properties["MaximumMessageSize"] for queue in queues(deployment)} == {1_048_576}


def test_where_messages_rest_they_rest_as_long_as_sqs_allows(deployment: Deployment) -> None:
    resting = without_dead_letter_queue(deployment) | dead_letter_queues(deployment)

    assert {queue.properties["MessageRetentionPeriod"] for queue in resting} == {14 * 24 * 3600}


def test_no_queue_is_fifo(deployment: Deployment) -> None:
    assert [queue for queue in queues(deployment) if "FifoQueue" in queue.properties] == []
