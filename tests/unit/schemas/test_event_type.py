"""What one entry of the catalogue says, and what follows from its kind."""

import pytest

from schemas.activities import ACTIVITY_RECORD
from schemas.bookings import BOOKING_CREATED
from schemas.catalogue import BY_NAME, CATALOGUE
from schemas.environment import FunctionEnvironment
from schemas.event_type import Backoff, EventType, Kind
from schemas.wire import Payload


def test_a_reaction_and_a_job_have_their_kinds_defaults() -> None:
    assert (BOOKING_CREATED.timeout, BOOKING_CREATED.batch_size) == (10, 10)
    assert (ACTIVITY_RECORD.timeout, ACTIVITY_RECORD.batch_size) == (30, 1)


def test_a_type_may_differ_from_its_kind() -> None:
    slow = EventType("test.slow", Payload, Kind.JOB, timeout=60, backoff=Backoff(base=60))

    assert (slow.timeout, slow.backoff.base, slow.batch_size) == (60, 60, 1)


def test_its_names_follow_from_the_one_name() -> None:
    assert BOOKING_CREATED.folder == "booking_created"
    assert BOOKING_CREATED.construct_id == "BookingCreated"


def test_the_catalogue_has_each_name_once() -> None:
    assert len(BY_NAME) == len(CATALOGUE)


@pytest.mark.parametrize("event_type", CATALOGUE, ids=repr)
def test_what_a_type_emits_is_in_the_catalogue(event_type: EventType[Payload]) -> None:
    assert event_type.emits <= set(CATALOGUE)


@pytest.mark.parametrize("job", [each for each in CATALOGUE if each.kind is Kind.JOB], ids=repr)
def test_a_job_emits_nothing(job: EventType[Payload]) -> None:
    assert not job.emits


def test_the_environment_reads_what_it_writes() -> None:
    environment = FunctionEnvironment(queue_url="q", dead_letter_queue_url="d", mail_sender="Taly <a@b.c>")

    variables = environment.to_variables()

    assert variables == {"QUEUE_URL": "q", "DEAD_LETTER_QUEUE_URL": "d", "MAIL_SENDER": "Taly <a@b.c>"}
    assert FunctionEnvironment.from_variables(variables | {"PATH": "/bin"}) == environment


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(TypeError, match="queue_url"):
        FunctionEnvironment.from_variables({})
