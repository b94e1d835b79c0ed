"""How to publish to a stage that is left running: commands that work as they are pasted."""

import json
import shlex
from pathlib import Path
from typing import Any

from local.clock.simulated_clock import LENGTH as MINUTE
from local.traffic import bookings
from local.traffic.mix import Traffic
from local.traffic.publication import SOURCE, PublicationDoor
from ops.checkout import VENV_BIN, shown
from ops.stage.endpoint import KEY, REGION
from ops.stage.local import Running
from ops.terminal.output import console

_UNDISTURBED = "env -u AWS_PROFILE NO_PROXY=127.0.0.1"
"""Without the user's own profile and proxy, which lead elsewhere."""


def show(running: Running) -> None:
    """Print them, unwrapped, so that they can be pasted."""
    for title, text in (
        ("Publish by the AWS CLI, to the ingress queue", by_cli_to_the_queue(running)),
        ("… or straight to the event bus", by_cli_to_the_bus(running)),
        ("Publish by Python, over both doors", by_python(running)),
        ("See the mails, the texts, what the CRM was asked, the webhooks, and the cards in Slack", watch(running)),
    ):
        console.print(f"\n[bold]{title}[/]")
        console.print(text, markup=False, soft_wrap=True)
    ending(Path(running.folder))


def ending(folder: Path) -> None:
    """Print what holds for any stage that is left running.

    Args:
        folder: its run's.
    """
    console.print(f"\nA minute of alarms, heartbeats and Slack passes every {MINUTE:.0f} s here.")
    console.print(f"\nLogs: {shown(folder)}    Stop it: make down", soft_wrap=True)


def by_cli_to_the_queue(running: Running) -> str:
    """One booking by SQS."""
    body = json.dumps(_booking())
    return (
        f"{by_cli('sqs send-message', running.endpoint_url)} --queue-url {running.ingress_queue_url} "
        f"--message-group-id {_booking()['payload']['companyId']} --message-body {_quoted(body)}"
    )


def by_cli_to_the_bus(running: Running) -> str:
    """One booking by EventBridge."""
    entry = {
        "EventBusName": running.event_bus_name,
        "Source": SOURCE,
        "DetailType": _booking()["type"],
        "Detail": json.dumps(_booking()),
    }
    return f"{by_cli('events put-events', running.endpoint_url)} --entries {_quoted(json.dumps([entry]))}"


def by_python(running: Running) -> str:
    """One booking over each door. Each run is another message: the timestamp is part of the derived id."""
    message = {**_booking(), "timestamp": "NOW"}
    text = json.dumps(message, indent=4).replace('"NOW"', "datetime.now(UTC).isoformat()")
    return f"""{_UNDISTURBED} {shown(VENV_BIN / "python")} - <<'PYTHON'
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
print("SQS took it as", sent["MessageId"])

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


def watch(running: Running) -> str:
    """Where to look."""
    seen = (
        f"{running.endpoint_url}/_ministack/ses/messages",
        f"{running.endpoint_url}/_ministack/sns/sms-messages",
        f"{running.crm_base_url}/_control/calls",
        f"{running.webhooks_base_url}/_control/posts",
        f"{running.slack_base_url}/_control/posts",
    )
    return "\n".join(f"curl -s --noproxy '*' {address}" for address in seen)


def by_cli(command: str, endpoint_url: str) -> str:
    """A command of the AWS CLI for a stage: its credentials and its endpoint around it."""
    keys = f"AWS_ACCESS_KEY_ID={KEY} AWS_SECRET_ACCESS_KEY={KEY} AWS_DEFAULT_REGION={REGION}"
    return f"{_UNDISTURBED} {keys} aws {command} --endpoint-url {endpoint_url}"


def _booking() -> dict[str, Any]:
    message = Traffic(seed=0).publication(bookings.confirmed, PublicationDoor.QUEUE, number=0)
    return dict(json.loads(message.body))


def _quoted(text: str) -> str:
    """For a shell; an apostrophe inside JSON is written as its escape, so that the text stays readable."""
    return shlex.quote(text.replace("'", "\\u0027"))
