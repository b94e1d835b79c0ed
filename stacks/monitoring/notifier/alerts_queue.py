"""Where all that people are to be told waits for the notifier."""

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from schemas.event_type import EventType
from schemas.names import SOURCE
from stacks.messaging.queues import DrainedQueue
from stacks.stage import Stage


class AlertsQueue(Construct):
    """Fed by the alarms' topic and by a rule for what the system says of itself."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        topic: sns.ITopic,
        bus: events.IEventBus,
        alerts: Sequence[EventType[Any]],
        undeliverable: sqs.IQueue,
        function_timeout: int,
        stage: Stage,
    ) -> None:
        """Collect alerts.

        Args:
            scope: the stack.
            construct_id: within the stack.
            topic: of the alarms.
            bus: where the system publishes what it says of itself.
            alerts: the types of that.
            undeliverable: takes what EventBridge cannot deliver; its policy must let this bus's rules send.
            function_timeout: seconds that the notifier has.
            stage: the stage.
        """
        super().__init__(scope, construct_id)
        self.queue = self._queue(stage, function_timeout)
        # Raw: an alarm's own words, without an envelope of SNS's around them.
        topic.add_subscription(subscriptions.SqsSubscription(self.queue, raw_message_delivery=True))
        names = [event_type.name for event_type in alerts]
        events.Rule(
            self,
            "Rule",
            description="What people are to be told",
            event_bus=bus,
            # What the functions themselves say; its own type tells it from an alarm. All else that goes by that name is
            # `unrouted`.
            event_pattern=events.EventPattern(detail_type=names, source=[SOURCE], detail={"type": names}),
            targets=[
                targets.SqsQueue(
                    self.queue,
                    message=events.RuleTargetInput.from_event_path("$.detail"),
                    dead_letter_queue=undeliverable,
                )
            ],
        )

    def _queue(self, stage: Stage, function_timeout: int) -> DrainedQueue:
        queue = DrainedQueue(self, "Queue", stage=stage, function_timeout=function_timeout)
        cdk.Validations.of(queue).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-SQS3",
                reason="While Slack is down, alerts are received again each minute: a redrive policy would lose them.",
            )
        )
        return queue
