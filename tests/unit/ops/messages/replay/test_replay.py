"""`replay`: what is replayed, what is printed before it, and how it ends."""

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ops.messages.replay.replay import Replays
from ops.messages.replay.report import ReplayRequest, cancel, replay, warnings
from ops.stage.aws_errors import AwsError
from ops.stage.deployed import NotDeployedError
from ops.terminal.errors import OperatorError
from ops.terminal.interrupts import StoppedError
from ops.terminal.output import json_lines
from schemas.catalogue import BY_NAME
from schemas.names import resource_name
from tests.fakes.service import NOON, failing
from tests.fakes.stage import FakeStage


def described(*states: str) -> tuple[dict[str, Any], ...]:
    """The answers about a replay, one a poll."""
    last = NOON - timedelta(hours=1)
    return tuple({"State": state, "StateReason": "why", "EventLastReplayedTime": last} for state in states)


class ReplayStage(FakeStage):
    """A fake stage whose bus has replays."""

    def __init__(self, *states: str, name: str = "dev", **more: Any) -> None:
        super().__init__(name)
        self.events.course = described(*(states or ("STARTING", "RUNNING", "COMPLETED")))
        for attribute, value in more.items():
            setattr(self.events, attribute, value)
        self.slept: list[float] = []
        self.started = self.events.started

    def run(self, *, until: datetime = NOON, types: tuple[str, ...] = (), **more: Any) -> bool:
        request = ReplayRequest(since=NOON - timedelta(hours=2), until=until, types=types, **{"yes": True, **more})
        return replay(self.deployed, request, now=NOON, sleep=self.slept.append)


def test_a_replay_has_the_given_time_range_and_types() -> None:
    stage = ReplayStage()

    assert stage.run(types=("email.send",), until=NOON - timedelta(hours=1))

    (request,) = stage.started
    assert request["ReplayName"] == "taly-async-dev-20260414T120000"
    assert request["EventSourceArn"] == "archive taly-async-dev"
    assert (request["EventStartTime"], request["EventEndTime"]) == (
        NOON - timedelta(hours=2),
        NOON - timedelta(hours=1),
    )
    assert request["Destination"] == {"Arn": stage.events.bus_arn, "FilterArns": ["rule taly-async-dev-email-send"]}


def test_without_types_no_system_type_is_replayed() -> None:
    stage = ReplayStage()

    stage.run()

    named = set(stage.started[0]["Destination"]["FilterArns"])
    assert named == {f"rule {resource_name('dev', name)}" for name in BY_NAME if name != "system.heartbeat"}


