"""Messages that are made of others: what comes after one and has to do with it, and what is wrong with one."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from local.standins.crm.state import NOTHING
from local.traffic.publication import Ending, Publication, PublicationDoor
from ops.stage.services import UNROUTED
from schemas.catalogue import BY_NAME
from schemas.event_type import Kind
from schemas.identity import derived_id
from schemas.names import QUEUE_PROCESSOR
from schemas.payments import PAYMENT_FAILED
from schemas.reasons import Outcome, Reason
from schemas.reports import REPORT_READY

UNKNOWN_TYPE = "booking.archived"
"""A type that no catalogue has."""

Repeat = Callable[[Publication], Publication]
"""Makes what comes after a message whose whole chain succeeds at once."""

Spoil = Callable[[Publication], Publication]


def the_same_again(first: Publication) -> Publication:
    """The same message by the other door: its reactions run again, each of its jobs is a duplicate."""
    door = PublicationDoor.BUS if first.door is PublicationDoor.QUEUE else PublicationDoor.QUEUE
    again = tuple(_done_before(ending) for ending in first.endings if ending[0] != QUEUE_PROCESSOR)
    return _after(first, door, again)


def its_id_for_something_else(first: Publication) -> Publication:
    """A job with the id of another and a payload of its own: which is meant? It is dead-lettered."""
    message = json.loads(first.body)
    other = {**message["payload"], "reportId": str(uuid5(NAMESPACE_URL, first.subject))}
    conflicting = {**message, "id": first.id, "payload": other}
    after = _after(first, first.door, ((first.type, str(Outcome.DEAD_LETTERED)),))
    return replace(after, body=json.dumps(conflicting, ensure_ascii=False), reason=Reason.ID_CONFLICT)


def an_older_one(first: Publication) -> Publication:
    """An earlier change of the same thing, overtaken on its way: it leads to what the later one led to."""
    message = {name: value for name, value in json.loads(first.body).items() if name != "id"}
    earlier = datetime.fromisoformat(message["timestamp"]) - timedelta(hours=1)
    older = {**message, "timestamp": earlier.isoformat()}
    own = derived_id(older["type"], older["payload"], older["timestamp"])
    after = _after(first, first.door, tuple(ending for ending in first.endings if ending[0] != QUEUE_PROCESSOR))
    return replace(after, body=json.dumps(older, ensure_ascii=False), id=own)


def broken_json(sound: Publication) -> Publication:
    """Its end is missing. EventBridge itself takes no such thing."""
    return replace(_refused(sound, Reason.INVALID_JSON), body=sound.body[:-20], id="")


def unknown_type(sound: Publication) -> Publication:
    """No function knows it: the ingress refuses it, and no rule on the bus matches it."""
    stranger = replace(_rewritten(sound, type=UNKNOWN_TYPE), type=UNKNOWN_TYPE)
    if sound.door is PublicationDoor.BUS:
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


def _done_before(ending: Ending) -> Ending:
    function, outcome = ending
    is_job = BY_NAME[function].kind is Kind.JOB
    return (function, str(Outcome.DUPLICATE)) if is_job and outcome == Outcome.SUCCEEDED else ending


def _after(first: Publication, door: PublicationDoor, endings: tuple[Ending, ...]) -> Publication:
    """What it leaves standing is the first one's already."""
    routed = ((QUEUE_PROCESSOR, str(Outcome.ROUTED)),) if door is PublicationDoor.QUEUE else ()
    return replace(first, door=door, endings=routed + endings, due=(), facts=NOTHING, comes_after=first.id)


def _refused(wrong: Publication, reason: Reason) -> Publication:
    """Nothing follows from it: the first function that meets it dead-letters it."""
    function = QUEUE_PROCESSOR if wrong.door is PublicationDoor.QUEUE else wrong.type
    endings = ((function, str(Outcome.DEAD_LETTERED)),)
    return replace(wrong, endings=endings, due=(), reason=reason, facts=NOTHING, phone="")


def _rewritten(sound: Publication, **fields: Any) -> Publication:
    message = {**json.loads(sound.body), **fields}
    own = message.get("id") or derived_id(message["type"], message["payload"], message["timestamp"])
    return replace(sound, body=json.dumps(message, ensure_ascii=False), id=str(own))
