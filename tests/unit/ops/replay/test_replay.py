"""A replay is of what was asked for, said before, watched to its end, and not stopped by who stops watching."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ops.replay.replay import Replays
from ops.replay.report import Request, cancel, replay, warnings
from ops.stage.deployed import DeployedStage
from ops.terminal.errors import OperatorError
from ops.terminal.interrupts import StoppedError
from schemas.catalogue import BY_NAME

NOON = datetime(2026, 4, 14, 12, 0, tzinfo=UTC)
BUS = "arn:aws:events:eu-central-1:123456789012:event-bus/bus"


@dataclass
class FakeEvents:
    """EventBridge as far as it is used: a page of two rules, and replays that go through these states."""

    archives: list[dict[str, Any]] = field(default_factory=lambda: [{"ArchiveName": "archive", "RetentionDays": 30}])
    types: tuple[str, ...] = tuple(BY_NAME)
    states: tuple[str, ...] = ("STARTING", "RUNNING", "COMPLETED")
    started: list[dict[str, Any]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    looks: Iterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self.looks = iter(self.states)

    @property
    def stage(self) -> DeployedStage:
        return DeployedStage("dev", {"cloudformation": self, "events": self}.__getitem__)

    def describe_stacks(self, **_request: str) -> dict[str, Any]:
        return {"Stacks": [{"Outputs": [{"OutputKey": "EventBusName", "OutputValue": "bus"}]}]}

    def describe_event_bus(self, **request: str) -> dict[str, Any]:
        assert request == {"Name": "bus"}
        return {"Arn": BUS}

    def list_archives(self, **request: str) -> dict[str, Any]:
        assert request == {"EventSourceArn": BUS}
        return {"Archives": self.archives}

    def describe_archive(self, **request: str) -> dict[str, Any]:
        return {"ArchiveArn": f"arn of {request['ArchiveName']}"}

    def list_rules(self, **request: str) -> dict[str, Any]:
        assert request["EventBusName"] == "bus"
        patterns: list[dict[str, Any]] = [{"detail-type": [name]} for name in self.types]
        patterns += [{"detail-type": [{"anything-but": list(self.types)}]}, {"detail-type": ["system.dead_lettered"]}]
        patterns += [{"source": [{"prefix": ""}], "replay-name": [{"exists": False}]}]
        begin = int(request.get("NextToken", 0))
        rules = [
            {"Arn": f"rule of {pattern.get('detail-type', ['?'])[0]}", "EventPattern": json.dumps(pattern)}
            for pattern in patterns[begin : begin + 2]
        ]
        return {"Rules": rules, **({"NextToken": str(begin + 2)} if begin + 2 < len(patterns) else {})}

    def start_replay(self, **request: Any) -> None:
        self.started.append(request)

    def describe_replay(self, **request: str) -> dict[str, Any]:
        assert request["ReplayName"] == self.started[0]["ReplayName"]
        return {"State": next(self.looks), "StateReason": "why", "EventLastReplayedTime": NOON - timedelta(hours=1)}

    def cancel_replay(self, **request: str) -> dict[str, Any]:
        if self.states == ("COMPLETED",):
            raise ClientError({"Error": {"Code": "IllegalStatusException", "Message": "no"}}, "CancelReplay")
        if not self.started:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "no"}}, "CancelReplay")
        return {"State": "CANCELLING"}

    def run(self, *, until: datetime = NOON, types: tuple[str, ...] = (), **more: Any) -> bool:
        request = Request(since=NOON - timedelta(hours=2), until=until, types=types, **{"yes": True, **more})
        return replay(self.stage, request, now=NOON, sleep=self.slept.append)


def test_it_is_of_that_time_and_of_that_types_rule_alone() -> None:
    events = FakeEvents()

    assert events.run(types=("email.send",), until=NOON - timedelta(hours=1))

    (request,) = events.started
    assert request["ReplayName"] == "taly-async-dev-20260414T120000"
    assert request["EventSourceArn"] == "arn of archive"
    assert (request["EventStartTime"], request["EventEndTime"]) == (
        NOON - timedelta(hours=2),
        NOON - timedelta(hours=1),
    )
    assert request["Destination"] == {"Arn": BUS, "FilterArns": ["rule of email.send"]}


def test_without_types_neither_alerts_nor_signs_of_life_nor_what_is_unrouted_come_again() -> None:
    events = FakeEvents()

    events.run()

    named = set(events.started[0]["Destination"]["FilterArns"])
    assert named == {f"rule of {name}" for name in BY_NAME if name != "system.heartbeat"}


def test_it_is_watched_until_its_end() -> None:
    events = FakeEvents()

    assert events.run()
    assert events.slept == [5.0, 5.0]
    assert list(events.looks) == []


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_another_end_is_no_success_and_says_why(state: str, capsys: pytest.CaptureFixture[str]) -> None:
    events = FakeEvents(states=("RUNNING", state))

    assert not events.run(json=True)
    assert json.loads(capsys.readouterr().out) == {
        "replay": "taly-async-dev-20260414T120000",
        "state": state,
        "reason": "why",
        "lastReplayed": "2026-04-14T11:00:00+00:00",
    }


def test_who_does_not_wait_is_told_how_to_stop_it(capsys: pytest.CaptureFixture[str]) -> None:
    events = FakeEvents(states=())

    assert events.run(wait=False)
    assert "--cancel taly-async-dev-20260414T120000 --stage dev" in capsys.readouterr().out


def test_who_stops_watching_does_not_stop_it_and_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    events = FakeEvents()

    def stop(_seconds: float) -> None:
        raise StoppedError(130)

    request = Request(since=NOON - timedelta(hours=2), until=NOON, yes=True)
    with pytest.raises(SystemExit) as ended:
        replay(events.stage, request, now=NOON, sleep=stop)

    assert type(ended.value) is SystemExit
    assert ended.value.code == 130
    assert "--cancel taly-async-dev-20260414T120000 --stage dev" in " ".join(capsys.readouterr().err.split("\n"))


def test_without_a_yes_nothing_starts() -> None:
    events = FakeEvents()

    with pytest.raises(OperatorError, match="give --yes"):
        events.run(yes=False)

    assert events.started == []


def test_people_are_told_first_what_comes_of_it() -> None:
    plan = Replays(FakeEvents().stage).plan(since=NOON - timedelta(days=40), until=NOON, types=["email.send"], now=NOON)

    said = "\n".join(warnings(plan, "dev", NOON))
    for sentence in (
        "one type alone: email.send",
        "dropped as duplicates",
        "Reactions run again",
        "Latency",
        "nothing from before 2026-03-15",
        "the newest may be missing",
    ):
        assert sentence in said


def test_a_bus_without_archive_is_said_to_have_none() -> None:
    events = FakeEvents(archives=[])

    with pytest.raises(OperatorError, match="stage dev keeps no archive"):
        events.run()


def test_the_local_stage_says_why_it_has_none() -> None:
    events = FakeEvents(archives=[])
    local = DeployedStage("local", events.stage.client)

    with pytest.raises(OperatorError, match="the emulator's CloudFormation makes none"):
        replay(local, Request(since=NOON - timedelta(hours=2), until=NOON), now=NOON)


def test_a_type_that_is_not_deployed_yet_has_no_rule() -> None:
    events = FakeEvents(types=("email.send",))

    with pytest.raises(OperatorError, match=r"has no rule for sms\.send: deploy"):
        events.run(types=("sms.send",))


@pytest.mark.parametrize(
    ("since", "until", "types", "said"),
    [
        (NOON, NOON - timedelta(hours=1), (), "is not before --until"),
        (NOON + timedelta(hours=1), NOON + timedelta(hours=2), (), "is not before --until"),
        (NOON - timedelta(days=50), NOON - timedelta(days=40), (), "keeps 30 days, and this is all older"),
        (NOON - timedelta(hours=1), NOON, ("no.such",), r"there is no type no\.such"),
    ],
)
def test_what_cannot_be_replayed_is_refused(
    since: datetime, until: datetime, types: tuple[str, ...], said: str
) -> None:
    with pytest.raises(OperatorError, match=said):
        Replays(FakeEvents().stage).plan(since=since, until=until, types=types, now=NOON)


def test_one_that_runs_is_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    events = FakeEvents(started=[{"ReplayName": "r"}])

    assert cancel(events.stage, "r", json=True)
    assert json.loads(capsys.readouterr().out) == {"replay": "r", "state": "CANCELLING"}


def test_one_that_there_is_not_is_not_stopped() -> None:
    with pytest.raises(OperatorError, match="there is no replay r"):
        cancel(FakeEvents().stage, "r", json=False)


def test_one_that_has_ended_is_said_to_have_ended() -> None:
    with pytest.raises(OperatorError, match="the replay r has ended already"):
        cancel(FakeEvents(states=("COMPLETED",)).stage, "r", json=False)


def test_times_are_told_in_utc_wherever_people_sit() -> None:
    class Berlin(FakeEvents):
        def describe_replay(self, **request: str) -> dict[str, Any]:
            last = (NOON - timedelta(hours=1)).astimezone(timezone(timedelta(hours=2)))
            return {"State": "COMPLETED", "EventLastReplayedTime": last}

    (look,) = Replays(Berlin().stage).watch("r", lambda _seconds: None)

    assert str(look.last) == "2026-04-14 11:00:00+00:00"
