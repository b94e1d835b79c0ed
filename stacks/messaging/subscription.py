"""How a type gets from the bus to its function: a rule, a queue, a dead-letter queue."""

from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from schemas.event_type import EventType
from stacks.messaging.queues import FEWEST_RECEIVES, RestingQueue, WorkQueue
from stacks.stage import Stage


class Subscription(Construct):
    """Everything between the bus and one type's function."""

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
            construct_id: the type's.
            event_type: the type.
            bus: where it is published.
            undeliverable: takes what EventBridge cannot deliver; its policy must let this bus's rules send.
            stage: the stage.
        """
        super().__init__(scope, construct_id)
        self.dead_letter_queue = RestingQueue(self, "DeadLetterQueue", stage=stage)
        self.queue = WorkQueue(
            self,
            "Queue",
            stage=stage,
            dead_letter_queue=self.dead_letter_queue,
            function_timeout=stage.timeout(event_type.timeout),
            # One that dies at each attempt is received once more, to be dead-lettered with its story.
            max_receives=max(FEWEST_RECEIVES, event_type.max_attempts + 1),
        )
        target = targets.SqsQueue(
            self.queue,
            message=events.RuleTargetInput.from_event_path("$.detail"),
            # Fair queues: the tenant is the group, so that one tenant's burst does not delay the others.
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
