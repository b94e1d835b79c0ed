"""Access to a deployed stage: AWS clients, and its stacks' outputs, which name its resources."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from boto3 import Session
from botocore.config import Config
from botocore.exceptions import ClientError, NoRegionError

from ops.stage.aws_errors import aws_failures_as_sentences, name_stage
from ops.stage.clock_offset import warn_of_offset
from ops.stage.endpoint import Endpoint
from ops.stage.local import running
from ops.terminal.errors import OperatorError
from ops.terminal.output import printable
from publishing.responses import check_responses
from schemas.names import STAGES, stack_name

LOCAL = "local"
"""The stage on this machine, which lacks what the emulator does not support."""

_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 3})

Clients = Callable[[str], Any]
"""Returns the client of an AWS service, by the service's boto3 name."""


class NotDeployedError(OperatorError):
    """What was asked for is not deployed in this account and region."""


@dataclass(frozen=True)
class DeployedStage:
    """A stage that is deployed somewhere."""

    name: str
    client: Clients
    _outputs: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def output(self, part: str, key: str) -> str:
        """The value of a stack's output.

        Args:
            part: the stack: `Messaging`, `Processing`, `Monitoring`.
            key: the output's key.

        Raises:
            NotDeployedError: there is no such stack or output in this account and region.
            AwsError: AWS refuses or does not answer.
        """
        outputs = self._stack_outputs(part)
        if key not in outputs:
            raise NotDeployedError(
                f"{stack_name(self.name, part)} has no output {key}: deploy this version of it first"
            )
        return outputs[key]

    def _stack_outputs(self, part: str) -> Mapping[str, str]:
        if part not in self._outputs:
            self._outputs[part] = self._read(stack_name(self.name, part))
        return self._outputs[part]

    def _read(self, stack: str) -> Mapping[str, str]:
        with aws_failures_as_sentences():
            try:
                described = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") != "ValidationError":
                    raise
                raise NotDeployedError(
                    f"stage {self.name} is not deployed here: there is no stack {stack}. "
                    "Check AWS_PROFILE and the region"
                ) from None
        return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", ())}


def deployed(stage: str, *, profile: str | None = None, region: str | None = None) -> DeployedStage:
    """Name a stage, with the credentials and the endpoint that boto3 finds; `local` is the one that `make up` started.

    Profile, region and local stage are looked up with the first client, after a command has checked its arguments.

    Args:
        stage: the stage's name.
        profile: the AWS profile; None for the one that boto3 finds.
        region: the AWS region; None for AWS_REGION, or else the one that boto3 finds.

    Raises:
        OperatorError: there is no such stage. With the first client: there is no such profile, no region is set, or no
            local stage is running.
    """
    if stage not in STAGES:
        raise OperatorError(f"there is no stage {stage!r}: the stages are {', '.join(STAGES)}")

    @cache
    def clients() -> Clients:
        if stage == LOCAL and not os.environ.get("AWS_ENDPOINT_URL"):
            return _local_clients()
        return _clients(stage, profile, region)

    @cache
    def client(service: str) -> Any:
        return clients()(service)

    return DeployedStage(stage, client)


def _local_clients() -> Clients:
    local = running()
    if local is None:
        raise OperatorError(
            "no local stage is running: start one with `make up`, or set AWS_ENDPOINT_URL to where one is"
        )
    return Endpoint(local.endpoint_url).client


def _clients(stage: str, profile: str | None, region: str | None) -> Clients:
    with aws_failures_as_sentences():
        session = Session(profile_name=profile, region_name=region or os.environ.get("AWS_REGION", "").strip() or None)
    check_responses(session.events)
    name_stage(session.events, stage)
    warn_of_offset(session.events)

    def client(service: str) -> Any:
        try:
            with aws_failures_as_sentences():
                if not session.region_name:  # boto3 takes an empty variable for a region, and calls a strange address
                    raise NoRegionError
                return session.client(service, config=_CONFIG)  # type: ignore[call-overload]  # stubs list literal names alone
        except ValueError as error:  # boto3 raises it for an AWS_ENDPOINT_URL that is no URL
            raise OperatorError(f"AWS cannot be called: {printable(str(error))}") from None

    return client
