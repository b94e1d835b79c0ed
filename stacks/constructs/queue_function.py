"""A Lambda function that works off a queue: what the ingress and all types have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from schemas.environment import FunctionEnvironment
from stacks.constructs.code import handler_code
from stacks.constructs.retention import log_retention, removal_policy
from stacks.constructs.timing import BATCHING_WINDOW
from stacks.stage import Stage


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """What all functions of a stage run on."""

    root: Path
    """The checkout, with `lambdas/`."""

    layers: Sequence[lambda_.ILayerVersion]
    architecture: lambda_.Architecture
    stage: Stage


@dataclass(frozen=True, kw_only=True)
class Work:
    """What one function works off, and how."""

    folder: str
    """Under `lambdas/`."""

    description: str
    queue: sqs.IQueue
    dead_letter_queue: sqs.IQueue
    timeout: int
    """Seconds."""

    memory: int
    """MB; processor time comes in proportion."""

    batch_size: int
    max_concurrency: int


class QueueFunction(Construct):
    """A function with a role of its own, a log group of its own and its queue as event source."""

    def __init__(
        self, scope: Construct, construct_id: str, *, work: Work, runtime: Runtime, environment: FunctionEnvironment
    ) -> None:
        """Make a function; what it needs beyond its queues is for the caller to grant."""
        super().__init__(scope, construct_id)
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            retention=log_retention(runtime.stage),
            removal_policy=removal_policy(runtime.stage),
        )
        self.role = self._role(work)
        self.log_group.grant_write(self.role)
        self.function = self._function(work, runtime, environment)
        self.function.add_event_source(
            event_sources.SqsEventSource(
                work.queue,
                batch_size=work.batch_size,
                max_batching_window=cdk.Duration.seconds(BATCHING_WINDOW),
                max_concurrency=runtime.stage.concurrency(work.max_concurrency),
                report_batch_item_failures=True,
            )
        )
        # What must run again goes back as a fresh copy; what is dead is sent to its dead-letter queue with its story.
        work.queue.grant_send_messages(self.function)
        work.dead_letter_queue.grant_send_messages(self.function)

    def _role(self, work: Work) -> iam.Role:
        """The managed policy that the CDK would attach may write every log group of the account."""
        role = iam.Role(
            self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"), description=work.description
        )
        cdk.Validations.of(role).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-IAM5[Resource::*]",
                reason="Active tracing: xray:PutTraceSegments and xray:PutTelemetryRecords know no resource.",
            )
        )
        return role

    def _function(self, work: Work, runtime: Runtime, environment: FunctionEnvironment) -> lambda_.Function:
        function = lambda_.Function(
            self,
            "Function",
            description=work.description,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=runtime.architecture,
            handler=f"lambdas.{work.folder}.handler.handler",
            code=handler_code(runtime.root, work.folder),
            layers=runtime.layers,
            role=self.role,
            log_group=self.log_group,
            timeout=cdk.Duration.seconds(work.timeout),
            memory_size=work.memory,
            environment=environment.to_variables(),
            tracing=lambda_.Tracing.ACTIVE,
            # Lambda would stop a function that sends to its own queue after 16 rounds; our own bounds stand instead.
            recursive_loop=lambda_.RecursiveLoop.ALLOW,
        )
        cdk.Validations.of(function).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-L1",
                reason="The layers' byte code is built by Python 3.13; all functions move to a newer one together.",
            )
        )
        return function
