"""How to publish to a stage that stays up: commands that can be pasted."""

import json
import shlex
from pathlib import Path
from typing import Any

from local.clock.simulated_clock import INTERVAL
from local.traffic import bookings
from local.traffic.mix import Traffic
from local.traffic.publication import SOURCE, PublicationDoor
from ops.stage.endpoint import KEY, REGION
from ops.stage.local import Running
from ops.terminal.checkout import VENV_BIN, shown
from ops.terminal.output import console

_CLEAN_ENVIRONMENT = "env -u AWS_PROFILE -u AWS_REGION NO_PROXY=127.0.0.1"
"""Keeps the user's AWS profile, region and proxy, which lead elsewhere, out of the command."""


def show(running: Running) -> None:
    """Print the commands unwrapped, so that they can be pasted."""
    for title, text in (
        ("Publish with the AWS CLI, to the ingress queue", by_cli_to_the_queue(running)),
        ("… or to the event bus", by_cli_to_the_bus(running)),
        ("Publish from Python, to the queue and to the bus", by_python(running)),
        ("Read the mails and the text messages in a browser", pages(running)),
        ("Show the CRM calls, webhooks and Slack cards", inspection(running)),
    ):
        console.print(f"\n[bold]{title}[/]")
        console.print(text, markup=False, soft_wrap=True)
    show_footer(Path(running.folder))


def show_footer(folder: Path) -> None:
    """Print what applies to every stage that stays up.

    Args:
        folder: the run's folder.
    """
    console.print(f"\nAlarms, heartbeats and the Slack notifier run every {INTERVAL:.0f} s here.")
    console.print(f"\nLogs: {shown(folder)}    Stop it: make down", soft_wrap=True)


def by_cli_to_the_queue(running: Running) -> str:
    """The command that publishes a booking to the ingress queue."""
    body = json.dumps(_booking())
    return (
        f"{by_cli('sqs send-message', running.endpoint_url)} --queue-url {running.ingress_queue_url} "
        f"--message-group-id {_booking()['payload']['companyId']} --message-body {_quoted(body)}"
    )


def by_cli_to_the_bus(running: Running) -> str:
    """The command that publishes a booking to the event bus."""
    entry = {
        "EventBusName": running.event_bus_name,
        "Source": SOURCE,
        "DetailType": _booking()["type"],
        "Detail": json.dumps(_booking()),
    }
    return f"{by_cli('events put-events', running.endpoint_url)} --entries {_quoted(json.dumps([entry]))}"


def by_python(running: Running) -> str:
    """A script that publishes a booking to the queue and one to the bus.

    Each run publishes new messages, since the timestamp is part of the derived id.
    """
    message = {**_booking(), "timestamp": "NOW"}
    text = json.dumps(message, indent=4).replace('"NOW"', "datetime.now(UTC).isoformat()")
    return f"""{_CLEAN_ENVIRONMENT} {shown(VENV_BIN / "python")} - <<'PYTHON'
import json
from datetime import UTC, datetime

import boto3

session = boto3.Session(aws_access_key_id="{KEY}", aws_secret_access_key="{KEY}", region_name="{REGION}")
sqs = session.client("sqs", endpoint_url="{running.endpoint_url}")
events = session.client("events", endpoint_url="{running.endpoint_url}")
message = {text}

sent = sqs.send_message(
    QueueUrl="{running.ingress_queue_url}",
    MessageGroupId=message["payload"]["companyId"],
    MessageBody=json.dumps(message),
)
print("SQS accepted the message as", sent["MessageId"])

message["timestamp"] = datetime.now(UTC).isoformat()
put = events.put_events(
    Entries=[
        {{
            "EventBusName": "{running.event_bus_name}",
            "Source": "{SOURCE}",
            "DetailType": message["type"],
            "Detail": json.dumps(message),
        }}
    ]
)
print("EventBridge refused", put["FailedEntryCount"], "of 1")
PYTHON"""


def pages(running: Running) -> str:
    """The addresses of the mailbox and of the text messages."""
    return f"{running.mails_base_url}/\n{running.mails_base_url}/texts"


def inspection(running: Running) -> str:
    """The commands that show what the stand-ins received."""
    urls = (
        f"{running.crm_base_url}/_control/calls",
        f"{running.webhooks_base_url}/_control/posts",
        f"{running.slack_base_url}/_control/posts",
    )
    return "\n".join(f"curl -s --noproxy '*' {url}" for url in urls)


def by_cli(command: str, endpoint_url: str) -> str:
    """An AWS CLI command with the stage's credentials and endpoint."""
    keys = f"AWS_ACCESS_KEY_ID={KEY} AWS_SECRET_ACCESS_KEY={KEY} AWS_DEFAULT_REGION={REGION}"
    return f"{_CLEAN_ENVIRONMENT} {keys} aws {command} --endpoint-url {endpoint_url}"


def _booking() -> dict[str, Any]:
    message = Traffic(seed=0).publication(bookings.confirmed, PublicationDoor.QUEUE, number=0)
    return dict(json.loads(message.body))


def _quoted(text: str) -> str:
    """Quote for a shell; apostrophes in JSON become escapes, so that the text stays readable."""
    return shlex.quote(text.replace("'", "\\u0027"))
