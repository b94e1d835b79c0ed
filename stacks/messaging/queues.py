"""The kinds of queue: work queues, holding queues, one that a scheduled function drains, one for replayed events."""

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from schemas import dead_letter_times
from schemas.pauses import QUEUE_RETENTION
from stacks.messaging.timing import drained_visibility_timeout, visibility_timeout
from stacks.retention import removal_policy
from stacks.stage import Stage

MAX_RECEIVES = 20
"""`maxReceiveCount` of every work queue. Lambda's throttles and a function that cannot start spend receives too.

Lambda's guide for SQS asks for at least 5.
"""

WORK_RETENTION = cdk.Duration.days(QUEUE_RETENTION.days)
"""Retention of work queues. A dead letter keeps its enqueue time, so dead-letter queues must keep messages longer."""

HOLDING_RETENTION = cdk.Duration.days(dead_letter_times.HOLDING_RETENTION.days)
"""The longest retention that SQS allows."""

REPLAYED_RETENTION = cdk.Duration.days(1)
"""Retention of events that `taly-async redo` has replayed from the archive, which still has them."""

_LARGEST_MESSAGE = 1_048_576
"""Bytes; the most that SQS allows."""


class _Queue(sqs.Queue):
    """A queue that is encrypted at rest and in transit, and retained where the stage retains."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        name: str,
        retention: cdk.Duration,
        visibility_timeout: cdk.Duration | None = None,
        dead_letter_queue: sqs.DeadLetterQueue | None = None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            queue_name=name,
            retention_period=retention,
            visibility_timeout=visibility_timeout,
            dead_letter_queue=dead_letter_queue,
            max_message_size_bytes=_LARGEST_MESSAGE,
            # Not a KMS key: EventBridge cannot use the key that AWS manages for SQS.
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            removal_policy=removal_policy(stage),
        )


class HoldingQueue(_Queue):
    """A queue without a consumer, such as a dead-letter queue: an alarm is raised and messages wait for an operator."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, name: str) -> None:
        super().__init__(scope, construct_id, stage=stage, name=name, retention=HOLDING_RETENTION)


class ReplayedQueue(_Queue):
    """A queue of copies from the archive that an operator's command reads at once; what it leaves is deleted in a day.

    So a command that was interrupted leaves no personal data behind for long.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, name: str) -> None:
        super().__init__(scope, construct_id, stage=stage, name=name, retention=REPLAYED_RETENTION)


class DrainedQueue(_Queue):
    """A queue that a scheduled function receives from until it is empty; failed messages stay in it."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, name: str, function_timeout: int) -> None:
        """Create a queue for a function with a timeout of `function_timeout` seconds."""
        super().__init__(
            scope,
            construct_id,
            stage=stage,
            name=name,
            retention=HOLDING_RETENTION,
            visibility_timeout=drained_visibility_timeout(function_timeout),
        )


class WorkQueue(_Queue):
    """The queue of a function, with a redrive policy to a dead-letter queue."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        name: str,
        dead_letter_queue: sqs.IQueue,
        function_timeout: int,
    ) -> None:
        """Create a queue for a function with a timeout of `function_timeout` seconds.

        SQS itself dead-letters a message that was received `MAX_RECEIVES` times without being deleted: the safety net
        for a function that cannot start.
        """
        super().__init__(
            scope,
            construct_id,
            stage=stage,
            name=name,
            retention=WORK_RETENTION,
            visibility_timeout=visibility_timeout(function_timeout),
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letter_queue, max_receive_count=MAX_RECEIVES),
        )
