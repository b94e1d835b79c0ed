"""`tail`: each outcome once, those that are wanted alone, until somebody has seen enough."""

import json
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from typer.testing import CliRunner

from ops.__main__ import app
from ops.stage.aws_errors import AwsError
from ops.stage.log_lines import LogLine, parse_all
from ops.terminal.errors import OperatorError
from ops.terminal.interrupts import StoppedError
from ops.terminal.output import json_lines
from ops.trace.tail import TailRequest, compact, tail
from schemas.reasons import Outcome
from tests.fakes.service import NOON, failing, works
from tests.fakes.stage import OF_ALL_LOGS, FakeStage
from tests.messages import COMPANY


@dataclass
class Watcher:
    """Somebody who looks for some rounds; before each something may happen."""

    stage: FakeStage = field(default_factory=lambda: FakeStage("prod", OF_ALL_LOGS))
    rounds: list[Callable[[], None]] = field(default_factory=list)
    end: int = signal.SIGINT
    now: datetime = NOON

    def tail_json(self, **request: Any) -> bool:
        with json_lines():
            return self.tail(**request)

    def tail(self, **request: Any) -> bool:
        return tail(self.stage.deployed, TailRequest(**request), now=lambda: self.now, sleep=self.sleep)

    def sleep(self, _seconds: float) -> None:
        if not self.rounds:
            raise StoppedError(128 + self.end)
        self.rounds.pop(0)()

    def write(self, seconds: float, service: str = "email.send", outcome: str = "succeeded", **fields: Any) -> None:
        at = NOON + timedelta(seconds=seconds)
        self.stage.log(service, at, outcome=outcome, message=outcome, **fields)


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


def shown(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()]


def test_ctrl_c_ends_it_well(watcher: Watcher) -> None:
    assert watcher.tail()


def test_another_signal_ends_it_as_any_command(watcher: Watcher) -> None:
    watcher.end = signal.SIGTERM

    with pytest.raises(StoppedError):
        watcher.tail()


def test_no_outcome_is_shown_twice_and_none_is_left_out(watcher: Watcher, capsys: pytest.CaptureFixture[str]) -> None:
    watcher.write(0, id="before")
    watcher.write(-1, id="too early")
    watcher.rounds = [
        lambda: watcher.write(30, id="first"),
        lambda: watcher.write(31, id="second"),
        lambda: None,
        lambda: watcher.write(15, service="sms.send", id="late"),
        lambda: watcher.write(90, id="third"),
    ]

    watcher.tail_json()

    assert shown(capsys) == ["before", "first", "second", "late", "third"]


def test_what_comes_together_is_in_order_of_time(watcher: Watcher, capsys: pytest.CaptureFixture[str]) -> None:
    watcher.write(3, service="queue_processor", id="c")
    watcher.write(1, service="sms.send", id="a")
    watcher.write(2, service="email.send", id="b")

    watcher.tail_json()

    assert shown(capsys) == ["a", "b", "c"]


def test_it_may_begin_earlier(watcher: Watcher, capsys: pytest.CaptureFixture[str]) -> None:
    watcher.write(-299, id="then")
    watcher.write(-301, id="too early")

    watcher.tail_json(since="5m")

    assert shown(capsys) == ["then"]


@pytest.mark.parametrize(
    ("request_", "ids"),
    [
        ({"failures": True}, ["retrying", "dead_lettered"]),
        ({"outcomes": frozenset({Outcome.SKIPPED})}, ["skipped"]),
        ({"outcomes": frozenset({Outcome.SKIPPED}), "failures": True}, ["skipped", "retrying", "dead_lettered"]),
        ({"tenant": COMPANY}, ["succeeded"]),
        ({"tenant": f" {COMPANY.upper()} "}, ["succeeded"]),
        ({"tenant": COMPANY, "failures": True}, []),
    ],
    ids=repr,
)
def test_only_what_is_wanted_is_shown(
    watcher: Watcher, capsys: pytest.CaptureFixture[str], request_: dict[str, Any], ids: list[str]
) -> None:
    for at, outcome in enumerate(("succeeded", "skipped", "retrying", "dead_lettered")):
        company = COMPANY if outcome == "succeeded" else COMPANY.replace("7", "8")
        watcher.write(at, outcome=outcome, id=outcome, company_id=company)

    watcher.tail_json(**request_)

    assert shown(capsys) == ids


def test_of_one_type_only_its_functions_log_is_read(watcher: Watcher) -> None:
    watcher.tail(types=("email.send", "queue_processor"))

    groups = {request["logGroupName"] for request in watcher.stage.logs.requests}
    assert groups == {"log of email.send", "log of queue_processor"}


@pytest.mark.parametrize(
    ("request_", "pattern"),
    [
        (TailRequest(), '{ $.outcome = "*" }'),
        (TailRequest(failures=True), '{ $.outcome = "dead_lettered" || $.outcome = "retrying" }'),
        (TailRequest(tenant="c-1"), '{ ($.outcome = "*") && $.company_id = "c-1" }'),
    ],
)
def test_cloudwatch_is_asked_for_what_is_wanted_alone(request_: TailRequest, pattern: str) -> None:
    assert request_.pattern() == pattern


