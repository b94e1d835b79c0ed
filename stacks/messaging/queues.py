"""The three sorts of queue: a function's, one where messages rest until a person comes, one drained by the clock."""

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.messaging.timing import drained_visibility_timeout, visibility_timeout
from stacks.retention import removal_policy
from stacks.stage import Stage

FEWEST_RECEIVES = 5
"""Lambda's guide for SQS asks for at least so many before a queue's redrive policy takes a message away."""

WORK_RETENTION = cdk.Duration.days(4)
"""A dead letter keeps its first enqueue time: its queue must keep it longer than this one does."""

REST_RETENTION = cdk.Duration.days(14)
"""The longest that SQS keeps a message."""

_LARGEST_MESSAGE = 1_048_576
"""Bytes; the most that SQS takes."""


class _Queue(sqs.Queue):
    """What holds for all of them: encrypted at rest and on the way, and kept where the stage keeps."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        retention: cdk.Duration,
        visibility_timeout: cdk.Duration | None = None,
        dead_letter_queue: sqs.DeadLetterQueue | None = None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            retention_period=retention,
            visibility_timeout=visibility_timeout,
            dead_letter_queue=dead_letter_queue,
            max_message_size_bytes=_LARGEST_MESSAGE,
            # Not a KMS key: EventBridge could not use the AWS managed one.
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            removal_policy=removal_policy(stage),
        )


class RestingQueue(_Queue):
    """Dead letters and the like: nobody works it off by itself, and it is alarmed on."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id, stage=stage, retention=REST_RETENTION)


class DrainedQueue(_Queue):
    """A function that starts by the clock receives from it until it is empty; what it cannot do stays."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, function_timeout: int) -> None:
        """Make a queue for a function that has `function_timeout` seconds."""
        super().__init__(
            scope,
            construct_id,
            stage=stage,
            retention=REST_RETENTION,
            visibility_timeout=drained_visibility_timeout(function_timeout),
        )


class WorkQueue(_Queue):
    """A function's queue; what it receives again and again ends in its dead-letter queue."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        dead_letter_queue: sqs.IQueue,
        function_timeout: int,
        max_receives: int = FEWEST_RECEIVES,
    ) -> None:
        """Make a queue for a function that has `function_timeout` seconds.

        After `max_receives` without a word SQS itself moves a message away: the safety net for a function that cannot
        even start.
        """
        super().__init__(
            scope,
            construct_id,
            stage=stage,
            retention=WORK_RETENTION,
            visibility_timeout=visibility_timeout(function_timeout),
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letter_queue, max_receive_count=max_receives),
        )
