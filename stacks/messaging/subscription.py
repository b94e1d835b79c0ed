"""The subscription of one type to the bus: a rule, a queue and a dead-letter queue."""

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from schemas.event_type import EventType
from schemas.names import dead_letter_queue_name, queue_name, resource_name
from stacks.messaging.queues import HoldingQueue, WorkQueue
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
        further_rules: Sequence[str] = (),
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
            further_rules: ARNs of rules on other buses that may send to the queue, too.
        """
        super().__init__(scope, construct_id)
        name = event_type.name
        self.dead_letter_queue = HoldingQueue(
            self, "DeadLetterQueue", stage=stage, name=dead_letter_queue_name(stage.name, name)
        )
        self.queue = WorkQueue(
            self,
            "Queue",
            stage=stage,
            name=queue_name(stage.name, name),
            dead_letter_queue=self.dead_letter_queue,
            function_timeout=stage.timeout(event_type.timeout),
        )
        target = targets.SqsQueue(
            self.queue,
            message=events.RuleTargetInput.from_event_path("$.detail"),
            # Fair queues: the message group is the tenant, so that one tenant's burst does not delay the others.
            message_group_id=events.EventField.from_path("$.detail.payload.companyId"),
            dead_letter_queue=undeliverable,
        )
        rule = events.Rule(
            self,
            "Rule",
            rule_name=resource_name(stage.name, name),
            description=f"{name} to its queue",
            event_bus=bus,
            event_pattern=events.EventPattern(detail_type=[name]),
            targets=[target],
        )
        self._deny_strangers([rule.rule_arn, *further_rules])

    def _deny_strangers(self, rules: Sequence[str]) -> None:
        """Deny sending to everybody outside this account but the type's rules, whatever else a policy allows.

        Within the account IAM decides: the function's role may send, and operators may, whose roles no setting names.
        AWS's services, such as EventBridge, have no account; `aws:SourceArn` says for which resource they send.
        """
        self.queue.add_to_resource_policy(
            iam.PolicyStatement(
                sid="OnlyTheRuleAndThisAccount",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["sqs:SendMessage"],
                resources=[self.queue.queue_arn],
                conditions={
                    "ArnNotEquals": {"aws:SourceArn": rules[0] if len(rules) == 1 else [*rules]},
                    "StringNotEquals": {"aws:PrincipalAccount": cdk.Stack.of(self).account},
                },
            )
        )
