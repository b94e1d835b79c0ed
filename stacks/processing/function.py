"""A Lambda function with a role and a log group of its own: what all functions have in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.errors import CannotSynthesizeError
from stacks.processing.runtime import FunctionRuntime
from stacks.retention import log_retention, removal_policy


def handler_code(root: Path, folder: str) -> lambda_.Code:
    """The asset of one function, its paths as at home, so that `lambdas.<folder>.handler` imports alike.

    Byte code stays out: running the tests would change the asset.

    Raises:
        CannotSynthesizeError: the folder has no handler.
    """
    handler = f"lambdas/{folder}/handler.py"
    if not (root / handler).is_file():
        raise CannotSynthesizeError(f"{handler} is missing: a function of its folder's name is deployed")
    return lambda_.Code.from_asset(
        str(root),
        ignore_mode=cdk.IgnoreMode.GIT,
        exclude=["/*", "!/lambdas", "/lambdas/*", f"!/lambdas/{folder}", "__pycache__", "*.pyc"],
    )


@dataclass(frozen=True, kw_only=True)
class Task:
    """What one function is for, and what it may take for it."""

    folder: str
    """Under `lambdas/`."""

    description: str
    timeout: int
    """Seconds."""

    memory: int
    """MB; processor time comes in proportion."""

    sends_to_its_own_queue: bool = False
    writes_to_people: bool = False
    """Then it carries the layer of templates and time zones."""


class Function(Construct):
    """A function that may log and be traced; what else it may do is for who makes it to grant."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        task: Task,
        runtime: FunctionRuntime,
        environment: Mapping[str, str],
    ) -> None:
        """Make a function.

        Raises:
            CannotSynthesizeError: its folder has no handler.
        """
        super().__init__(scope, construct_id)
        self.task = task
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            retention=log_retention(runtime.stage),
            removal_policy=removal_policy(runtime.stage),
        )
        self.role = self._role()
        self.log_group.grant_write(self.role)
        self.function = self._function(runtime, environment)

    def _role(self) -> iam.Role:
        """The managed policy that the CDK would attach may write every log group of the account."""
        role = iam.Role(
            self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"), description=self.task.description
        )
        cdk.Validations.of(role).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-IAM5[Resource::*]",
                reason="Active tracing: xray:PutTraceSegments and xray:PutTelemetryRecords know no resource.",
            )
        )
        return role

    def _function(self, runtime: FunctionRuntime, environment: Mapping[str, str]) -> lambda_.Function:
        function = lambda_.Function(
            self,
            "Function",
            description=self.task.description,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=runtime.architecture,
            handler=f"lambdas.{self.task.folder}.handler.handler",
            code=handler_code(runtime.root, self.task.folder),
            layers=runtime.layers(texts=self.task.writes_to_people),
            role=self.role,
            log_group=self.log_group,
            timeout=cdk.Duration.seconds(self.task.timeout),
            memory_size=self.task.memory,
            environment=environment,
            tracing=lambda_.Tracing.ACTIVE,
            # Lambda would stop a function that sends to its own queue after 16 rounds; our own bounds stand instead.
            recursive_loop=lambda_.RecursiveLoop.ALLOW if self.task.sends_to_its_own_queue else None,
        )
        cdk.Validations.of(function).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-L1",
                reason="The layers' byte code is built by Python 3.13; all functions move to a newer one together.",
            )
        )
        return function
