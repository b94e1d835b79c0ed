"""`tail`: shows each wanted outcome once, until Ctrl-C."""

import json
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from typer.testing import CliRunner

from ops.command_line import app
from ops.stage.aws_errors import AwsError
from ops.stage.deployed import NotDeployedError
from ops.stage.log_lines import LogLine, parse_all
from ops.terminal.errors import OperatorError
from ops.terminal.interrupts import StoppedError
from ops.terminal.output import json_lines
from ops.trace.subjects import subject_of
from ops.trace.tail import TailRequest, compact, tail
from schemas.reasons import Outcome
from tests.fakes.service import NOON, failing, works
from tests.fakes.stage import OF_ALL_TYPES, FakeStage
from tests.messages import COMPANY


@dataclass
class Tailing:
    """Runs `tail` for some polls; before each, a function is called."""

    stage: FakeStage = field(default_factory=lambda: FakeStage("prod", OF_ALL_TYPES))
    before_polls: list[Callable[[], None]] = field(default_factory=list)
    end: int = signal.SIGINT
    now: datetime = NOON

    def tail_json(self, **request: Any) -> bool:
        with json_lines():
            return self.tail(**request)

    def tail(self, **request: Any) -> bool:
        return tail(self.stage.deployed, TailRequest(**request), now=lambda: self.now, sleep=self.sleep)

    def sleep(self, _seconds: float) -> None:
        if not self.before_polls:
            raise StoppedError(128 + self.end)
        self.before_polls.pop(0)()

    def write(self, seconds: float, service: str = "email.send", outcome: str = "succeeded", **fields: Any) -> None:
        at = NOON + timedelta(seconds=seconds)
        self.stage.log(service, at, outcome=outcome, message=outcome, **fields)


@pytest.fixture
def tailing() -> Tailing:
    return Tailing()


def shown(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()]


def test_ctrl_c_is_a_success(tailing: Tailing) -> None:
    assert tailing.tail()


def test_another_signal_stops_it_as_any_command(tailing: Tailing) -> None:
    tailing.end = signal.SIGTERM

    with pytest.raises(StoppedError):
        tailing.tail()


def test_every_outcome_is_shown_exactly_once(tailing: Tailing, capsys: pytest.CaptureFixture[str]) -> None:
    tailing.write(0, id="before")
    tailing.write(-1, id="too early")
    tailing.before_polls = [
        lambda: tailing.write(30, id="first"),
        lambda: tailing.write(31, id="second"),
        lambda: None,
        lambda: tailing.write(15, service="sms.send", id="late"),
        lambda: tailing.write(90, id="third"),
    ]

    tailing.tail_json()

    assert shown(capsys) == ["before", "first", "second", "late", "third"]


def test_outcomes_of_one_poll_are_in_order_of_time(tailing: Tailing, capsys: pytest.CaptureFixture[str]) -> None:
    tailing.write(3, service="queue_processor", id="c")
    tailing.write(1, service="sms.send", id="a")
    tailing.write(2, service="email.send", id="b")

    tailing.tail_json()

    assert shown(capsys) == ["a", "b", "c"]


def test_since_shows_earlier_outcomes(tailing: Tailing, capsys: pytest.CaptureFixture[str]) -> None:
    tailing.write(-299, id="then")
    tailing.write(-301, id="too early")

    tailing.tail_json(since="5m")

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
def test_only_wanted_outcomes_are_shown(
    tailing: Tailing, capsys: pytest.CaptureFixture[str], request_: dict[str, Any], ids: list[str]
) -> None:
    for at, outcome in enumerate(("succeeded", "skipped", "retrying", "dead_lettered")):
        company = COMPANY if outcome == "succeeded" else COMPANY.replace("7", "8")
        tailing.write(at, outcome=outcome, id=outcome, company_id=company)

    tailing.tail_json(**request_)

    assert shown(capsys) == ids


def test_only_the_logs_of_the_given_types_are_read(tailing: Tailing) -> None:
    tailing.tail(types=("email.send", "queue_processor"))

    groups = {request["logGroupName"] for request in tailing.stage.logs.requests}
    assert groups == {"/aws/lambda/taly-async-prod-email-send", "/aws/lambda/taly-async-prod-queue-processor"}


@pytest.mark.parametrize(
    ("request_", "pattern"),
    [
        (TailRequest(), '{ $.outcome = "*" }'),
        (TailRequest(failures=True), '{ $.outcome = "dead_lettered" || $.outcome = "retrying" }'),
        (TailRequest(tenant="c-1"), '{ ($.outcome = "*") && $.company_id = "c-1" }'),
        (
            TailRequest(tenant="c-1", subject=subject_of("booking/b-1")),
            '{ ($.outcome = "*") && $.company_id = "c-1" && $.subject = "booking/b-1" }',
        ),
    ],
)
def test_the_filter_pattern_selects_only_wanted_lines(request_: TailRequest, pattern: str) -> None:
    assert request_.pattern() == pattern