def test_an_unknown_type_is_a_sentence(watcher: Watcher) -> None:
    with pytest.raises(OperatorError, match=r"Did you mean email\.send\?"):
        watcher.tail(types=("email.sent",))


@pytest.mark.parametrize("blank", ["", " ", "\t"], ids=repr)
def test_a_blank_tenant_is_refused_as_it_would_match_all(watcher: Watcher, blank: str) -> None:
    with pytest.raises(OperatorError, match=r"the tenant is blank: .* leave the option out for all"):
        watcher.tail(tenant=blank)


@pytest.mark.parametrize("text", ["acme", "7d1f0a52", f"{COMPANY}0", '" || $.outcome = "*'])
def test_a_tenant_that_could_match_nothing_or_change_the_question_is_refused(watcher: Watcher, text: str) -> None:
    with pytest.raises(OperatorError, match="is no tenant: give a companyId, which is a UUID"):
        watcher.tail(tenant=text)


def test_the_command_hands_on_whether_a_tenant_was_given() -> None:
    refused = CliRunner().invoke(app, ["tail", "--tenant", ""], env={"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})

    assert refused.exit_code == 1
    assert "the tenant is blank" in refused.output


def test_an_outage_in_between_is_waited_out_and_nothing_is_lost(
    watcher: Watcher, capsys: pytest.CaptureFixture[str]
) -> None:
    def fall() -> None:
        watcher.write(1, id="meanwhile")
        watcher.stage.logs.fail = unreachable

    def rise() -> None:
        watcher.stage.logs.fail = works

    watcher.rounds = [fall, rise]

    watcher.tail_json()

    captured = capsys.readouterr()
    assert "Trying again." in captured.err
    assert json.loads(captured.out)["id"] == "meanwhile"


def test_what_aws_refuses_ends_it(watcher: Watcher) -> None:
    def refuse() -> None:
        watcher.stage.logs.fail = failing("ExpiredTokenException")

    watcher.rounds = [refuse]

    with pytest.raises(AwsError, match="have expired"):
        watcher.tail()


def test_a_line_says_when_where_what_which_and_why() -> None:
    stage = FakeStage("prod", OF_ALL_LOGS)
    why = {"error": "CrmError", "detail": "[b]\x1b[2J", "delay": 4, "attempt": 2, "duration_ms": 35}
    stage.log("activity.record", NOON, outcome="retrying", id="act-1", **why)

    assert compact(only_line(stage)).plain == (
        "12:00:00.000 ↻ retrying      activity.record act-1 · attempt 2 · 35 ms · CrmError: [b]\\x1b[2J · again in 4 s"
    )


def only_line(stage: FakeStage) -> LogLine:
    (lines,) = stage.logs.groups.values()
    (line,) = parse_all((text, at) for at, text in lines)
    return line


def unreachable(_operation: str, _request: Mapping[str, Any]) -> Exception:
    return EndpointConnectionError(endpoint_url="https://logs.test")


def test_it_begins_at_the_time_of_now(watcher: Watcher) -> None:
    watcher.tail()

    starts = {request["startTime"] for request in watcher.stage.logs.requests}
    assert starts == {int(datetime.timestamp(NOON) * 1000)}


def test_while_it_is_quiet_the_time_that_is_read_again_does_not_grow(watcher: Watcher) -> None:
    def an_hour_later() -> None:
        watcher.now += timedelta(hours=1)

    watcher.rounds = [an_hour_later, lambda: None]

    watcher.tail(types=("email.send",))

    starts = [request["startTime"] / 1000 - NOON.timestamp() for request in watcher.stage.logs.requests]
    assert starts == [0, 0, 3_600 - 20]


def test_what_came_while_aws_was_away_for_long_is_not_lost(
    watcher: Watcher, capsys: pytest.CaptureFixture[str]
) -> None:
    def fall() -> None:
        watcher.stage.logs.fail = unreachable

    def an_hour_later() -> None:
        watcher.write(1, id="meanwhile")
        watcher.now += timedelta(hours=1)

    def rise() -> None:
        watcher.stage.logs.fail = works

    watcher.rounds = [fall, an_hour_later, rise]

    watcher.tail_json()

    assert shown(capsys) == ["meanwhile"]


@pytest.mark.parametrize("code", ["ThrottlingException", "TooManyRequestsException"])
def test_what_aws_throttles_is_asked_for_again(watcher: Watcher, capsys: pytest.CaptureFixture[str], code: str) -> None:
    def throttle() -> None:
        watcher.stage.logs.fail = failing(code)

    def relent() -> None:
        watcher.write(1, id="later")
        watcher.stage.logs.fail = works

    throttle()
    waits_of_one_read = [lambda: None] * 4
    watcher.rounds = [*waits_of_one_read, relent]

    watcher.tail_json(types=("email.send",))

    captured = capsys.readouterr()
    assert "Trying again." in captured.err
    assert json.loads(captured.out)["id"] == "later"
