"""`outcomes`: the same figures from a query on AWS and from the lines of stage `local`."""

import json
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from ops.outcomes.outcomes import OutcomesRequest, outcomes
from ops.stage.aws_errors import AwsError
from ops.stage.insights import MAX_GROUPS, MAX_ROWS, Insights
from ops.terminal.errors import OperatorError
from ops.terminal.interrupts import StoppedError
from ops.terminal.output import json_lines, size
from schemas.names import QUEUE_PROCESSOR
from stacks.limits.limit import QUERY_LOG_GROUPS
from tests.fakes.logs import FakeLogs
from tests.fakes.service import NOON, client_error, failing
from tests.fakes.stage import OF_ALL_TYPES, FakeStage
from tests.messages import COMPANY

OTHER = COMPANY.replace("7", "8")


@dataclass
class Counting:
    """Runs `outcomes` on a stage with some log lines."""

    name: str = "prod"
    stage: FakeStage = field(init=False)

    def __post_init__(self) -> None:
        self.stage = FakeStage(self.name, OF_ALL_TYPES)
        self.line("succeeded", times=3, type="email.send")
        self.line("succeeded", company_id=OTHER, function_version="0c0ffee0")
        self.line("retrying", error="ConnectionError")
        self.line("dead_lettered", reason="permanent", fingerprint="c83d68dfbef7", error="PermanentError")
        self.line("dead_lettered", reason="unavailable", fingerprint="0123456789ab")
        self.line("deferred", destination="crm", times=2)
        self.line("routed", QUEUE_PROCESSOR, times=4)
        self.line("dead_lettered", QUEUE_PROCESSOR, reason="invalid_payload", source="taly.crm")
        self.line("succeeded", hours=25)
        self.stage.log("email.send", NOON - timedelta(minutes=1), message="not an outcome")

    def line(
        self, outcome: str, service: str = "email.send", *, hours: float = 1, times: int = 1, **fields: str
    ) -> None:
        at = NOON - timedelta(hours=hours)
        known = {"id": "m-1", "company_id": COMPANY, "function_version": "5d41402a"} | fields
        for _ in range(times):
            self.stage.log(service, at, outcome=outcome, **known)

    def run(self, **request: Any) -> bool:
        return outcomes(self.stage.deployed, OutcomesRequest(**request), now=self.now, sleep=self.stage.clock.sleep)

    def records(self, capsys: pytest.CaptureFixture[str], **request: Any) -> list[dict[str, Any]]:
        with json_lines():
            assert self.run(**request)
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    @staticmethod
    def now() -> datetime:
        return NOON


@pytest.fixture(params=["prod", "local"])
def counting(request: pytest.FixtureRequest) -> Counting:
    return Counting(request.param)


@pytest.fixture
def on_aws() -> Counting:
    return Counting()


def deliveries(records: list[dict[str, Any]], *names: str) -> dict[Any, int]:
    return {tuple(each[name] for name in names): each["deliveries"] for each in records}


def test_outcomes_are_counted_by_type_with_attempts_and_failures(
    counting: Counting, capsys: pytest.CaptureFixture[str]
) -> None:
    emails, ingress = counting.records(capsys)

    assert (emails["type"], emails["deliveries"], emails["attempts"], emails["failures"]) == ("email.send", 9, 6, 2)
    assert {name: times for name, times in emails["outcomes"].items() if times} == {
        "succeeded": 4,
        "retrying": 1,
        "dead_lettered": 2,
        "deferred": 2,
    }
    assert (ingress["type"], ingress["attempts"], ingress["failures"]) == (QUEUE_PROCESSOR, 5, 1)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("tenant", {(COMPANY,): 13, (OTHER,): 1}),
        ("version", {("5d41402a",): 13, ("0c0ffee0",): 1}),
        ("reason", {(None,): 11, ("permanent",): 1, ("unavailable",): 1, ("invalid_payload",): 1}),
        ("cause", {(None,): 12, ("c83d68dfbef7",): 1, ("0123456789ab",): 1}),
        ("destination", {(None,): 12, ("crm",): 2}),
        ("error", {(None,): 12, ("ConnectionError",): 1, ("PermanentError",): 1}),
        ("source", {(None,): 13, ("taly.crm",): 1}),
    ],
)
def test_outcomes_are_counted_by_any_dimension(
    counting: Counting, capsys: pytest.CaptureFixture[str], by: str, expected: Mapping[Any, int]
) -> None:
    assert deliveries(counting.records(capsys, by=by), by) == expected


