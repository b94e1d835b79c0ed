"""Ways in which a message is none that can be taken: each makes a valid one wrong."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from local.checks.letters import UNROUTED
from local.standins.crm.state import NOTHING
from local.traffic.publication import INGRESS, Door, Publication
from schemas.identity import derived_id
from schemas.payments import PAYMENT_FAILED
from schemas.reasons import Outcome, Reason
from schemas.reports import REPORT_READY

UNKNOWN_TYPE = "booking.archived"
"""A type that no catalogue has."""

Spoil = Callable[[Publication], Publication]


def broken_json(sound: Publication) -> Publication:
    """Its end is missing. EventBridge itself takes no such thing."""
    return replace(_refused(sound, Reason.INVALID_JSON), body=sound.body[:-20], id="")


def unknown_type(sound: Publication) -> Publication:
    """No function knows it: the ingress refuses it, and no rule on the bus matches it."""
    stranger = replace(_rewritten(sound, type=UNKNOWN_TYPE), type=UNKNOWN_TYPE)
    if sound.door is Door.BUS:
        return replace(_refused(stranger, Reason.UNKNOWN_TYPE), endings=((UNROUTED, UNROUTED),), reason=None)
    return _refused(stranger, Reason.UNKNOWN_TYPE)


def invalid_payload(sound: Publication) -> Publication:
    """A time without its T, or a number in quotes."""
    payload: dict[str, Any] = json.loads(sound.body)["payload"]
    badly_written = {
        name: str(payload[name])[:16].replace("T", " ")
        for name in ("startTime", "expiresAt", "attemptCount")
        if name in payload
    }
    return _refused(_rewritten(sound, payload={**payload, **badly_written}), Reason.INVALID_PAYLOAD)


def mismatched_type(sound: Publication) -> Publication:
    """The bus is told another type than the message has: EventBridge brings it to the wrong function."""
    other = REPORT_READY if sound.type == PAYMENT_FAILED.name else PAYMENT_FAILED
    return _refused(replace(sound, type=other.name), Reason.TYPE_MISMATCH)


def _refused(wrong: Publication, reason: Reason) -> Publication:
    """Nothing follows from it: the first function that meets it dead-letters it."""
    function = INGRESS if wrong.door is Door.QUEUE else wrong.type
    endings = ((function, str(Outcome.DEAD_LETTERED)),)
    return replace(wrong, endings=endings, due=(), reason=reason, facts=NOTHING, phone="")


def _rewritten(sound: Publication, **fields: Any) -> Publication:  # noqa: ANN401 JSON
    message = {**json.loads(sound.body), **fields}
    own = message.get("id") or derived_id(message["type"], message["payload"], message["timestamp"])
    return replace(sound, body=json.dumps(message, ensure_ascii=False), id=str(own))
