"""Deployment with the real `cdk`: synthesized while the emulator starts, bootstrapped, deployed."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from local.errors import LocalStageError
from local.run_folder import RunFolder
from local.supervision.process import Process
from ops.stage.deployed import DeployedStage
from ops.stage.endpoint import ACCOUNT, REGION, Endpoint
from ops.stage.services import SERVICES, service
from ops.terminal.checkout import NODE_BIN, ROOT, VENV_BIN
from schemas.names import (
    ALERTS,
    MONITORING,
    PROCESSING,
    QUEUE_PROCESSOR,
    SLACK_NOTIFIER,
    Output,
    log_group_name,
    queue_name,
    resource_name,
    stack_name,
)

STAGE = "local"
MAIL_DOMAIN = "mail.taly.example"
"""The SES identity that is verified here; in a real stage the domain's owner verifies it."""

_ARCHIVED_DAYS = 1

MAIL_SENDER = f"Taly <no-reply@{MAIL_DOMAIN}>"


@dataclass(frozen=True)
class Deployed(DeployedStage):
    """The deployed stage as the `ops` commands see it, with the resources that only the local stage uses."""

    @property
    def ingress_queue_url(self) -> str:
        """The queue for producers that send by SQS."""
        return service(QUEUE_PROCESSOR, self).queue_url

    @property
    def event_bus_name(self) -> str:
        """The event bus for producers that use EventBridge."""
        return resource_name(self.name)

    @property
    def log_groups(self) -> Mapping[str, str]:
        """The functions' log groups by type; those of the ingress and the notifier by name."""
        return {name: log_group_name(self.name, name) for name in (*SERVICES, SLACK_NOTIFIER)}

    @property
    def alerts_queue_url(self) -> str:
        """The queue of alerts that are not in Slack yet."""
        return self.queue_url(queue_name(self.name, ALERTS))

    @property
    def crm_token_secret_arn(self) -> str:
        """The secret with the CRM token."""
        return self._output(PROCESSING, Output.CRM_TOKEN_SECRET_ARN)

    @property
    def slack_webhook_secret_arn(self) -> str:
        """The secret with the URL of the Slack webhook."""
        return self._output(MONITORING, Output.SLACK_WEBHOOK_SECRET_ARN)

    @property
    def slack_notifier_function_name(self) -> str:
        """The name of the Slack notifier function."""
        return resource_name(self.name, SLACK_NOTIFIER)

    def _output(self, part: str, key: str) -> str:
        """The value of a stack's output: a secret has no name that can be computed."""
        described = self.client("cloudformation").describe_stacks(StackName=stack_name(self.name, part))["Stacks"][0]
        return {each["OutputKey"]: str(each["OutputValue"]) for each in described["Outputs"]}[key]


@contextmanager
def synthesis(folder: RunFolder, *, crm_base_url: str, stage: str = STAGE, app: Path = ROOT) -> Iterator[Process]:
    """Start `cdk synth` of a stage. It needs no AWS, so it runs while the emulator starts.

    Args:
        folder: gets the assembly.
        crm_base_url: where the CRM's stand-in is.
        stage: an emulated stage.
        app: the folder with the cdk.json that has the stage.
    """
    context = {"stage": stage, "crm_base_url": crm_base_url, "mail_sender": MAIL_SENDER}
    settings = [part for name, value in context.items() for part in ("--context", f"{name}={value}")]
    # Nothing listens at this address of AWS: synth must not look anything up.
    environment = _environment(Endpoint("http://127.0.0.1:9"))
    command = [_cdk(), "synth", "--quiet", *settings, "--output", str(folder.assembly)]
    with Process("cdk synth", command, log=folder.log("synth"), env=environment, cwd=app) as process:
        yield process


def bootstrap(folder: RunFolder, endpoint: Endpoint) -> None:
    """Run `cdk bootstrap` in a folder without a cdk.json, so that it runs no app.

    Raises:
        LocalStageError: the command failed.
    """
    command = [_cdk(), "bootstrap", f"aws://{ACCOUNT}/{REGION}"]
    with Process(
        "cdk bootstrap", command, log=folder.log("bootstrap"), env=_environment(endpoint), cwd=folder.scratch
    ) as process:
        process.succeed()


def deploy(folder: RunFolder, endpoint: Endpoint, stage: str = STAGE) -> Deployed:
    """Run `cdk deploy --all` with the synthesized assembly of a stage.

    Raises:
        LocalStageError: the command failed.
    """
    command = [_cdk(), "deploy", "--all", "--app", str(folder.assembly), "--require-approval", "never"]
    with Process(
        "cdk deploy", command, log=folder.log("deploy"), env=_environment(endpoint), cwd=folder.scratch
    ) as process:
        process.succeed()
    deployed = Deployed(stage, cache(endpoint.client))
    _archive_events(deployed)
    return deployed


def _archive_events(deployed: Deployed) -> None:
    """Create the bus's archive, which the emulator's CloudFormation cannot, under the name that the stack gives it."""
    events = deployed.client("events")
    bus = events.describe_event_bus(Name=deployed.event_bus_name)["Arn"]
    with suppress(events.exceptions.ResourceAlreadyExistsException):  # the stage was deployed before
        events.create_archive(ArchiveName=deployed.event_bus_name, EventSourceArn=bus, RetentionDays=_ARCHIVED_DAYS)


def _cdk() -> str:
    cdk = NODE_BIN / "cdk"
    if not cdk.exists():
        raise LocalStageError("the AWS CDK command line is not installed: run `make setup`")
    return str(cdk)


def _environment(endpoint: Endpoint) -> dict[str, str]:
    path = os.pathsep.join([str(VENV_BIN), str(NODE_BIN), os.environ.get("PATH", os.defpath)])
    non_interactive = {
        "CI": "true",
        "NO_COLOR": "1",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    }
    return endpoint.environment(os.environ) | {"PATH": path} | non_interactive
