"""Starts a function by the clock."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct


class EachMinute(Construct):
    """A schedule that starts one function each minute, and the role that may do that alone."""

    def __init__(self, scope: Construct, construct_id: str, *, function: lambda_.IFunction, description: str) -> None:
        """Start a function each minute.

        There is no dead-letter queue for a start that fails: the next minute comes anyhow, and finds what this one
        left. It stands in the default group, since functions may change and delete what stands in the stage's own.
        """
        super().__init__(scope, construct_id)
        role = self._role(description)
        function.grant_invoke_latest_version(role)
        scheduler.CfnSchedule(
            self,
            "Schedule",
            description=description,
            schedule_expression="rate(1 minute)",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=function.function_arn,
                role_arn=role.role_arn,
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=60, maximum_retry_attempts=0
                ),
            ),
        )

    def _role(self, description: str) -> iam.Role:
        """A role for this account's schedules alone (EventBridge Scheduler's guide, "Confused deputy prevention")."""
        stack = cdk.Stack.of(self)
        group = stack.format_arn(service="scheduler", resource="schedule-group", resource_name="default")
        principal = iam.ServicePrincipal(
            "scheduler.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": stack.account, "aws:SourceArn": group}},
        )
        return iam.Role(self, "Role", assumed_by=principal, description=description)
