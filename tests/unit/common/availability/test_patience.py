"""How long a message waits for another system, what is known of its waits, and what an author may ask for."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from lambdas.common.availability.circuits import Circuits
from lambdas.common.errors import MaybeDoneError, NotNowError, UnavailableError
from lambdas.common.follow_ups import FollowUp
from lambdas.common.handlers import Handler, reaction
from lambdas.queue_processor.handler import handler as ingress
from schemas.catalogue import CATALOGUE
from schemas.destinations import READ_PAYMENT, RECORD_ACTIVITY, SEND_EMAIL, Destination
from schemas.event_type import EventType, Kind
from schemas.identity import REMEMBERED_DAYS
from schemas.message import Message
from schemas.wire import Payload
from tests.fakes.function import FakeContext, FunctionHarness, sqs_event, sqs_record
from tests.fakes.service import failing
from tests.messages import COMPANY

PATIENCE = timedelta(hours=2)


class Visit(Payload):
    """A payload with a name, which no log may have."""

    customer: str


TASK = EventType("test.task", Visit, Kind.REACTION, patience=PATIENCE)


def task(message_id: str = "task-1") -> str:
    return json.dumps(
        {
            "type": "test.task",
            "payload": {"companyId": COMPANY, "customer": "Ada Lovelace"},
            "id": message_id,
            "attempts": 1,
        }
        | {"timestamp": "2026-04-14T13:59:00Z"}
    )


def fails(*errors: Exception | None) -> Handler[Visit]:
    """A handler whose runs fail by these errors in turn, the last one for ever; None: it succeeds."""
    left = list(errors)

    @reaction(TASK)
    def handle(_task: Message[Visit]) -> Iterator[FollowUp]:
        error = left.pop(0) if len(left) > 1 else left[0]
        if error:
            raise error
        yield from ()

    return handle


def run(handler: Handler[Visit], harness: FunctionHarness, *ids: str) -> None:
    handler.process(sqs_event(*[task(each) for each in ids or ("task-1",)]), FakeContext(), harness.runtime())


def go_on(handler: Handler[Visit], harness: FunctionHarness, *, times: int = 10_000) -> None:
    """Deliver each copy when it comes, until none does."""
    for _ in range(times):
        if not harness.copies:
            return
        handler.process({"Records": [harness.next_copy()]}, FakeContext(), harness.runtime())


def history(entry: Any) -> dict[str, Any]:
    return dict(json.loads(entry["MessageAttributes"]["history"]["StringValue"]))


def biography(harness: FunctionHarness) -> dict[str, Any]:
    (dead_letter,) = harness.dead_letters
    return dict(json.loads(dead_letter["MessageAttributes"]["biography"]["StringValue"]))


AWAY = UnavailableError("the CRM cannot be reached: gaierror", RECORD_ACTIVITY)


def test_an_author_puts_a_message_off_without_an_attempt(harness: FunctionHarness) -> None:
    run(fails(NotNowError("the file is not there yet", after=120)), harness)

    (line,) = harness.lines
    assert (line["outcome"], line["attempt"], line["detail"]) == ("deferred", 1, "the file is not there yet")
    assert "destination" not in line
    (copy,) = harness.copies
    assert copy["DelaySeconds"] == 120
    (wait,) = history(copy)["waits"]
    assert (wait["destination"], wait["why"], wait["times"]) == ("", "the file is not there yet", 1)


def test_what_an_author_puts_off_is_no_outage(harness: FunctionHarness) -> None:
    run(fails(NotNowError("later")), harness, "a", "b")

    assert harness.outcomes == ["deferred", "deferred"]
    assert [line["detail"] for line in harness.lines] == ["later", "later"], "the second ran, too"
    assert harness.tripped == []
    assert harness.dynamodb.calls == []


def test_an_author_may_put_a_message_off_for_hours(harness: FunctionHarness) -> None:
    began = harness.now
    handler = fails(NotNowError("closed", after=5400), None)
    run(handler, harness)

    go_on(handler, harness)

    assert harness.outcomes[-1] == "succeeded"
    assert timedelta(seconds=5400) <= harness.now - began < timedelta(seconds=5410)


def test_after_its_patience_a_message_is_dead_lettered_as_unavailable(harness: FunctionHarness) -> None:
    began = harness.now
    handler = fails(AWAY)
    run(handler, harness)

    go_on(handler, harness)

    assert {*harness.outcomes[:-1]} == {"deferred"}
    assert (harness.lines[-1]["outcome"], harness.lines[-1]["reason"]) == ("dead_lettered", "unavailable")
    assert PATIENCE <= harness.now - began < 1.15 * PATIENCE
    assert {line["attempt"] for line in harness.lines} == {1}


def test_the_waits_of_a_dead_letter_are_few_lines(harness: FunctionHarness) -> None:
    handler = fails(AWAY)
    run(handler, harness)

    go_on(handler, harness)

    told = biography(harness)
    (wait,) = told["waits"]
    assert (wait["destination"], wait["why"]) == ("crm", str(AWAY))
    assert wait["times"] == told["deferrals"] == len(harness.lines)
    since, until = (datetime.fromisoformat(wait[name]) for name in ("since", "until"))
    assert until - since >= PATIENCE
    assert told["message"] == str(AWAY)


def test_patience_counts_from_the_first_wait_whatever_it_was_for(harness: FunctionHarness) -> None:
    began = harness.now
    elsewhere = UnavailableError("SES is away", SEND_EMAIL)
    handler = fails(*[AWAY, elsewhere] * 500)
    run(handler, harness)

    go_on(handler, harness)

    assert harness.lines[-1]["reason"] == "unavailable"
    assert harness.now - began < 1.15 * PATIENCE
    assert len(biography(harness)["waits"]) == 5


def test_a_message_that_was_not_asked_for_keeps_the_reason_of_its_wait(harness: FunctionHarness) -> None:
    handler = fails(AWAY)
    run(handler, harness)
    copy = harness.copies.pop()
    attributes = {"history": {"stringValue": copy["MessageAttributes"]["history"]["StringValue"]}}

    handler.process({"Records": [sqs_record(task(), attributes=attributes)]}, FakeContext(), harness.runtime())

    assert harness.lines[-1]["detail"] == "it was not asked: the CRM is unavailable"
    (wait,) = history(harness.copies[0])["waits"]
    assert (wait["why"], wait["times"]) == (str(AWAY), 2)


def test_a_redriven_message_has_its_whole_patience_again(harness: FunctionHarness) -> None:
    handler = fails(AWAY)
    run(handler, harness)
    go_on(handler, harness)
    (dead_letter,) = harness.dead_letters
    attributes = {name: {"stringValue": each["StringValue"]} for name, each in dead_letter["MessageAttributes"].items()}
    harness.now += timedelta(days=5)

    handler.process({"Records": [sqs_record(task(), attributes=attributes)]}, FakeContext(), harness.runtime())

    assert harness.outcomes[-1] == "deferred"
    (wait,) = history(harness.copies[0])["waits"]
    assert wait["times"] == 1


def test_waits_come_soon_while_an_outage_is_young(harness: FunctionHarness) -> None:
    handler = fails(AWAY)
    run(handler, harness)
    delays = []
    began = harness.now
    while harness.now - began < timedelta(minutes=10):
        delays.append(harness.copies[0]["DelaySeconds"])
        go_on(handler, harness, times=1)

    assert max(delays) <= 61


def test_a_long_wait_adds_a_tenth_of_itself(harness: FunctionHarness) -> None:
    handler = fails(AWAY)
    run(handler, harness)
    began = harness.now
    while harness.now - began < timedelta(minutes=100):
        go_on(handler, harness, times=1)

    waited = (harness.now - began).total_seconds()
    assert harness.copies[0]["DelaySeconds"] == pytest.approx(waited / 10, abs=2)


MAYBE = MaybeDoneError("SES did not answer", SEND_EMAIL)


def test_what_may_have_been_done_is_an_attempt_5_minutes_apart(harness: FunctionHarness) -> None:
    handler = fails(MAYBE)
    run(handler, harness)
    delays = [harness.copies[0]["DelaySeconds"]]
    go_on(handler, harness, times=1)
    delays.append(harness.copies[0]["DelaySeconds"])
    go_on(handler, harness)

    assert harness.outcomes == ["retrying", "retrying", "dead_lettered"]
    assert harness.lines[-1]["reason"] == "attempts_exhausted"
    assert delays == [300, 300]


def test_at_the_first_that_may_have_been_done_the_circuit_opens(harness: FunctionHarness) -> None:
    run(fails(MAYBE), harness, *[f"task-{number}" for number in range(10)])

    assert harness.outcomes == ["retrying"] + ["deferred"] * 9
    assert {line["detail"] for line in harness.lines[1:]} == {"it was not asked: Amazon SES is unavailable"}
    assert "failing_since" in harness.dynamodb.items[SEND_EMAIL.health_key]


def test_one_message_a_hold_spends_an_attempt_while_nothing_answers(harness: FunctionHarness) -> None:
    handler = fails(MAYBE)
    for first in range(0, 100, 10):
        run(handler, harness, *[f"task-{number}" for number in range(first, first + 10)])
        harness.now += timedelta(seconds=6)

    assert harness.outcomes.count("retrying") <= 5, "at 0, 6, 12, 24 and 54 seconds"


@pytest.mark.parametrize("route", [RECORD_ACTIVITY, READ_PAYMENT, SEND_EMAIL])
def test_a_line_names_what_it_waits_for(harness: FunctionHarness, route: Any) -> None:
    run(fails(UnavailableError("away", route)), harness)

    assert harness.lines[0]["destination"] == route.destination


def test_what_another_system_says_about_a_message_is_redacted(harness: FunctionHarness) -> None:
    run(fails(UnavailableError("Ada Lovelace is busy", RECORD_ACTIVITY)), harness)

    item = harness.dynamodb.items[RECORD_ACTIVITY.health_key]
    assert item["why"] == {"S": "[redacted] is busy"}
    assert "Ada" not in history(harness.copies[0])["waits"][0]["why"]


def test_a_table_that_is_away_hinders_no_deferral(harness: FunctionHarness) -> None:
    harness.dynamodb.fail = failing("InternalServerError")

    run(fails(AWAY), harness, "a", "b")

    assert harness.outcomes == ["deferred", "deferred"]


def test_a_process_has_one_circuit_a_destination(harness: FunctionHarness) -> None:
    circuits = harness.runtime().capability(Circuits)

    assert circuits[Destination.CRM] is circuits[Destination.CRM]
    assert circuits[Destination.CRM] is not circuits[Destination.SES]


@pytest.mark.parametrize("patience", [*(each.patience for each in CATALOGUE), ingress.patience])
def test_no_patience_outlives_what_tells_repeats(patience: timedelta) -> None:
    assert timedelta(0) < patience < timedelta(days=REMEMBERED_DAYS)
