"""The group of schedules that functions create, and the role by which EventBridge Scheduler sends them."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from schemas.names import schedule_group_name
from stacks.messaging.queues import HoldingQueue
from stacks.retention import removal_policy
from stacks.stage import Stage

_SCHEDULE_ACTIONS = ["scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule"]


class Schedules(Construct):
    """A group of schedules that send to one queue, with a role and a dead-letter queue."""

    def __init__(self, scope: Construct, construct_id: str, *, target: sqs.Queue, stage: Stage) -> None:
        """Create the group for schedules that send to `target`."""
        super().__init__(scope, construct_id)
        self._name = schedule_group_name(stage.name)
        self.group = scheduler.ScheduleGroup(
            self, "Group", schedule_group_name=self._name, removal_policy=removal_policy(stage)
        )
        self.target = target
        self.dead_letter_queue = HoldingQueue(self, "DeadLetterQueue", stage=stage)
        cdk.Validations.of(self.dead_letter_queue).acknowledge(
            cdk.Acknowledgment(id="AwsSolutions-SQS3", reason="This is the dead-letter queue of EventBridge Scheduler.")
        )
        self.role = self._role(stage)
        for queue in (target, self.dead_letter_queue):
            queue.grant_send_messages(self.role)

    def grant_manage(self, role: iam.Role) -> None:
        """Let a function's role create, update and cancel schedules of the group, and pass the group's role to them."""
        stack = cdk.Stack.of(self)
        schedules = stack.format_arn(service="scheduler", resource="schedule", resource_name=f"{self._name}/*")
        role.add_to_policy(iam.PolicyStatement(actions=_SCHEDULE_ACTIONS, resources=[schedules]))
        # The CDK's grants on a group omit PassRole; without it CreateSchedule is denied.
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[self.role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
            )
        )
        cdk.Validations.of(role).acknowledge(
            cdk.Acknowledgment(
                id=f"AwsSolutions-IAM5[Resource::{_cdk_nag_arn(stack.resolve(schedules))}]",
                reason="Functions compute schedule names at run time; only this system uses the group.",
            )
        )

    def _role(self, stage: Stage) -> iam.Role:
        """Create a role that only this group's schedules may assume.

        Source: EventBridge Scheduler's guide, "Confused deputy prevention".
        """
        stack = cdk.Stack.of(self)
        group = stack.format_arn(service="scheduler", resource="schedule-group", resource_name=self._name)
        principal = iam.ServicePrincipal(
            "scheduler.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": stack.account, "aws:SourceArn": group}},
        )
        return iam.Role(
            self, "Role", assumed_by=principal, description=f"Sends due schedules to their queue, {stage.name}"
        )


def _cdk_nag_arn(resolved: Any) -> str:
    """Format a resolved ARN as in cdk-nag's findings: `<AWS::Region>` where the stage sets no region."""
    match resolved:
        case {"Fn::Join": ["", [*parts]]}:
            return "".join(_cdk_nag_arn(part) for part in parts)
        case {"Ref": str(name)}:
            return f"<{name}>"
    return str(resolved)
