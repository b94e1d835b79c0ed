"""The alerts queue: alarms and alerts about dead letters, waiting for the Slack notifier."""

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
from schemas.names import ALERTS, SOURCE, queue_name, resource_name
from stacks.messaging.queues import DrainedQueue
from stacks.stage import Stage


class AlertsQueue(Construct):
    """The queue with its two sources: the topic of the alarms, and a rule for alerts that the system publishes."""

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
        """Create the queue, its subscription and its rule.

        Args:
            scope: the stack.
            construct_id: within the stack.
            topic: the topic that alarms notify.
            bus: the bus that the system publishes alerts on.
            alerts: the types of these alerts.
            undeliverable: holding queue for events that EventBridge cannot deliver; its policy must let the bus's rules
                send.
            function_timeout: the notifier's timeout in seconds.
            stage: the stage.
        """
        super().__init__(scope, construct_id)
        self.queue = self._queue(stage, function_timeout)
        # Raw: CloudWatch's JSON without the SNS envelope.
        topic.add_subscription(subscriptions.SqsSubscription(self.queue, raw_message_delivery=True))
        names = [event_type.name for event_type in alerts]
        events.Rule(
            self,
            "Rule",
            rule_name=resource_name(stage.name, ALERTS),
            description="Alerts to the notifier",
            event_bus=bus,
            # Only alerts that the functions publish; other events with this detail type go to `unrouted`.
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
        queue = DrainedQueue(
            self, "Queue", stage=stage, name=queue_name(stage.name, ALERTS), function_timeout=function_timeout
        )
        cdk.Validations.of(queue).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-SQS3",
                reason="While Slack is down, alerts are received every minute: a redrive policy would remove them.",
            )
        )
        return queue
