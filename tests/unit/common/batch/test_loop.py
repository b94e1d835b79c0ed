"""The outcome of each record of a batch, whatever its message and whatever AWS refuses."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from lambdas.common.batch.delivery import SqsRecord
from lambdas.common.errors import NotNowError, PermanentError, RetryableError, Skip
from lambdas.common.follow_ups import Emit, FollowUp, LeftOut
from lambdas.common.handlers import Handler, reaction
from lambdas.queue_processor.handler import handler as ingress
from lambdas.queue_processor.ingress import IngressHandler
from schemas.event_type import EventType, Kind
from schemas.message import Message
from schemas.wire import Payload
from tests.fakes.function import ENVIRONMENT, FakeContext, FunctionHarness, redelivered, sqs_event, sqs_record
from tests.fakes.service import failing
from tests.messages import COMPANY


class Told(Payload):
    """The payload of a follow-up."""

    text: str


class Task(Payload):
    """A payload that says how its handler ends."""

    end: str = "good"


TOLD = EventType("test.told", Told, Kind.JOB)
TASK = EventType("test.task", Task, Kind.REACTION, emits={TOLD})


class Runs:
    """Counts how often the handler ran."""

    count = 0


@pytest.fixture
def runs() -> Runs:
    return Runs()


@pytest.fixture
def handler(runs: Runs) -> Handler[Task]:
    @reaction(TASK)
    def handle(task: Message[Task]) -> Iterator[FollowUp]:
        runs.count += 1
        end = task.payload.end
        if end in FAILURES:
            raise FAILURES[end]
        yield from (
            Emit(event_type, payload(task.company_id), discriminator)
            for event_type, payload, discriminator in FOLLOW_UPS.get(end, ())
        )

    return handle


def told(text: str) -> Callable[[str], Payload]:
    return lambda company_id: Told(company_id=company_id, text=text)


FAILURES = {
    "permanent": PermanentError("no such thing"),
    "retryable": RetryableError("not now"),
    "asks": RetryableError("busy", retry_after=77),
    "bug": KeyError("surprise"),
    "skip": Skip("cancelled"),
}

FOLLOW_UPS: dict[str, list[tuple[EventType[Any], Callable[[str], Payload], str]]] = {
    "tells": [(TOLD, told("hello"), "")],
    "tells twice": [(TOLD, told("a"), ""), (TOLD, told("b"), "")],
    "tells many": [(TOLD, told("x"), str(number)) for number in range(15)],
    "tells too much": [(TOLD, told("x" * 1_100_000), "")],
    "strays": [(TASK, lambda company_id: Task(company_id=company_id), "")],
}


def task(end: str = "good", **changes: Any) -> str:
    message = {
        "type": "test.task",
        "payload": {"companyId": COMPANY, "end": end},
        "timestamp": "2026-04-14T13:59:00Z",
        "attempts": 1,
        "id": f"task-{end.replace(' ', '-')}",
    }
    return json.dumps(message | changes)


def run(
    handler: Handler[Task], harness: FunctionHarness, *bodies: str, context: FakeContext | None = None
) -> list[str]:
    """The SQS message ids that are reported as failed."""
    response = handler.process(sqs_event(*bodies), context or FakeContext(), harness.runtime())
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def run_record(handler: Handler[Task], harness: FunctionHarness, record: SqsRecord) -> list[str]:
    response = handler.process({"Records": [record]}, FakeContext(), harness.runtime())
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def history(entry: dict[str, Any]) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(entry["MessageAttributes"]["history"]["StringValue"])
    return parsed


def biography(entry: dict[str, Any]) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(entry["MessageAttributes"]["biography"]["StringValue"])
    return parsed


def test_a_mixed_batch_ends_in_7_done_1_copy_and_2_dead_letters(
    handler: Handler[Task], harness: FunctionHarness
) -> None:
    bodies = [task(id=f"good-{number}") for number in range(7)]
    bodies[2:2] = [task("permanent"), task("retryable"), "{broken"]

    failures = run(handler, harness, *bodies)

    assert failures == []
    assert sorted(harness.outcomes) == ["dead_lettered"] * 2 + ["retrying"] + ["succeeded"] * 7
    assert [json.loads(copy["MessageBody"])["attempts"] for copy in harness.copies] == [2]
    assert {biography(dead_letter)["reason"] for dead_letter in harness.dead_letters} == {"permanent", "invalid_json"}


def test_a_success_without_follow_ups_makes_no_aws_call(handler: Handler[Task], harness: FunctionHarness) -> None:
    run(handler, harness, *[task(id=f"good-{number}") for number in range(10)])

    assert harness.sqs.calls == []
    assert harness.events.calls == []


def test_every_record_has_its_own_line_with_ids_and_no_payload(
    handler: Handler[Task], harness: FunctionHarness
) -> None:
    run(handler, harness, task("permanent", correlationId="root", causationId="parent"))

    (line,) = harness.lines
    assert line["id"] == "task-permanent"
    assert line["type"] == line["service"] == "test.task"
    assert line["correlation_id"] == "root"
    assert line["causation_id"] == "parent"
    assert line["company_id"] == COMPANY
    assert line["sqs_message_id"] == "m-0"
    assert line["function_request_id"] == "request-1"
    assert line["attempt"] == 1
    assert line["reason"] == "permanent"
    assert line["error"] == "PermanentError"
    assert line["level"] == "ERROR"


def test_the_metrics_of_a_batch_are_one_record_with_a_sample_an_attempt(
    handler: Handler[Task], harness: FunctionHarness
) -> None:
    run(handler, harness, task(), task("retryable"), task("permanent"), task("skip"))

    (metrics,) = harness.metrics
    assert metrics["service"] == "test.task"
    assert sorted(metrics["Failure"]) == [0, 1, 1]
    assert len(metrics["Latency"]) == 1
    assert metrics["Latency"][0] == pytest.approx(60_000, abs=100)
    (directive,) = metrics["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "TalyAsync/prod"
    assert directive["Dimensions"] == [["service"]]


def test_a_skip_is_final_and_logs_its_text(handler: Handler[Task], harness: FunctionHarness) -> None:
    run(handler, harness, task("skip"))

    (line,) = harness.lines
    assert (line["outcome"], line["detail"]) == ("skipped", "cancelled")
    assert harness.sqs.calls == []


def test_a_failed_attempt_comes_back_as_a_fresh_copy_with_its_history(
    handler: Handler[Task], harness: FunctionHarness
) -> None:
    run(handler, harness, task("retryable", unknown={"kept": [1.5, "é"]}))

    (copy,) = harness.copies
    body = json.loads(copy["MessageBody"])
    assert body["attempts"] == 2
    assert body["id"] == "task-retryable"
    assert body["unknown"] == {"kept": [1.5, "é"]}
    assert copy["MessageGroupId"] == COMPANY
    assert copy["DelaySeconds"] == 2  # the reactions' base with the most jitter
    (attempt,) = history(copy)["attempts"]
    assert attempt["error"] == "RetryableError"
    assert attempt["message"] == "not now"
    assert attempt["attempt"] == 1
    assert attempt["function_version"] == ENVIRONMENT.code_version
    assert attempt["request_id"] == "request-1"
    assert history(copy)["first_enqueued_at"] == "2026-04-14T14:00:00.000Z"


def test_a_stage_that_caps_the_backoff_waits_no_longer(handler: Handler[Task], harness: FunctionHarness) -> None:
    runtime = harness.runtime()
    capped = replace(runtime, environment=runtime.environment._replace(backoff_cap="1"))

    handler.process(sqs_event(task("retryable"), task("asks")), FakeContext(), capped)

    assert [copy["DelaySeconds"] for copy in harness.copies] == [1, 77]  # what the other side asks for still wins


def test_a_retry_after_sets_the_delay_of_the_copy(handler: Handler[Task], harness: FunctionHarness) -> None:
    run(handler, harness, task("asks"))

    assert [copy["DelaySeconds"] for copy in harness.copies] == [77]


def test_a_message_that_always_fails_is_dead_lettered_after_3_attempts(
    handler: Handler[Task], harness: FunctionHarness, runs: Runs
) -> None:
    failures = run(handler, harness, task("bug"))
    while harness.copies:
        failures += run_record(handler, harness, redelivered(harness.copies.pop()))

    assert runs.count == 3
    assert failures == []
    assert harness.outcomes == ["retrying", "retrying", "dead_lettered"]
    (dead_letter,) = harness.dead_letters
    history = biography(dead_letter)
    assert history["reason"] == "attempts_exhausted"
    assert [attempt["attempt"] for attempt in history["attempts"]] == [1, 2, 3]
    assert history["firstEnqueuedAt"] == "2026-04-14T14:00:00.000Z"


def test_a_dead_letter_keeps_its_body_and_has_a_biography(handler: Handler[Task], harness: FunctionHarness) -> None:
    body = task("permanent").replace(": ", " :  ")

    run(handler, harness, body)

    (dead_letter,) = harness.dead_letters
    assert dead_letter["MessageBody"] == body
    assert dead_letter["MessageAttributes"]["reason"]["StringValue"] == "permanent"
    history = biography(dead_letter)
    assert history["id"] == "task-permanent"
    assert history["type"] == "test.task"
    assert history["errorClass"] == "PermanentError"
    assert history["message"] == "no such thing"
    assert history["fingerprint"] == dead_letter["MessageAttributes"]["fingerprint"]["StringValue"]
    assert dead_letter["MessageGroupId"] == COMPANY


def test_a_service_that_tried_once_itself_gets_two_attempts(
    handler: Handler[Task], harness: FunctionHarness, runs: Runs
) -> None:
    run(handler, harness, task("retryable", attempts=2))
    run_record(handler, harness, redelivered(harness.copies.pop()))

    assert runs.count == 2
    assert harness.outcomes == ["retrying", "dead_lettered"]


def test_a_first_delivery_beyond_the_limit_still_gets_one_attempt(
    handler: Handler[Task], harness: FunctionHarness, runs: Runs
) -> None:
    run(handler, harness, task(attempts=9))

    assert runs.count == 1
    assert harness.outcomes == ["succeeded"]


def test_only_a_record_whose_copy_is_refused_for_now_stays_queued(
    handler: Handler[Task], harness: FunctionHarness
) -> None:
    harness.sqs.refuse = lambda _, entry: "InternalError" if "first" in entry["MessageBody"] else None

    failures = run(handler, harness, task("retryable", id="first"), task("retryable", id="second"), task())

    assert failures == ["m-0"]
    assert [json.loads(copy["MessageBody"])["id"] for copy in harness.copies] == ["second"]
    assert sorted(harness.outcomes) == ["retrying", "retrying", "succeeded"]


def test_only_a_record_whose_dead_letter_is_refused_stays_queued(
    handler: Handler[Task], harness: FunctionHarness
) -> None:
    harness.sqs.refuse = lambda _, entry: "InternalError" if "first" in entry["MessageBody"] else None

    failures = run(handler, harness, task("permanent", id="first"), task("permanent", id="second"), task())

    assert failures == ["m-0"]
    assert [json.loads(dead_letter["MessageBody"])["id"] for dead_letter in harness.dead_letters] == ["second"]
    assert sorted(harness.outcomes) == ["dead_lettered", "retrying", "succeeded"]


@pytest.mark.parametrize("error", [RuntimeError("broken"), NotNowError("later")])
def test_a_failing_reader_dead_letters_its_record(harness: FunctionHarness, error: Exception) -> None:
    class Broken(IngressHandler):
        def read(self, body: str) -> Any:
            raise error

    Broken(ingress.decide).process(sqs_event("{}"), FakeContext(), harness.runtime())

    assert harness.outcomes == ["dead_lettered"]
    assert biography(harness.dead_letters[0])["reason"] == "permanent"


def test_an_outage_of_sqs_loses_nothing(handler: Handler[Task], harness: FunctionHarness) -> None:
    harness.sqs.fail = failing("ServiceUnavailable")

    failures = run(handler, harness, task("permanent"), task("retryable"), task())

    assert failures == ["m-1", "m-0"]
    assert harness.outcomes.count("succeeded") == 1


def test_follow_ups_carry_the_chain_and_the_same_id_each_time(handler: Handler[Task], harness: FunctionHarness) -> None:
    run(handler, harness, task("tells", correlationId="root", hops=2))
    run(handler, harness, task("tells", correlationId="root", hops=2))

    first, second = (json.loads(entry["Detail"]) for entry in harness.events.published)
    assert first["id"] == second["id"]
    assert first["correlationId"] == "root"
    assert first["causationId"] == "task-tells"
    assert first["hops"] == 3
    assert first["attempts"] == 1
    assert first["payload"] == {"companyId": COMPANY, "text": "hello"}
    assert harness.lines[0]["follow_ups"] == [first["id"]]


def test_the_follow_ups_of_a_whole_batch_go_out_ten_a_call(handler: Handler[Task], harness: FunctionHarness) -> None:
    run(handler, harness, task("tells many", id="one"), task("tells many", id="two"))

    assert [len(call["Entries"]) for call in harness.events.requests] == [10, 10, 10]
    assert harness.outcomes == ["succeeded", "succeeded"]


def test_a_deferral_for_a_refused_follow_up_spends_no_attempt(handler: Handler[Task], harness: FunctionHarness) -> None:
    harness.events.refuse = lambda _, entry: "ThrottlingException" if "unlucky" in entry["Detail"] else None

    failures = run(handler, harness, task("tells", id="unlucky"), task("tells", id="lucky"))

    assert failures == []
    assert sorted(harness.outcomes) == ["deferred", "succeeded"]
    (copy,) = harness.copies
    assert copy["MessageBody"] == task("tells", id="unlucky")
    assert history(copy)["deferrals"] == 1


def test_a_follow_up_refused_for_good_dead_letters_its_record_alone(
    handler: Handler[Task], harness: FunctionHarness
) -> None:
    harness.events.refuse = lambda _, entry: "MalformedDetail" if "unlucky" in entry["Detail"] else None

    run(handler, harness, task("tells", id="unlucky"), task("tells", id="lucky"))

    assert sorted(harness.outcomes) == ["dead_lettered", "succeeded"]
    (dead_letter,) = harness.dead_letters
    assert biography(dead_letter)["reason"] == "permanent"
    assert biography(dead_letter)["errorClass"] == "FollowUpRefused"


@pytest.mark.parametrize(
    "given", [Emit(TOLD, Told(company_id=COMPANY, text="hello")), [None], [TOLD]], ids=["one alone", "None", "a type"]
)
def test_a_yielded_value_that_is_no_follow_up_is_an_error(given: Any, harness: FunctionHarness) -> None:
    """A follow-up that is returned, not yielded, comes to its fields."""

    @reaction(TASK)
    def handle(_task: Message[Task]) -> Iterator[FollowUp]:
        return given  # type: ignore[no-any-return]  # mypy would have refused it

    run(handle, harness, task("good"))

    assert harness.outcomes == ["dead_lettered"]
    assert "is no follow-up" in biography(harness.dead_letters[0])["message"]


LEFT_OUT = "admins[1].email: must be a string, found null"


def leaves_out(*others: FollowUp, skip: bool = False) -> Handler[Task]:
    @reaction(TASK)
    def handle(_task: Message[Task]) -> Iterator[FollowUp]:
        yield LeftOut(LEFT_OUT)
        yield from others
        if skip:
            raise Skip("nobody to tell")

    return handle


@pytest.mark.parametrize("others", [(), (Emit(TOLD, Told(company_id=COMPANY, text="hello")),)], ids=["alone", "among"])
@pytest.mark.parametrize(("skip", "outcome"), [(False, "succeeded"), (True, "skipped")])
def test_what_a_reaction_left_out_is_in_its_line(
    others: tuple[FollowUp, ...], outcome: str, harness: FunctionHarness, *, skip: bool
) -> None:
    run(leaves_out(*others, skip=skip), harness, task("good"))

    (line,) = harness.lines
    assert (line["outcome"], line["left_out"]) == (outcome, [LEFT_OUT])
    assert len(harness.events.published) == len(others)


def test_the_line_of_a_reaction_that_left_nothing_out_does_not_say_so(
    handler: Handler[Task], harness: FunctionHarness
) -> None:
    run(handler, harness, task("tells"), task("good"))

    assert [line for line in harness.lines if "left_out" in line] == []


def test_a_follow_up_over_the_limit_of_the_bus_is_too_large(handler: Handler[Task], harness: FunctionHarness) -> None:
    run(handler, harness, task("tells too much"), task("tells"))

    assert biography(harness.dead_letters[0])["reason"] == "too_large"
    assert len(harness.events.published) == 1


def test_a_bus_that_is_away_ends_in_a_dead_letter_after_3_days(
    handler: Handler[Task], harness: FunctionHarness
) -> None:
    harness.events.fail = failing("InternalFailure")
    began = harness.now
    run(handler, harness, task("tells"))
    while harness.copies:
        run_record(handler, harness, harness.next_copy())

    assert {*harness.outcomes[:-1]} == {"deferred"}
    assert (harness.lines[-1]["outcome"], harness.lines[-1]["reason"]) == ("dead_lettered", "unavailable")
    assert timedelta(days=3) <= harness.now - began < timedelta(days=3, minutes=31)
    (wait,) = biography(harness.dead_letters[0])["waits"]
    assert (wait["destination"], wait["since"][:19]) == ("bus", "2026-04-14T14:00:00")
    assert biography(harness.dead_letters[0])["deferrals"] == wait["times"] == len(harness.lines)


@pytest.mark.parametrize("end", ["tells twice", "strays"])
def test_an_undeclared_follow_up_is_a_permanent_error(
    handler: Handler[Task], harness: FunctionHarness, end: str
) -> None:
    run(handler, harness, task(end))

    assert harness.events.published == []
    assert biography(harness.dead_letters[0])["reason"] == "permanent"
    assert "test.task emits" in biography(harness.dead_letters[0])["message"]


def test_records_without_enough_time_are_deferred(handler: Handler[Task], harness: FunctionHarness, runs: Runs) -> None:
    context = FakeContext(milliseconds=2_900)

    failures = run(handler, harness, task(id="a"), task(id="b"), task(id="c"), context=context)

    assert failures == []
    assert runs.count == 1
    assert harness.outcomes == ["succeeded", "deferred", "deferred"]
    assert [copy["MessageBody"] for copy in harness.copies] == [task(id="b"), task(id="c")]


def test_a_full_batch_of_reactions_runs_in_one_invocation(handler: Handler[Task], harness: FunctionHarness) -> None:
    run(
        handler, harness, *[task(id=f"good-{number}") for number in range(10)], context=FakeContext(milliseconds=10_000)
    )

    assert harness.outcomes == ["succeeded"] * 10


def test_producers_attributes_are_kept_in_the_history_and_biography(
    handler: Handler[Task], harness: FunctionHarness
) -> None:
    own = {f"own-{number}": {"stringValue": "é" * number, "dataType": "String"} for number in range(10)}
    run_record(handler, harness, sqs_record(task("retryable", attempts=2), attributes=own))

    run_record(handler, harness, redelivered(harness.copies.pop()))

    (dead_letter,) = harness.dead_letters
    assert len(dead_letter["MessageAttributes"]) == 3
    assert biography(dead_letter)["producerAttributes"]["own-3"] == "ééé"


def test_an_attribute_that_resembles_a_history_is_the_producers(
    handler: Handler[Task], harness: FunctionHarness
) -> None:
    forged = {"history": {"stringValue": '{"attempts": 7}', "dataType": "String"}}

    run_record(handler, harness, sqs_record(task("permanent"), attributes=forged))

    assert biography(harness.dead_letters[0])["producerAttributes"] == {"history": '{"attempts": 7}'}


def test_a_large_body_is_kept_and_its_biography_cut(handler: Handler[Task], harness: FunctionHarness) -> None:
    body = task("permanent", filler="x" * 1_048_576)[: 1_048_576 - 100]

    run(handler, harness, body)

    (dead_letter,) = harness.dead_letters
    assert dead_letter["MessageBody"] == body
    assert "biography" not in dead_letter["MessageAttributes"]
    assert dead_letter["MessageAttributes"]["reason"]["StringValue"] == "invalid_json"


def test_the_largest_body_is_kept_without_attributes(handler: Handler[Task], harness: FunctionHarness) -> None:
    body = "x" * 1_048_576

    run(handler, harness, body)

    (dead_letter,) = harness.dead_letters
    assert dead_letter["MessageBody"] == body
    assert "MessageAttributes" not in dead_letter
    assert harness.lines[0]["reason"] == "invalid_json"


def test_a_number_that_cannot_be_rewritten_is_dead_lettered_unchanged(
    handler: Handler[Task], harness: FunctionHarness
) -> None:
    body = task("retryable").replace('"attempts"', '"unknown": 1e400, "attempts"')

    run(handler, harness, body)

    assert harness.dead_letters[0]["MessageBody"] == body
    assert biography(harness.dead_letters[0])["reason"] == "invalid_json"


def test_a_logged_error_has_no_value_of_the_payload(harness: FunctionHarness) -> None:
    @reaction(TASK)
    def leaky(task: Message[Task]) -> Iterator[FollowUp]:
        raise ValueError(f"cannot greet {task.payload.end}")

    run(leaky, harness, task("Ada Lovelace", id="t"))

    assert "Ada" not in "".join(harness.log)
    assert "Ada" not in harness.copies[0]["MessageAttributes"]["history"]["StringValue"]
    assert harness.lines[0]["detail"] == "cannot greet [redacted]"


def test_failures_of_one_cause_share_a_fingerprint_and_others_do_not(
    handler: Handler[Task], harness: FunctionHarness
) -> None:
    run(handler, harness, task("permanent", id="a"), task("permanent", id="b"), task("strays"), "{broken")

    prints = [line["fingerprint"] for line in harness.lines]
    assert prints[0] == prints[1]
    assert len(set(prints)) == 3
