"""Texts of which each would do something in a page that takes it for anything but text."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ops.console.context import ConsoleContext
from ops.dead_letters.queue import DeadLetterQueue
from ops.stage.services import service
from ops.terminal.output import printable
from schemas.identity import derived_id
from schemas.names import MonitoringOutput
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
"""One word."""

TEXT = " ".join(SHORT)
WITH_LONG = f"{TEXT} {LONG}"

SHOWN = tuple(printable(each) for each in SHORT)
"""As people are to see them."""

TYPE = "user.invited"
"""Whose queue they lie in: letters of no other case are there."""

_FINGERPRINT = "0123456789ab"
_AT = "2026-04-14T12:00:00Z"


@dataclass(frozen=True, slots=True)
class Planted:
    """Two letters that no function wrote."""

    id: str
    """Of the one that is a message but for its texts: derived, as it gives none."""

    sqs_message_id: str
    """Of the one that is no message at all."""


@contextmanager
def planted(desk: ConsoleContext) -> Iterator[Planted]:
    """Let them lie among a type's dead letters meanwhile, and one's journey in the logs."""
    sqs, url = desk.stage.client("sqs"), service(TYPE, desk.stage).dead_letter_queue_url
    message = {"type": TEXT, "payload": {TEXT: [WITH_LONG]}, "timestamp": TEXT, "source": TEXT, TEXT: TEXT}
    an_id = derived_id(TEXT, message["payload"], TEXT)
    raw = WITH_LONG.replace("\x1b", "").replace("\x00", "")  # which SQS takes escaped alone
    attributes = {"reason": Reason.PERMANENT, "fingerprint": _FINGERPRINT, "biography": _biography(), "x": SHORT[2]}
    typed = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    sent = [
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=typed)["MessageId"]
        for body in (json.dumps(message), raw)
    ]
    _log(desk, an_id)
    try:
        yield Planted(an_id, sent[1])
    finally:
        with DeadLetterQueue(sqs, url).lease(lambda letter: letter.sqs_message_id in sent) as lease:
            lease.delete(lease.dead_letters)


def _biography() -> str:
    texts = ("errorClass", "frame", "function", "functionVersion", "requestId", "firstEnqueuedAt")
    attempt = {"attempt": SHORT[2], "at": TEXT, "durationMs": TEXT, "error": TEXT, "message": WITH_LONG}
    more = {"deferrals": TEXT, "redriven": TEXT, "attempts": [attempt], "producerAttributes": {TEXT: TEXT}}
    return json.dumps({**dict.fromkeys(texts, TEXT), **more, "message": WITH_LONG, "deadLetteredAt": _AT})


def _log(desk: ConsoleContext, an_id: str) -> None:
    """A line among those of people's deeds, which functions' books are not kept by."""
    texts = ("service", "type", "company_id", "causation_id", "error", "frame", "reason", "fingerprint", "who")
    line = {**dict.fromkeys(texts, TEXT), "detail": WITH_LONG, "follow_ups": [TEXT], "message": OperatorAction.REDRIVEN}
    logs, now = desk.stage.client("logs"), desk.now()
    group = desk.stage.output("Monitoring", MonitoringOutput.AUDIT_LOG_GROUP_NAME)
    logs.create_log_stream(logGroupName=group, logStreamName="hostile")
    logs.put_log_events(
        logGroupName=group,
        logStreamName="hostile",
        logEvents=[{"timestamp": int(now.timestamp() * 1000), "message": json.dumps({**line, "id": an_id})}],
    )
