"""What a function says of its work."""

import json
from typing import Any

from lambdas.common.observation import Observer
from schemas.reasons import Outcome
from tests.unit.fakes import NOW


def observer(log: list[str]) -> Observer:
    return Observer("booking.created", {"function_name": "f"}, log.append)


def parsed(log: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log]


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
            "function_name": "f",
            "outcome": "skipped",
            "id": "b-1",
            "detail": "é\n",
            "attempt": 0,
        }
    ]


def test_outcomes_that_are_no_attempt_are_not_in_the_failure_ratio() -> None:
    log: list[str] = []
    watching = observer(log)

    for outcome in (Outcome.SKIPPED, Outcome.DUPLICATE, Outcome.DEFERRED):
        watching.outcome(outcome, at=NOW)
    watching.flush()

    assert len(log) == 3


def test_more_samples_than_one_metrics_record_takes_lose_none(capsys: Any) -> None:
    log: list[str] = []
    watching = observer(log)

    for _ in range(250):
        watching.outcome(Outcome.SUCCEEDED, at=NOW, age_ms=5)
    watching.flush()

    records = [line for line in parsed(log) if "_aws" in line]
    records += [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sum(len(record.get("Failure", [])) for record in records) == 250
    assert sum(len(record.get("Latency", [])) for record in records) == 250
