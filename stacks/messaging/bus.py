"""The bus, its archive, and the two queues that see to it that nothing falls off it."""

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from schemas.event_type import EventType
from schemas.names import SOURCE
from stacks.messaging.queues import RestingQueue
from stacks.retention import removal_policy
from stacks.stage import Stage


class Backbone(Construct):
    """What all types share."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        catalogue: Sequence[EventType[Any]],
        alerts: Sequence[EventType[Any]],
        stage: Stage,
    ) -> None:
        """Make the bus; what is of none of these types, each of which has a rule of its own, goes to `unrouted`.

        So does what goes by an alert's name and is none of the system's own.
        """
        super().__init__(scope, construct_id)
        self.unrouted = self._resting_queue("Unrouted", stage)
        self.undeliverable = self._resting_queue("Undeliverable", stage)
        self.bus = events.EventBus(
            self, "Bus", description=f"Taly's asynchronous backbone, {stage.name}", dead_letter_queue=self.undeliverable
        )
        self.bus.apply_removal_policy(removal_policy(stage))
        self.undeliverable_target = self._let_the_bus_send_to(self.undeliverable)
        self._archive(stage)
        told, known = [each.name for each in alerts], [each.name for each in (*catalogue, *alerts)]
        self._leave_unrouted(
            "CatchAll",
            "What no type's rule matches",
            events.EventPattern(detail_type=events.Match.anything_but(*known)),
        )
        self._leave_unrouted(
            "AlertsOfOthers",
            "What others say in the system's name",
            events.EventPattern(detail_type=told, source=events.Match.anything_but(SOURCE)),
        )
        self._leave_unrouted(
            "AlertsOfAnotherType",
            "What goes by an alert's name and says itself to be something else",
            events.EventPattern(detail_type=told, detail={"type": [{"exists": False}, {"anything-but": told}]}),
        )

    def _leave_unrouted(self, construct_id: str, description: str, pattern: events.EventPattern) -> None:
        events.Rule(
            self,
            construct_id,
            description=description,
            event_bus=self.bus,
            event_pattern=pattern,
            targets=[
                targets.SqsQueue(
                    self.unrouted,
                    message=events.RuleTargetInput.from_event_path("$.detail"),
                    dead_letter_queue=self.undeliverable_target,
                )
            ],
        )

    def _resting_queue(self, construct_id: str, stage: Stage) -> sqs.Queue:
        queue = RestingQueue(self, construct_id, stage=stage)
        cdk.Validations.of(queue).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-SQS3",
                reason="It is itself where messages end and people look; nothing receives from it that could fail.",
            )
        )
        return queue

    def _let_the_bus_send_to(self, queue: sqs.Queue) -> sqs.IQueue:
        """One statement for the bus and all its rules.

        Returns:
            The queue as the rules' targets get it. On the queue itself the CDK would add a statement
            for each rule, and SQS takes 20 in all; to an imported one it adds none.
        """
        rules = cdk.Stack.of(self).format_arn(
            service="events", resource="rule", resource_name=f"{self.bus.event_bus_name}/*"
        )
        queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[queue.queue_arn],
                conditions={"ArnLike": {"aws:SourceArn": [self.bus.event_bus_arn, rules]}},
            )
        )
        return sqs.Queue.from_queue_arn(self, "UndeliverableTarget", queue.queue_arn)

    def _archive(self, stage: Stage) -> None:
        archive = self.bus.archive(
            "Archive",
            description=f"All events of stage {stage.name}, to replay",
            # By source, not by account: producers may be in other accounts.
            event_pattern=events.EventPattern(source=events.Match.prefix("")),
            retention=cdk.Duration.days(stage.archive_retention_days),
        )
        archive.apply_removal_policy(removal_policy(stage))
