"""Hostile texts, each of which takes effect in a page that does not treat it as text."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ops.console.context import ConsoleContext
from ops.dead_letters.queue import DeadLetterQueue
from ops.stage.services import service
from ops.terminal.output import printable
from schemas.identity import derived_id
from schemas.names import AUDIT, resource_name
from schemas.reasons import OperatorAction, Reason

SHORT = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    '"><svg onload=alert(3)>',
    "' autofocus onfocus=alert(4) '",
    "{{7*7}}",
    "\N{RIGHT-TO-LEFT OVERRIDE}evil\N{ZERO WIDTH SPACE}\x1b[31m\x00",
)
LONG = "w" * 100_000
"""Text without a space to wrap at."""

TEXT = " ".join(SHORT)
WITH_LONG = f"{TEXT} {LONG}"

SHOWN = tuple(printable(each) for each in SHORT)
"""The texts as a page must show them."""

TYPE = "user.invited"
"""Type whose dead-letter queue no other test uses."""

_FINGERPRINT = "0123456789ab"
_AT = "2026-04-14T12:00:00Z"


@dataclass(frozen=True, slots=True)
class HostileDeadLetters:
    """Two dead letters that no function wrote."""

    id: str
    """Id of the one that has the shape of a message; derived, since the message has no id."""

    sqs_message_id: str
    """SQS message id of the one that is no message."""


@contextmanager
def hostile_dead_letters_in(console: ConsoleContext) -> Iterator[HostileDeadLetters]:
    """Put two hostile dead letters into a queue, and a hostile line into the logs; remove the dead letters on exit."""
    sqs, url = console.stage.client("sqs"), service(TYPE, console.stage).dead_letter_queue_url
    payload = {TEXT: [WITH_LONG]}
    message = {"type": SHORT[0], "payload": payload, "timestamp": SHORT[1], "source": TEXT, TEXT: TEXT}
    message_id = derived_id(SHORT[0], payload, SHORT[1])  # of a longer type or timestamp no id is derived
    raw = WITH_LONG.replace("\x1b", "").replace("\x00", "")  # SQS accepts these characters only as escapes
    attributes = {"reason": Reason.PERMANENT, "fingerprint": _FINGERPRINT, "biography": _biography(), "x": SHORT[2]}
    typed = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    sent = [
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=typed)["MessageId"]
        for body in (json.dumps(message), raw)
    ]
    _log(console, message_id)
    try:
        yield HostileDeadLetters(message_id, sent[1])
    finally:
        with DeadLetterQueue(sqs, url).lease(lambda dead_letter: dead_letter.sqs_message_id in sent) as lease:
            lease.delete(lease.dead_letters)


def _biography() -> str:
    texts = ("errorClass", "frame", "function", "functionVersion", "requestId", "firstEnqueuedAt")
    attempt = {"attempt": SHORT[2], "at": TEXT, "durationMs": TEXT, "error": TEXT, "message": WITH_LONG}
    more = {"deferrals": TEXT, "redriven": TEXT, "attempts": [attempt], "producerAttributes": {TEXT: TEXT}}
    return json.dumps({**dict.fromkeys(texts, TEXT), **more, "message": WITH_LONG, "deadLetteredAt": _AT})


def _log(console: ConsoleContext, message_id: str) -> None:
    """Write a line into the audit log, about an action that changes nothing for the conservation check."""
    texts = ("service", "type", "company_id", "causation_id", "error", "frame", "reason", "fingerprint", "who")
    line = {**dict.fromkeys(texts, TEXT), "detail": WITH_LONG, "follow_ups": [TEXT], "message": OperatorAction.SHOWN}
    logs, now = console.stage.client("logs"), console.now()
    group = resource_name(console.stage.name, AUDIT)
    logs.create_log_stream(logGroupName=group, logStreamName="hostile")
    logs.put_log_events(
        logGroupName=group,
        logStreamName="hostile",
        logEvents=[{"timestamp": int(now.timestamp() * 1000), "message": json.dumps({**line, "id": message_id})}],
    )
