"""The event bus, its archive, and the holding queues for events that no rule routes or EventBridge cannot deliver."""

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from schemas.event_type import EventType
from schemas.names import SOURCE, resource_name
from schemas.signals import UNDELIVERABLE, UNROUTED, Signal
from stacks.messaging.mail_events import mail_events_rule_arn
from stacks.messaging.queues import HoldingQueue
from stacks.retention import removal_policy
from stacks.stage import Stage


class Backbone(Construct):
    """The event bus with the resources that all types share."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        catalogue: Sequence[EventType[Any]],
        alerts: Sequence[EventType[Any]],
        stage: Stage,
    ) -> None:
        """Create the bus and the rules to `unrouted`.

        Args:
            scope: the stack.
            construct_id: within the stack.
            catalogue: types with a subscription; each has a rule of its own.
            alerts: types that the system itself publishes; the alerts queue has a rule for them. An event with an
                alert's detail type that the system did not publish goes to `unrouted`.
            stage: the stage.
        """
        super().__init__(scope, construct_id)
        self._stage = stage
        self.unrouted = self._holding_queue("Unrouted", UNROUTED)
        self.undeliverable = self._holding_queue("Undeliverable", UNDELIVERABLE)
        self.bus = events.EventBus(
            self,
            "Bus",
            event_bus_name=resource_name(stage.name),
            description=f"Taly's asynchronous backbone, {stage.name}",
            dead_letter_queue=self.undeliverable,
        )
        self.bus.apply_removal_policy(removal_policy(stage))
        self.undeliverable_target = self._allow_bus_to_send_to(self.undeliverable)
        self._archive()
        alert_names, all_names = [each.name for each in alerts], [each.name for each in (*catalogue, *alerts)]
        self._route_to_unrouted(
            "CatchAll",
            "catch-all",
            "Events that match no type's rule",
            events.EventPattern(detail_type=events.Match.anything_but(*all_names)),
        )
        self._route_to_unrouted(
            "AlertsOfOthers",
            "alerts-of-others",
            "Alerts that the system did not publish",
            events.EventPattern(detail_type=alert_names, source=events.Match.anything_but(SOURCE)),
        )
        self._route_to_unrouted(
            "AlertsOfAnotherType",
            "alerts-of-another-type",
            "Alerts whose message has no type or another type",
            events.EventPattern(
                detail_type=alert_names, detail={"type": [{"exists": False}, {"anything-but": alert_names}]}
            ),
        )

    def _route_to_unrouted(
        self, construct_id: str, subject: str, description: str, pattern: events.EventPattern
    ) -> None:
        events.Rule(
            self,
            construct_id,
            rule_name=resource_name(self._stage.name, subject),
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

    def _holding_queue(self, construct_id: str, signal: Signal) -> sqs.Queue:
        queue = HoldingQueue(self, construct_id, stage=self._stage, name=resource_name(self._stage.name, signal.slug))
        cdk.Validations.of(queue).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-SQS3",
                reason="No function receives from a holding queue, so no receive can fail; an alarm is raised.",
            )
        )
        return queue

    def _allow_bus_to_send_to(self, queue: sqs.Queue) -> sqs.IQueue:
        """Allow the bus, all its rules and the one for SES's events to send to a queue, by one policy statement.

        Returns:
            The queue as an imported one, for the targets of rules. On the queue itself the CDK would add a statement
            for each rule, and SQS allows 20 in all; to an imported queue it adds none.
        """
        rules = cdk.Stack.of(self).format_arn(
            service="events", resource="rule", resource_name=f"{self.bus.event_bus_name}/*"
        )
        senders = [self.bus.event_bus_arn, rules, mail_events_rule_arn(self, self._stage)]
        queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[queue.queue_arn],
                conditions={"ArnLike": {"aws:SourceArn": senders}},
            )
        )
        return sqs.Queue.from_queue_arn(self, "UndeliverableTarget", queue.queue_arn)

    def _archive(self) -> None:
        archive = self.bus.archive(
            "Archive",
            archive_name=resource_name(self._stage.name),
            description=f"All events of stage {self._stage.name}, for replay",
            # By source, not by account: producers may be in other accounts.
            event_pattern=events.EventPattern(source=events.Match.prefix("")),
            retention=cdk.Duration.days(self._stage.archive_retention_days),
        )
        archive.apply_removal_policy(removal_policy(self._stage))
