"""All kinds of invalid messages, each with the one reason for its refusal.

The same table goes through the handlers, the command line and the deployed stack.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from schemas.reasons import Reason

COMPANY = "7d1f0a52-3c1e-4d5b-9a64-2f8e1c0b9a11"
LARGEST = 1_048_576
"""The largest message in bytes that SQS accepts; EventBridge's limit is lower."""

WRONG: dict[str, tuple[object, ...]] = {
    "type": (7, True, [], {}, "", "Appointment", "appointment", "a" * 129),
    "payload": (7, True, "{}", [], [{}]),
    "timestamp": (1713103200, True, {}, "", "now", "2024-04-14", "2024-04-14 14:00:00Z"),
    "attempts": (0, -1, True, "1", 1.5, [], {}),
    "id": (7, True, {}, "", "ä", "x" * 129),
    "version": (0, -1, True, "1", 1.5),
    "source": (7, "", "aws.events", "taly backend"),
    "correlationId": (7, "", "ä"),
    "causationId": (7, "", "ä"),
    "hops": (-1, "0", True, 0.5),
}
"""Invalid values for the envelope's fields; null is invalid for all but `causationId`."""

WRONG_IN_PAYLOAD: dict[str, tuple[object, ...]] = {
    "companyId": (7, True, [], {}, "", COMPANY.upper(), f"urn:uuid:{COMPANY}", COMPANY.replace("-", "")),
    "appointmentId": (7, True, [], {}, "", "42"),
    "startTime": (1713189600, True, [], {}, "", "2024-04-15T14:00"),
}

WRONG_TIMES = {
    "second 60": "2024-06-30T23:59:60Z",
    "no offset": "2024-04-15T14:00:00",
    "year 0": "0000-01-01T00:00:00Z",
    "year 10000": "10000-01-01T00:00:00Z",
}

IN_AN_UNKNOWN_FIELD = {
    "nesting 65": "[" * 64 + "]" * 64,
    "nesting 100,000": "[" * 100_000 + "]" * 100_000,
    "NaN": "NaN",
    "-Infinity": "-Infinity",
    "1e400": "1e400",
    "400 digits": "9" * 400,
    "5,000 digits": "9" * 5_000,
    "2^53": "9007199254740992",
    "lone surrogate": '"\\ud800"',
    "duplicate keys": '{"a": 1, "a": 2}',
    "60,000 keys, the last one twice": json.dumps(dict.fromkeys(map(str, range(60_000)), 1))[:-1] + ', "59999": 1}',
}
"""JSON values that other languages or AWS would change or refuse."""


@dataclass(frozen=True, slots=True)
class BadInput:
    """One invalid message."""

    name: str
    body: bytes
    reason: Reason
    beyond_the_contract: bool = False
    """Whether the fault is outside the contract: the ingress finds it, a function need only survive it."""

    def __repr__(self) -> str:
        return self.name

    @property
    def text(self) -> str:
        """The body as a function would get it: bytes that are not UTF-8 become lone surrogates."""
        return self.body.decode(errors="surrogateescape")

    @property
    def is_sendable(self) -> bool:
        """Whether SQS accepts it: UTF-8, 1 byte to 1 MiB, only characters of XML 1.0 (SendMessage)."""
        not_xml = "[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
        return 0 < len(self.body) <= LARGEST and not re.search(not_xml, self.text)


def good(number: int = 0, /, **fields: Any) -> dict[str, Any]:
    """The example on the first page of the contract with real UUIDs; each number is another appointment."""
    return {
        "type": "appointment.reminder",
        "payload": {
            "appointmentId": f"9b2d0c1e-6c1f-4e0a-8f57-{number:012x}",
            "companyId": COMPANY,
            "startTime": "2024-04-15T14:00:00Z",
        },
        "timestamp": "2024-04-14T14:00:00Z",
        "attempts": 1,
    } | fields


def bad_inputs() -> list[BadInput]:
    """The table. No two bodies are equal."""
    return [*_no_json(), *_strict_json(), *_no_object(), *_envelopes(), *_payloads(), *_beyond()]


