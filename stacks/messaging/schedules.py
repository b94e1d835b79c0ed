"""Where what functions schedule stands, and as whom EventBridge Scheduler sends it when it is due."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from schemas.names import schedule_group_name
from stacks.messaging.queues import RestingQueue
from stacks.retention import removal_policy
from stacks.stage import Stage

_CHANGE = ["scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule"]


class Schedules(Construct):
    """A group of schedules that send to one queue, each once."""

    def __init__(self, scope: Construct, construct_id: str, *, target: sqs.Queue, stage: Stage) -> None:
        """Let functions schedule messages for `target`."""
        super().__init__(scope, construct_id)
        self._name = schedule_group_name(stage.name)
        self.group = scheduler.ScheduleGroup(
            self, "Group", schedule_group_name=self._name, removal_policy=removal_policy(stage)
        )
        self.target = target
        self.dead_letter_queue = RestingQueue(self, "DeadLetterQueue", stage=stage)
        cdk.Validations.of(self.dead_letter_queue).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-SQS3", reason="It is itself a dead-letter queue: EventBridge Scheduler's."
            )
        )
        self.role = self._role(stage)
        for queue in (target, self.dead_letter_queue):
            queue.grant_send_messages(self.role)

    def grant_change(self, role: iam.Role) -> None:
        """Let a function's role set, move and call off schedules of the group, and hand them their own role."""
        stack = cdk.Stack.of(self)
        schedules = stack.format_arn(service="scheduler", resource="schedule", resource_name=f"{self._name}/*")
        role.add_to_policy(iam.PolicyStatement(actions=_CHANGE, resources=[schedules]))
        # The CDK's own grants on a group leave PassRole out: without it CreateSchedule is denied.
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[self.role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
            )
        )
        cdk.Validations.of(role).acknowledge(
            cdk.Acknowledgment(
                id=f"AwsSolutions-IAM5[Resource::{_as_cdk_nag_writes(stack.resolve(schedules))}]",
                reason="Schedules are named by what the business knows when it schedules; the group is ours alone.",
            )
        )

    def _role(self, stage: Stage) -> iam.Role:
        """A role for this group's schedules alone (EventBridge Scheduler's guide, "Confused deputy prevention")."""
        stack = cdk.Stack.of(self)
        group = stack.format_arn(service="scheduler", resource="schedule-group", resource_name=self._name)
        principal = iam.ServicePrincipal(
            "scheduler.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": stack.account, "aws:SourceArn": group}},
        )
        return iam.Role(self, "Role", assumed_by=principal, description=f"Due schedules to their queue, {stage.name}")


def _as_cdk_nag_writes(resolved: Any) -> str:
    """A resolved ARN as cdk-nag names it in its findings: `<AWS::Region>` where the stage leaves the region open."""
    match resolved:
        case {"Fn::Join": ["", [*parts]]}:
            return "".join(_as_cdk_nag_writes(part) for part in parts)
        case {"Ref": str(name)}:
            return f"<{name}>"
    return str(resolved)
