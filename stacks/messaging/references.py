"""The Messaging stack's resources as other stacks refer to them: by name, without an output or a look-up."""

from functools import cache

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from schemas.names import IDEMPOTENCY, dead_letter_queue_name, queue_name, resource_name
from schemas.signals import UNDELIVERABLE, Signal
from stacks.stage import Stage


class MessagingReferences(Construct):
    """Bus, table and queues, with ARNs and URLs that are made of the names, the account and the region.

    A reference through an output would be one DescribeStacks call each at every deployment, and its consumer would not
    be updated with it (`docs/decisions.md`).
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self._stage = stage.name
        self.bus = events.EventBus.from_event_bus_name(self, "Bus", resource_name(stage.name))
        self.idempotency_table = dynamodb.Table.from_table_name(
            self, "IdempotencyTable", resource_name(stage.name, IDEMPOTENCY)
        )
        self._queue = cache(self._import_queue)

    def queue(self, service: str) -> sqs.IQueue:
        """Refer to the queue of a type or of the ingress function."""
        return self._queue(queue_name(self._stage, service))

    def dead_letter_queue(self, service: str) -> sqs.IQueue:
        """Refer to the dead-letter queue of a type or of the ingress function."""
        return self._queue(dead_letter_queue_name(self._stage, service))

    def holding_queue(self, signal: Signal) -> sqs.IQueue:
        """Refer to the holding queue whose messages a signal is about."""
        return self._queue(resource_name(self._stage, signal.slug))

    @property
    def undeliverable(self) -> sqs.IQueue:
        """The holding queue for events that EventBridge cannot deliver; its policy lets all rules of the bus send."""
        return self.holding_queue(UNDELIVERABLE)

    def _import_queue(self, name: str) -> sqs.IQueue:
        stack = cdk.Stack.of(self)
        # The format of queue URLs: SQS Developer Guide, "Queue and message identifiers".
        url = f"https://sqs.{stack.region}.{stack.url_suffix}/{stack.account}/{name}"
        return sqs.Queue.from_queue_attributes(
            self, name, queue_arn=stack.format_arn(service="sqs", resource=name), queue_name=name, queue_url=url
        )
