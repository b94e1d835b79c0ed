"""What a function says of its work."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider
from hypothesis import given
from hypothesis import strategies as st

from lambdas.common.batch.delivery import Delivery, DoneDecision
from lambdas.common.batch.record import Record
from lambdas.common.batch.telemetry import Telemetry
from schemas.decoding import decode
from schemas.message import ID_PATTERN, AnyMessage
from schemas.reasons import Outcome
from schemas.system import SYSTEM_HEARTBEAT
from tests.fakes.function import NOW, FakeContext, sqs_record

MESSAGE_IDS = st.from_regex(ID_PATTERN, fullmatch=True)


def observer(log: list[str], *, version: str = "$LATEST") -> Telemetry:
    return Telemetry("booking.created", FakeContext(function_version=version), log.append)


def parsed(log: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log]


def beat(**fields: Any) -> tuple[Delivery, AnyMessage]:
    body = {
        "type": "system.heartbeat",
        "timestamp": "2026-04-14T13:59:59Z",
        "attempts": 1,
        "payload": {"companyId": "0b7e3c52-8f4e-4a53-9d5c-0f1f6a3b2c1d"},
        **{name: value for name, value in fields.items() if value},
    }
    delivery = Delivery(Record(sqs_record(json.dumps(body))))
    message = decode(delivery.record.body, SYSTEM_HEARTBEAT, catalogue=dict)
    assert isinstance(message, SYSTEM_HEARTBEAT.message_model)
    delivery.message = message
    return delivery, message


def test_a_line_is_one_line_of_ascii_json_without_empty_fields() -> None:
    log: list[str] = []

    observer(log).outcome(Outcome.SKIPPED, at=NOW, id="b-1", detail="é\n", reason="", follow_ups=[], attempt=0)

    assert log[0].isascii()
    assert "\n" not in log[0]
    assert parsed(log) == [
        {
            "level": "INFO",
            "message": "skipped",
            "timestamp": "2026-04-14T14:00:00.000+00:00",
            "service": "booking.created",
            "function_request_id": "request-1",
            "outcome": "skipped",
            "id": "b-1",
            "detail": "é\n",
            "attempt": 0,
        }
    ]


def test_a_published_version_of_the_function_is_named_and_the_only_one_is_not() -> None:
    log: list[str] = []

    observer(log, version="7").outcome(Outcome.SKIPPED, at=NOW)
    observer(log).outcome(Outcome.SKIPPED, at=NOW)

    assert [line.get("function_version") for line in parsed(log)] == ["7", None]


@given(
    own=MESSAGE_IDS,
    chain=st.none() | MESSAGE_IDS,
    cause=st.none() | MESSAGE_IDS,
    attempt=st.integers(1, 2**53 - 1),
    milliseconds=st.integers(0, 10**6),
    at=st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2900, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 hypothesis puts the zone in
    outcome=st.sampled_from([Outcome.SUCCEEDED, Outcome.DUPLICATE]),
)
def test_the_ordinary_line_says_what_any_line_would(  # noqa: PLR0913 all that is in it
    *, own: str, chain: str | None, cause: str | None, attempt: int, milliseconds: int, at: datetime, outcome: Outcome
) -> None:
    delivery, message = beat(id=own, correlationId=chain, causationId=cause)
    delivery.attempt, delivery.fate = attempt, DoneDecision(outcome)
    delivery.started_at, delivery.ended_at = at, at + timedelta(milliseconds=milliseconds)
    log: list[str] = []
    watching = observer(log)

    watching.ordinary(outcome, message, delivery, at=at)
    watching.outcome(outcome, at=at, since=message.timestamp, **delivery.fields())

    ordinary, any_line = log
    assert ordinary == any_line


def test_the_metrics_are_what_powertools_would_write_of_the_same_samples(capsys: pytest.CaptureFixture[str]) -> None:
    log: list[str] = []
    watching = observer(log)
    theirs = AmazonCloudWatchEMFProvider(namespace="TalyAsync", service="booking.created")

    for outcome, late in ((Outcome.SUCCEEDED, 5), (Outcome.RETRYING, 0), (Outcome.SUCCEEDED, 7)):
        watching.outcome(outcome, at=NOW, since=NOW - timedelta(milliseconds=late))
        theirs.add_metric("Failure", MetricUnit.Count, outcome is Outcome.RETRYING)
        if late:
            theirs.add_metric("Latency", MetricUnit.Milliseconds, late)
    watching.flush()

    expected = json.loads(json.dumps(theirs.serialize_metric_set()))
    (record,) = (line for line in parsed(log) if "_aws" in line)
    expected["_aws"]["Timestamp"] = int(NOW.timestamp() * 1000)
    assert record == expected
    assert capsys.readouterr().out == ""


def test_outcomes_that_are_no_attempt_are_not_in_the_failure_ratio() -> None:
    log: list[str] = []
    watching = observer(log)

    for outcome in (Outcome.SKIPPED, Outcome.DUPLICATE, Outcome.DEFERRED):
        watching.outcome(outcome, at=NOW, since=NOW)
    watching.flush()

    assert len(log) == 3


def test_a_clock_that_is_behind_the_producers_gives_no_latency_below_nothing() -> None:
    log: list[str] = []
    watching = observer(log)

    watching.outcome(Outcome.SUCCEEDED, at=NOW, since=NOW + timedelta(seconds=3))
    watching.flush()

    assert parsed(log)[1]["Latency"] == [0]


def test_more_samples_than_one_metrics_record_takes_lose_none() -> None:
    log: list[str] = []
    watching = observer(log)

    for _ in range(250):
        watching.outcome(Outcome.SUCCEEDED, at=NOW, since=NOW)
    watching.flush()
    watching.flush()

    records = [line for line in parsed(log) if "_aws" in line]
    assert [len(record["Failure"]) for record in records] == [100, 100, 50]
    assert [len(record["Latency"]) for record in records] == [100, 100, 50]
