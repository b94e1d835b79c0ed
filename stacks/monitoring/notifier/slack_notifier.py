"""The Slack notifier: a function that runs every minute, its schedule, and the secret with the webhook URL."""

from collections.abc import Mapping, Sequence

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
from stacks.messaging.idempotency_table import IdempotencyTable
from stacks.messaging.imported_queue import imported_queue
from stacks.processing.function import Function, Task
from stacks.processing.runtime import FunctionRuntime
from stacks.retention import removal_policy
from stacks.stage import Stage

TIMEOUT = 50
"""Seconds: a run ends before the next one starts. `timeout_cap` does not apply, as no message waits for a crash."""

_MEMORY = 512
"""MB; processor time is proportional. A burst of 10,000 alerts takes about 2,000 calls to SQS."""

_READ_ACTIONS = ["sqs:ReceiveMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"]
"""To read dead letters with a visibility timeout of 0: those that SQS itself moved have no failure history."""


class SlackNotifierFunction(Construct):
    """A function that drains the alerts queue every minute, posts Slack cards by cause, and deletes posted alerts."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        alerts_queue: sqs.IQueue,
        email: sns.ITopic,
        dead_letter_queues: Sequence[sqs.IQueue],
        queues: Mapping[str, sqs.IQueue],
        idempotency_table: IdempotencyTable,
        runtime: FunctionRuntime,
    ) -> None:
        """Create the function, its schedule and its secret.

        Args:
            scope: the stack.
            construct_id: within the stack.
            alerts_queue: the queue to drain.
            email: the topic that gets alerts while no webhook URL is set.
            dead_letter_queues: queues that the function may read.
            queues: the queues of the types and of the ingress, whose depths it may ask for, by name.
            idempotency_table: the table with the items about the systems that functions call.
            runtime: the stack's runtime.

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
                idempotency_table_name=idempotency_table.table_name,
                slack_allow_local="1" if stage.emulated else "",
            ).to_variables(),
        )
        # Otherwise Lambda would retry a failed run while the next one is running.
        self.worker.function.configure_async_invoke(retry_attempts=0, max_event_age=cdk.Duration.minutes(1))
        alerts_queue.grant_consume_messages(self.worker.role)
        self.webhook.grant_read(self.worker.role)
        self._grant_email(email)
        for queue in dead_letter_queues:
            imported = imported_queue(self, cdk.Names.node_unique_id(queue.node), queue)
            imported.grant(self.worker.role, *_READ_ACTIONS)
        for queue in queues.values():
            imported = imported_queue(self, cdk.Names.node_unique_id(queue.node), queue)
            imported.grant(self.worker.role, "sqs:GetQueueAttributes")
        idempotency_table.grant_cards(self.worker.role)
        MinuteSchedule(
            self,
            "EachMinute",
            function=self.worker.function,
            description=f"Starts the Slack notifier every minute, stage {stage.name}",
        )

    def _grant_email(self, email: sns.ITopic) -> None:
        email.grant_publish(self.worker.role)
        cdk.Validations.of(self.worker.role).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-IAM5[Action::kms:GenerateDataKey*]",
                reason="SNS requires it of publishers to an encrypted topic; the resource is the topic's key.",
            )
        )

    def _webhook(self, stage: Stage) -> secretsmanager.Secret:
        """Create the secret with a generated value; Slack is off until an operator stores the webhook URL."""
        webhook = secretsmanager.Secret(
            self,
            "Webhook",
            description=f"URL of the Slack incoming webhook for {stage.slack_channel}, stage {stage.name}: store only "
            "the URL, https://hooks.slack.com/services/... Any other value leaves Slack off",
            removal_policy=removal_policy(stage),
        )
        cdk.Validations.of(webhook).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-SMG4", reason="Slack issues this URL; an operator creates a new one in Slack."
            )
        )
        return webhook


class MinuteSchedule(Construct):
    """A schedule that starts one function every minute, with a role that may do nothing else."""

    def __init__(self, scope: Construct, construct_id: str, *, function: lambda_.IFunction, description: str) -> None:
        """Create the schedule and its role.

        A failed start needs no dead-letter queue: the run a minute later drains what was left. The schedule is in the
        default group, because functions may update and delete schedules in the stage's group.
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