def test_several_dimensions_are_counted_together(counting: Counting, capsys: pytest.CaptureFixture[str]) -> None:
    records = counting.records(capsys, by="type,version")

    assert deliveries(records, "type", "version") == {
        ("email.send", "5d41402a"): 8,
        ("email.send", "0c0ffee0"): 1,
        (QUEUE_PROCESSOR, "5d41402a"): 5,
    }
    assert "outcomes" not in records[0]


def test_outcomes_alone_have_one_row(counting: Counting, capsys: pytest.CaptureFixture[str]) -> None:
    (record,) = counting.records(capsys, by="outcome")

    assert (record["deliveries"], record["outcomes"]["routed"]) == (14, 4)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"tenant": OTHER.upper()}, 1),
        ({"types": (QUEUE_PROCESSOR,)}, 5),
        ({"since": "2d"}, 15),
        ({"since": "2d", "until": "2h"}, 1),
        ({"since": "30m"}, 0),
    ],
    ids=repr,
)
def test_only_wanted_lines_are_counted(
    counting: Counting, capsys: pytest.CaptureFixture[str], request_: Mapping[str, Any], expected: int
) -> None:
    assert sum(each["deliveries"] for each in counting.records(capsys, **request_)) == expected


def test_text_has_totals_and_a_table(counting: Counting, capsys: pytest.CaptureFixture[str]) -> None:
    counting.run()

    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == (
        f"Outcomes of stage {counting.name}, 2026-04-13 12:00:00 to 2026-04-14 12:00:00 UTC: "
        "14 deliveries; 27.3% of 11 attempts failed"
    )
    assert "email.send 6 33.3% 4 1 2 2 0" in lines
    assert "queue_processor 5 20.0% 0 0 0 1 4" in lines


def test_no_delivery_is_said(counting: Counting, capsys: pytest.CaptureFixture[str]) -> None:
    assert counting.run(since="1m")

    assert capsys.readouterr().out.endswith("UTC: no delivery\n")


