"""Second messages that repeat or contradict an earlier one."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from local.standins.crm.state import NO_FACTS
from local.traffic.publication import DeliveryOutcome, Publication, PublicationDoor, delivery_reports
from schemas.catalogue import BY_NAME
from schemas.event_type import Kind
from schemas.identity import derived_id
from schemas.names import QUEUE_PROCESSOR
from schemas.reasons import Outcome, Reason

Duplication = Callable[[Publication], Publication]
"""Makes the second message; the first one's chain succeeds without retries."""


def resent_elsewhere(first: Publication) -> Publication:
    """The same message by the other door: its reactions run again, and each of its jobs is a duplicate."""
    door = PublicationDoor.BUS if first.door is PublicationDoor.QUEUE else PublicationDoor.QUEUE
    outcomes = tuple(_duplicate(outcome) for outcome in first.outcomes if outcome[0] != QUEUE_PROCESSOR)
    return _second(first, door, outcomes)


def reused_id(first: Publication) -> Publication:
    """A job with the id of another job and a different payload: it is dead-lettered, since either may be meant."""
    message = json.loads(first.body)
    payload = {**message["payload"], "reportId": str(uuid5(NAMESPACE_URL, first.subject))}
    conflicting = {**message, "id": first.id, "payload": payload}
    second = _second(first, first.door, ((first.type, str(Outcome.DEAD_LETTERED)),))
    return replace(second, body=json.dumps(conflicting, ensure_ascii=False), reason=Reason.ID_CONFLICT)


def older_change(first: Publication) -> Publication:
    """An earlier change of the same subject that arrives late: it leads to the same as the later one."""
    message = {name: value for name, value in json.loads(first.body).items() if name != "id"}
    earlier = datetime.fromisoformat(message["timestamp"]) - timedelta(hours=1)
    older = {**message, "timestamp": earlier.isoformat()}
    id_ = derived_id(older["type"], older["payload"], older["timestamp"])
    second = _second(first, first.door, tuple(each for each in first.outcomes if each[0] != QUEUE_PROCESSOR))
    return replace(second, body=json.dumps(older, ensure_ascii=False), id=id_)


def _duplicate(outcome: DeliveryOutcome) -> DeliveryOutcome:
    function, name = outcome
    is_job = BY_NAME[function].kind is Kind.JOB
    return (function, str(Outcome.DUPLICATE)) if is_job and name == Outcome.SUCCEEDED else outcome


def _second(first: Publication, door: PublicationDoor, outcomes: tuple[DeliveryOutcome, ...]) -> Publication:
    """The first message with other outcomes, without schedules: those are expected of the first one already."""
    reports = delivery_reports(outcomes)
    routed = ((QUEUE_PROCESSOR, str(Outcome.ROUTED)),) if door is PublicationDoor.QUEUE else ()
    return replace(
        first, door=door, outcomes=routed + outcomes, reports=reports, schedules=(), facts=NO_FACTS, follows=first.id
    )