def _no_json() -> Iterator[BadInput]:
    message = json.dumps(good())
    texts = {
        "one space": " ",
        "no JSON at all": "Hello, queue!",
        "half a document": message[:-7],
        "two documents": f"{message}{json.dumps(good(1))}",
        "trailing bytes": f"{message} \t}}",
        "a BOM": f"\ufeff{message}",
        "single quotes": message.replace('"', "'"),
        "a comment": f"{message} // really",
        "NUL": message.replace("1}", "1\x00}"),
        "a raw control character": message.replace("Z", "Z\x0b", 1),
        "1 MiB of letters": "x" * LARGEST,
    }
    for name, text in texts.items():
        yield BadInput(name, text.encode(), Reason.INVALID_JSON)
    yield BadInput("empty", b"", Reason.INVALID_JSON)
    yield BadInput("not UTF-8", message.encode().replace(b"reminder", b"r\xffminder"), Reason.INVALID_JSON)
    yield BadInput("UTF-16", message.encode("utf-16"), Reason.INVALID_JSON)
    yield BadInput("encoded surrogates", message.encode().replace(b"Z", b"\xed\xa0\x80", 1), Reason.INVALID_JSON)


def _strict_json() -> Iterator[BadInput]:
    message = json.dumps(good())
    for name, value in IN_AN_UNKNOWN_FIELD.items():
        body = message.replace("{", f'{{"x": {value}, ', 1)
        yield BadInput(name, body.encode(), Reason.INVALID_JSON, beyond_the_contract=True)
    for name in ("NaN", "1e400", "400 digits", "2^53"):
        body = message.replace('"attempts": 1', f'"attempts": {IN_AN_UNKNOWN_FIELD[name]}')
        yield BadInput(f"attempts {name}", body.encode(), Reason.INVALID_JSON)
    twice = message.replace('"attempts": 1', '"attempts": 1, "attempts": 2')
    yield BadInput("attempts twice", twice.encode(), Reason.INVALID_JSON, beyond_the_contract=True)


def _no_object() -> Iterator[BadInput]:
    for name, text in {
        "an array": f"[{json.dumps(good())}]",
        "an empty array": "[]",
        "an empty object": "{}",
        "a string": '"appointment.reminder"',
        "a number": "42",
        "true": "true",
        "null": "null",
    }.items():
        yield BadInput(f"{name} at the top", text.encode(), Reason.INVALID_ENVELOPE)


def _envelopes() -> Iterator[BadInput]:
    for field in ("type", "payload", "timestamp", "attempts"):
        yield _bad(f"no {field}", _without(good(), field), Reason.INVALID_ENVELOPE)
    for field, values in WRONG.items():
        for value in (*values, None):
            if field != "causationId" or value is not None:
                name = f"{field} {json.dumps(value)[:20]}"
                yield _bad(name, good(**{field: value}), Reason.INVALID_ENVELOPE)
    for name, time in WRONG_TIMES.items():
        yield _bad(f"timestamp with {name}", good(timestamp=time), Reason.INVALID_ENVELOPE)


def _payloads() -> Iterator[BadInput]:
    payload = good()["payload"]
    for field, values in WRONG_IN_PAYLOAD.items():
        yield _bad(f"no payload.{field}", good(payload=_without(payload, field)), Reason.INVALID_PAYLOAD)
        for value in (*values, None):
            name = f"payload.{field} {json.dumps(value)[:20]}"
            yield _bad(name, good(payload=payload | {field: value}), Reason.INVALID_PAYLOAD)
    for name, time in WRONG_TIMES.items():
        wrong = good(payload=payload | {"startTime": time})
        yield _bad(f"payload.startTime with {name}", wrong, Reason.INVALID_PAYLOAD)
    yield _bad("an empty payload", good(payload={}), Reason.INVALID_PAYLOAD)


def _beyond() -> Iterator[BadInput]:
    yield _bad("an unknown type", good(type="appointment.forgotten"), Reason.UNKNOWN_TYPE)
    yield _bad("version 99", good(version=99), Reason.UNSUPPORTED_VERSION)
    yield _bad("hops 9", good(hops=9), Reason.LOOP)
    envelope = len(json.dumps(good(filler="")))
    yield _bad("1 MiB", good(filler="x" * (LARGEST - envelope)), Reason.TOO_LARGE, beyond_the_contract=True)


def _bad(name: str, message: dict[str, Any], reason: Reason, *, beyond_the_contract: bool = False) -> BadInput:
    return BadInput(name, json.dumps(message).encode(), reason, beyond_the_contract)


def _without(fields: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key != name}
