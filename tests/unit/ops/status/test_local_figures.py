"""The figures of stage `local`, which come from log lines and queues."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ops.stage.emulated_queues import EmulatedQueues, oldest_of
from ops.status.status import read_status
from tests.fakes.service import NOON
from tests.unit.ops.status.test_status import StatusStage, health_of, row

SENT = datetime(2026, 4, 14, 11, 58, tzinfo=UTC)


def local_stage() -> StatusStage:
    return StatusStage(name="local")


def log(stage: StatusStage, outcome: str, *, seconds: float = 60, **fields: Any) -> None:
    stage.log("email.send", NOON - timedelta(seconds=seconds), outcome=outcome, id="m-1", **fields)


def test_attempts_and_failures_are_counted_in_the_lines_of_five_minutes() -> None:
    stage = local_stage()
    for outcome in ("succeeded", "succeeded", "retrying", "dead_lettered", "deferred", "skipped"):
        log(stage, outcome)
    log(stage, "retrying", reason="unavailable")
    log(stage, "succeeded", seconds=301)

    health = health_of(read_status(stage.deployed, NOON), "email.send")

    assert (health.attempts, health.failures) == (4, 2)


def test_a_type_without_an_attempt_has_no_figures_as_on_aws() -> None:
    stage = local_stage()
    log(stage, "deferred")

    health = health_of(read_status(stage.deployed, NOON), "email.send")

    assert (health.attempts, health.failures, health.oldest_seconds) == (None, None, None)


def test_the_oldest_message_that_is_due_is_looked_up_without_a_receive() -> None:
    stage = local_stage()
    url = stage.queue_url("email.send")
    stage.sqs.put(url, "{}", delay=900)
    stage.clock.sleep(30)
    stage.sqs.put(url, "{}")
    stage.clock.sleep(95)

    found = read_status(stage.deployed, stage.clock.now())

    assert health_of(found, "email.send").oldest_seconds == 95
    assert " 1 m 35 s " in row(found, "email.send")
    assert "receive_message" not in stage.sqs.calls


def test_the_stage_has_the_same_columns_as_one_on_aws() -> None:
    stage = local_stage()
    log(stage, "succeeded")
    log(stage, "retrying")

    found = read_status(stage.deployed, NOON)

    assert row(found, "email.send") == "? email.send 2 1 (50%) 0 – 0 –"
    assert stage.requests_of("get_metric_data") == []


def message(sent: datetime = SENT, *, due: bool = True, receives: int = 0) -> dict[str, Any]:
    """A message as the emulator's page shows it."""
    attributes = {"SentTimestamp": str(int(sent.timestamp() * 1000))}
    return {"Attributes": attributes, "IsVisible": due, "ReceiveCount": receives}


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([], None),
        ([message(), message(SENT - timedelta(seconds=7)), message()], SENT - timedelta(seconds=7)),
        ([message(due=False)], None),
        ([message(due=False, receives=1)], SENT),
    ],
    ids=["empty", "oldest of three", "delayed", "in flight"],
)
def test_the_oldest_of_the_emulators_messages(messages: list[dict[str, Any]], expected: datetime | None) -> None:
    answer = {"messages": {"000000000000": {"us-east-1": {"http://sqs/queue": messages}}}}

    assert oldest_of(answer) == expected


def test_an_emulator_that_does_not_answer_leaves_the_age_open() -> None:
    assert EmulatedQueues("file:///nowhere").oldest("http://sqs/queue") is None
