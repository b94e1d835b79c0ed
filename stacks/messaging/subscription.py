"""The subscription of one type to the bus: a rule, a queue and a dead-letter queue."""

from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from schemas.event_type import EventType
from stacks.messaging.queues import MIN_RECEIVES, HoldingQueue, WorkQueue
from stacks.stage import Stage


class Subscription(Construct):
    """The resources between the bus and the function of one type."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        event_type: EventType[Any],
        bus: events.IEventBus,
        undeliverable: sqs.IQueue,
        stage: Stage,
    ) -> None:
        """Subscribe one type.

        Args:
            scope: the stack.
            construct_id: the construct id of the type.
            event_type: the type.
            bus: the bus that the type is published on.
            undeliverable: holding queue for events that EventBridge cannot deliver; its policy must let the bus's rules
                send.
            stage: the stage.
        """
        super().__init__(scope, construct_id)
        self.dead_letter_queue = HoldingQueue(self, "DeadLetterQueue", stage=stage)
        self.queue = WorkQueue(
            self,
            "Queue",
            stage=stage,
            dead_letter_queue=self.dead_letter_queue,
            function_timeout=stage.timeout(event_type.timeout),
            # A message that crashes at every attempt is received once more and dead-lettered with its failure history.
            max_receives=max(MIN_RECEIVES, event_type.max_attempts + 1),
        )
        target = targets.SqsQueue(
            self.queue,
            message=events.RuleTargetInput.from_event_path("$.detail"),
            # Fair queues: the message group is the tenant, so that one tenant's burst does not delay the others.
            message_group_id=events.EventField.from_path("$.detail.payload.companyId"),
            dead_letter_queue=undeliverable,
        )
        events.Rule(
            self,
            "Rule",
            description=f"{event_type.name} to its queue",
            event_bus=bus,
            event_pattern=events.EventPattern(detail_type=[event_type.name]),
            targets=[target],
        )
