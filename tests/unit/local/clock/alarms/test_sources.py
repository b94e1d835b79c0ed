"""Where the evaluator's samples come from, as the emulator's APIs give them."""

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
from schemas.names import METRIC_NAMESPACE
from schemas.reasons import Outcome
from tests.fakes.delivery import heartbeat
from tests.fakes.function import FakeContext
from tests.fakes.service import client_error

AT = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FAILURE = Metric.of(METRIC_NAMESPACE, "Failure", {"service": "email.send"})
LATENCY = Metric.of(METRIC_NAMESPACE, "Latency", {"service": "email.send"})


@dataclass(frozen=True)
class Pages:
    """A paginator of one page."""

    page: Mapping[str, Any]

    def paginate(self, **_: Any) -> Iterator[Mapping[str, Any]]:
        yield self.page


@dataclass
class Logs:
    """CloudWatch Logs, as the emulator has it: events without ids."""

    events: list[dict[str, Any]] = field(default_factory=list)

    def say(self, at: int, *lines: str, group: str = "mail", stream: str = "s1") -> None:
        self.events += [{"logStreamName": stream, "timestamp": at, "message": line, "group": group} for line in lines]

    # The names are boto3's.
    def filter_log_events(self, logGroupName: str, startTime: int, filterPattern: str) -> dict[str, Any]:  # noqa: N803
        if logGroupName == "/aws/lambda/Notifier":
            raise client_error("ResourceNotFoundException")
        found = [each for each in self.events if each["group"] == logGroupName and each["timestamp"] >= startTime]
        return {"events": [each for each in found if filterPattern.strip('"') in each["message"]]}


@dataclass
class Lambda:
    """Two functions: one that is fed by a queue, one that is not, and was never invoked."""

    last_result: str = "OK - 1 records"

    def get_paginator(self, operation: str) -> Pages:
        return Pages(
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
    """What the emulator counted: the time and the value of each sample."""

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
class Clock:
    now: datetime = AT

    def __call__(self) -> datetime:
        return self.now


def logged(*said: str) -> tuple[str, ...]:
    """An invocation as the emulator logs it."""
    request = "RequestId: 1c4dad2e-2f3b-4121-a6a0-1821424ce107"
    return (
        f"START {request} Version: $LATEST",
        *said,
        f"END {request}",
        f"REPORT {request}\tDuration: 403 ms\tBilled Duration: 403 ms\tMemory Size: 128 MB\tMax Memory Used: 51 MB",
    )


def event(stream: str, line: str) -> Event:
    return Event(key="", group="mail", stream=stream, text=line, at_ms=0)


def of_function(name: str, metric: str) -> Metric:
    return Metric.of("AWS/Lambda", metric, {"FunctionName": name})


def test_what_a_function_writes_of_its_work_is_read_as_samples() -> None:
    lines: list[str] = []
    at = datetime(2026, 4, 14, 14, 0, 0, 200_000, tzinfo=UTC)
    telemetry = Telemetry("email.send", FakeContext(), lines.append, lambda: at)
    telemetry.report(heartbeat(), Outcome.SUCCEEDED)
    telemetry.report(heartbeat(), Outcome.RETRYING)
    telemetry.flush()

    found = samples([*logged(*lines), "not JSON", "[]", '{"_aws": 1}'])

    assert found == {FAILURE: [0, 1], LATENCY: [1_200]}


def test_a_sample_may_be_a_number_and_counts_for_each_set_of_dimensions() -> None:
    directive = {
        "Namespace": "TalyAsync",
        "Dimensions": [["service"], ["service", "tenant"]],
        "Metrics": [{"Name": "Failure"}],
    }
    line = {"_aws": {"CloudWatchMetrics": [directive]}, "service": "email.send", "tenant": "t", "Failure": 1}

    found = samples([json.dumps(line)])

    assert found == {
        FAILURE: [1],
        Metric.of(METRIC_NAMESPACE, "Failure", {"tenant": "t", "service": "email.send"}): [1],
    }


def test_embedded_metrics_are_read_out_of_every_functions_log_once() -> None:
    logs = Logs()
    lines: list[str] = []
    telemetry = Telemetry("email.send", FakeContext(), lines.append, lambda: AT)
    telemetry.report(heartbeat(), Outcome.DEAD_LETTERED)
    telemetry.flush()
    logs.say(10_000, *logged(*lines))
    tail = LogTail(LogGroups(logs), since=EPOCH, pattern='"CloudWatchMetrics"')
    source = EmbeddedMetrics(Functions(Lambda()), tail)

    first, second = source.minute([FAILURE, LATENCY]), source.minute([FAILURE, LATENCY])

    assert first == {FAILURE: [1], LATENCY: ()}
    assert second == {FAILURE: (), LATENCY: ()}


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ((), Invocation(failed=False, silent=True)),
        (('{"level":"INFO"}',), Invocation(failed=False, silent=False)),
        (('{"exception":"Traceback (most recent call last):"}',), Invocation(failed=False, silent=False)),
        (("Traceback (most recent call last):", "ValueError: no good"), Invocation(failed=True, silent=False)),
        (('{"level":"INFO"}', "Task timed out after 5.00 seconds"), Invocation(failed=True, silent=False)),
        (("Worker process died",), Invocation(failed=True, silent=False)),
    ],
)
def test_a_log_tells_of_an_invocation_and_whether_it_failed(said: tuple[str, ...], wanted: Invocation) -> None:
    events = [event("s1", line) for line in logged(*said)]

    assert invocations(events) == [wanted]


