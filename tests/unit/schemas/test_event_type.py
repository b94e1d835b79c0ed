"""Entries of the catalogue and the defaults of their kinds."""

from datetime import timedelta

import pytest

from lambdas.common.batch.retry import LONGEST_DELAY
from schemas.activities import ACTIVITY_RECORD
from schemas.bookings import BOOKING_CREATED
from schemas.catalogue import BY_NAME, CATALOGUE
from schemas.contacts import CONTACT_SMS_STATUS
from schemas.event_type import ITSELF, LONGEST_DELIVERY_DELAY, QUICK_JOBS, Backoff, EventType, Kind, Needs
from schemas.payments import PAYMENT_RETRY
from schemas.sms import SMS_SEND
from schemas.webhooks import WEBHOOK_DELIVER, WEBHOOK_ENDPOINT_DISABLED, WEBHOOK_ENDPOINT_FAILING
from schemas.wire import Payload


def test_a_reaction_and_a_job_have_their_kinds_defaults() -> None:
    assert (BOOKING_CREATED.timeout, BOOKING_CREATED.batch_size) == (10, 10)
    assert (PAYMENT_RETRY.timeout, PAYMENT_RETRY.batch_size) == (30, 1)


def test_a_function_with_batches_of_jobs_has_twice_the_timeout() -> None:
    assert ACTIVITY_RECORD.batch_size == QUICK_JOBS
    assert ACTIVITY_RECORD.timeout == 2 * PAYMENT_RETRY.timeout
    assert EventType("test.own", Payload, Kind.JOB, batch_size=QUICK_JOBS, timeout=30).timeout == 30


def test_a_type_may_override_its_kinds_defaults() -> None:
    slow = EventType("test.slow", Payload, Kind.JOB, timeout=60, backoff=Backoff(base=60))

    assert (slow.timeout, slow.backoff.base, slow.batch_size) == (60, 60, 1)


def test_folder_and_construct_id_follow_from_the_name() -> None:
    assert BOOKING_CREATED.folder == "booking_created"
    assert BOOKING_CREATED.construct_id == "BookingCreated"


def test_the_catalogue_has_each_name_once() -> None:
    assert len(BY_NAME) == len(CATALOGUE)


@pytest.mark.parametrize("event_type", CATALOGUE, ids=repr)
def test_three_attempts_are_enough_for_every_type(event_type: EventType[Payload]) -> None:
    assert event_type.max_attempts == 3


def test_webhooks_alone_are_tried_over_days_and_attempts_are_not_spent() -> None:
    assert [each for each in CATALOGUE if each.delivery_delays] == [WEBHOOK_DELIVER]
    assert sum(WEBHOOK_DELIVER.delivery_delays, timedelta()) > timedelta(days=2)
    assert (WEBHOOK_DELIVER.thresholds.oldest or 0) >= 2 * LONGEST_DELAY, "each round of a copy raises the alarm oldest"
    assert max(WEBHOOK_DELIVER.delivery_delays) * 1.1 <= timedelta(seconds=LONGEST_DELIVERY_DELAY)


@pytest.mark.parametrize("event_type", CATALOGUE, ids=repr)
def test_a_mail_or_text_waits_36_hours_and_all_else_three_days(event_type: EventType[Payload]) -> None:
    reaches_people = bool({Needs.EMAIL, Needs.SMS} & event_type.needs)

    assert event_type.patience == (timedelta(hours=36) if reaches_people else timedelta(days=3))


@pytest.mark.parametrize("event_type", CATALOGUE, ids=repr)
def test_follow_ups_are_in_the_catalogue(event_type: EventType[Payload]) -> None:
    assert event_type.emits | event_type.schedules <= set(CATALOGUE)


@pytest.mark.parametrize("job", [each for each in CATALOGUE if each.kind is Kind.JOB], ids=repr)
def test_jobs_report_endpoints_and_opt_outs_and_have_no_other_follow_ups(job: EventType[Payload]) -> None:
    reports = {
        WEBHOOK_DELIVER.name: {WEBHOOK_ENDPOINT_FAILING, WEBHOOK_ENDPOINT_DISABLED},
        SMS_SEND.name: {CONTACT_SMS_STATUS},
    }

    assert job.emits | job.schedules == reports.get(job.name, set())


def test_a_type_may_emit_and_schedule_itself() -> None:
    recursive = EventType("test.recursive", Payload, Kind.REACTION, emits={ITSELF, ACTIVITY_RECORD}, schedules={ITSELF})

    assert recursive.emits == {recursive, ACTIVITY_RECORD}
    assert recursive.schedules == {recursive}
