"""Each AWS operation that functions use, in each kind of failure: nothing is lost, nothing is done twice.

Operations that do not affect each other fail at the same time.
"""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from local.standins.crm.state import CrmFailure, Facts
from local.traffic import appointments, invitations, mix, reports
from local.traffic.publication import Publication, PublicationDoor
from schemas.appointments import APPOINTMENT_CANCELLED, APPOINTMENT_RESCHEDULED
from schemas.event_type import EventType
from schemas.reasons import Outcome
from schemas.reports import REPORT_GENERATE
from tests.e2e.chaos.activities import activity_jobs
from tests.e2e.chaos.chaos import Chaos
from tests.e2e.chaos.fault_kinds import in_sequence, settle_during, with_failing_crm
from tests.e2e.chaos.queues import VISIBILITY_TIMEOUT, set_visibility_timeout

IN_PROGRESS = CrmFailure(HTTPStatus.CONFLICT, times=1, text='{"error": "in_progress"}')
"""The CRM is well, and its answer defers the message."""

REFUSED = CrmFailure(HTTPStatus.UNPROCESSABLE_ENTITY)
DAY = timedelta(days=1)


def changed(chaos: Chaos, event_type: EventType[Any], original: Publication, **changes: Any) -> Publication:
    """Another message about the same appointment, after a change in the CRM."""
    (appointment,) = original.facts.appointments
    chaos.stage.prepare(Facts(appointments=(appointment.model_copy(update=changes),)))
    message = {**json.loads(original.body), "type": event_type.name, "id": str(uuid4())}
    return replace(original, type=event_type.name, body=json.dumps(message), id=message["id"], schedules=())


def a_day_later(original: Publication) -> dict[str, datetime]:
    (appointment,) = original.facts.appointments
    assert appointment.end_time
    return {"start_time": appointment.start_time + DAY, "end_time": appointment.end_time + DAY}


def test_put_events(chaos: Chaos) -> None:
    messages = chaos.messages(mix.heartbeat, times=150, door=PublicationDoor.QUEUE) + chaos.messages(
        invitations.by_name, times=30
    )

    settled = settle_during(chaos, in_sequence("events", "PutEvents", times=3), messages)

    assert settled.outcomes[Outcome.DEFERRED] > 0
    assert settled.outcomes[Outcome.DEAD_LETTERED] == 0


def test_send_message_batch_send_email_and_create_schedule(chaos: Chaos) -> None:
    """If copies and dead letters are refused, their message stays in the queue and is redelivered.

    Lost responses are not injected for SES, which has no idempotency key.
    """
    queue = chaos.queue_url(REPORT_GENERATE.name)
    set_visibility_timeout(chaos.stage.endpoint, queue, seconds=6)
    jobs = with_failing_crm(chaos, chaos.messages(reports.regenerate, times=30), IN_PROGRESS)
    refused = with_failing_crm(chaos, chaos.messages(reports.regenerate, times=10), REFUSED)
    others = chaos.messages(invitations.by_name, times=60) + chaos.messages(appointments.created, times=8)
    faults = in_sequence("sqs", "SendMessageBatch", times=3, queue=queue.rpartition("/")[2])
    faults += [fault for fault in in_sequence("ses", "", times=2) if not fault.is_lost]
    faults += in_sequence("scheduler", "CreateSchedule", times=2)

    settled = settle_during(chaos, faults, [*jobs, *refused, *others])
    set_visibility_timeout(chaos.stage.endpoint, queue, VISIBILITY_TIMEOUT)

    assert {settled.of(job.id)[-1].what for job in refused} == {Outcome.DEAD_LETTERED}
    assert settled.outcomes[Outcome.DEFERRED] > len(jobs)


def test_put_item_and_update_schedule(chaos: Chaos) -> None:
    """While it is unknown whether a job was done before, the job is not run."""
    messages = chaos.messages(appointments.created, times=8)
    assert chaos.settle("before UpdateSchedule", chaos.send(messages)).findings == []
    moved = [changed(chaos, APPOINTMENT_RESCHEDULED, item, **a_day_later(item)) for item in messages]
    faults = in_sequence("dynamodb", "PutItem", times=2)
    faults += in_sequence("scheduler", "UpdateSchedule", times=2)

    settled = settle_during(chaos, faults, [*moved, *activity_jobs(chaos, 80)])

    assert settled.outcomes[Outcome.DEFERRED] > 0
    assert settled.outcomes[Outcome.RETRYING] == 0


def test_delete_item_and_delete_schedule(chaos: Chaos) -> None:
    """A failed job whose record cannot be deleted counts as running until the record expires."""
    messages = chaos.messages(appointments.created, times=8)
    assert chaos.settle("before DeleteSchedule", chaos.send(messages)).findings == []
    cancelled = [changed(chaos, APPOINTMENT_CANCELLED, item, status="cancelled") for item in messages]
    faults = in_sequence("dynamodb", "DeleteItem", times=3)
    faults += in_sequence("scheduler", "DeleteSchedule", times=2)

    settled = settle_during(
        chaos, faults, [*cancelled, *with_failing_crm(chaos, activity_jobs(chaos, 40), IN_PROGRESS)]
    )

    assert settled.outcomes[Outcome.DEFERRED] >= 40
    assert settled.outcomes[Outcome.RETRYING] == settled.outcomes[Outcome.DEAD_LETTERED] == 0


def test_update_item(chaos: Chaos) -> None:
    """A finished job counts as done even if that cannot be recorded."""
    settled = settle_during(chaos, in_sequence("dynamodb", "UpdateItem", times=2), activity_jobs(chaos, 80))

    # Messages in the batch of a slow one are deferred.
    assert settled.outcomes.keys() <= {Outcome.ROUTED, Outcome.SUCCEEDED, Outcome.DEFERRED}
    assert (settled.outcomes[Outcome.ROUTED], settled.outcomes[Outcome.SUCCEEDED]) == (40, 80)
