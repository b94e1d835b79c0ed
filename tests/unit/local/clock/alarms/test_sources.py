"""The sources of the evaluator's samples, on fakes of the emulator's APIs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.common.batch.telemetry import Telemetry
from local.clock.alarms.embedded_metrics import EmbeddedMetrics, samples
from local.clock.alarms.lambda_metrics import FunctionMetrics, Functions, Invocation, RecordedMetrics, invocations
from local.clock.alarms.sources import Metric
from local.clock.alarms.sqs_metrics import QueueMetrics
from ops.stage.log_groups import Event, LogGroups, LogTail
from schemas.names import metric_namespace
from schemas.reasons import Outcome
from tests.fakes.delivery import heartbeat
from tests.fakes.function import FakeContext
from tests.fakes.service import client_error

AT = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAMESPACE = metric_namespace("local")
FAILURE = Metric.of(NAMESPACE, "Failure", {"service": "email.send"})
LATENCY = Metric.of(NAMESPACE, "Latency", {"service": "email.send"})


@dataclass(frozen=True)
class OnePage:
    """A paginator of one page."""

    page: Mapping[str, Any]

    def paginate(self, **_: Any) -> Iterator[Mapping[str, Any]]:
        yield self.page


@dataclass
class EmulatorLogs:
    """CloudWatch Logs as in the emulator: events without ids."""

    events: list[dict[str, Any]] = field(default_factory=list)

    def say(self, at: int, *lines: str, group: str = "mail", stream: str = "s1") -> None:
        self.events += [{"logStreamName": stream, "timestamp": at, "message": line, "group": group} for line in lines]

    # boto3's parameter names.
    def filter_log_events(self, logGroupName: str, startTime: int, filterPattern: str) -> dict[str, Any]:  # noqa: N803
        if logGroupName == "/aws/lambda/Notifier":
            raise client_error("ResourceNotFoundException")
        found = [each for each in self.events if each["group"] == logGroupName and each["timestamp"] >= startTime]
        return {"events": [each for each in found if filterPattern.strip('"') in each["message"]]}


@dataclass
class Lambda:
    """Two functions: one with an event source mapping, one without that was never invoked."""

    last_result: str = "OK - 1 records"

    def get_paginator(self, operation: str) -> OnePage:
        return OnePage(
            {
                "Functions": [
                    {"FunctionName": "MailFunction", "LoggingConfig": {"LogGroup": "mail"}},
                    {"FunctionName": "Notifier"},
                ]
            }
            if operation == "list_functions"
            else {
                "EventSourceMappings": [
                    {
                        "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:MailFunction",
                        "LastProcessingResult": self.last_result,
                    }
                ]
            }
        )


@dataclass
class CloudWatch:
    """The emulator's counts: time and value of each sample."""

    counted: Mapping[tuple[str, str], Sequence[tuple[datetime, float]]] = field(default_factory=dict)

    def get_metric_statistics(self, **asked: Any) -> Mapping[str, Any]:
        function = "".join(each["Value"] for each in asked["Dimensions"])
        values = [
            value
            for (name, of), counted in self.counted.items()
            if name == asked["MetricName"] and function in {"", of}
            for at, value in counted
            if asked["StartTime"] <= at < asked["EndTime"]
        ]
        return {"Datapoints": [{"Sum": sum(values), "SampleCount": len(values)}] if values else []}


@dataclass
class FakeTime:
    now: datetime = AT

    def __call__(self) -> datetime:
        return self.now


def logged(*logged_lines: str) -> tuple[str, ...]:
    """An invocation as the emulator logs it."""
    request = "RequestId: 1c4dad2e-2f3b-4121-a6a0-1821424ce107"
    return (
        f"START {request} Version: $LATEST",
        *logged_lines,
        f"END {request}",
        f"REPORT {request}\tDuration: 403 ms\tBilled Duration: 403 ms\tMemory Size: 128 MB\tMax Memory Used: 51 MB",
    )


def event(stream: str, line: str) -> Event:
    return Event(key="", group="mail", stream=stream, text=line, at_ms=0)


def of_function(name: str, metric: str) -> Metric:
    return Metric.of("AWS/Lambda", metric, {"FunctionName": name})


