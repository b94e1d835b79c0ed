"""Seeds of the inputs: valid examples of all contracts, and all known bad inputs."""

import json
from collections.abc import Mapping, Sequence
from functools import cache

from ops.contracts.contract import contracts
from schemas.catalogue import ALL_TYPES, CATALOGUE
from tests.bad_input import bad_inputs
from tests.fuzz.encoding import FIELD
from tests.messages import activity, booking, email, failed_payment, invited, reminder, report, webhook
from tests.stripe.events import GIVEN_UP, invoice, stripe_event, uncollected

MAX_LENGTH = 8_192
"""Maximum characters of a seed: larger inputs have separate tests, and take as long as thousands of others."""

_COPIES = 5
"""Copies of each valid message among the seeds, so that half of the seeds are valid."""

_PAST = "2026-04-14T13:00:00.000Z"
_ATTEMPT = {"attempt": 1, "error": "RetryableError", "message": "not now", "at": _PAST, "duration_ms": 12}
_HISTORY = {
    "first_enqueued_at": _PAST,
    "attempts": [_ATTEMPT],
    "deferrals": 1,
    "redriven": 1,
    "earlier": [_ATTEMPT],
    "producer_attributes": {"trace": "1-2-3"},
    "not_before": "2026-04-14T14:30:00.000Z",
    "sender": "AROA1234567890ABCDEFG",
    "noted_as": "",
    "waits": [{"destination": "crm", "why": "it answered 503", "since": _PAST, "until": _PAST, "times": 2}],
    "failed_at": _PAST,
}
_BIOGRAPHY = {
    "firstEnqueuedAt": _PAST,
    "attempts": [{"attempt": 3, "error": "RetryableError", "message": "not now", "durationMs": 12}],
    "waits": [{"destination": "ses", "why": "it throttled", "since": _PAST, "until": _PAST, "times": 1}],
    "redriven": 2,
    "producerAttributes": {"trace": "1-2-3"},
}


@cache
def valid() -> Mapping[str, Sequence[str]]:
    """Return valid messages by type: the published examples of all versions, and the tests' messages."""
    found: dict[str, list[str]] = {event_type.name: [] for event_type in CATALOGUE}
    more = [activity(), booking(), email(), failed_payment(), invited(), reminder(), report(), webhook()]
    more += [uncollected(stripe_event()), uncollected(stripe_event(invoice(**GIVEN_UP)))]
    for message in [*(contract.example for contract in contracts(ALL_TYPES)), *more]:
        if message["type"] in found:
            found[message["type"]].append(json.dumps(message, ensure_ascii=False))
    return found


@cache
def bodies() -> Sequence[str]:
    """Return valid bodies of all types, and all bad inputs up to the maximum length."""
    bad = [each.text for each in bad_inputs() if 0 < len(each.body) <= MAX_LENGTH]
    good = [body for bodies_of_type in valid().values() for body in bodies_of_type]
    return [*good * _COPIES, *bad]


@cache
def record_attributes() -> Sequence[str]:
    """Return attributes of retried and redriven records, in the format of `records`."""
    history, biography = json.dumps(_HISTORY), json.dumps(_BIOGRAPHY)
    suspect = json.dumps(_HISTORY | {"noted_as": "sqs-1", "not_before": ""})
    return [
        f"{FIELD}1",
        f"{FIELD}7",
        f"{FIELD}0{FIELD}trace=1-2-3",
        f"{FIELD}0{FIELD}history={history}",
        f"{FIELD}2{FIELD}history={suspect}",
        f"{FIELD}0{FIELD}reason=permanent{FIELD}fingerprint=c83d68dfbef7{FIELD}biography={biography}",
        f"{FIELD}0{FIELD}reason=permanent{FIELD}fingerprint=c83d68dfbef7",
    ]
