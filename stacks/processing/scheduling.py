"""The role by which EventBridge Scheduler sends what is due, and the grant to create schedules that use it."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from schemas.names import QUEUE_PROCESSOR, SCHEDULER, resource_name, schedule_group_name
from schemas.signals import DEAD_SCHEDULES
from stacks.acknowledgement import acknowledge_pattern
from stacks.messaging.references import MessagingReferences
from stacks.stage import Stage

_SCHEDULE_ACTIONS = ["scheduler:CreateSchedule", "scheduler:UpdateSchedule", "scheduler:DeleteSchedule"]


class Scheduling(Construct):
    """Target, role and dead-letter queue of the schedules in the stage's group."""

    def __init__(self, scope: Construct, construct_id: str, *, messaging: MessagingReferences, stage: Stage) -> None:
        super().__init__(scope, construct_id)
        self.group_name = schedule_group_name(stage.name)
        self.target: sqs.IQueue = messaging.queue(QUEUE_PROCESSOR)
        self.dead_letter_queue: sqs.IQueue = messaging.holding_queue(DEAD_SCHEDULES)
        self.role = self._role(stage)
        for queue in (self.target, self.dead_letter_queue):
            queue.grant_send_messages(self.role)

    @property
    def environment(self) -> dict[str, str]:
        """The fields of `FunctionEnvironment` that a function needs to create schedules."""
        return {
            "schedule_group_name": self.group_name,
            "schedule_target_arn": self.target.queue_arn,
            "schedule_role_arn": self.role.role_arn,
            "schedule_dead_letter_arn": self.dead_letter_queue.queue_arn,
        }

    def grant_manage(self, role: iam.Role) -> None:
        """Let a function's role create, update and cancel schedules of the group, and pass the group's role to them."""
        stack = cdk.Stack.of(self)
        schedules = stack.format_arn(service="scheduler", resource="schedule", resource_name=f"{self.group_name}/*")
        role.add_to_policy(iam.PolicyStatement(actions=_SCHEDULE_ACTIONS, resources=[schedules]))
        # The CDK's grants on a group omit PassRole; without it CreateSchedule is denied.
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[self.role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
            )
        )
        acknowledge_pattern(
            role, schedules, "Functions compute schedule names at run time; only this system uses the group."
        )

    def _role(self, stage: Stage) -> iam.Role:
        """Create a role that only this group's schedules may assume.

        Its name is fixed, so that schedules which outlive the stack find the role again. Source: EventBridge
        Scheduler's guide, "Confused deputy prevention".
        """
        stack = cdk.Stack.of(self)
        group = stack.format_arn(service="scheduler", resource="schedule-group", resource_name=self.group_name)
        principal = iam.ServicePrincipal(
            "scheduler.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": stack.account, "aws:SourceArn": group}},
        )
        return iam.Role(
            self,
            "Role",
            role_name=resource_name(stage.name, SCHEDULER),
            assumed_by=principal,
            description=f"Sends due schedules to their queue, {stage.name}",
        )
