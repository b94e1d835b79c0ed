"""The ingress queue, for producers that send to SQS."""

from constructs import Construct

from schemas.names import QUEUE_PROCESSOR, dead_letter_queue_name, queue_name
from stacks.messaging.queues import HoldingQueue, WorkQueue
from stacks.stage import Stage

TIMEOUT = 30
"""Seconds that the ingress function may take: it checks ten bodies of 1 MiB in full and publishes in several calls."""


class Ingress(Construct):
    """The ingress queue and its dead-letter queue, which takes invalid messages without a retry."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self.dead_letter_queue = HoldingQueue(
            self, "DeadLetterQueue", stage=stage, name=dead_letter_queue_name(stage.name, QUEUE_PROCESSOR)
        )
        self.queue = WorkQueue(
            self,
            "Queue",
            stage=stage,
            name=queue_name(stage.name, QUEUE_PROCESSOR),
            dead_letter_queue=self.dead_letter_queue,
            function_timeout=stage.timeout(TIMEOUT),
        )
