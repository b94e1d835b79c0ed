"""Who tells people in Slack: a function that is started each minute, and where it posts."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from schemas.names import SLACK_NOTIFIER, dashboard_name
from schemas.notifier_environment import NotifierEnvironment
from stacks.messaging.queue_view import seen_from
from stacks.processing.function import Function, Task
from stacks.processing.runtime import FunctionRuntime
from stacks.retention import removal_policy
from stacks.stage import Stage

TIMEOUT = 50
"""Seconds: it ends before the next one starts. No stage caps it: nobody waits for it to die, as for a queue's."""

_MEMORY = 512
"""MB: a storm of 10,000 alerts is some 2,000 calls to SQS, and processor time comes in proportion."""

_LOOK = ["sqs:ReceiveMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"]
"""To see, with a visibility timeout of 0, whether letters have a biography: SQS itself may have moved some."""


class SlackNotifierFunction(Construct):
    """Drains the alerts queue each minute, groups, posts, and deletes what Slack took."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        alerts_queue: sqs.IQueue,
        email: sns.ITopic,
        dead_letter_queues: Sequence[sqs.IQueue],
        runtime: FunctionRuntime,
    ) -> None:
        """Tell people.

        Args:
            scope: the stack.
            construct_id: within the stack.
            alerts_queue: what there is to tell.
            email: takes it while Slack is off.
            dead_letter_queues: that it may look into.
            runtime: of the stack.

        Raises:
            CannotSynthesizeError: the function has no handler.
        """
        super().__init__(scope, construct_id)
        stage = runtime.stage
        self.webhook = self._webhook(stage)
        self.worker = Function(
            self,
            "Worker",
            task=Task(
                folder=SLACK_NOTIFIER,
                description=f"Alerts to {stage.slack_channel} in Slack, stage {stage.name}",
                timeout=TIMEOUT,
                memory=_MEMORY,
            ),
            runtime=runtime,
            environment=NotifierEnvironment(
                stage=stage.name,
                alerts_queue_url=alerts_queue.queue_url,
                slack_webhook_secret_arn=self.webhook.secret_arn,
                email_topic_arn=email.topic_arn,
                dashboard_name=dashboard_name(stage.name),
                runbook_url=stage.runbook_url,
                slack_may_be_local="1" if stage.emulated else "",
            ).to_variables(),
        )
        # Lambda would try a failed run again by itself, while the next minute's is under way.
        self.worker.function.configure_async_invoke(retry_attempts=0, max_event_age=cdk.Duration.minutes(1))
        alerts_queue.grant_consume_messages(self.worker.role)
        self.webhook.grant_read(self.worker.role)
        self._grant_email(email)
        for queue in dead_letter_queues:
            seen_from(self, cdk.Names.node_unique_id(queue.node), queue).grant(self.worker.role, *_LOOK)
        EachMinute(
            self,
            "EachMinute",
            function=self.worker.function,
            description=f"The Slack notifier, each minute, stage {stage.name}",
        )

    def _grant_email(self, email: sns.ITopic) -> None:
        email.grant_publish(self.worker.role)
        cdk.Validations.of(self.worker.role).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-IAM5[Action::kms:GenerateDataKey*]",
                reason="What SNS asks of who publishes to an encrypted topic, on the topic's key alone.",
            )
        )

    def _webhook(self, stage: Stage) -> secretsmanager.Secret:
        """Until a person puts the URL there it holds what Secrets Manager made up: no URL, so Slack is off."""
        webhook = secretsmanager.Secret(
            self,
            "Webhook",
            description=f"URL of Slack's incoming webhook for {stage.slack_channel}, stage {stage.name}: put it here, "
            "https://hooks.slack.com/services/... and nothing else. Whatever is no https URL leaves Slack off",
            removal_policy=removal_policy(stage),
        )
        cdk.Validations.of(webhook).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-SMG4", reason="Slack issues this URL; a new one is made by hand, in Slack."
            )
        )
        return webhook


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