def test_the_command_waits_for_the_end_of_the_replay() -> None:
    stage = ReplayStage()

    assert stage.run()
    assert stage.slept == [5.0, 5.0]
    assert stage.events.calls.count("describe_replay") == 3


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_a_failed_or_cancelled_replay_is_a_failure_with_its_reason(
    state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = ReplayStage("RUNNING", state)

    with json_lines():
        assert not stage.run()

    assert json.loads(capsys.readouterr().out) == {
        "replay": "taly-async-dev-20260414T120000",
        "state": state,
        "reason": "why",
        "last_replayed": "2026-04-14T11:00:00+00:00",
    }


def test_without_waiting_the_command_to_cancel_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    stage = ReplayStage()

    assert stage.run(wait=False)
    assert "--cancel taly-async-dev-20260414T120000 --stage dev" in capsys.readouterr().out


def test_a_signal_ends_the_waiting_and_not_the_replay(capsys: pytest.CaptureFixture[str]) -> None:
    stage = ReplayStage()

    def stop(_seconds: float) -> None:
        raise StoppedError(130)

    request = ReplayRequest(since=NOON - timedelta(hours=2), until=NOON, yes=True)
    with pytest.raises(SystemExit) as ended:
        replay(stage.deployed, request, now=NOON, sleep=stop)

    assert type(ended.value) is SystemExit
    assert ended.value.code == 130
    assert "--cancel taly-async-dev-20260414T120000 --stage dev" in " ".join(capsys.readouterr().err.split("\n"))


def test_without_confirmation_no_replay_starts() -> None:
    stage = ReplayStage()

    with pytest.raises(OperatorError, match="give --yes"):
        stage.run(yes=False)

    assert stage.started == []


def test_what_a_replay_causes_is_printed_first() -> None:
    plan = Replays(ReplayStage().deployed).plan(
        since=NOON - timedelta(days=40), until=NOON, types=["email.send"], now=NOON
    )

    printed = "\n".join(warnings(plan, "dev", NOON))
    for sentence in (
        "one type only: email.send",
        "dropped as duplicates",
        "Reactions run again",
        "Latency",
        "nothing from before 2026-03-15",
        "the newest may be missing",
    ):
        assert sentence in printed


def test_a_bus_without_an_archive_is_refused() -> None:
    stage = ReplayStage(archive=None)

    with pytest.raises(OperatorError, match="stage dev keeps no archive"):
        stage.run()


def test_a_disabled_archive_is_refused() -> None:
    stage = ReplayStage(archive={"State": "CREATE_FAILED", "RetentionDays": 30})

    with pytest.raises(OperatorError, match="stage dev keeps no archive"):
        stage.run()


def test_a_stage_without_a_bus_is_not_deployed() -> None:
    stage = ReplayStage(bus="taly-async-prod")

    with pytest.raises(NotDeployedError, match="eu-central-1 of this account has no event bus taly-async-dev"):
        stage.run()


@pytest.mark.parametrize("operation", ["describe_event_bus", "describe_archive", "list_rules"])
def test_a_refusal_by_eventbridge_is_explained(operation: str) -> None:
    stage = ReplayStage(fail=failing("AccessDeniedException", operation))

    with pytest.raises(AwsError, match="access denied"):
        stage.run()

    assert stage.started == []


def test_a_local_stage_without_an_archive_is_to_be_started_again() -> None:
    local = ReplayStage(name="local", archive=None).deployed

    with pytest.raises(OperatorError, match="start it again with `make up`"):
        replay(local, ReplayRequest(since=NOON - timedelta(hours=2), until=NOON), now=NOON)


def test_a_type_that_is_not_deployed_is_refused() -> None:
    stage = ReplayStage(types=("email.send",))

    with pytest.raises(OperatorError, match=r"has no rule for sms\.send: deploy"):
        stage.run(types=("sms.send",))


@pytest.mark.parametrize(
    ("since", "until", "types", "expected"),
    [
        (NOON, NOON - timedelta(hours=1), (), "is not before --until"),
        (NOON + timedelta(hours=1), NOON + timedelta(hours=2), (), "is not before --until"),
        (NOON - timedelta(days=50), NOON - timedelta(days=40), (), "keeps 30 days, and this is all older"),
        (NOON - timedelta(hours=1), NOON, ("no.such",), r"there is no type no\.such"),
    ],
)
def test_a_range_or_type_that_cannot_be_replayed_is_refused(
    since: datetime, until: datetime, types: tuple[str, ...], expected: str
) -> None:
    with pytest.raises(OperatorError, match=expected):
        Replays(ReplayStage().deployed).plan(since=since, until=until, types=types, now=NOON)


def test_a_running_replay_is_cancelled(capsys: pytest.CaptureFixture[str]) -> None:
    stage = ReplayStage(replays={"r": list(described("RUNNING"))})

    with json_lines():
        assert cancel(stage.deployed, "r")

    assert json.loads(capsys.readouterr().out) == {"replay": "r", "state": "CANCELLING"}


def test_an_unknown_replay_cannot_be_cancelled() -> None:
    with pytest.raises(OperatorError, match="there is no replay r"):
        cancel(ReplayStage().deployed, "r")


def test_a_replay_that_has_ended_cannot_be_cancelled() -> None:
    with pytest.raises(OperatorError, match="the replay r has ended already"):
        cancel(ReplayStage(replays={"r": list(described("COMPLETED"))}).deployed, "r")


def test_times_are_in_utc() -> None:
    last = (NOON - timedelta(hours=1)).astimezone(timezone(timedelta(hours=2)))
    ended = {"State": "COMPLETED", "EventLastReplayedTime": last}

    (progress,) = Replays(ReplayStage(replays={"r": [ended]}).deployed).poll("r", lambda _seconds: None)

    assert str(progress.last) == "2026-04-14 11:00:00+00:00"
