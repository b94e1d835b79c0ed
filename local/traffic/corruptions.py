"""Corruptions of valid messages, which the system must refuse."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from local.standins.crm.state import NO_FACTS
from local.traffic.publication import Publication, PublicationDoor
from ops.stage.services import UNROUTED
from schemas.identity import derived_id
from schemas.names import QUEUE_PROCESSOR
from schemas.payments import PAYMENT_FAILED
from schemas.reasons import Outcome, Reason
from schemas.reports import REPORT_READY

UNKNOWN_TYPE = "booking.archived"
"""A type that is not in the catalogue."""

Corruption = Callable[[Publication], Publication]


def broken_json(valid: Publication) -> Publication:
    """Cut off the end of the body. EventBridge does not accept such a message."""
    return replace(_refused(valid, Reason.INVALID_JSON), body=valid.body[:-20], id="")


def unknown_type(valid: Publication) -> Publication:
    """Give the message an unknown type: the ingress refuses it, or no rule on the bus matches it."""
    unknown = replace(_rewritten(valid, type=UNKNOWN_TYPE), type=UNKNOWN_TYPE)
    if valid.door is PublicationDoor.BUS:
        return replace(_refused(unknown, Reason.UNKNOWN_TYPE), outcomes=((UNROUTED, UNROUTED),), reason=None)
    return _refused(unknown, Reason.UNKNOWN_TYPE)


def invalid_payload(valid: Publication) -> Publication:
    """Write a time without its T, or a number as a string."""
    payload: dict[str, Any] = json.loads(valid.body)["payload"]
    invalid = {
        name: str(payload[name])[:16].replace("T", " ")
        for name in ("startTime", "expiresAt", "attemptCount")
        if name in payload
    }
    return _refused(_rewritten(valid, payload={**payload, **invalid}), Reason.INVALID_PAYLOAD)


def mismatched_type(valid: Publication) -> Publication:
    """Give the bus another type than the message has, so that EventBridge sends it to the wrong function."""
    other = REPORT_READY if valid.type == PAYMENT_FAILED.name else PAYMENT_FAILED
    return _refused(replace(valid, type=other.name), Reason.TYPE_MISMATCH)


def _refused(corrupt: Publication, reason: Reason) -> Publication:
    """Expect only that the first function that gets the message dead-letters it."""
    function = QUEUE_PROCESSOR if corrupt.door is PublicationDoor.QUEUE else corrupt.type
    outcomes = ((function, str(Outcome.DEAD_LETTERED)),)
    return replace(corrupt, outcomes=outcomes, reports=(), schedules=(), reason=reason, facts=NO_FACTS, phone="")


def _rewritten(valid: Publication, **fields: Any) -> Publication:
    message = {**json.loads(valid.body), **fields}
    id_ = message.get("id") or derived_id(message["type"], message["payload"], message["timestamp"])
    return replace(valid, body=json.dumps(message, ensure_ascii=False), id=str(id_))
