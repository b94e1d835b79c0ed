"""The rule and queue by which `taly-async redo` reads archived events: replays of its own go nowhere else."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from schemas.names import REDO, redo_replay_prefix, resource_name
from stacks.messaging.queues import ReplayedQueue
from stacks.stage import Stage


class Redo(Construct):
    """A queue that gets whole archived events, with a rule that matches replays of `taly-async redo` alone."""

    def __init__(
        self, scope: Construct, construct_id: str, *, bus: events.IEventBus, undeliverable: sqs.IQueue, stage: Stage
    ) -> None:
        """Create the queue and the rule.

        Args:
            scope: the stack.
            construct_id: within the stack.
            bus: the bus whose archive is replayed.
            undeliverable: holding queue for events that EventBridge cannot deliver; its policy must let the bus's rules
                send.
            stage: the stage.
        """
        super().__init__(scope, construct_id)
        name = resource_name(stage.name, REDO)
        queue = ReplayedQueue(self, "Queue", stage=stage, name=name)
        cdk.Validations.of(queue).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-SQS3",
                reason="It holds copies of archived events for minutes; a copy that is lost is replayed again.",
            )
        )
        # By the L1 construct: the L2's pattern knows no `replay-name`, which EventBridge gives each replayed event
        # (EventBridge User Guide, "Preventing replayed events from being delivered to an archive").
        rule = events.CfnRule(
            self,
            "Rule",
            name=name,
            description="Replays of `taly-async redo` to its queue",
            event_bus_name=bus.event_bus_name,
            event_pattern={"replay-name": [{"prefix": redo_replay_prefix(stage.name)}]},
            targets=[
                events.CfnRule.TargetProperty(
                    id="Target0",
                    arn=queue.queue_arn,
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=undeliverable.queue_arn),
                )
            ],
        )
        queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[queue.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": rule.attr_arn}},
            )
        )
