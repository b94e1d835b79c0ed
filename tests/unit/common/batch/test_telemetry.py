"""The log lines and metrics of a batch."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider
from hypothesis import given
from hypothesis import strategies as st

from lambdas.common.batch.decision import DeadLetterDecision, DoneDecision
from lambdas.common.batch.delivery import Delivery
from lambdas.common.batch.telemetry import Telemetry
from lambdas.common.errors import Skip
from schemas.bookings import BOOKING_CREATED
from schemas.decoding import decode
from schemas.message import ID_PATTERN
from schemas.payments import PAYMENT_FAILED
from schemas.reasons import Outcome, Reason
from tests.fakes.delivery import TENANT, heartbeat
from tests.fakes.function import NOW, FakeContext, sqs_record
from tests.messages import BOOKING, booking, failed_payment, text

PUBLISHED_AT = NOW - timedelta(seconds=1)
MESSAGE_IDS = st.from_regex(ID_PATTERN, fullmatch=True)


def telemetry_to(log: list[str], *, version: str = "", at: datetime = NOW, **settings: Any) -> Telemetry:
    return Telemetry(
        "booking.created", FakeContext(), log.append, lambda: at, stage="prod", version=version, **settings
    )


def booked() -> Delivery:
    """A first delivery of a booking."""
    delivery = Delivery(sqs_record(text(booking(id="b-1"))))
    message = decode(delivery.body, BOOKING_CREATED, catalogue=dict)
    assert isinstance(message, BOOKING_CREATED.message_model)
    delivery.message, delivery.decision = message, DoneDecision(Outcome.SUCCEEDED)
    return delivery


def parsed(log: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log]


def test_a_line_is_one_line_of_ascii_json_without_empty_fields() -> None:
    log: list[str] = []

    delivery = heartbeat(DoneDecision(Outcome.SKIPPED, skip=Skip("né\ne")), id="b-1")

    telemetry_to(log).report(delivery, Outcome.SKIPPED, reason="", delay=0)

    assert log[0].isascii()
    assert "\n" not in log[0]
    assert parsed(log) == [
        {
            "level": "INFO",
            "timestamp": "2026-04-14T14:00:00.000+00:00",
            "service": "booking.created",
            "function_request_id": "request-1",
            "outcome": "skipped",
            "type": "system.heartbeat",
            "id": "b-1",
            "company_id": TENANT,
            "attempt": 1,
            "sqs_message_id": delivery.sqs_message_id,
            "duration_ms": 0,
            "detail": "né e",
            "delay": 0,
        }
    ]


@pytest.mark.parametrize("fresh", [True, False])
@pytest.mark.parametrize(("chain", "named"), [(None, None), ("b-1", None), ("order-4711", "order-4711")])
def test_a_line_names_the_chain_where_the_message_is_not_its_first(
    *, chain: str | None, named: str | None, fresh: bool
) -> None:
    log: list[str] = []
    delivery = heartbeat(id="b-1", correlationId=chain)
    delivery.is_fresh = fresh

    telemetry_to(log).report(delivery, Outcome.SUCCEEDED)

    assert parsed(log)[0].get("correlation_id") == named


@pytest.mark.parametrize("fresh", [True, False])
def test_lines_name_the_version_of_the_code_where_it_is_known(*, fresh: bool) -> None:
    log: list[str] = []
    delivery = heartbeat()
    delivery.is_fresh = fresh

    telemetry_to(log, version="5d41402a").report(delivery, Outcome.SUCCEEDED)
    telemetry_to(log).report(delivery, Outcome.SUCCEEDED)

    assert [line.get("function_version") for line in parsed(log)] == ["5d41402a", None]


@pytest.mark.parametrize("fresh", [True, False])
def test_a_line_names_its_messages_subject(*, fresh: bool) -> None:
    log: list[str] = []
    delivery = booked()
    delivery.is_fresh = fresh

    telemetry_to(log, event_type=BOOKING_CREATED).report(delivery, Outcome.SUCCEEDED)

    assert parsed(log)[0]["subject"] == f"booking/{BOOKING}"


@pytest.mark.parametrize("subject", ['INV"2024\\0042', "INV 2024/00é2", "\u2028\n\x1b[2J", "{}"])
def test_a_subject_of_any_text_is_one_line_of_ascii_json(subject: str) -> None:
    log: list[str] = []
    delivery = heartbeat()
    message = PAYMENT_FAILED.message_model.model_validate_json(text(failed_payment(invoice=subject)))
    delivery.message = message.model_copy(update={"id": "p-1", "correlation_id": "p-1"})
    telemetry = telemetry_to(log, event_type=PAYMENT_FAILED)

    telemetry.report(delivery, Outcome.SUCCEEDED)
    delivery.is_fresh = False
    telemetry.report(delivery, Outcome.SUCCEEDED)

    simple, general = log
    assert simple == general
    assert simple.isascii()
    assert "\n" not in simple
    assert parsed(log)[0]["subject"] == f"invoice/{subject}"


def test_a_refused_messages_line_names_the_subject_that_it_claims() -> None:
    log: list[str] = []
    delivery = Delivery(sqs_record(text(booking(id="b-1", attempts=0))))
    delivery.decision = DeadLetterDecision(Reason.INVALID_ENVELOPE)

    telemetry_to(log).report(delivery, Outcome.DEAD_LETTERED)

    assert parsed(log)[0]["subject"] == f"booking/{BOOKING}"


@given(
    own=MESSAGE_IDS,
    chain=st.none() | MESSAGE_IDS,
    cause=st.none() | MESSAGE_IDS,
    attempt=st.integers(1, 2**53 - 1),
    milliseconds=st.integers(0, 10**6),
    at=st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2900, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 hypothesis puts the zone in
    outcome=st.sampled_from([Outcome.SUCCEEDED, Outcome.DUPLICATE]),
)
def test_the_simple_line_is_what_the_general_line_would_be(  # noqa: PLR0913 all that is in it
    *, own: str, chain: str | None, cause: str | None, attempt: int, milliseconds: int, at: datetime, outcome: Outcome
) -> None:
    delivery = heartbeat(DoneDecision(outcome), id=own, correlationId=chain, causationId=cause)
    delivery.attempt = attempt
    delivery.started_at, delivery.ended_at = at, at + timedelta(milliseconds=milliseconds)
    log: list[str] = []
    telemetry = telemetry_to(log, at=delivery.ended_at)

    telemetry.report(delivery, outcome)
    delivery.is_fresh = False
    telemetry.report(delivery, outcome)

    simple, general = log
    assert simple == general


PATH = "$.detail.payload.companyId"
"""The message group where EventBridge does not replace the path by the tenant."""


@pytest.mark.parametrize(("group", "named"), [(TENANT, None), (None, "none"), (PATH, "another"), ("other", "another")])
@pytest.mark.parametrize("outcome", [Outcome.SUCCEEDED, Outcome.RETRYING])
def test_a_line_names_a_message_group_only_where_it_is_not_the_tenant(
    outcome: Outcome, group: str | None, named: str | None
) -> None:
    log: list[str] = []

    telemetry_to(log, compares_groups=True).report(heartbeat(DoneDecision(outcome), group=group), outcome)

    (line,) = parsed(log)
    assert line.get("message_group") == named
    assert PATH not in log[0]


@pytest.mark.parametrize("group", [TENANT, None])
def test_a_dead_letters_line_always_names_its_message_group(group: str | None) -> None:
    log: list[str] = []

    telemetry_to(log, compares_groups=True).report(heartbeat(group=group), Outcome.DEAD_LETTERED)

    assert parsed(log)[0]["message_group"] == ("tenant" if group else "none")


def test_a_right_message_group_adds_nothing_to_the_line() -> None:
    log: list[str] = []

    telemetry_to(log).report(heartbeat(), Outcome.SUCCEEDED)
    telemetry_to(log, compares_groups=True).report(heartbeat(group=TENANT), Outcome.SUCCEEDED)

    without, with_group = log
    assert without == with_group


def test_a_body_without_a_tenant_is_not_compared() -> None:
    log: list[str] = []
    delivery = Delivery(sqs_record("{broken"))
    delivery.decision = DeadLetterDecision(Reason.INVALID_JSON)

    telemetry_to(log, compares_groups=True).report(delivery, Outcome.DEAD_LETTERED)

    assert "message_group" not in parsed(log)[0]


def test_the_metrics_are_what_powertools_would_write_of_the_same_samples(capsys: pytest.CaptureFixture[str]) -> None:
    log: list[str] = []
    telemetry = telemetry_to(log)
    theirs = AmazonCloudWatchEMFProvider(namespace="TalyAsync/prod", service="booking.created")

    for outcome, late in ((Outcome.SUCCEEDED, 5), (Outcome.RETRYING, 0), (Outcome.SUCCEEDED, 7)):
        delivery = heartbeat()
        delivery.ended_at = PUBLISHED_AT + timedelta(milliseconds=late)
        telemetry.report(delivery, outcome)
        theirs.add_metric("Failure", MetricUnit.Count, outcome is Outcome.RETRYING)
        if late:
            theirs.add_metric("Latency", MetricUnit.Milliseconds, late)
    telemetry.flush()

    expected = json.loads(json.dumps(theirs.serialize_metric_set()))
    (record,) = (line for line in parsed(log) if "_aws" in line)
    expected["_aws"]["Timestamp"] = int(PUBLISHED_AT.timestamp() * 1000) + 7
    assert record == expected
    assert capsys.readouterr().out == ""


def test_outcomes_that_are_no_attempt_are_not_in_the_failure_ratio() -> None:
    log: list[str] = []
    telemetry = telemetry_to(log)

    for outcome in (Outcome.DUPLICATE, Outcome.DEFERRED):
        telemetry.report(heartbeat(), outcome)
    telemetry.flush()

    assert len(log) == 2


def skipped() -> Any:
    return heartbeat(DoneDecision(Outcome.SKIPPED, skip=Skip("there is nothing to do")))


def test_skips_and_attempts_are_samples_of_one_metric() -> None:
    log: list[str] = []
    telemetry = telemetry_to(log, can_skip=True)

    for outcome in (Outcome.SKIPPED, Outcome.RETRYING, Outcome.SUCCEEDED, Outcome.SKIPPED):
        telemetry.report(skipped() if outcome is Outcome.SKIPPED else heartbeat(), outcome)
    telemetry.flush()

    record = parsed(log)[-1]
    assert (record["Skipped"], record["Failure"]) == ([1, 0, 0, 1], [1, 0])
    assert {"Name": "Skipped", "Unit": "Count"} in record["_aws"]["CloudWatchMetrics"][0]["Metrics"]


def test_batch_of_skips_alone_writes_no_other_metric() -> None:
    log: list[str] = []
    telemetry = telemetry_to(log, can_skip=True)

    telemetry.report(skipped(), Outcome.SKIPPED)
    telemetry.flush()
    telemetry.flush()

    (record,) = (line for line in parsed(log) if "_aws" in line)
    assert record.keys() & {"Skipped", "Failure", "Latency"} == {"Skipped"}
    assert record["service"] == "booking.created"


def test_a_type_that_cannot_skip_does_not_write_the_metric() -> None:
    log: list[str] = []
    telemetry = telemetry_to(log)

    telemetry.report(heartbeat(), Outcome.SUCCEEDED)
    telemetry.report(skipped(), Outcome.SKIPPED)
    telemetry.flush()

    assert parsed(log)[-1].keys() & {"Skipped", "Failure"} == {"Failure"}


def test_a_clock_behind_the_producers_gives_a_latency_of_0() -> None:
    log: list[str] = []
    telemetry = telemetry_to(log, at=PUBLISHED_AT - timedelta(seconds=3))

    telemetry.report(heartbeat(), Outcome.SUCCEEDED)
    telemetry.flush()

    assert parsed(log)[1]["Latency"] == [0]


def test_more_samples_than_one_metrics_record_takes_lose_none() -> None:
    log: list[str] = []
    telemetry = telemetry_to(log)

    for _ in range(250):
        telemetry.report(heartbeat(), Outcome.SUCCEEDED)
    telemetry.flush()
    telemetry.flush()

    records = [line for line in parsed(log) if "_aws" in line]
    assert [len(record["Failure"]) for record in records] == [100, 100, 50]
    assert [len(record["Latency"]) for record in records] == [100, 100, 50]
