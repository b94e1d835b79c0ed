"""The two sorts of queue: one that a function works off, and one where messages rest until a person comes."""

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.retention import removal_policy
from stacks.constructs.timing import visibility_timeout
from stacks.stage import Stage

FEWEST_RECEIVES = 5
"""Lambda's guide for SQS asks for at least so many before a queue's redrive policy takes a message away."""

WORK_RETENTION = cdk.Duration.days(4)
"""A dead letter keeps its first enqueue time: its queue must keep it longer than this one does."""

REST_RETENTION = cdk.Duration.days(14)
"""The longest that SQS keeps a message."""

_LARGEST_MESSAGE = 1_048_576
"""Bytes; the most that SQS takes."""


class RestingQueue(sqs.Queue):
    """Dead letters and the like: nobody works it off by itself, and it is alarmed on."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(
            scope,
            construct_id,
            retention_period=REST_RETENTION,
            max_message_size_bytes=_LARGEST_MESSAGE,
            # Not a KMS key: EventBridge could not use the AWS managed one.
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            removal_policy=removal_policy(stage),
        )


class WorkQueue(sqs.Queue):
    """A function's queue; what it receives again and again ends in its dead-letter queue."""

    def __init__(  # noqa: PLR0913 props, all by keyword
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
            retention_period=WORK_RETENTION,
            visibility_timeout=visibility_timeout(function_timeout),
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letter_queue, max_receive_count=max_receives),
            max_message_size_bytes=_LARGEST_MESSAGE,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            removal_policy=removal_policy(stage),
        )
