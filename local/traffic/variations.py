"""What comes after a message and has to do with it: itself once more, its id for something else, an older change."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from local.standins.crm.state import NOTHING
from local.traffic.draft import Ending
from local.traffic.publication import INGRESS, Door, Publication
from schemas.catalogue import BY_NAME
from schemas.event_type import Kind
from schemas.identity import derived_id
from schemas.reasons import Outcome, Reason

Repeat = Callable[[Publication], Publication]
"""Makes what comes after a message whose whole chain succeeds at once."""


def the_same_again(first: Publication) -> Publication:
    """The same message by the other door: its reactions run again, each of its jobs is a duplicate."""
    door = Door.BUS if first.door is Door.QUEUE else Door.QUEUE
    again = tuple(_done_before(ending) for ending in first.endings if ending[0] != INGRESS)
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
    after = _after(first, first.door, tuple(ending for ending in first.endings if ending[0] != INGRESS))
    return replace(after, body=json.dumps(older, ensure_ascii=False), id=own)


def _done_before(ending: Ending) -> Ending:
    function, outcome = ending
    is_job = BY_NAME[function].kind is Kind.JOB
    return (function, str(Outcome.DUPLICATE)) if is_job and outcome == Outcome.SUCCEEDED else ending


def _after(first: Publication, door: Door, endings: tuple[Ending, ...]) -> Publication:
    """What it leaves standing is the first one's already."""
    routed = ((INGRESS, str(Outcome.ROUTED)),) if door is Door.QUEUE else ()
    return replace(first, door=door, endings=routed + endings, due=(), facts=NOTHING, comes_after=first.id)
