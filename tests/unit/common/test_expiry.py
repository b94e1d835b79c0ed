"""A message whose own time is over is skipped, however it was delivered."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.appointment_reminder.handler import handler as reminder_handler
from lambdas.common.batch.expiry import expired
from lambdas.common.batch.history import MessageHistory
from lambdas.common.clients.crm import Crm
from lambdas.common.errors import Expired, NotNowError, RetryableError, UnavailableError
from lambdas.common.follow_ups import FollowUp
from lambdas.common.handlers import Handler, job, reaction
from lambdas.queue_processor.handler import handler as ingress
from schemas.destinations import READ_APPOINTMENT
from schemas.event_type import EventType, Kind
from schemas.message import Message
from schemas.reasons import Outcome
from schemas.wire import Payload, Timestamp
from tests.fakes.crm import FakeCrmHttp, answer
from tests.fakes.function import NOW, FakeContext, FunctionHarness, begun, redelivered, sqs_event, sqs_record
from tests.fakes.service import client_error
from tests.messages import COMPANY, appointment, reminder, text

SENT_AT = "2026-04-14T13:00:00Z"
OVER_AT = datetime(2026, 4, 14, 15, 0, tzinfo=UTC)
DETAIL = "expired: its time was over at 2026-04-14T15:00Z"


class Offer(Payload):
    """A payload that may have a time of its own."""

    until: Timestamp | None = None

    def ends_at(self) -> datetime | None:
        return self.until


JOB = EventType("test.offer", Offer, Kind.JOB)
REACTION = EventType("test.offered", Offer, Kind.REACTION)
Runs = list[Exception | None]


def offer(until: str | None = "2026-04-14T15:00:00Z", *, of: EventType[Offer] = JOB, **changes: Any) -> str:
    payload = {"companyId": COMPANY, "until": until}
    return json.dumps({"type": of.name, "payload": payload, "id": "o-1", "timestamp": SENT_AT, "attempts": 1} | changes)


@pytest.fixture
def runs() -> Runs:
    """The runs of the handlers."""
    return []


@pytest.fixture
def failures() -> list[Exception]:
    """How the next runs fail; the later ones succeed."""
    return []


@pytest.fixture
def task(runs: Runs, failures: list[Exception]) -> Handler[Offer]:
    @job(JOB)
    def handle(_offer: Message[Offer]) -> None:
        runs.append(failures.pop(0) if failures else None)
        if runs[-1]:
            raise runs[-1]

    return handle


@pytest.fixture
def reacting(runs: Runs, failures: list[Exception]) -> Handler[Offer]:
    @reaction(REACTION)
    def handle(_offer: Message[Offer]) -> Iterator[FollowUp]:
        runs.append(failures.pop(0) if failures else None)
        if runs[-1]:
            raise runs[-1]
        yield from ()

    return handle


def deliver(handler: Handler[Any], harness: FunctionHarness, *bodies: str) -> None:
    assert handler.process(sqs_event(*bodies), FakeContext(), harness.runtime()) == {"batchItemFailures": []}


def deliver_again(handler: Handler[Any], harness: FunctionHarness, *, at: datetime) -> None:
    harness.now = at
    handler.process({"Records": [redelivered(harness.copies.pop())]}, FakeContext(), harness.runtime())


@pytest.mark.parametrize(
    "failure", [NotNowError("the table is away"), RetryableError("it answered 503")], ids=["deferred", "retried"]
)
def test_copy_whose_time_passed_while_it_waited_is_skipped(
    task: Handler[Offer], harness: FunctionHarness, runs: Runs, failures: list[Exception], failure: Exception
) -> None:
    failures.append(failure)
    deliver(task, harness, offer())

    deliver_again(task, harness, at=OVER_AT + timedelta(hours=30))

    assert runs == [failure]
    assert (harness.lines[-1]["outcome"], harness.lines[-1]["detail"]) == ("skipped", DETAIL)
    assert (harness.copies, harness.dead_letters, harness.events.published) == ([], [], [])


def test_copy_in_time_runs_after_its_wait(
    task: Handler[Offer], harness: FunctionHarness, runs: Runs, failures: list[Exception]
) -> None:
    failures.append(NotNowError("the table is away"))
    deliver(task, harness, offer())

    deliver_again(task, harness, at=OVER_AT - timedelta(seconds=1))

    assert harness.outcomes == ["deferred", "succeeded"]
    assert runs[1:] == [None]


def test_first_delivery_after_its_time_is_skipped_without_a_call(
    task: Handler[Offer], harness: FunctionHarness, runs: Runs
) -> None:
    harness.now = OVER_AT

    deliver(task, harness, offer())

    assert (harness.outcomes, runs) == (["skipped"], [])
    assert harness.dynamodb.requests == []


@pytest.mark.parametrize("until", [None, "2026-04-14T14:00:01Z", "2999-12-31T23:59:59.999999999+23:59"], ids=str)
def test_message_without_an_end_or_in_time_runs(
    task: Handler[Offer], harness: FunctionHarness, runs: Runs, until: str | None
) -> None:
    deliver(task, harness, offer(until))

    assert (harness.outcomes, runs) == (["succeeded"], [None])


def test_late_message_costs_its_neighbours_nothing(task: Handler[Offer], harness: FunctionHarness) -> None:
    late = offer("2026-04-14T13:59:59Z")

    deliver(task, harness, offer(id="o-2"), late, offer(id="o-3"))

    assert harness.outcomes == ["succeeded", "skipped", "succeeded"]


def test_redriven_dead_letter_is_skipped_after_its_time(
    task: Handler[Offer], harness: FunctionHarness, runs: Runs, failures: list[Exception]
) -> None:
    failures.extend(RetryableError("it answered 503") for _ in range(3))
    deliver(task, harness, offer(attempts=3))
    (dead_letter,) = harness.dead_letters

    harness.now = OVER_AT
    task.process({"Records": [redelivered(dead_letter)]}, FakeContext(), harness.runtime())

    assert harness.outcomes == ["dead_lettered", "skipped"]
    assert harness.lines[-1]["redriven"] == 1
    assert len(runs) == 1


def test_reaction_skips_a_message_that_became_late_on_its_way(
    reacting: Handler[Offer], harness: FunctionHarness, runs: Runs
) -> None:
    harness.now = OVER_AT

    deliver(reacting, harness, offer(of=REACTION))

    assert (harness.outcomes, runs) == (["skipped"], [])


@pytest.mark.parametrize("until", ["2026-04-14T12:59:59Z", SENT_AT, "1970-01-01T00:00:00+23:59"], ids=str)
def test_reaction_decides_on_a_message_that_was_late_when_sent(
    reacting: Handler[Offer], harness: FunctionHarness, runs: Runs, until: str
) -> None:
    deliver(reacting, harness, offer(until, of=REACTION))

    assert (harness.outcomes, runs) == (["succeeded"], [None])


def test_job_that_was_late_when_sent_is_skipped(task: Handler[Offer], harness: FunctionHarness, runs: Runs) -> None:
    deliver(task, harness, offer("2026-04-14T12:00:00Z"))

    assert (harness.outcomes, runs) == (["skipped"], [])


@pytest.mark.parametrize(
    "until",
    ["2026-04-14T15:00:00Z", "2026-04-14T15:00:00.000Z", "2026-04-14T17:00:00+02:00", "2026-04-14T15:00:59.5-00:00"],
)
def test_the_line_says_when_it_was_over_however_it_was_written(
    task: Handler[Offer], harness: FunctionHarness, until: str
) -> None:
    harness.now = OVER_AT + timedelta(minutes=1)

    deliver(task, harness, offer(until))

    assert harness.lines[-1]["detail"] == DETAIL


def test_the_ingress_routes_what_is_late(harness: FunctionHarness) -> None:
    harness.now = NOW + timedelta(days=30)

    ingress.process(sqs_event(text(reminder())), FakeContext(), harness.runtime())

    assert harness.outcomes == ["routed"]


class Table:
    """The idempotency table, as far as the items about routes are written; each write is recorded."""

    def __init__(self, *, is_away: bool = False) -> None:
        self.is_away = is_away
        self.requests: list[dict[str, Any]] = []

    def update_item(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        if self.is_away:
            raise client_error("ServiceUnavailable", "UpdateItem")
        return {}

    @property
    def expired(self) -> list[str]:
        """The items in which a message was counted that waited until its time was over."""
        return [each["Key"]["id"]["S"] for each in self.requests if "#expired :one" in each["UpdateExpression"]]


def waiting(*destinations: str, not_before: str = "") -> dict[str, Any]:
    """The message attributes of a copy that waited for these, in turn."""
    at = "2026-04-14T13:00:00.000Z"
    history = MessageHistory(at, not_before=not_before)
    for destination in destinations:
        history = history.waited(destination, "it is away", at)
    return {"history": {"stringValue": history.to_json(), "dataType": "String"}}


def deliver_copy(handler: Handler[Any], harness: FunctionHarness, body: str, attributes: dict[str, Any]) -> None:
    handler.process({"Records": [sqs_record(body, attributes=attributes)]}, FakeContext(), harness.runtime())


@pytest.mark.parametrize(
    ("destinations", "counted"),
    [
        (["ses"], ["health#ses#SendEmail"]),
        (["ses", "table"], ["health#table#UpdateItem"]),
        (["crm", ""], ["health#crm#GET /internal/appointments/{id}"]),
        ([""], []),
        (["no system of ours"], []),
        ([], []),
    ],
    ids=str,
)
def test_late_copy_is_counted_where_it_waited_last(
    reacting: Handler[Offer], harness: FunctionHarness, destinations: list[str], counted: list[str]
) -> None:
    table = Table()
    harness.clients["dynamodb"] = table
    harness.now = OVER_AT

    deliver_copy(reacting, harness, offer(of=REACTION), waiting(*destinations))

    assert (harness.outcomes, table.expired) == (["skipped"], counted)


def test_copy_in_time_is_not_counted(reacting: Handler[Offer], harness: FunctionHarness) -> None:
    table = Table()
    harness.clients["dynamodb"] = table

    deliver_copy(reacting, harness, offer(of=REACTION), waiting("ses"))

    assert (harness.outcomes, table.expired) == (["succeeded"], [])


def test_late_copy_is_skipped_while_the_table_is_away(reacting: Handler[Offer], harness: FunctionHarness) -> None:
    harness.clients["dynamodb"] = Table(is_away=True)
    harness.now = OVER_AT

    deliver_copy(reacting, harness, offer(of=REACTION), waiting("ses"))

    assert harness.outcomes == ["skipped"]


def test_copy_that_is_not_due_is_skipped_once_its_time_is_over(
    reacting: Handler[Offer], harness: FunctionHarness, runs: Runs
) -> None:
    harness.clients["dynamodb"] = Table()
    harness.now = OVER_AT

    deliver_copy(reacting, harness, offer(of=REACTION), waiting("ses", not_before="2026-04-14T20:00:00.000Z"))

    assert (harness.outcomes, harness.copies, runs) == (["skipped"], [], [])


@pytest.mark.parametrize(("until", "outcome"), [("2026-04-14T13:59:59Z", "skipped"), (None, "deferred")])
def test_open_circuit_keeps_no_late_message_waiting(
    reacting: Handler[Offer], harness: FunctionHarness, failures: list[Exception], until: str | None, outcome: str
) -> None:
    failures.append(UnavailableError("it is away", READ_APPOINTMENT, after=3_600))
    harness.clients["dynamodb"] = Table()
    runtime = harness.runtime()
    reacting.process(sqs_event(offer(None, of=REACTION)), FakeContext(), runtime)

    late = offer(until, of=REACTION, id="o-2")
    reacting.process(sqs_event(late), FakeContext(), runtime)

    assert harness.outcomes == ["deferred", outcome]
    assert "it was not asked" in harness.lines[-1]["detail"] or outcome == "skipped"


@pytest.mark.parametrize(("until", "outcome"), [("2026-04-15T15:00:00Z", "skipped"), (None, "dead_lettered")])
def test_late_message_is_skipped_where_patience_would_end(
    reacting: Handler[Offer], harness: FunctionHarness, failures: list[Exception], until: str | None, outcome: str
) -> None:
    failures += [UnavailableError("it is away", READ_APPOINTMENT)] * 2
    table = Table()
    harness.clients["dynamodb"] = table
    deliver(reacting, harness, offer(until, of=REACTION))

    deliver_again(reacting, harness, at=NOW + REACTION.patience + timedelta(minutes=1))

    assert harness.outcomes == ["deferred", outcome]
    assert harness.lines[-1].get("reason") == (None if until else "unavailable")
    assert len(table.expired) == (1 if until else 0)


def test_message_that_ended_its_processes_is_dead_lettered_though_late(
    task: Handler[Offer], harness: FunctionHarness, runs: Runs
) -> None:
    begun(harness, JOB.name, "m-1", times=JOB.max_attempts, was_read=True)
    harness.now = OVER_AT

    task.process({"Records": [sqs_record(offer(), receive_count=5)]}, FakeContext(), harness.runtime())

    assert (harness.lines[-1]["outcome"], harness.lines[-1]["reason"], runs) == ("dead_lettered", "crashed", [])


def reminded_late(harness: FunctionHarness) -> list[str]:
    """Deliver one reminder in time and one too late; the CRM's requests."""
    requests: list[str] = []

    def answering(_method: str, url: str) -> Any:
        requests.append(url)
        return answer(200, appointment(status="cancelled"))

    http: Any = FakeCrmHttp(answering)
    harness.capabilities[Crm] = Crm(
        "https://crm.test", http=http, read_token=lambda: "token-1", seconds=lambda: 5.0, now=lambda: NOW
    )
    late = reminder(startTime="2026-04-14T13:59:59Z") | {"id": "late-1", "timestamp": SENT_AT}
    deliver(reminder_handler, harness, text(reminder()), text(late))
    return requests


def test_late_reminder_asks_the_crm_nothing(harness: FunctionHarness) -> None:
    requests = reminded_late(harness)

    assert [line["detail"] for line in harness.lines] == [
        "the appointment was cancelled",
        "expired: its time was over at 2026-04-14T13:59Z",
    ]
    assert len(requests) == 1


def test_late_reminder_is_no_skip_for_the_alarm(harness: FunctionHarness) -> None:
    """The alarm `skipping` watches what the CRM answers; after an outage many reminders are late at once."""
    reminded_late(harness)

    assert [record["Skipped"] for record in harness.metrics] == [[1]]


def test_a_decision_to_skip_says_why() -> None:
    message = Message[Offer].model_validate_json(offer())

    decision = expired(message, OVER_AT)

    assert decision is not None
    assert decision.outcome is Outcome.SKIPPED
    assert isinstance(decision.skip, Expired)
    assert str(decision.skip) == DETAIL


@pytest.mark.parametrize("until", [None, "2026-04-14T15:00:00.001Z"])
def test_no_decision_while_it_is_in_time(until: str | None) -> None:
    assert expired(Message[Offer].model_validate_json(offer(until)), OVER_AT) is None
