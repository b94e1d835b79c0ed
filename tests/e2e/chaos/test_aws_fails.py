"""Each operation of AWS that functions use, in each kind of trouble: nothing is lost, nothing is done twice.

Operations that have nothing to do with each other are in trouble at the same time.
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
from tests.e2e.chaos.activities import recorded
from tests.e2e.chaos.chaos import Chaos
from tests.e2e.chaos.queues import HIDDEN_SECONDS, hide_for
from tests.e2e.chaos.weather import failing, one_after_the_other, under

BUSY = CrmFailure(HTTPStatus.SERVICE_UNAVAILABLE, times=1)
REFUSED = CrmFailure(HTTPStatus.UNPROCESSABLE_ENTITY)
DAY = timedelta(days=1)


def told_as(chaos: Chaos, event_type: EventType[Any], made: Publication, **changes: Any) -> Publication:
    """Something else that became of the same appointment: what has changed in the CRM, and the message of it."""
    (appointment,) = made.facts.appointments
    chaos.stage.learn(Facts(appointments=(appointment.model_copy(update=changes),)))
    message = {**json.loads(made.body), "type": event_type.name, "id": str(uuid4())}
    return replace(made, type=event_type.name, body=json.dumps(message), id=message["id"], due=())


def a_day_later(made: Publication) -> dict[str, datetime]:
    (appointment,) = made.facts.appointments
    return {"start_time": appointment.start_time + DAY, "end_time": appointment.end_time + DAY}


def test_put_events(chaos: Chaos) -> None:
    messages = chaos.made(mix.heartbeat, times=150, door=PublicationDoor.QUEUE) + chaos.made(
        invitations.by_name, times=30
    )

    settled = under(chaos, one_after_the_other("events", "PutEvents", times=3), messages)

    assert settled.outcomes[Outcome.DEFERRED] > 0
    assert settled.outcomes[Outcome.DEAD_LETTERED] == 0


def test_send_message_batch_send_email_and_create_schedule(chaos: Chaos) -> None:
    """Copies and dead letters that are refused leave their message on the queue, and it is delivered again.

    Of SES no answer is lost on its way: it knows no idempotency key.
    """
    queue = chaos.queue_url(REPORT_GENERATE.name)
    hide_for(chaos.stage.endpoint, queue, seconds=6)
    jobs = failing(chaos, chaos.made(reports.run_again, times=30), BUSY)
    refused = failing(chaos, chaos.made(reports.run_again, times=10), REFUSED)
    others = chaos.made(invitations.by_name, times=60) + chaos.made(appointments.created, times=8)
    faults = one_after_the_other("sqs", "SendMessageBatch", times=3, queue=queue)
    faults += [fault for fault in one_after_the_other("ses", "", times=4) if not fault.is_lost]
    faults += one_after_the_other("scheduler", "CreateSchedule", times=2)

    settled = under(chaos, faults, [*jobs, *refused, *others])
    hide_for(chaos.stage.endpoint, queue, HIDDEN_SECONDS)

    assert {settled.of(job.id)[-1].what for job in refused} == {Outcome.DEAD_LETTERED}
    assert settled.outcomes[Outcome.RETRYING] > len(jobs)


def test_put_item_and_update_schedule(chaos: Chaos) -> None:
    """Nobody can say whether a job was done before: it is not run until that can be said."""
    made = chaos.made(appointments.created, times=8)
    assert chaos.settle("before UpdateSchedule", chaos.hand_over(made)).findings == []
    moved = [told_as(chaos, APPOINTMENT_RESCHEDULED, item, **a_day_later(item)) for item in made]
    faults = one_after_the_other("dynamodb", "PutItem", times=4)
    faults += one_after_the_other("scheduler", "UpdateSchedule", times=2)

    settled = under(chaos, faults, [*moved, *recorded(chaos, 80)])

    assert settled.outcomes[Outcome.DEFERRED] > 0
    assert settled.outcomes[Outcome.RETRYING] == 0


def test_delete_item_and_delete_schedule(chaos: Chaos) -> None:
    """A job that failed and could not be forgotten is taken for one that is being run, until its time is over."""
    made = chaos.made(appointments.created, times=8)
    assert chaos.settle("before DeleteSchedule", chaos.hand_over(made)).findings == []
    cancelled = [told_as(chaos, APPOINTMENT_CANCELLED, item, status="cancelled") for item in made]
    faults = one_after_the_other("dynamodb", "DeleteItem", times=3)
    faults += one_after_the_other("scheduler", "DeleteSchedule", times=2)

    settled = under(chaos, faults, [*cancelled, *failing(chaos, recorded(chaos, 40), BUSY)])

    assert settled.outcomes[Outcome.RETRYING] == 40
    assert settled.outcomes[Outcome.DEAD_LETTERED] == 0


def test_update_item(chaos: Chaos) -> None:
    """What is done and cannot be remembered counts as done."""
    settled = under(chaos, one_after_the_other("dynamodb", "UpdateItem", times=4), recorded(chaos, 80))

    # What shared a batch with one that took long is put back.
    assert settled.outcomes.keys() <= {Outcome.ROUTED, Outcome.SUCCEEDED, Outcome.DEFERRED}
    assert (settled.outcomes[Outcome.ROUTED], settled.outcomes[Outcome.SUCCEEDED]) == (40, 80)