def test_a_functions_embedded_metrics_are_read_as_samples() -> None:
    lines: list[str] = []
    at = datetime(2026, 4, 14, 14, 0, 0, 200_000, tzinfo=UTC)
    telemetry = Telemetry("email.send", FakeContext(), lines.append, lambda: at, stage="local")
    telemetry.report(heartbeat(), Outcome.SUCCEEDED)
    telemetry.report(heartbeat(), Outcome.RETRYING)
    telemetry.flush()

    found = samples([*logged(*lines), "not JSON", "[]", '{"_aws": 1}'])

    assert found == {FAILURE: [0, 1], LATENCY: [1_200]}


def test_a_value_is_a_sample_for_each_set_of_dimensions() -> None:
    directive = {
        "Namespace": "TalyAsync/local",
        "Dimensions": [["service"], ["service", "tenant"]],
        "Metrics": [{"Name": "Failure"}],
    }
    line = {"_aws": {"CloudWatchMetrics": [directive]}, "service": "email.send", "tenant": "t", "Failure": 1}

    found = samples([json.dumps(line)])

    assert found == {
        FAILURE: [1],
        Metric.of(NAMESPACE, "Failure", {"tenant": "t", "service": "email.send"}): [1],
    }


def test_embedded_metrics_are_read_once_from_every_functions_log() -> None:
    logs = EmulatorLogs()
    lines: list[str] = []
    telemetry = Telemetry("email.send", FakeContext(), lines.append, lambda: AT, stage="local")
    telemetry.report(heartbeat(), Outcome.DEAD_LETTERED)
    telemetry.flush()
    logs.say(10_000, *logged(*lines))
    tail = LogTail(LogGroups(logs), since=EPOCH, pattern='"CloudWatchMetrics"')
    source = EmbeddedMetrics(Functions(Lambda()), tail)

    first, second = source.collect([FAILURE, LATENCY]), source.collect([FAILURE, LATENCY])

    assert first == {FAILURE: [1], LATENCY: ()}
    assert second == {FAILURE: (), LATENCY: ()}


@pytest.mark.parametrize(
    ("logged_lines", "expected"),
    [
        ((), Invocation(failed=False, is_silent=True)),
        (('{"level":"INFO"}',), Invocation(failed=False, is_silent=False)),
        (('{"exception":"Traceback (most recent call last):"}',), Invocation(failed=False, is_silent=False)),
        (("Traceback (most recent call last):", "ValueError: no good"), Invocation(failed=True, is_silent=False)),
        (('{"level":"INFO"}', "Task timed out after 5.00 seconds"), Invocation(failed=True, is_silent=False)),
        (("Worker process died",), Invocation(failed=True, is_silent=False)),
    ],
)
def test_an_invocation_is_read_from_its_log_lines(logged_lines: tuple[str, ...], expected: Invocation) -> None:
    events = [event("s1", line) for line in logged(*logged_lines)]

    assert invocations(events) == [expected]


def test_interleaved_invocations_are_separated_by_log_stream() -> None:
    bad, good = logged("Worker process died"), logged('{"level":"INFO"}')
    events = [
        event(stream, line) for pair in zip(bad, good, strict=True) for stream, line in zip("12", pair, strict=True)
    ]

    assert [each.failed for each in invocations(events)] == [True, False]


@pytest.fixture
def logs() -> EmulatorLogs:
    return EmulatorLogs()


def function_metrics(logs: EmulatorLogs, functions: Lambda, recorded: RecordedMetrics) -> FunctionMetrics:
    return FunctionMetrics(Functions(functions), LogTail(LogGroups(logs), since=EPOCH), recorded)


def test_invocations_by_event_source_are_counted_from_the_log(logs: EmulatorLogs) -> None:
    source = function_metrics(logs, Lambda(), RecordedMetrics(CloudWatch()))
    logs.say(1_000, *logged("Worker process died"))
    logs.say(1_000, *logged('{"level":"INFO"}'), stream="s2")
    logs.say(1_000, *logged(), stream="s3")
    counted, errors = of_function("MailFunction", "Invocations"), of_function("MailFunction", "Errors")

    assert source.collect([counted, errors]) == {counted: [1, 1, 1], errors: [1, 0, 0]}


