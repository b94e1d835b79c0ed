"""The real `cdk` against the emulator: synthesized while it starts, bootstrapped, deployed."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from local.checks.letters import INGRESS_DEAD_LETTERS, SCHEDULE_DEAD_LETTERS, UNDELIVERABLE, UNROUTED, dead_letters_of
from local.errors import LocalStageError
from local.run_folder import RunFolder
from local.supervision.process import Process
from ops.checkout import NODE_BIN, ROOT, VENV_BIN
from ops.stage.endpoint import ACCOUNT, REGION, Endpoint
from schemas.catalogue import CATALOGUE
from schemas.names import (
    QUEUE_PROCESSOR,
    SLACK_NOTIFIER,
    MessagingOutput,
    MonitoringOutput,
    ProcessingOutput,
    stack_name,
)

STAGE = "local"
MAIL_DOMAIN = "mail.taly.example"
"""The SES identity that is verified here, as a real stage's domain is by its owner."""

MAIL_SENDER = f"Taly <no-reply@{MAIL_DOMAIN}>"


@dataclass(frozen=True, slots=True)
class Deployed:
    """Where the deployed system's parts are."""

    ingress_queue_url: str
    event_bus_name: str
    crm_token_secret_arn: str
    resting_queue_urls: Mapping[str, str]
    """Where messages come to rest, by a name for people: dead-letter queues (by type), unrouted, undeliverable."""

    log_groups: Mapping[str, str]
    """The functions' log groups, by type; the ingress's and the notifier's by their names."""

    alerts_queue_url: str
    """What people are to be told waits there."""

    slack_webhook_secret_arn: str
    slack_notifier_function_name: str


@contextmanager
def synthesis(folder: RunFolder, *, crm_base_url: str) -> Iterator[Process]:
    """`cdk synth` of stage local, begun; it needs no AWS, so it runs while the emulator starts."""
    context = {"stage": STAGE, "crm_base_url": crm_base_url, "mail_sender": MAIL_SENDER}
    settings = [part for name, value in context.items() for part in ("--context", f"{name}={value}")]
    # Of AWS it is given an address where nothing listens: synth must not look anything up.
    environment = _environment(Endpoint("http://127.0.0.1:9"))
    command = [_cdk(), "synth", "--quiet", *settings, "--output", str(folder.assembly)]
    with Process("cdk synth", command, log=folder.log("synth"), env=environment, cwd=ROOT) as process:
        yield process


def bootstrap(folder: RunFolder, endpoint: Endpoint) -> None:
    """`cdk bootstrap`, from a folder without a cdk.json, so that no app is run for it.

    Raises:
        LocalStageError: it failed.
    """
    command = [_cdk(), "bootstrap", f"aws://{ACCOUNT}/{REGION}"]
    with Process(
        "cdk bootstrap", command, log=folder.log("bootstrap"), env=_environment(endpoint), cwd=folder.scratch
    ) as process:
        process.succeed()


def deploy(folder: RunFolder, endpoint: Endpoint) -> Deployed:
    """`cdk deploy --all` of what was synthesized.

    Raises:
        LocalStageError: it failed, or an output is missing.
    """
    command = [_cdk(), "deploy", "--all", "--app", str(folder.assembly), "--require-approval", "never"]
    command += ["--outputs-file", str(folder.outputs)]
    with Process(
        "cdk deploy", command, log=folder.log("deploy"), env=_environment(endpoint), cwd=folder.scratch
    ) as process:
        process.succeed()
    outputs = json.loads(folder.outputs.read_text())
    try:
        return _read(*(outputs[stack_name(STAGE, part)] for part in ("Messaging", "Processing", "Monitoring")))
    except KeyError as error:
        raise LocalStageError(
            f"the deployed stacks have no output {error}: compare schemas/names.py with stacks/"
        ) from None


def _read(messaging: Mapping[str, str], processing: Mapping[str, str], monitoring: Mapping[str, str]) -> Deployed:
    dead_letters = {
        dead_letters_of(event_type.name): messaging[MessagingOutput.dead_letter_queue_url(event_type.construct_id)]
        for event_type in CATALOGUE
    }
    log_groups = {
        event_type.name: processing[ProcessingOutput.log_group_name(event_type.construct_id)]
        for event_type in CATALOGUE
    }
    return Deployed(
        ingress_queue_url=messaging[MessagingOutput.INGRESS_QUEUE_URL],
        event_bus_name=messaging[MessagingOutput.EVENT_BUS_NAME],
        crm_token_secret_arn=processing[ProcessingOutput.CRM_TOKEN_SECRET_ARN],
        resting_queue_urls={
            INGRESS_DEAD_LETTERS: messaging[MessagingOutput.INGRESS_DEAD_LETTER_QUEUE_URL],
            **dead_letters,
            SCHEDULE_DEAD_LETTERS: messaging[MessagingOutput.SCHEDULE_DEAD_LETTER_QUEUE_URL],
            UNROUTED: messaging[MessagingOutput.UNROUTED_QUEUE_URL],
            UNDELIVERABLE: messaging[MessagingOutput.UNDELIVERABLE_QUEUE_URL],
        },
        log_groups={
            QUEUE_PROCESSOR: processing[ProcessingOutput.QUEUE_PROCESSOR_LOG_GROUP_NAME],
            **log_groups,
            SLACK_NOTIFIER: monitoring[MonitoringOutput.SLACK_NOTIFIER_LOG_GROUP_NAME],
        },
        alerts_queue_url=monitoring[MonitoringOutput.ALERTS_QUEUE_URL],
        slack_webhook_secret_arn=monitoring[MonitoringOutput.SLACK_WEBHOOK_SECRET_ARN],
        slack_notifier_function_name=monitoring[MonitoringOutput.SLACK_NOTIFIER_FUNCTION_NAME],
    )


def _cdk() -> str:
    cdk = NODE_BIN / "cdk"
    if not cdk.exists():
        raise LocalStageError("the AWS CDK command line is not installed: run `make setup`")
    return str(cdk)


def _environment(endpoint: Endpoint) -> dict[str, str]:
    path = os.pathsep.join([str(VENV_BIN), str(NODE_BIN), os.environ.get("PATH", os.defpath)])
    quiet = {
        "CI": "true",
        "NO_COLOR": "1",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    }
    return endpoint.environment(os.environ) | {"PATH": path} | quiet
