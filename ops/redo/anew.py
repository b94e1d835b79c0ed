"""Make the new message of a redo: the old one under a new id, caused by the old one, published by an operator."""

import json
from dataclasses import dataclass
from typing import Any

from ops.dead_letters.search import FoundDeadLetter
from ops.messages.validate import check
from ops.redo.selection import EndedMessage
from publishing.doors import Entry
from schemas.identity import uuid_of
from schemas.people import OPERATORS_SOURCE
from schemas.problems import Refusal, refusal
from schemas.reasons import Reason

_PAYLOAD = "payload"

_ANOTHER_TENANTS = "the payload is another tenant's: is it the right file? To write to that tenant, use taly-async send"


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to publish in place of an old one."""

    old: EndedMessage
    entry: Entry
    dead_letter: FoundDeadLetter | None = None
    """The old message, where it is in a dead-letter queue: it is deleted there once the new one is published."""

    @property
    def id(self) -> str:
        """The new message's id."""
        return self.entry.id


def new_id(run: str, old: EndedMessage) -> str:
    """Return the id of the new message: a run that is repeated under its name gives the same, so nothing is done twice.

    Args:
        run: the name of the run.
        old: the message that is done again.
    """
    return uuid_of("redo", run, old.type, old.company_id, old.key)


def anew(body: str, old: EndedMessage, *, run: str, payload: str | None = None) -> Entry | Refusal:
    """Make the new message, validated as by the doors.

    The timestamp stays, because it says when it happened: dates and times that functions derive from it stay true. So
    does the number of hops, which bounds loops. So does the tenant: a payload of another one is most likely a wrong
    file.

    Args:
        body: the text of the old message.
        old: what the logs say of it.
        run: the name of the run.
        payload: the text of a JSON object in place of the payload; None to keep that.
    """
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        return refusal(Reason.INVALID_JSON, "is no JSON object: publish what it should be with taly-async send")
    if payload is None and _PAYLOAD in fields:
        payload = json.dumps(fields[_PAYLOAD])
    text = _text(fields | _changed(fields, old, run), payload)
    message = check(text.encode())
    if isinstance(message, Refusal):
        return message
    if old.company_id and message.company_id.lower() != old.company_id.lower():
        return refusal(Reason.INVALID_PAYLOAD, _ANOTHER_TENANTS, path="payload.companyId")
    return Entry(body=text, type=message.type, source=OPERATORS_SOURCE, group=message.company_id, id=message.id)


def _changed(fields: dict[str, Any], old: EndedMessage, run: str) -> dict[str, Any]:
    correlation = fields.get("correlationId") or old.correlation_id or old.id
    return {
        "id": new_id(run, old),
        "attempts": 1,
        "source": OPERATORS_SOURCE,
        "causationId": old.id or None,
        "correlationId": correlation or new_id(run, old),
    }


def _text(fields: dict[str, Any], payload: str | None) -> str:
    """The message's JSON: escapes keep characters that SQS refuses, and the payload stays as it was written."""
    envelope = json.dumps({name: value for name, value in fields.items() if name != _PAYLOAD})
    return envelope if payload is None else f'{envelope.removesuffix("}")}, "{_PAYLOAD}": {payload}}}'