def test_only_outcomes_about_the_subject_are_shown(tailing: Tailing, capsys: pytest.CaptureFixture[str]) -> None:
    tailing.write(1, id="about-it", subject="booking/b-1")
    tailing.write(2, id="about-another", subject="booking/b-10")
    tailing.write(3, id="about-nothing")

    tailing.tail_json(subject=subject_of("booking/b-1"), since="1h")

    assert shown(capsys) == ["about-it"]


def test_a_type_that_is_not_deployed_is_an_error(tailing: Tailing) -> None:
    del tailing.stage.sqs.queues[tailing.stage.queue_url("email.send")]

    with pytest.raises(NotDeployedError, match="queue taly-async-prod-email-send is not deployed yet"):
        tailing.tail(types=("email.send",))


def test_an_unknown_type_is_an_error(tailing: Tailing) -> None:
    with pytest.raises(OperatorError, match=r"Did you mean email\.send\?"):
        tailing.tail(types=("email.sent",))


@pytest.mark.parametrize("blank", ["", " ", "\t"], ids=repr)
def test_a_blank_tenant_is_refused(tailing: Tailing, blank: str) -> None:
    with pytest.raises(OperatorError, match=r"the tenant is blank: .* leave the option out for all"):
        tailing.tail(tenant=blank)


@pytest.mark.parametrize("text", ["acme", "7d1f0a52", f"{COMPANY}0", '" || $.outcome = "*'])
def test_a_tenant_that_is_no_uuid_is_refused(tailing: Tailing, text: str) -> None:
    with pytest.raises(OperatorError, match="is no tenant: give a companyId, which is a UUID"):
        tailing.tail(tenant=text)


def test_the_command_refuses_a_blank_tenant() -> None:
    refused = CliRunner().invoke(app, ["tail", "--tenant", ""], env={"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})

    assert refused.exit_code == 1
    assert "the tenant is blank" in refused.output


def test_an_outage_is_waited_out_and_nothing_is_lost(tailing: Tailing, capsys: pytest.CaptureFixture[str]) -> None:
    def go_down() -> None:
        tailing.write(1, id="meanwhile")
        tailing.stage.logs.fail = unreachable

    def come_back() -> None:
        tailing.stage.logs.fail = works

    tailing.before_polls = [go_down, come_back]

    tailing.tail_json()

    captured = capsys.readouterr()
    assert "Trying again." in captured.err
    assert json.loads(captured.out)["id"] == "meanwhile"


def test_an_error_that_retrying_cannot_fix_ends_it(tailing: Tailing) -> None:
    def refuse() -> None:
        tailing.stage.logs.fail = failing("ExpiredTokenException")

    tailing.before_polls = [refuse]

    with pytest.raises(AwsError, match="have expired"):
        tailing.tail()


def test_a_line_has_time_outcome_type_id_and_error() -> None:
    stage = FakeStage("prod", OF_ALL_TYPES)
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


def test_it_starts_at_the_present_time(tailing: Tailing) -> None:
    tailing.tail()

    starts = {request["startTime"] for request in tailing.stage.logs.requests}
    assert starts == {int(datetime.timestamp(NOON) * 1000)}


def test_a_quiet_log_does_not_widen_the_time_that_is_read(tailing: Tailing) -> None:
    def an_hour_later() -> None:
        tailing.now += timedelta(hours=1)

    tailing.before_polls = [an_hour_later, lambda: None]

    tailing.tail(types=("email.send",))

    starts = [request["startTime"] / 1000 - NOON.timestamp() for request in tailing.stage.logs.requests]
    assert starts == [0, 0, 3_600 - 20]


def test_outcomes_during_a_long_outage_are_shown(tailing: Tailing, capsys: pytest.CaptureFixture[str]) -> None:
    def go_down() -> None:
        tailing.stage.logs.fail = unreachable

    def an_hour_later() -> None:
        tailing.write(1, id="meanwhile")
        tailing.now += timedelta(hours=1)

    def come_back() -> None:
        tailing.stage.logs.fail = works

    tailing.before_polls = [go_down, an_hour_later, come_back]

    tailing.tail_json()

    assert shown(capsys) == ["meanwhile"]


@pytest.mark.parametrize("code", ["ThrottlingException", "TooManyRequestsException"])
def test_a_throttled_read_is_retried(tailing: Tailing, capsys: pytest.CaptureFixture[str], code: str) -> None:
    def throttle() -> None:
        tailing.stage.logs.fail = failing(code)

    def recover() -> None:
        tailing.write(1, id="later")
        tailing.stage.logs.fail = works

    throttle()
    waits_of_one_read = [lambda: None] * 4
    tailing.before_polls = [*waits_of_one_read, recover]

    tailing.tail_json(types=("email.send",))

    captured = capsys.readouterr()
    assert "Trying again." in captured.err
    assert json.loads(captured.out)["id"] == "later"
