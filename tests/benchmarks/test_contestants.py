import json
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.contestants import Contestant, from_the_checkout
from tests.benchmarks.messages import SIZES, batch
from tests.benchmarks.natural_packages import NAMES, locked
from tests.benchmarks.processes import ContestantError, Timed, Worker, cold_run

FACTS = {"outcome", "type", "id", "company_id", "attempt", "sqs_message_id", "duration_ms"}
"""The fields of a succeeded event's outcome line."""


def run(contestant: Contestant, log: Path, **fields: Any) -> tuple[Any, list[str]]:
    """A cold start with ten bookings: the handler's answer and its log lines."""
    answer = cold_run(contestant, batch("benchmark.booked", 10, **fields), log=str(log))
    return answer, log.read_text().splitlines()


def ids() -> set[str]:
    return {json.loads(record["body"])["id"] for record in batch("benchmark.booked", 10)["Records"]}


@pytest.mark.parametrize("name", ["ours", "natural"])
def test_validating_handlers_log_the_same_fields_for_each_event(name: str, tmp_path: Path) -> None:
    answer, lines = run(from_the_checkout(name, tmp_path), tmp_path / "log")

    outcome_lines = [line for text in lines if "outcome" in (line := json.loads(text))]
    assert answer["answer"] == {"batchItemFailures": []}
    assert {line["id"] for line in outcome_lines} == ids()
    assert len(outcome_lines) == 10
    assert all(line.keys() >= FACTS for line in outcome_lines)


@pytest.mark.parametrize("name", ["ours", "natural"])
def test_validating_handlers_write_their_metrics_once_a_batch(name: str, tmp_path: Path) -> None:
    _, lines = run(from_the_checkout(name, tmp_path), tmp_path / "log")

    (metrics,) = (line for text in lines if "_aws" in (line := json.loads(text)))
    assert metrics["Failure"] == [0] * 10
    assert len(metrics["Latency"]) == 10
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "TalyAsync/prod"


def test_the_natural_handler_reports_invalid_bookings(tmp_path: Path) -> None:
    answer, lines = run(from_the_checkout("natural", tmp_path), tmp_path / "log", timestamp="yesterday")

    assert len(answer["answer"]["batchItemFailures"]) == 10
    assert lines == []


@pytest.mark.parametrize("name", ["bare", "pydantic_alone"])
def test_parsing_handlers_log_a_line_for_each_event(name: str, tmp_path: Path) -> None:
    answer, lines = run(from_the_checkout(name, tmp_path), tmp_path / "log")

    assert answer["answer"] == {"batchItemFailures": []}
    assert {line.split()[-1] for line in lines} == ids()


def test_the_contract_alone_refuses_invalid_bookings(tmp_path: Path) -> None:
    contestant = from_the_checkout("contract_alone", tmp_path)

    with pytest.raises(ContestantError, match="ValidationError"):
        run(contestant, tmp_path / "log", timestamp="yesterday")
    answer, lines = run(contestant, tmp_path / "log")

    assert (answer["answer"], lines) == ({"batchItemFailures": []}, [])


def test_a_cold_run_returns_its_times_and_the_processs_memory(tmp_path: Path) -> None:
    """More memory than an interpreter needs, and less than this process with all its modules."""
    answer, _ = run(from_the_checkout("bare", tmp_path), tmp_path / "log")

    assert answer["started"] < answer["began"] < answer["ended"] < answer["started"] + 60
    assert 2_000_000 < answer["peak_bytes"] < 60_000_000


def test_a_worker_answers_repeated_requests(tmp_path: Path) -> None:
    with Worker(from_the_checkout("ours", tmp_path)) as worker:
        subject = {"event": batch("benchmark.booked", 2)}
        measures = [Timed(worker, kind, kind, subject, seconds=0.001) for kind in ("floor", "handler", "floor")]

        assert all(measure() > 0 for measure in [*measures, *measures])


def test_a_worker_that_ends_is_an_error(tmp_path: Path) -> None:
    contestant = from_the_checkout("ours", tmp_path)

    with Worker(contestant) as worker, pytest.raises(ContestantError, match="ours ended"):
        Timed(worker, "odd", "no_such_subject", {}, seconds=0.001)()


@pytest.mark.parametrize("type_name", SIZES.values())
@pytest.mark.parametrize("kind", ["decode", "decode_strictly"])
def test_messages_of_all_sizes_are_valid(kind: str, type_name: str, tmp_path: Path) -> None:
    with Worker(from_the_checkout("ours", tmp_path)) as worker:
        subject = {"event": batch(type_name, 2), "type": type_name}

        assert Timed(worker, kind, kind, subject, seconds=0.001)() > 0


def test_every_package_of_the_natural_handler_is_locked() -> None:
    assert locked().keys() == NAMES
    assert all("--hash=sha256:" in requirement for requirement in locked().values())
