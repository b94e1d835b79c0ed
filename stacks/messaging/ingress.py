"""The door for producers that speak SQS."""

from constructs import Construct

from stacks.messaging.queues import RestingQueue, WorkQueue
from stacks.stage import Stage

TIMEOUT = 30
"""Seconds that the ingress function wants: ten bodies of 1 MiB are checked in full, then published in several calls."""


class Ingress(Construct):
    """The ingress queue; what is no message comes to its dead-letter queue at once."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self.dead_letter_queue = RestingQueue(self, "DeadLetterQueue", stage=stage)
        self.queue = WorkQueue(
            self,
            "Queue",
            stage=stage,
            dead_letter_queue=self.dead_letter_queue,
            function_timeout=stage.timeout(TIMEOUT),
        )
