"""The cost of a check is said before the logs are read."""

from dataclasses import replace
from datetime import timedelta

import pytest
from rich.text import Text

from ops.conserve.report import ConserveRequest, conserve, records, text
from ops.conserve.scan import Scan, read_scan
from ops.terminal.errors import OperatorError
from schemas.names import log_group_name
from tests.fakes.service import NOON
from tests.fakes.stage import FakeStage
from tests.unit.ops.conserve.conserved_stage import ConservedStage

GROUP = log_group_name("dev", "activity.record")
GIB = 1024**3


@pytest.fixture
def stage() -> ConservedStage:
    return ConservedStage()


def scan(stage: FakeStage) -> Scan:
    return read_scan(stage.cloudwatch, stage.logs, [GROUP, "other"], NOON - timedelta(hours=24), NOON)


def test_the_metric_says_how_much_a_range_took_in(stage: ConservedStage) -> None:
    stage.stage.cloudwatch.figures = {("IncomingBytes", GROUP, "Sum"): [GIB, GIB]}

    assert scan(stage.stage) == Scan(2, 2 * GIB, is_bound=False)


def test_without_the_metric_all_that_is_stored_is_the_bound(stage: ConservedStage) -> None:
    stage.log("succeeded", "activity.record-1")
    (stored,) = stage.stage.logs.groups.values()

    assert scan(stage.stage) == Scan(2, sum(len(text) for _, text in stored), is_bound=True)


def test_the_cost_is_a_sentence() -> None:
    assert Scan(33, 2 * GIB, is_bound=False).sentence() == (
        "Reading 2.0 GB in 33 log groups: about 2,081 calls, 6 m 56 s at 5 a second. "
        "AWS charges for transfer alone: $0.18 at most."
    )
    assert "at most 900 bytes" in (small := Scan(1, 900, is_bound=True).sentence())
    assert "less than $0.01" in small


def test_the_cost_comes_before_the_first_log_is_read(stage: ConservedStage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.log("routed", "activity.record-1", NOON)

    assert conserve(stage.stage.deployed, ConserveRequest(since="1h"), now=stage.stage.clock.now)

    printed = capsys.readouterr()
    assert printed.err.startswith("Reading at most")
    assert printed.out.startswith("Messages of stage dev")
    assert stage.stage.logs.calls.index("describe_log_groups") < stage.stage.logs.calls.index("filter_log_events")


def test_a_range_that_ends_before_it_begins_is_refused(stage: ConservedStage) -> None:
    with pytest.raises(OperatorError, match="the range ends before it begins"):
        conserve(stage.stage.deployed, ConserveRequest(since="1h", until="2h"), now=stage.stage.clock.now)


def test_a_grace_that_no_queue_allows_is_refused(stage: ConservedStage) -> None:
    with pytest.raises(OperatorError, match="a grace of 2w is longer than a queue keeps a message"):
        conserve(stage.stage.deployed, ConserveRequest(grace="2w"), now=stage.stage.clock.now)


def test_the_ids_are_in_both_forms_of_the_result(stage: ConservedStage) -> None:
    for number in (1, 2):
        stage.log("routed", f"activity.record-{number}")
        stage.log("succeeded", "email.send-1", sqs_message_id=f"sqs-{number}")
    stage.hold("activity.record")
    result = stage.check()

    shown = "\n".join(str(each) for each in text(result, timedelta(minutes=10)) if isinstance(each, str | Text))
    rows = list(records(result, Scan(1, 2, is_bound=True)))

    assert "1 of these 2 messages lost: no end in the logs, and 1 message in the queues of activity.record" in shown
    assert "1 job succeeded more than once" in shown
    assert "activity.record-2: it has no final outcome" in shown
    assert [(row["violation"], row["id"]) for row in rows[1:]] == [
        ("unfinished", "activity.record-1"),
        ("unfinished", "activity.record-2"),
        ("doubled", "email.send-1"),
    ]
    assert (rows[0]["lost"], rows[0]["doubled"]) == (1, 1)


def test_a_range_without_messages_proves_nothing(stage: ConservedStage, capsys: pytest.CaptureFixture[str]) -> None:
    conserve(stage.stage.deployed, ConserveRequest(since="1h"), now=stage.stage.clock.now)

    printed = capsys.readouterr().out
    assert "so nothing is proved" in printed
    assert "✓" not in printed


def test_a_log_that_does_not_exist_is_named_in_both_forms(stage: ConservedStage) -> None:
    result = replace(stage.check(), absent=("activity.record",))

    shown = "\n".join(str(each) for each in text(result, timedelta(minutes=10)))
    (numbers,) = records(result, Scan(1, 2, is_bound=True))

    assert "the log of activity.record does not exist" in shown
    assert numbers["absent_logs"] == ["activity.record"]
