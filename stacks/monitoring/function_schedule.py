"""A schedule of EventBridge Scheduler that starts a function: the Slack notifier, the dead-letter keeper."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct


class FunctionSchedule(Construct):
    """A schedule that starts one function, with a role that may do nothing else."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: lambda_.IFunction,
        expression: str,
        max_age: int,
        description: str,
        retries: int = 0,
    ) -> None:
        """Create the schedule and its role.

        A failed start needs no dead-letter queue: the next run does what was left. The schedule is in the default
        group, because functions may update and delete schedules in the stage's group.

        Args:
            scope: the function's construct.
            construct_id: within the construct.
            function: the function to start.
            expression: when, in EventBridge Scheduler's form, such as `rate(1 minute)`; UTC.
            max_age: seconds after which EventBridge Scheduler does not try again to start it, 60 at least.
            description: of the schedule and its role.
            retries: how often EventBridge Scheduler tries again to start it, 185 times at most.
        """
        super().__init__(scope, construct_id)
        role = self._role(description)
        function.grant_invoke_latest_version(role)
        schedule = scheduler.CfnSchedule(
            self,
            "Schedule",
            description=description,
            schedule_expression=expression,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=function.function_arn,
                role_arn=role.role_arn,
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=max_age, maximum_retry_attempts=retries
                ),
            ),
        )
        # The role with its policy: CreateSchedule is refused while the role may not start the function.
        schedule.node.add_dependency(role)

    def _role(self, description: str) -> iam.Role:
        """Create a role that only schedules of this account's default group may assume.

        Source: EventBridge Scheduler's guide, "Confused deputy prevention".
        """
        stack = cdk.Stack.of(self)
        group = stack.format_arn(service="scheduler", resource="schedule-group", resource_name="default")
        principal = iam.ServicePrincipal(
            "scheduler.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": stack.account, "aws:SourceArn": group}},
        )
        return iam.Role(self, "Role", assumed_by=principal, description=description)
