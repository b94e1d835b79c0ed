"""A Lambda function with a dedicated role and log group: the common base of all functions."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from schemas.environment import variables_of
from schemas.names import log_group_name, resource_name
from stacks.errors import CannotSynthesizeError
from stacks.processing.code_version import code_version
from stacks.processing.runtime import FunctionRuntime
from stacks.retention import log_retention, removal_policy


def handler_code(root: Path, folder: str) -> lambda_.Code:
    """Return the asset of one function, with paths as in the checkout, so that `lambdas.<folder>.handler` imports.

    Byte code is excluded: otherwise a test run would change the asset.

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
    """Settings of one function."""

    folder: str
    """Folder under `lambdas/`."""

    description: str
    timeout: int
    """Seconds."""

    memory: int
    """MB; processor time is proportional."""

    sends_to_source_queue: bool = False
    """Whether the function sends copies to the queue that it receives from."""

    needs_texts: bool = False
    """Whether the function carries the layer of templates and time zones."""


class Function(Construct):
    """A function that may write logs and traces; the caller grants all other permissions."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        task: Task,
        runtime: FunctionRuntime,
        environment: Mapping[str, str],
    ) -> None:
        """Create the function, its role and its log group.

        Raises:
            CannotSynthesizeError: the function's folder has no handler.
        """
        super().__init__(scope, construct_id)
        self.task = task
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=log_group_name(runtime.stage.name, task.folder),
            retention=log_retention(runtime.stage),
            removal_policy=removal_policy(runtime.stage),
        )
        self.role = self._role()
        self.log_group.grant_write(self.role)
        self.function = self._function(runtime, environment)

    def _role(self) -> iam.Role:
        """Create a role without AWS's managed policy, which may write to every log group of the account."""
        role = iam.Role(
            self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"), description=self.task.description
        )
        cdk.Validations.of(role).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-IAM5[Resource::*]",
                reason="Active tracing: xray:PutTraceSegments and xray:PutTelemetryRecords support no resources.",
            )
        )
        return role

    def _function(self, runtime: FunctionRuntime, environment: Mapping[str, str]) -> lambda_.Function:
        layers = runtime.layers(texts=self.task.needs_texts)
        function = lambda_.Function(
            self,
            "Function",
            function_name=resource_name(runtime.stage.name, self.task.folder),
            description=self.task.description,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=runtime.architecture,
            handler=f"lambdas.{self.task.folder}.handler.handler",
            code=handler_code(runtime.root, self.task.folder),
            layers=layers,
            role=self.role,
            log_group=self.log_group,
            timeout=cdk.Duration.seconds(self.task.timeout),
            memory_size=self.task.memory,
            environment=environment,
            tracing=lambda_.Tracing.ACTIVE,
            # Lambda stops a function that sends to its source queue after 16 rounds; attempts and deferrals are limited
            # by the shared layer instead.
            recursive_loop=lambda_.RecursiveLoop.ALLOW if self.task.sends_to_source_queue else None,
        )
        for name, value in variables_of({"code_version": code_version(function, layers)}).items():
            function.add_environment(name, value)
        cdk.Validations.of(function).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-L1",
                reason="The layers' byte code is built for Python 3.13; all functions are moved together.",
            )
        )
        return function
