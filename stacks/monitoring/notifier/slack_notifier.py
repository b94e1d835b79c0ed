"""The Slack notifier: a function that runs every minute, its schedule, and the secret with the webhook URL."""

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from schemas.names import SLACK_NOTIFIER, dashboard_name, dead_letter_queue_name, resource_name
from schemas.notifier_environment import NotifierEnvironment
from schemas.pauses import TAGS
from stacks.acknowledgement import acknowledge_pattern
from stacks.messaging.idempotency_table import grant_cards
from stacks.monitoring.causes_table import grant_causes
from stacks.monitoring.function_schedule import FunctionSchedule
from stacks.processing.function import Function, Task
from stacks.processing.runtime import FunctionRuntime
from stacks.retention import removal_policy
from stacks.stage import Stage
from stacks.tags import own_tags

TIMEOUT = 50
"""Seconds: a run ends before the next one starts. `timeout_cap` does not apply, as no message waits for a crash."""

_MEMORY = 512
"""MB; processor time is proportional. A burst of 10,000 alerts takes about 2,000 calls to SQS."""

_COUNT_ACTIONS = ["sqs:GetQueueAttributes"]
_READ_ACTIONS = ["sqs:ReceiveMessage", "sqs:GetQueueUrl", *_COUNT_ACTIONS]
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
        idempotency_table: dynamodb.ITable,
        causes_table: dynamodb.ITable,
        runtime: FunctionRuntime,
    ) -> None:
        """Create the function, its schedule and its secret.

        Args:
            scope: the stack.
            construct_id: within the stack.
            alerts_queue: the queue to drain.
            email: the topic that gets alerts while no webhook URL is set.
            idempotency_table: the table with the items about the systems that functions call.
            causes_table: the table of causes.
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
                description=f"Alerts to Slack, stage {stage.name}",
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
                causes_table_name=causes_table.table_name,
                slack_allow_local="1" if stage.emulated else "",
            ).to_variables(),
        )
        # Otherwise Lambda would retry a failed run while the next one is running.
        self.worker.function.configure_async_invoke(retry_attempts=0, max_event_age=cdk.Duration.minutes(1))
        alerts_queue.grant_consume_messages(self.worker.role)
        self.webhook.grant_read(self.worker.role)
        self._grant_email(email)
        self._grant_queues(stage)
        grant_cards(idempotency_table, self.worker.role)
        grant_causes(causes_table, self.worker.role)
        self._grant_pauses(stage)
        FunctionSchedule(
            self,
            "EachMinute",
            function=self.worker.function,
            expression="rate(1 minute)",
            max_age=60,
            description=f"Starts the Slack notifier every minute, stage {stage.name}",
        )

    def _grant_queues(self, stage: Stage) -> None:
        """Let the function read dead letters and count messages, by patterns: a policy has no room for every queue."""
        by_pattern = {
            dead_letter_queue_name(stage.name, "*"): _READ_ACTIONS,
            resource_name(stage.name, "*"): _COUNT_ACTIONS,
        }
        for pattern, actions in by_pattern.items():
            arn = cdk.Stack.of(self).format_arn(service="sqs", resource=pattern)
            self.worker.role.add_to_policy(iam.PolicyStatement(actions=actions, resources=[arn]))
            acknowledge_pattern(self.worker.role, arn, "The queues of this stage alone have names of this pattern.")

    def _grant_pauses(self, stage: Stage) -> None:
        """Let the function find pauses, and end them: of this stage alone.

        The ARN of a mapping is random. So a condition names its function, where the action knows that condition, or the
        mapping's tags (Service Authorization Reference, "AWS Lambda").
        """
        stack = cdk.Stack.of(self)
        any_name = cdk.ArnFormat.COLON_RESOURCE_NAME
        mappings = stack.format_arn(
            service="lambda", resource="event-source-mapping", resource_name="*", arn_format=any_name
        )
        functions = stack.format_arn(
            service="lambda", resource="function", resource_name=resource_name(stage.name, "*"), arn_format=any_name
        )
        of_stage = {f"aws:ResourceTag/{key}": value for key, value in own_tags(stage).items()}
        tags_of_pauses = {"ForAllValues:StringEquals": {"aws:TagKeys": [*TAGS]}}
        conditions: Mapping[str, Mapping[str, Any]] = {
            "lambda:ListTags": {"StringEquals": of_stage},
            "lambda:UntagResource": {"StringEquals": of_stage, **tags_of_pauses},
            "lambda:UpdateEventSourceMapping": {"ArnLike": {"lambda:FunctionArn": functions}},
        }
        role = self.worker.role
        for action, condition in conditions.items():
            role.add_to_policy(iam.PolicyStatement(actions=[action], resources=[mappings], conditions=condition))
        role.add_to_policy(iam.PolicyStatement(actions=["lambda:ListEventSourceMappings"], resources=["*"]))
        acknowledge_pattern(role, mappings, "A condition names this stage's functions or tags.")
        acknowledge_pattern(role, "*", "IAM knows no resource for listing mappings.")

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
