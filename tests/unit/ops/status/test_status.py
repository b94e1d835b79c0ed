"""`status`: every service's metrics, what needs attention, and the exit code."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from ops.stage.aws_errors import AwsError
from ops.status.health import AlarmSeverity, Health, Status
from ops.status.status import read_status, status
from ops.status.view import text
from ops.terminal.errors import OperatorError
from ops.terminal.output import json_lines, show
from schemas.catalogue import CATALOGUE
from tests.fakes.service import NOON, failing
from tests.fakes.stage import OF_ALL_TYPES, FakeStage

SERVICES = ["queue_processor", *(each.name for each in CATALOGUE)]


class StatusStage(FakeStage):
    """A stage with queues, metrics and alarms."""

    def __init__(
        self, queues: Mapping[str, tuple[int, int, int]] | None = None, name: str = "prod", **cloudwatch: Any
    ) -> None:
        """Set the metrics; for a queue, by its subject: its visible, in flight and delayed messages."""
        super().__init__(name, OF_ALL_TYPES)
        for attribute, value in cloudwatch.items():
            setattr(self.cloudwatch, attribute, value)
        for subject, (visible, in_flight, delayed) in (queues or {}).items():
            url = self.queue_url(subject)
            for number in range(visible + in_flight + delayed):
                self.sqs.put(url, "{}", delay=900 if number >= visible + in_flight else 0)
            for message in self.sqs.messages(url)[visible : visible + in_flight]:
                self.sqs.receive(message, 30)

    def read(self) -> Status:
        found = read_status(self.deployed, NOON)
        for request in self.requests_of("get_metric_data"):
            assert request["EndTime"] - request["StartTime"] == timedelta(minutes=5)
        for request in self.requests_of("describe_alarms"):
            assert set(request["AlarmTypes"]) == {"MetricAlarm", "CompositeAlarm"}
        return found

    def requests_of(self, operation: str) -> list[Mapping[str, Any]]:
        calls = zip(self.cloudwatch.calls, self.cloudwatch.requests, strict=True)
        return [request for called, request in calls if called == operation]


def health_of(found: Status, service: str) -> Health:
    return next(each for each in found.services if each.service == service)


def printed(found: Status) -> str:
    file = StringIO()
    show(text(found), (), to=Console(file=file, highlight=False))
    return file.getvalue()


def row(found: Status, service: str) -> str:
    return next(" ".join(line.split()) for line in printed(found).splitlines() if f" {service} " in line)


def test_every_service_is_listed_the_ingress_first() -> None:
    assert [each.service for each in StatusStage().read().services] == SERVICES


def test_a_row_has_the_metrics_of_a_service() -> None:
    failing = ("Failure", "email.send")
    aws = StatusStage(
        queues={"email.send": (12, 3, 4), "email.send-dlq": (2, 1, 0)},
        figures={
            (*failing, "SampleCount"): [40.0, 10.0],
            (*failing, "Sum"): [4.0, 1.0],
            ("ApproximateAgeOfOldestMessage", "taly-async-prod-email-send", "Maximum"): [95.0, 30.0],
        },
        alarms={"email.send/dead-letters": "ALARM", "email.send/late": "ALARM", "email.send/oldest": "OK"},
    )

    found = aws.read()

    health = health_of(found, "email.send")
    assert (health.attempts, health.failures, health.oldest_seconds, health.dead_letters) == (50, 5, 95.0, 3)
    assert (health.queue.visible, health.queue.in_flight, health.queue.delayed) == (12, 3, 4)
    assert row(found, "email.send") == "✗ email.send 50 5 (10%) 19 1 m 35 s 3 dead-letters +1"


def test_a_missing_metric_is_no_zero() -> None:
    found = StatusStage().read()

    health = health_of(found, "sms.send")
    assert (health.attempts, health.failures, health.oldest_seconds) == (None, None, None)
    assert row(found, "sms.send") == "? sms.send – – 0 – 0 –"


def test_attempts_without_failures_show_0_failures() -> None:
    found = StatusStage(
        figures={("Failure", "sms.send", "SampleCount"): [7.0], ("Failure", "sms.send", "Sum"): [0.0]}
    ).read()

    assert row(found, "sms.send").startswith("? sms.send 7 0 ")


def test_attempts_without_a_figure_of_failures_show_none() -> None:
    found = StatusStage(figures={("Failure", "sms.send", "SampleCount"): [7.0]}).read()

    assert health_of(found, "sms.send").failures is None
    assert row(found, "sms.send").startswith("? sms.send 7 – ")


def healthy_stage(name: str = "prod", /, **changes: str) -> StatusStage:
    """A stage whose alarms are all off, but for some: their state by the name, or without a state to leave one out."""
    alarms = {f"{each}/failing": "OK" for each in SERVICES} | {f"{each}/dead-letters": "OK" for each in SERVICES}
    alarms |= {"system/heartbeat": "OK", "slack_notifier/notifier-fails": "OK"} | changes
    paging = {"system/unhealthy": alarms.pop("system/unhealthy", "OK")}
    return StatusStage(
        name=name,
        alarms={each: state for each, state in alarms.items() if state},
        composites={each: state for each, state in paging.items() if state},
    )


def test_the_headline_says_that_all_is_healthy() -> None:
    found = healthy_stage().read()

    assert found.state == "healthy"
    assert not found.unknown
    assert printed(found).splitlines()[0] == "Stage prod, 2026-04-14 12:00:00 UTC  ✓ all healthy "
    assert "the paging alarm is off" in printed(found)


@pytest.mark.parametrize(
    ("aws", "named"),
    [
        (StatusStage(alarms={"sms.send/late": "ALARM"}), "needs attention: sms.send"),
        (StatusStage(queues={"sms.send-dlq": (1, 0, 0)}), "needs attention: sms.send"),
        (StatusStage(queues={"ingress-dlq": (0, 1, 0)}), "needs attention: queue_processor"),
        (StatusStage(queues={"unrouted": (3, 0, 0)}), "needs attention: unrouted"),
        (StatusStage(queues={"dead-schedules": (3, 0, 0)}), "needs attention: dead-schedules"),
        (StatusStage(alarms={"system/heartbeat": "ALARM"}), "needs attention: system/heartbeat"),
        (
            StatusStage(alarms={"slack_notifier/alert-not-published": "ALARM"}),
            "needs attention: slack_notifier/alert-not-published",
        ),
        (StatusStage(composites={"system/unhealthy": "ALARM"}), "the paging alarm is on"),
    ],
    ids=[
        "late",
        "dead letter",
        "in flight",
        "unrouted",
        "dead schedule",
        "heartbeat",
        "alert not published",
        "unhealthy",
    ],
)
def test_the_headline_names_what_needs_attention(aws: StatusStage, named: str) -> None:
    found = aws.read()

    assert found.needs_attention
    assert named in "\n".join(printed(found).splitlines()[:3])


def test_the_most_severe_alarm_comes_first() -> None:
    aws = StatusStage(
        alarms={"sms.send/depth": "OK", "sms.send/failing": "INSUFFICIENT_DATA", "sms.send/oldest": "ALARM"}
    )

    states = [(alarm.slug, alarm.state) for alarm in health_of(aws.read(), "sms.send").alarms]

    assert states == [
        ("oldest", AlarmSeverity.ALARM),
        ("failing", AlarmSeverity.INSUFFICIENT_DATA),
        ("depth", AlarmSeverity.OK),
    ]


def test_the_most_severe_alarm_fits_into_80_columns() -> None:
    aws = StatusStage(
        queues={"email.send": (12_000, 300, 400), "email.send-dlq": (200, 0, 0)},
        figures={("Failure", "email.send", "SampleCount"): [4000.0], ("Failure", "email.send", "Sum"): [400.0]},
        alarms={f"{name}/failing": "OK" for name in SERVICES} | {"email.send/dead-letters": "ALARM"},
        composites={"system/unhealthy": "OK"},
    )
    file = StringIO()

    terminal = Console(file=file, highlight=False, width=80, force_terminal=True, color_system=None)
    show(text(aws.read()), (), to=terminal)

    lines = file.getvalue().splitlines()
    assert max(map(len, lines[3:])) <= 80
    (row,) = [line for line in lines[3:] if "email.send" in line]
    assert "400 (10%)" in row
    assert "12,700" in row
    assert "dead-letters" in row
    names = "".join(line[2:25].strip() for line in lines[3:])
    assert "stripe.invoice.payment_failed" in names, "a name is cut"


def test_an_alarm_of_another_system_is_left_out() -> None:
    assert StatusStage(alarms={"a/b/c/d": "ALARM"}).read().alarms == ()


def test_a_type_that_is_not_deployed_has_no_row() -> None:
    aws = StatusStage()
    del aws.sqs.queues[aws.queue_url("email.send")]

    assert [each.service for each in aws.read().services] == [name for name in SERVICES if name != "email.send"]


def test_only_check_makes_the_exit_code_depend_on_health() -> None:
    unhealthy, healthy = StatusStage(queues={"sms.send-dlq": (1, 0, 0)}), healthy_stage()

    assert status(unhealthy.deployed)
    assert not status(unhealthy.deployed, check=True)
    assert status(healthy.deployed, check=True)


class DeployedJustNow(StatusStage):
    """A stage whose alarm on heartbeats gets its first data after some seconds."""

    def wait(self, seconds: float, *, first_data: float) -> bool:
        def sleep(pause: float) -> None:
            self.clock.sleep(pause)
            if self.clock() >= first_data:
                self.cloudwatch.alarms["system/heartbeat"] = "OK"

        self.cloudwatch.alarms["system/heartbeat"] = "INSUFFICIENT_DATA"
        return status(self.deployed, check=True, wait=seconds, now=self.clock.now, sleep=sleep)


@pytest.fixture
def deployed_just_now() -> DeployedJustNow:
    healthy = healthy_stage()
    return DeployedJustNow(alarms=healthy.cloudwatch.alarms, composites=healthy.cloudwatch.composites)


def test_waiting_ends_as_soon_as_the_stage_is_healthy(deployed_just_now: DeployedJustNow) -> None:
    assert deployed_just_now.wait(600, first_data=100)

    assert 100 <= deployed_just_now.clock() < 120


def test_waiting_ends_at_its_deadline(deployed_just_now: DeployedJustNow) -> None:
    assert not deployed_just_now.wait(50, first_data=100)

    assert deployed_just_now.clock() == 50


def test_only_the_last_status_is_shown(deployed_just_now: DeployedJustNow, capsys: pytest.CaptureFixture[str]) -> None:
    with json_lines():
        deployed_just_now.wait(600, first_data=100)

    system, *_ = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"service": "system"' in line]
    assert system["state"] == "healthy"


def test_a_healthy_stage_is_not_waited_for() -> None:
    stage = healthy_stage()

    assert status(stage.deployed, check=True, wait=600, now=stage.clock.now, sleep=stage.clock.sleep)

    assert stage.clock() == 0


def without_queue(subject: str) -> StatusStage:
    stage = healthy_stage()
    del stage.sqs.queues[stage.queue_url(subject)]
    return stage


def with_waiting_messages() -> StatusStage:
    stage = healthy_stage()
    stage.sqs.put(stage.queue_url("sms.send"), "{}")
    return stage


UNKNOWN = {
    "no alarm of a type": (
        healthy_stage(**{"sms.send/failing": "", "sms.send/dead-letters": ""}),
        ("no alarm is deployed", "sms.send"),
    ),
    "no data of a type": (
        healthy_stage(**{"sms.send/late": "INSUFFICIENT_DATA"}),
        ("alarm late has no data", "sms.send"),
    ),
    "a new state": (healthy_stage(**{"sms.send/late": "PAUSED"}), ("alarm late has no data", "sms.send")),
    "no data of the system": (
        healthy_stage(**{"system/heartbeat": "INSUFFICIENT_DATA"}),
        ("no data", "system/heartbeat"),
    ),
    "no paging alarm": (healthy_stage(**{"system/unhealthy": ""}), ("not deployed", "the paging alarm")),
    "no data of the paging alarm": (
        healthy_stage(**{"system/unhealthy": "INSUFFICIENT_DATA"}),
        ("no data", "the paging alarm"),
    ),
    "a new type": (without_queue("email.send"), ("not deployed", "email.send")),
    "a new holding queue": (without_queue("unrouted"), ("not deployed", "unrouted")),
    "no figures of a busy type": (with_waiting_messages(), ("messages wait, and no attempt is known", "sms.send")),
}


@pytest.mark.parametrize(("stage", "expected"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_what_is_not_known_is_not_healthy(
    stage: StatusStage, expected: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    why, name = expected

    found = stage.read()
    with json_lines():
        healthy = status(stage.deployed, check=True)

    assert not healthy
    assert (found.state, found.unknown) == ("unknown", {why: [name]})
    assert "? state unknown" in printed(found)
    assert f"unknown, {why}: {name}" in printed(found)
    assert "healthy" not in printed(found)
    system, *services = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (system["state"], system["needs_attention"], system["unknown"]) == ("unknown", None, {why: [name]})
    for each in services:
        known = each["service"] != name
        assert (each["state"], each["needs_attention"]) == (("healthy", False) if known else ("unknown", None))


def test_alarms_are_named_even_if_they_are_as_many_as_the_types() -> None:
    alarms = {f"system/new-{number}": "INSUFFICIENT_DATA" for number, _ in enumerate(SERVICES)}

    found = healthy_stage(**alarms).read()

    assert "unknown, no data: system/new-" in printed(found)


def test_what_needs_attention_is_not_hidden_by_what_is_unknown() -> None:
    stage = healthy_stage(**{"sms.send/late": "INSUFFICIENT_DATA", "email.send/late": "ALARM"})

    found = stage.read()

    assert found.state == "needs attention"
    assert "✗ needs attention: email.send" in printed(found)
    assert row(found, "sms.send").startswith("? sms.send")


def test_an_unused_queue_needs_no_data_in_cloudwatch() -> None:
    stage = healthy_stage(**dict.fromkeys(("sms.send/dead-letters", "system/unrouted"), "INSUFFICIENT_DATA"))

    assert stage.read().state == "healthy"


def test_an_account_that_sends_nothing_needs_no_data_in_cloudwatch() -> None:
    names = ("account/text-budget", "account/bounces", "account/complaints")

    assert healthy_stage(**dict.fromkeys(names, "INSUFFICIENT_DATA")).read().state == "healthy"
    assert healthy_stage(**{"account/bounces": "ALARM"}).read().state == "needs attention"


def test_the_local_stage_needs_no_paging_alarm() -> None:
    stage = healthy_stage("local", **{"system/unhealthy": ""})

    assert stage.read().state == "healthy"


def test_a_count_that_sqs_does_not_tell_is_no_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = healthy_stage()
    monkeypatch.setattr(stage.sqs, "get_queue_attributes", lambda **_: {"Attributes": {}})

    with pytest.raises(OperatorError, match="SQS did not say how many messages are in"):
        stage.read()


@pytest.mark.parametrize("code", ["InternalError", "Forbidden"])
def test_figures_that_cloudwatch_does_not_return_are_no_zeros(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = healthy_stage()
    answer = stage.cloudwatch.get_metric_data

    def fail(**request: Any) -> dict[str, Any]:
        answered = answer(**request)
        answered["MetricDataResults"][4]["StatusCode"] = code
        return answered

    monkeypatch.setattr(stage.cloudwatch, "get_metric_data", fail)

    with pytest.raises(OperatorError, match=re.escape(f"figures of {SERVICES[1]} ({code})")):
        stage.read()


def test_a_refusal_while_queues_are_listed_hides_no_type() -> None:
    stage = healthy_stage()
    stage.sqs.fail = failing("AccessDenied", "list_queues")

    with pytest.raises(AwsError, match="may not call ListQueues"):
        stage.read()


def test_json_has_one_object_for_the_system_and_each_service(capsys: pytest.CaptureFixture[str]) -> None:
    aws = StatusStage(
        queues={"unrouted": (2, 0, 0)}, alarms={"sms.send/late": "ALARM"}, composites={"system/unhealthy": "OK"}
    )

    with json_lines():
        status(aws.deployed)

    system, *services = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (system["service"], system["unhealthy"], system["unrouted"]) == ("system", "OK", 2)
    assert system["needs_attention"]
    assert [each["service"] for each in services] == SERVICES
    sms = next(each for each in services if each["service"] == "sms.send")
    assert sms["oldest_seconds"] is None
    assert sms["alarms"] == [{"slug": "late", "state": "ALARM", "since": "2026-04-14T11:57:00+00:00"}]


def test_a_refusal_by_aws_is_an_error() -> None:
    aws = StatusStage()
    aws.sqs.fail = failing("AccessDenied", "get_queue_attributes")

    with pytest.raises(AwsError, match="may not call GetQueueAttributes"):
        aws.read()


def test_a_stage_without_the_ingress_queue_is_an_error() -> None:
    with pytest.raises(OperatorError, match="queue taly-async-prod-ingress is not deployed yet"):
        without_queue("ingress").read()


def test_hostile_alarm_names_are_escaped() -> None:
    shown = printed(StatusStage(alarms={"[red]\x1b[2J/[blue]": "ALARM", "sms.send/[b]\x1b[2J": "ALARM"}).read())

    assert "\x1b" not in shown
    assert "[red]\\x1b[2J/[blue]" in shown
    assert "[b]\\x1b[2J" in shown
