"""The price of one event, computed from AWS's prices and the assumptions."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from ops.cost.assumptions import Assumptions, EntryPoint
from ops.cost.bill import AwsService, Purpose
from ops.cost.per_event import CAUSE_BYTES, RECORD_BYTES, UsageCost, entry_point_of
from ops.cost.templates import Sizes, read_sizes
from schemas.activities import ACTIVITY_RECORD
from schemas.appointments import APPOINTMENT_CREATED, APPOINTMENT_REMINDER
from schemas.bookings import BOOKING_CREATED
from schemas.catalogue import CATALOGUE
from schemas.emails import EMAIL_SEND
from schemas.event_type import EventType, Needs
from schemas.payments import PAYMENT_RETRY
from schemas.reports import REPORT_GENERATED, REPORT_READY
from schemas.ses import SES_EVENT
from schemas.sms import SMS_SEND
from schemas.suppression import EMAIL_SUPPRESSION
from schemas.system import SYSTEM_HEARTBEAT
from schemas.webhooks import WEBHOOK_DELIVER, WEBHOOK_FAN_OUT
from tests.unit.ops.cost.stage_sizes import SIZES

MILLION = 1_000_000


def usage(
    *, archive_days: int = 0, backups: bool = False, batch: int | None = None, follow_ups: bool = False, **assumed: Any
) -> UsageCost:
    sizes = replace(SIZES, archive_days=archive_days, backups=backups)
    resized = sizes.with_batches_of(batch) if batch else sizes
    return UsageCost(resized, Assumptions(**assumed), with_follow_ups=follow_ups)


def million(event_type: EventType[Any], **given: Any) -> dict[AwsService, float]:
    by_service = usage(**given).of(event_type).by_service
    return {service: dollars * MILLION for service, dollars in by_service.items()}


def dollars(event_type: EventType[Any], **given: Any) -> float:
    return sum(million(event_type, **given).values())


def test_an_event_put_on_the_bus_costs_one_event_and_three_requests() -> None:
    found = million(REPORT_READY)

    assert found[AwsService.EVENTBRIDGE] == pytest.approx(1.00)
    assert found[AwsService.SQS] == pytest.approx(0.50 * (1 + 0.1 + 0.1))


def test_sending_to_the_queue_adds_a_send_and_the_ingress() -> None:
    by_queue, by_bus = (
        million(REPORT_GENERATED, entry_point=EntryPoint.QUEUE),
        million(REPORT_GENERATED, entry_point=EntryPoint.BUS),
    )

    assert by_queue[AwsService.SQS] - by_bus[AwsService.SQS] == pytest.approx(0.50 * (0.1 + 0.1 + 0.1))
    assert million(REPORT_GENERATED, send_batch=1)[AwsService.SQS] - by_queue[AwsService.SQS] == pytest.approx(
        0.50 * 0.9
    )
    assert by_queue[AwsService.LAMBDA] > by_bus[AwsService.LAMBDA]


def test_a_function_costs_its_invocation_and_duration_by_memory() -> None:
    found = million(REPORT_READY, reaction_ms=100)

    assert found[AwsService.LAMBDA] == pytest.approx((0.20 + 0.1 * 0.25 * 13.3334) / 10)


def test_a_reaction_waits_for_the_crm_for_each_message() -> None:
    waiting = million(WEBHOOK_FAN_OUT, entry_point=EntryPoint.BUS, crm_ms=50)[AwsService.LAMBDA]
    at_once = million(WEBHOOK_FAN_OUT, entry_point=EntryPoint.BUS, crm_ms=0)[AwsService.LAMBDA]

    assert waiting - at_once == pytest.approx(0.05 * 0.25 * 13.3334)
    assert million(REPORT_READY, crm_ms=50) == million(REPORT_READY, crm_ms=0)


def test_only_a_job_costs_two_writes_and_thirty_days_of_storage() -> None:
    kept = RECORD_BYTES * MILLION / 1024**3 * 0.25

    notes = 0.1 * 0.625
    assert million(ACTIVITY_RECORD)[AwsService.DYNAMODB] == pytest.approx(2 * 0.625 + notes + kept)
    assert million(ACTIVITY_RECORD, backups=True)[AwsService.DYNAMODB] == pytest.approx(
        2 * 0.625 + notes + kept * 0.45 / 0.25
    )
    assert AwsService.DYNAMODB not in million(REPORT_READY)


@pytest.mark.parametrize("event_type", CATALOGUE, ids=str)
def test_a_tenth_of_a_write_notes_that_the_called_system_works(event_type: EventType[Any]) -> None:
    notes = usage().of(event_type).by_purpose.get(Purpose.SUCCESS_NOTES, 0.0) * MILLION

    calls = bool(event_type.needs & {Needs.CRM, Needs.EMAIL, Needs.SMS})
    assert notes == pytest.approx(0.0625 if calls else 0.0)


def test_a_jobs_wait_for_the_called_service_is_a_separate_part() -> None:
    price = usage(job_ms=100, guard_ms=20).of(ACTIVITY_RECORD)

    assert price.by_purpose[Purpose.WAITING] * MILLION == pytest.approx(0.1 * 0.25 * 13.3334)
    assert price.by_purpose[Purpose.COMPUTE] * MILLION == pytest.approx(0.02 * 0.25 * 13.3334)
    assert price.without_waiting == pytest.approx(price.dollars - price.by_purpose[Purpose.WAITING])


def test_a_jobs_compute_cost_does_not_depend_on_the_batch_size() -> None:
    """A function runs the jobs of a batch one after the other."""
    single, batched = (usage(batch=batch).of(ACTIVITY_RECORD).by_purpose for batch in (1, 10))

    assert single[Purpose.COMPUTE] == pytest.approx(batched[Purpose.COMPUTE])
    assert single[Purpose.INVOCATIONS] == pytest.approx(10 * batched[Purpose.INVOCATIONS])


def test_a_scheduled_message_is_sent_in_a_request_of_one() -> None:
    found = million(PAYMENT_RETRY)

    assert found[AwsService.SCHEDULER] == pytest.approx(1.00)
    assert found[AwsService.SQS] == pytest.approx(0.50 * (1 + 0.2 + 1 + 2))


@pytest.mark.parametrize(
    ("event_type", "entry_point"),
    [
        (BOOKING_CREATED, EntryPoint.QUEUE),
        (REPORT_READY, EntryPoint.BUS),
        (ACTIVITY_RECORD, EntryPoint.BUS),
        (APPOINTMENT_REMINDER, EntryPoint.SCHEDULER),
        (SYSTEM_HEARTBEAT, EntryPoint.SCHEDULER),
    ],
    ids=str,
)
def test_only_types_that_services_send_have_a_choice_of_entry(
    event_type: EventType[Any], entry_point: EntryPoint
) -> None:
    assert entry_point_of(event_type, EntryPoint.QUEUE) is entry_point


def test_a_message_over_64_kilobytes_costs_two_events() -> None:
    small, large = million(REPORT_READY, message_bytes=65_536), million(REPORT_READY, message_bytes=65_537)

    assert large[AwsService.EVENTBRIDGE] == pytest.approx(2 * small[AwsService.EVENTBRIDGE])


def test_the_archive_costs_by_bytes_and_days() -> None:
    found = million(REPORT_READY, archive_days=30, message_bytes=10_000)[AwsService.EVENTBRIDGE]

    assert found == pytest.approx(1.00 + 10_000 * MILLION / 1024**3 * (0.10 + 0.023))


@pytest.mark.parametrize("event_type", CATALOGUE, ids=str)
def test_fuller_batches_are_cheaper(event_type: EventType[Any]) -> None:
    full, half = dollars(event_type), dollars(event_type, batch_fill=0.5)
    alone = usage().unbatched().of(event_type).dollars * MILLION

    rounding = 1e-9
    assert full - rounding <= half <= alone + rounding


def test_with_follow_ups_an_event_includes_one_of_each_declared_type() -> None:
    follow_ups = (EMAIL_SEND, ACTIVITY_RECORD, WEBHOOK_FAN_OUT, WEBHOOK_DELIVER)
    links = 2 * CAUSE_BYTES * MILLION / 1024**3 * 0.5  # an activity has a cause in any case: no service sends it

    assert dollars(BOOKING_CREATED, follow_ups=True) == pytest.approx(
        dollars(BOOKING_CREATED) + sum(dollars(each, entry_point=EntryPoint.BUS) for each in follow_ups) + links
    )


def test_follow_ups_of_follow_ups_count_and_a_cycle_counts_once() -> None:
    link = CAUSE_BYTES * MILLION / 1024**3 * 0.5

    assert dollars(APPOINTMENT_CREATED, follow_ups=True) == pytest.approx(
        dollars(APPOINTMENT_CREATED) + dollars(APPOINTMENT_REMINDER, follow_ups=True) + link
    )


def test_an_event_of_ses_enters_by_one_event_without_archive_and_one_request() -> None:
    found = million(SES_EVENT)

    assert found[AwsService.EVENTBRIDGE] == pytest.approx(1.00)
    assert found[AwsService.SQS] == pytest.approx(0.50 * (1 + 0.1 + 0.1))


def test_the_suppression_list_costs_a_read_an_email_and_a_write_a_change() -> None:
    mail, text, change = (million(each)[AwsService.DYNAMODB] for each in (EMAIL_SEND, SMS_SEND, EMAIL_SUPPRESSION))

    assert mail - text == pytest.approx(0.125 / 2)
    assert change == pytest.approx(text - 0.1 * 0.625 + 0.625), "it calls no system whose successes are noted"


def test_sizes_are_read_from_the_templates() -> None:
    processing = {
        "F1": function("booking_created", 256),
        "F2": function("email_send", 128, {"RATE": "14"}),
        "M1": mapping("F1", 10, 50),
        "M2": mapping("F2", 1, 20),
    }
    recovery = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
    messaging = {
        "A": {"Type": "AWS::Events::Archive", "Properties": {"RetentionDays": 14}},
        "T": {"Type": "AWS::DynamoDB::Table", "Properties": recovery},
    }

    assert read_sizes([{"Resources": messaging}, {"Resources": processing}]) == Sizes(
        memory={"booking_created": 256, "email_send": 128},
        batch={"booking_created": 10, "email_send": 1},
        concurrency={"booking_created": 50, "email_send": 20},
        archive_days=14,
        rates={"email_send": 14.0},
        backups=True,
    )


def function(folder: str, memory: int, variables: Mapping[str, str] | None = None) -> dict[str, Any]:
    environment = {"Environment": {"Variables": variables}} if variables else {}
    properties = {"Handler": f"lambdas.{folder}.handler.handler", "MemorySize": memory, **environment}
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def mapping(function_id: str, size: int, concurrency: int) -> dict[str, Any]:
    properties = {
        "FunctionName": {"Ref": function_id},
        "BatchSize": size,
        "ScalingConfig": {"MaximumConcurrency": concurrency},
    }
    return {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}