def test_a_long_table_is_cut_but_not_its_records(on_aws: Counting, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(60):
        on_aws.line("succeeded", company_id=f"{number:08}{COMPANY[8:]}")

    assert on_aws.run(by="tenant")
    printed = capsys.readouterr().out

    assert "… and 12 more rows: --json prints all" in printed
    assert len(on_aws.records(capsys, by="tenant")) == 62


def test_what_a_query_scanned_and_its_price_are_said(on_aws: Counting, capsys: pytest.CaptureFixture[str]) -> None:
    on_aws.run()

    said = " ".join(capsys.readouterr().err.split())
    assert "CloudWatch scanned " in said
    assert " KB, for $0.0000 at the price of us-east-1." in said


@pytest.mark.parametrize(
    ("count", "expected"), [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KB"), (3 * 1024**3, "3.0 GB")]
)
def test_a_size_has_a_readable_unit(count: int, expected: str) -> None:
    assert size(count) == expected


def test_one_query_reads_all_logs_from_the_first_to_the_last_second(on_aws: Counting) -> None:
    on_aws.run(since="2026-04-14T10:00:00.7Z", until="2026-04-14T11:00:00.2Z")

    (started,) = [each for each in on_aws.stage.logs.requests if "queryString" in each]
    assert started["startTime"] == datetime.fromisoformat("2026-04-14T10:00:00Z").timestamp()
    assert started["endTime"] == datetime.fromisoformat("2026-04-14T11:00:01Z").timestamp()
    assert len(started["logGroupNames"]) > 20


@pytest.mark.parametrize("status", ["Failed", "Cancelled", "Timeout"])
def test_a_query_without_a_result_is_an_error(on_aws: Counting, status: str) -> None:
    on_aws.stage.logs.statuses = ("Running", status)

    with pytest.raises(OperatorError, match=rf"ended the query without a result \({status}\): give a shorter time"):
        on_aws.run()


def test_a_query_that_is_not_allowed_names_the_policy(on_aws: Counting) -> None:
    on_aws.stage.logs.fail = failing("AccessDeniedException", "start_query")

    with pytest.raises(AwsError, match=r"may not call StartQuery here; the stage's policy .*-viewer allows it"):
        on_aws.run()


def test_a_busy_account_is_waited_for_and_then_an_error(on_aws: Counting) -> None:
    on_aws.stage.logs.fail = failing("LimitExceededException", "start_query")

    with pytest.raises(OperatorError, match="runs as many queries of its logs as CloudWatch allows"):
        on_aws.run()

    assert on_aws.stage.clock() == 14


def test_a_place_that_becomes_free_is_taken(on_aws: Counting, capsys: pytest.CaptureFixture[str]) -> None:
    refused = iter([client_error("LimitExceededException")])
    on_aws.stage.logs.fail = lambda operation, _: next(refused, None) if operation == "start_query" else None

    assert len(on_aws.records(capsys)) == 2


def test_ctrl_c_stops_the_query(on_aws: Counting) -> None:
    def stop(_seconds: float) -> None:
        raise StoppedError(128 + signal.SIGINT)

    with pytest.raises(StoppedError):
        outcomes(on_aws.stage.deployed, OutcomesRequest(), now=on_aws.now, sleep=stop)

    assert on_aws.stage.logs.stopped == ["query-0"]


def test_a_query_that_ended_is_not_stopped(on_aws: Counting) -> None:
    on_aws.run()

    assert on_aws.stage.logs.stopped == []


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"by": "colour"}, "outcomes cannot be counted by 'colour'"),
        ({"tenant": '" or 1'}, "is no tenant"),
        ({"types": ("email.sent",)}, r"Did you mean email\.send\?"),
        ({"since": "1h", "until": "2h"}, "--since is not before --until"),
        ({"since": "yesterday"}, "is no time"),
    ],
    ids=repr,
)
def test_an_invalid_option_is_an_error(counting: Counting, request_: Mapping[str, Any], said: str) -> None:
    with pytest.raises(OperatorError, match=said):
        counting.run(**request_)


def test_a_stage_of_more_groups_than_a_query_takes_has_several() -> None:
    logs = FakeLogs()
    groups = [f"group-{number}" for number in range(MAX_GROUPS + 1)]
    for group in groups:
        logs.write(group, NOON, outcome="succeeded")
    query = (
        f'filter outcome in ["succeeded"]\n| stats count(*) as lines by outcome\n| sort lines desc\n| limit {MAX_ROWS}'
    )

    found = Insights(logs, logs.clock.sleep).run(query, groups, since=NOON, until=NOON)

    assert [each["lines"] for each in found.rows] == [str(MAX_GROUPS), "1"]
    assert QUERY_LOG_GROUPS.allowed == MAX_GROUPS
    assert found.scanned_bytes == sum(len(text) for events in logs.groups.values() for _, text in events)


@pytest.mark.parametrize(("kinds", "is_cut"), [(MAX_ROWS, True), (MAX_ROWS - 1, False)])
def test_a_full_response_is_said_to_be_cut(kinds: int, *, is_cut: bool) -> None:
    logs = FakeLogs()
    logs.groups["group"] = [(0, json.dumps({"outcome": "succeeded", "id": f"{n}"})) for n in range(kinds)]
    query = f'filter outcome in ["succeeded"]\n| stats count(*) as lines by id\n| sort lines desc\n| limit {MAX_ROWS}'

    beginning = datetime.fromisoformat("1970-01-01T00:00:00Z")
    found = Insights(logs, logs.clock.sleep).run(query, ["group"], since=beginning, until=NOON)

    assert found.is_cut is is_cut


def test_missing_groups_are_said(on_aws: Counting, capsys: pytest.CaptureFixture[str]) -> None:
    group = "/aws/lambda/taly-async-prod-email-send"
    at = int(NOON.timestamp() * 1000) - 1000
    on_aws.stage.logs.groups[group] = [
        (at, json.dumps({"outcome": "succeeded", "company_id": f"{n}"})) for n in range(MAX_ROWS)
    ]

    on_aws.run(by="tenant", types=("email.send",))

    assert "more groups of values than CloudWatch returns" in capsys.readouterr().err