def test_invocations_whose_lines_lie_among_each_other_are_told_apart() -> None:
    bad, good = logged("Worker process died"), logged('{"level":"INFO"}')
    events = [
        event(stream, line) for pair in zip(bad, good, strict=True) for stream, line in zip("12", pair, strict=True)
    ]

    assert [each.failed for each in invocations(events)] == [True, False]


@pytest.fixture
def logs() -> Logs:
    return Logs()


def function_metrics(logs: Logs, functions: Lambda, recorded: RecordedMetrics) -> FunctionMetrics:
    return FunctionMetrics(Functions(functions), LogTail(LogGroups(logs), since=EPOCH), recorded)


def test_of_a_function_that_a_queue_feeds_its_log_is_counted(logs: Logs) -> None:
    source = function_metrics(logs, Lambda(), RecordedMetrics(CloudWatch()))
    logs.say(1_000, *logged("Worker process died"))
    logs.say(1_000, *logged('{"level":"INFO"}'), stream="s2")
    logs.say(1_000, *logged(), stream="s3")
    counted, errors = of_function("MailFunction", "Invocations"), of_function("MailFunction", "Errors")

    assert source.minute([counted, errors]) == {counted: [1, 1, 1], errors: [1, 0, 0]}


def test_a_function_that_cannot_be_imported_says_nothing_and_fails_all_the_same(logs: Logs) -> None:
    source = function_metrics(logs, Lambda(last_result="FAILED"), RecordedMetrics(CloudWatch()))
    logs.say(1_000, *logged())
    errors = of_function("MailFunction", "Errors")

    assert source.minute([errors]) == {errors: [1]}


def test_of_what_is_invoked_by_hand_and_of_throttles_the_emulators_own_count_is_taken(logs: Logs) -> None:
    clock = Clock()
    soon, later = AT + timedelta(seconds=1), AT + timedelta(seconds=61)
    counted = {
        ("Errors", "Notifier"): [(soon, 1.0), (soon, 0.0), (later, 0.0)],
        ("Throttles", "MailFunction"): [(soon, 1.0)],
        ("Throttles", "Notifier"): [(soon, 1.0)],
    }
    source = function_metrics(logs, Lambda(), RecordedMetrics(CloudWatch(counted), clock))
    errors, throttles = of_function("Notifier", "Errors"), Metric.of("AWS/Lambda", "Throttles", {})

    clock.now += timedelta(minutes=1)
    first = source.minute([errors, throttles])
    clock.now += timedelta(minutes=1)
    second = source.minute([errors, throttles])

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
def test_of_functions_it_is_known_what_can_be_counted(logs: Logs, metric: Metric, *, known: bool) -> None:
    assert function_metrics(logs, Lambda(), RecordedMetrics(CloudWatch())).knows(metric) is known


@dataclass
class Sqs:
    """One queue."""

    visible: int = 0
    in_flight: int = 0
    delayed: int = 0

    # The names are boto3's.
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
    assert QueueMetrics(Sqs(visible=3, in_flight=2, delayed=1)).minute([VISIBLE]) == {VISIBLE: [3.0]}  # type: ignore[arg-type]  # a fake


def test_the_oldest_message_is_taken_to_be_as_old_as_the_queue_has_not_been_seen_empty() -> None:
    queue = Sqs()
    source = QueueMetrics(queue)  # type: ignore[arg-type]  # a fake
    ages: list[float] = []

    for queue.visible, queue.in_flight, queue.delayed in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0)):
        ages += source.minute([AGE])[AGE]

    assert ages == [0, 0, 60, 120, 0]


def test_a_metric_of_sqs_that_no_attribute_tells_is_not_known() -> None:
    source = QueueMetrics(Sqs())  # type: ignore[arg-type]  # a fake

    assert [source.knows(metric) for metric in (VISIBLE, AGE)] == [True, True]
    assert not source.knows(Metric.of("AWS/SQS", "NumberOfMessagesDeleted", {"QueueName": "mail"}))
    assert not source.knows(Metric.of("AWS/SQS", "ApproximateNumberOfMessagesVisible", {}))