def test_a_silent_invocation_of_a_function_that_fails_is_an_error(logs: EmulatorLogs) -> None:
    source = function_metrics(logs, Lambda(last_result="FAILED"), RecordedMetrics(CloudWatch()))
    logs.say(1_000, *logged())
    errors = of_function("MailFunction", "Errors")

    assert source.collect([errors]) == {errors: [1]}


def test_direct_invocations_and_throttles_are_the_emulators_counts(logs: EmulatorLogs) -> None:
    clock = FakeTime()
    soon, later = AT + timedelta(seconds=1), AT + timedelta(seconds=61)
    counted = {
        ("Errors", "Notifier"): [(soon, 1.0), (soon, 0.0), (later, 0.0)],
        ("Throttles", "MailFunction"): [(soon, 1.0)],
        ("Throttles", "Notifier"): [(soon, 1.0)],
    }
    source = function_metrics(logs, Lambda(), RecordedMetrics(CloudWatch(counted), clock))
    errors, throttles = of_function("Notifier", "Errors"), Metric.of("AWS/Lambda", "Throttles", {})

    clock.now += timedelta(minutes=1)
    first = source.collect([errors, throttles])
    clock.now += timedelta(minutes=1)
    second = source.collect([errors, throttles])

    assert first == {errors: [1, 0], throttles: [1, 1]}
    assert second == {errors: [0], throttles: []}


@pytest.mark.parametrize(
    ("metric", "known"),
    [
        (of_function("MailFunction", "Errors"), True),
        (of_function("MailFunction", "Duration"), False),
        (Metric.of("AWS/Lambda", "Errors", {}), False),
        (Metric.of("AWS/Lambda", "Throttles", {}), True),
        (Metric.of("AWS/SQS", "Throttles", {}), False),
    ],
)
def test_only_countable_function_metrics_are_measured(logs: EmulatorLogs, metric: Metric, *, known: bool) -> None:
    assert function_metrics(logs, Lambda(), RecordedMetrics(CloudWatch())).measures(metric) is known


@dataclass
class Sqs:
    """One queue."""

    visible: int = 0
    in_flight: int = 0
    delayed: int = 0

    # boto3's parameter names.
    def get_queue_url(self, QueueName: str) -> Mapping[str, str]:  # noqa: N803
        return {"QueueUrl": f"http://127.0.0.1/{QueueName}"}

    def get_queue_attributes(self, QueueUrl: str, AttributeNames: Sequence[str]) -> Mapping[str, Any]:  # noqa: N803
        assert (QueueUrl, AttributeNames) == ("http://127.0.0.1/mail", ["All"])
        return {
            "Attributes": {
                "ApproximateNumberOfMessages": str(self.visible),
                "ApproximateNumberOfMessagesNotVisible": str(self.in_flight),
                "ApproximateNumberOfMessagesDelayed": str(self.delayed),
                "VisibilityTimeout": "30",
            }
        }


VISIBLE = Metric.of("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": "mail"})
AGE = Metric.of("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": "mail"})


def test_a_queues_visible_messages_are_counted() -> None:
    assert QueueMetrics(Sqs(visible=3, in_flight=2, delayed=1)).collect([VISIBLE]) == {VISIBLE: [3.0]}  # type: ignore[arg-type]  # a fake


def test_the_age_is_the_time_since_the_queue_was_last_empty() -> None:
    queue = Sqs()
    source = QueueMetrics(queue)  # type: ignore[arg-type]  # a fake
    ages: list[float] = []

    for queue.visible, queue.in_flight, queue.delayed in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0)):
        ages += source.collect([AGE])[AGE]

    assert ages == [0, 0, 60, 120, 0]


def test_an_sqs_metric_without_an_attribute_is_not_measured() -> None:
    source = QueueMetrics(Sqs())  # type: ignore[arg-type]  # a fake

    assert [source.measures(metric) for metric in (VISIBLE, AGE)] == [True, True]
    assert not source.measures(Metric.of("AWS/SQS", "NumberOfMessagesDeleted", {"QueueName": "mail"}))
    assert not source.measures(Metric.of("AWS/SQS", "ApproximateNumberOfMessagesVisible", {}))
