"""An attempt is spent only on evidence that the other side is well; any other failure is deferred."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest

from lambdas.activity_record.handler import handler
from lambdas.common.availability.circuits import Circuits
from lambdas.common.clients.crm import Crm
from lambdas.common.clients.http.errors import NoConnectionError, NoResponseError
from lambdas.common.clients.http.response import HttpResult
from lambdas.common.handlers import Handler
from lambdas.payment_failed.handler import handler as payment_failed
from lambdas.queue_processor.handler import handler as ingress
from schemas.destinations import PUT_EVENTS, RECORD_ACTIVITY, Destination
from schemas.wire import timestamp
from tests.fakes.crm import FakeCrmHttp, answer, connect
from tests.fakes.function import FakeContext, FunctionHarness, redelivered, sqs_event
from tests.fakes.service import failing, works
from tests.messages import activity, failed_payment, text

PAGE = "<html>ada@example.com</html>"
DONE = answer(200, {"result": "done"})
WELL = answer(200, {"status": "ok"})


def page(status: int, **headers: str) -> HttpResult:
    return answer(status, PAGE, content_type="text/html", **headers)


@dataclass
class Stage:
    """A function that records activities, and a CRM that answers as a test says."""

    harness: FunctionHarness
    answers: HttpResult | Exception = field(default_factory=lambda: DONE)
    health: HttpResult | Exception = field(default_factory=lambda: WELL)
    poison: str = ""
    """The id of a message that the CRM always answers with 500."""

    handler: Handler[Any] = handler
    well: Mapping[str, HttpResult] = field(default_factory=dict)
    """Answers to requests whose address has a part, whatever the others are answered."""
    meanwhile: Callable[[], object] = lambda: None
    """Happens during each call."""

    _due: list[tuple[datetime, Mapping[str, Any]]] = field(default_factory=list)
    """The copies on their way."""

    def __post_init__(self) -> None:
        self.http = FakeCrmHttp(self._answer)
        connect(self.harness, self.http)

    def deliver(self, *ids: str, attempts: int = 1) -> list[str]:
        """One invocation; gives its outcomes."""
        return self.deliver_texts(*[text(activity(id=each, attempts=attempts)) for each in ids])

    def deliver_texts(self, *bodies: str) -> list[str]:
        return self._process(sqs_event(*bodies))

    def deliver_copy(self) -> list[str]:
        return self._process({"Records": [self.harness.next_copy()]})

    def deliver_copies(self, *, until: timedelta) -> None:
        """Deliver each copy when it is due, until none is left or the time is over."""
        end = self.harness.now + until
        while True:
            for copy in self.harness.copies:
                self._due.append((self.harness.now + timedelta(seconds=copy.get("DelaySeconds", 0)), copy))
            self.harness.copies.clear()
            self._due.sort(key=lambda each: each[0])
            if not self._due or self._due[0][0] > end:
                return
            at, due = self._due.pop(0)
            self.harness.now = max(self.harness.now, at)
            self._process({"Records": [redelivered(due)]})

    def wait(self, seconds: float) -> None:
        self.harness.now += timedelta(seconds=seconds)

    @property
    def probes(self) -> int:
        return sum(request["url"].endswith("/health") for request in self.http.requests)

    @property
    def calls(self) -> int:
        """The calls for messages."""
        return len(self.http.requests) - self.probes

    @property
    def is_open(self) -> bool:
        return bool(self.harness.runtime().capability(Circuits)[Destination.CRM].seconds_closed())

    def _process(self, event: Any) -> list[str]:
        before = len(self.harness.log)
        assert self.handler.process(event, FakeContext(), self.harness.runtime()) == {"batchItemFailures": []}
        return [line["outcome"] for text in self.harness.log[before:] if "outcome" in (line := json.loads(text))]

    def _answer(self, _method: str, url: str) -> HttpResult | Exception:
        if url.endswith("/internal/health"):
            return self.health
        self.meanwhile()
        if well := [response for part, response in self.well.items() if part in url]:
            return well[0]
        called_for = self.http.requests[-1]["headers"].get("Idempotency-Key", "")
        return page(500) if self.poison and called_for.endswith(f"/{self.poison}") else self.answers


@pytest.fixture
def stage(harness: FunctionHarness) -> Stage:
    return Stage(harness)


def others_succeed(stage: Stage) -> None:
    stage.deliver(*[f"other-{number}" for number in range(5)])


def nobody_called(_stage: Stage) -> None:
    pass


UNAVAILABLE: dict[str, HttpResult | Exception] = {
    **{str(status): page(status) for status in (301, 302, 304, 307, 401, 402, 403, 404, 405, 407, 409)},
    **{str(status): page(status) for status in (400, 410, 413, 421, 422, 425, 426, 429, 431, 451)},
    "200 with a page": page(200),
    "204": answer(204),
    "200 with another body": answer(200, {"result": "queued"}),
    "an API gateway's 404": answer(404, {"message": "Not Found"}),
    "a gateway's 403": answer(403, {"message": "Forbidden"}),
    "refused connection": NoConnectionError("ConnectionRefusedError"),
    "unknown name": NoConnectionError("gaierror"),
}

UNCLEAR: dict[str, HttpResult | Exception] = {
    **{str(status): page(status) for status in (408, 500, 501, 502, 503, 504, 507, 599)},
    "500 in JSON": answer(500, {"error": "refused"}),
    "time-out": NoResponseError("TimeoutError"),
    "an answer that breaks off": NoResponseError("IncompleteRead"),
    "no HTTP": NoResponseError("BadStatusLine"),
}


@pytest.mark.parametrize("before", [others_succeed, nobody_called])
@pytest.mark.parametrize("response", UNAVAILABLE.values(), ids=UNAVAILABLE)
def test_what_is_about_us_or_about_now_is_deferred(
    stage: Stage, response: HttpResult | Exception, before: Callable[[Stage], None]
) -> None:
    before(stage)
    stage.answers = response

    assert stage.deliver("mine") == ["deferred"]

    (line,) = stage.harness.lines[-1:]
    assert (line["attempt"], line["destination"]) == (1, "crm")
    is_throttled = isinstance(response, HttpResult) and response.status == HTTPStatus.TOO_MANY_REQUESTS
    assert stage.is_open == is_throttled, "the CRM is well, so that others may call"
    assert stage.probes == (before is nobody_called and not is_throttled), "it is asked where nobody knows"
    assert "ada@" not in "".join(stage.harness.log)


@pytest.mark.parametrize("response", UNCLEAR.values(), ids=UNCLEAR)
def test_a_failure_while_others_succeed_is_an_attempt(stage: Stage, response: HttpResult | Exception) -> None:
    others_succeed(stage)
    stage.answers = response

    assert stage.deliver("mine") == ["retrying"]

    assert not stage.is_open, "the CRM is well"
    assert stage.probes == 0


@pytest.mark.parametrize("response", UNCLEAR.values(), ids=UNCLEAR)
def test_a_failure_that_nothing_shows_to_be_the_messages_is_deferred(
    stage: Stage, response: HttpResult | Exception
) -> None:
    stage.answers = stage.health = response

    assert stage.deliver("mine") == ["deferred"]

    assert stage.is_open
    assert stage.harness.lines[-1]["destination"] == "crm"


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        (answer(404, {"error": "not_found"}), "dead_lettered"),
        (answer(422, {"error": "refused"}), "dead_lettered"),
        (answer(409, {"error": "already_done"}), "skipped"),
        (answer(409, {"error": "in_progress"}), "deferred"),
    ],
)
def test_the_crms_own_word_is_the_messages_outcome(stage: Stage, response: HttpResult, outcome: str) -> None:
    stage.answers = response

    assert stage.deliver("mine") == [outcome]

    assert not stage.is_open
    assert "destination" not in stage.harness.lines[-1]


def test_the_crms_own_word_is_evidence_that_it_is_well(stage: Stage) -> None:
    stage.answers = answer(422, {"error": "refused"})
    stage.deliver("refused")
    stage.answers = page(500)

    assert stage.deliver("mine") == ["retrying"]

    assert stage.probes == 0


def test_an_exception_of_ours_is_an_attempt(harness: FunctionHarness) -> None:
    class Broken:
        def record_activity(self, *_: object, **__: object) -> None:
            raise KeyError("surprise")

    harness.capabilities[Crm] = Broken()

    handler.process(sqs_event(text(activity())), FakeContext(), harness.runtime())

    assert harness.outcomes == ["retrying"]


def test_a_success_30_seconds_ago_is_evidence(stage: Stage) -> None:
    stage.deliver("other")
    stage.wait(29)
    stage.answers = stage.health = page(503)

    assert stage.deliver("mine") == ["retrying"]


def test_an_older_success_is_none(stage: Stage) -> None:
    stage.deliver("other")
    stage.wait(31)
    stage.answers = stage.health = page(503)

    assert stage.deliver("mine") == ["deferred"]


def test_a_later_failure_counts_if_others_succeeded_since_the_first(stage: Stage) -> None:
    stage.answers = stage.health = page(503)
    stage.deliver("mine")
    stage.wait(300)
    stage.answers = DONE
    stage.deliver("other")
    stage.wait(300)
    stage.answers = page(503)

    assert stage.deliver_copy() == ["retrying"]


def health_item(harness: FunctionHarness, **seconds_ago: float) -> None:
    """What another process noted about the route."""
    item = {name: {"S": timestamp(harness.now - timedelta(seconds=ago))} for name, ago in seconds_ago.items()}
    key = RECORD_ACTIVITY.health_key
    by = {"failed_by": {"S": "another"}} if "failed_at" in seconds_ago else {}
    harness.dynamodb.items[key] = {"id": {"S": key}, **item, **by}


def test_a_success_that_another_process_noted_is_evidence(stage: Stage) -> None:
    health_item(stage.harness, succeeded_at=59, failed_at=400)
    stage.answers = stage.health = page(503)

    assert stage.deliver("mine") == ["retrying"]

    assert stage.probes == 0


@pytest.mark.parametrize("noted", [{"succeeded_at": 61}, {"succeeded_at": 3600, "failed_at": 1801}, {}])
def test_an_older_note_of_a_success_is_none(stage: Stage, noted: dict[str, float]) -> None:
    health_item(stage.harness, **noted)
    stage.answers = stage.health = page(503)

    assert stage.deliver("mine") == ["deferred"]

    assert stage.probes == 1, "the CRM was asked"


@pytest.mark.parametrize(
    "noted",
    [{"failed_at": 5}, {"failed_at": 5, "succeeded_at": 20}, {"failed_at": 1799, "succeeded_at": 3600}],
)
def test_a_route_that_fails_for_other_processes_is_not_well(stage: Stage, noted: dict[str, float]) -> None:
    health_item(stage.harness, **noted)
    stage.answers = page(503)

    assert stage.deliver("mine") == ["deferred"]

    assert stage.probes == 0, "health may be fine where the route is not"


def test_without_the_table_there_is_no_evidence(stage: Stage) -> None:
    others_succeed(stage)
    stage.wait(40)
    stage.answers = page(500)
    stage.harness.dynamodb.fail = lambda operation, request: (
        failing("InternalServerError")(operation, request) if operation == "get_item" else None
    )

    assert stage.deliver("mine") == ["deferred"]

    assert stage.probes == 0


def test_a_lone_failure_is_an_attempt_if_the_probe_says_well(stage: Stage) -> None:
    stage.answers = page(500)

    assert stage.deliver("mine") == ["retrying"]

    assert stage.probes == 1


def test_no_probe_is_asked_while_others_ask(stage: Stage) -> None:
    stage.answers = page(500)

    assert stage.deliver("first", "second", "third") == ["retrying", "deferred", "deferred"]
    stage.wait(3)
    assert stage.deliver("fourth") == ["deferred"]

    assert stage.probes == 1


def test_no_probe_is_asked_without_time_for_it(stage: Stage) -> None:
    stage.answers = stage.health = page(500)
    context = FakeContext(milliseconds=1_500)
    event = sqs_event(text(activity(id="mine")))

    handler.process(event, context, stage.harness.runtime())

    assert stage.harness.outcomes == ["deferred"]
    assert stage.probes == 0


def test_a_message_that_alone_fails_is_dead_within_15_minutes(stage: Stage) -> None:
    stage.answers = page(500)
    began = stage.harness.now
    stage.deliver("mine")

    stage.deliver_copies(until=timedelta(minutes=15))

    assert stage.harness.outcomes == ["retrying", "retrying", "dead_lettered"]
    assert stage.harness.lines[-1]["reason"] == "attempts_exhausted"
    assert stage.harness.now - began < timedelta(minutes=15)
    assert (stage.calls, stage.probes) == (3, 3)


def test_a_message_whose_second_call_alone_fails_is_dead_within_15_minutes(stage: Stage) -> None:
    stage.handler = payment_failed
    stage.answers, stage.well = page(500), {"/payments/": answer(200, {"status": "open"})}
    stage.deliver_texts(text(failed_payment(declineCode="lost_card")))

    stage.deliver_copies(until=timedelta(minutes=15))

    assert stage.harness.outcomes == ["retrying", "retrying", "dead_lettered"]


def test_a_message_that_fails_among_healthy_ones_has_3_attempts(stage: Stage) -> None:
    stage.poison = "poison"
    others_succeed(stage)
    stage.deliver("before", "poison", "after")
    for number in range(600):
        stage.wait(1)
        stage.deliver(f"healthy-{number}")
        if stage.harness.copies and number % 10 == 0:
            stage.deliver_copy()

    ends = {line["outcome"] for line in stage.harness.lines if line["id"] != "poison"}
    mine = [line["outcome"] for line in stage.harness.lines if line["id"] == "poison"]
    assert ends == {"succeeded"}
    assert mine[-1] == "dead_lettered"
    assert len(mine) <= 12
    assert mine.count("retrying") == 2


@pytest.mark.parametrize("health", [WELL, page(500)], ids=["health is fine", "health fails, too"])
def test_if_everybody_fails_nobody_dies(stage: Stage, health: HttpResult) -> None:
    stage.answers, stage.health = page(500), health
    for number in range(20):
        stage.wait(1)
        stage.deliver(f"message-{number}")

    stage.deliver_copies(until=timedelta(hours=3))

    assert "dead_lettered" not in stage.harness.outcomes
    assert stage.harness.outcomes.count("retrying") <= 1
    stage.answers = DONE
    stage.deliver_copies(until=timedelta(hours=1))
    assert stage.harness.outcomes.count("succeeded") == 20


def recovers_meanwhile(stage: Stage) -> None:
    stage.wait(58)
    health_item(stage.harness, succeeded_at=1, failed_at=20)


def test_a_call_that_began_in_an_outage_is_no_last_attempt(stage: Stage) -> None:
    stage.answers = NoResponseError("TimeoutError")
    stage.meanwhile = lambda: recovers_meanwhile(stage)

    assert stage.deliver("mine", attempts=3) == ["deferred"]


def test_a_call_that_began_after_this_process_was_refused_is_no_last_attempt(stage: Stage) -> None:
    stage.answers = stage.health = page(503)
    stage.deliver("other")
    stage.wait(10)
    stage.answers, stage.health = NoResponseError("TimeoutError"), WELL
    stage.meanwhile = lambda: recovers_meanwhile(stage)
    stage.wait(49)

    assert stage.deliver("mine", attempts=3) == ["deferred"]


def test_a_last_attempt_is_spent_where_all_is_well(stage: Stage) -> None:
    health_item(stage.harness, succeeded_at=10, failed_at=100)
    stage.answers = page(500)

    assert stage.deliver("mine", attempts=3) == ["dead_lettered"]

    assert stage.probes == 1


def test_if_all_fail_on_a_quiet_route_the_first_dies_alone(stage: Stage) -> None:
    """The first message cannot know. The others do: another has failed, and none succeeded since."""
    stage.answers = page(500)
    for number in range(20):
        stage.deliver(f"message-{number}")
        stage.deliver_copies(until=timedelta(minutes=5))

    assert stage.harness.outcomes.count("dead_lettered") == 1
    stage.answers = DONE
    stage.deliver_copies(until=timedelta(hours=1))
    assert stage.harness.outcomes.count("succeeded") == 19


def test_the_success_of_a_message_that_waited_is_noted_by_any_process(stage: Stage) -> None:
    stage.answers = stage.health = page(503)
    stage.deliver("waits")
    stage.answers = DONE
    stage.harness.tripped.clear()
    stage.harness.capabilities.clear()
    connect(stage.harness, stage.http)  # the copy comes to another process

    stage.deliver_copies(until=timedelta(minutes=2))

    assert stage.harness.outcomes[-1] == "succeeded"
    assert "failing_since" not in stage.harness.dynamodb.items[RECORD_ACTIVITY.health_key]


def test_a_copy_that_waited_for_a_system_of_another_version_runs(stage: Stage) -> None:
    stage.answers = stage.health = page(503)
    stage.deliver("waits")
    stage.wait(60)
    stage.answers = DONE
    history = stage.harness.copies[-1]["MessageAttributes"]["history"]
    history["StringValue"] = history["StringValue"].replace('"destination":"crm"', '"destination":"another"')

    assert stage.deliver_copy() == ["succeeded"]


def test_one_message_that_is_answered_oddly_stops_no_other(stage: Stage) -> None:
    stage.answers = answer(200, {"result": "queued"})
    stage.deliver("odd")
    stage.deliver_copies(until=timedelta(minutes=20))
    stage.answers = DONE

    assert stage.deliver("another") == ["succeeded"]


def test_what_cannot_be_reached_is_not_called_again_at_once(stage: Stage) -> None:
    stage.answers = stage.health = NoConnectionError("ConnectionRefusedError")

    stage.deliver("one", "two", "three")

    assert stage.is_open
    assert stage.calls == 1


def test_a_wait_for_what_only_another_version_calls_does_no_harm(stage: Stage) -> None:
    stage.answers = stage.health = page(503)
    stage.deliver("waits")
    (copy,) = stage.harness.copies
    history = copy["MessageAttributes"]["history"]
    history["StringValue"] = history["StringValue"].replace('"destination":"crm"', '"destination":"fax"')
    stage.answers = DONE
    stage.wait(60)

    assert stage.deliver_copy() == ["succeeded"]


def test_an_outage_is_asked_once_a_hold(stage: Stage) -> None:
    stage.answers = stage.health = page(503)

    outcomes = stage.deliver(*[f"message-{number}" for number in range(10)])

    assert outcomes == ["deferred"] * 10
    assert stage.calls == 1
    details = [line["detail"] for line in stage.harness.lines[1:]]
    assert details == ["it was not asked: the CRM is unavailable"] * 9


@pytest.mark.parametrize("asked", ["1000000000", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
@pytest.mark.parametrize("status", [429, 503])
def test_nobody_waits_for_more_than_twelve_hours(stage: Stage, status: int, asked: str) -> None:
    stage.answers = stage.health = page(status, **{"Retry-After": asked})
    assert stage.deliver("mine") == ["deferred"]
    stage.answers = DONE

    stage.wait(12 * 3600)

    assert stage.deliver("other") == ["succeeded"]


def test_when_a_hold_is_over_one_message_asks_for_all(stage: Stage) -> None:
    stage.answers = stage.health = page(503)
    stage.deliver("first")
    stage.wait(3)

    stage.deliver(*[f"message-{number}" for number in range(10)])

    assert stage.calls == 2


def test_the_first_success_lets_all_pass(stage: Stage) -> None:
    stage.answers = stage.health = page(503)
    stage.deliver("first")
    stage.wait(3)
    stage.answers = DONE

    outcomes = stage.deliver(*[f"message-{number}" for number in range(5)])

    assert outcomes == ["succeeded"] * 5
    assert not stage.harness.tripped


def test_a_refusal_for_speed_brings_few_copies_a_second_and_none_early(stage: Stage) -> None:
    stage.answers = answer(429, {"error": "too many"}, Retry_After="5")

    for first in range(0, 100, 10):
        stage.deliver(*[f"message-{number}" for number in range(first, first + 10)])

    delays = [copy["DelaySeconds"] for copy in stage.harness.copies]
    assert len(delays) == 100
    assert min(delays) >= 5
    assert max(delays.count(delay) for delay in delays) <= 5
    assert stage.calls == 1


def test_a_declared_rate_brings_more_copies_a_second(harness: FunctionHarness) -> None:
    harness.settings = {"rate": "20", "pace": "1"}
    stage = Stage(harness, answers=answer(429, Retry_After="5"))

    stage.deliver(*[f"message-{number}" for number in range(40)])

    delays = [copy["DelaySeconds"] for copy in harness.copies]
    assert max(delays.count(delay) for delay in delays) == 10, "half of it, since none was served"


def test_a_failure_is_noted_in_the_table(stage: Stage) -> None:
    stage.answers = page(401)

    stage.deliver("mine", "other")

    item = stage.harness.dynamodb.items[RECORD_ACTIVITY.health_key]
    assert item["failed_by"] == {"S": "mine"}
    assert item["failing_since"]["S"].startswith("2026-04-14T14:00:00")
    assert item["why"] == {"S": "the CRM is unavailable: it answered 401 to POST /internal/activity"}
    assert "store a valid one" in item["remedy"]["S"]


def test_a_failure_of_one_message_alone_is_not_noted(stage: Stage) -> None:
    others_succeed(stage)
    stage.answers = page(413)

    stage.deliver("mine")

    assert RECORD_ACTIVITY.health_key not in stage.harness.dynamodb.items
    assert not stage.is_open


def test_a_message_that_was_not_asked_for_notes_nothing(stage: Stage) -> None:
    stage.answers = page(503)
    stage.health = page(503)
    stage.deliver("first")
    stage.harness.dynamodb.items.pop(RECORD_ACTIVITY.health_key)

    stage.deliver("second")

    assert RECORD_ACTIVITY.health_key not in stage.harness.dynamodb.items


def test_the_first_success_after_an_outage_is_noted_at_once(stage: Stage) -> None:
    stage.answers = stage.health = page(503)
    stage.deliver("mine")
    stage.answers = DONE

    stage.deliver_copy()

    item = stage.harness.dynamodb.items[RECORD_ACTIVITY.health_key]
    assert "succeeded_at" in item
    assert {"failing_since", "why", "remedy"}.isdisjoint(item)


def test_healthy_calls_make_one_write_in_30_seconds_and_10_calls(stage: Stage) -> None:
    for number in range(60):
        stage.wait(1)
        stage.deliver(f"message-{number}")

    about_health = [
        request
        for request in stage.harness.dynamodb.requests
        if request.get("Key", {}).get("id", {}).get("S", "").startswith("health#")
    ]
    assert [sorted(request) for request in about_health] == [sorted(about_health[0])] * 2
    assert all("succeeded_at" in request["UpdateExpression"] for request in about_health)
    assert "get_item" not in stage.harness.dynamodb.calls


def test_an_endless_retry_after_is_cut_to_12_hours(stage: Stage) -> None:
    stage.answers = answer(429, Retry_After="9" * 400)

    assert stage.deliver("mine") == ["deferred"]

    circuit = stage.harness.runtime().capability(Circuits)[Destination.CRM]
    assert circuit.seconds_closed() <= 12 * 3600


def test_a_bus_outage_is_over_for_any_process(harness: FunctionHarness) -> None:
    harness.events.fail = failing("InternalFailure")
    ingress.process(sqs_event(text(activity())), FakeContext(), harness.runtime())
    assert "failing_since" in harness.dynamodb.items[PUT_EVENTS.health_key]
    harness.events.fail = works
    harness.tripped.clear()
    harness.capabilities.clear()  # the copy comes to another process

    ingress.process({"Records": [harness.next_copy()]}, FakeContext(), harness.runtime())

    assert "failing_since" not in harness.dynamodb.items[PUT_EVENTS.health_key]


def test_a_message_that_fails_alone_after_an_outage_dies(stage: Stage) -> None:
    stage.answers = stage.health = page(503)
    stage.poison = "poison"
    stage.deliver(*[f"message-{number}" for number in range(9)], "poison")
    stage.deliver_copies(until=timedelta(hours=1))
    stage.answers, stage.health = DONE, WELL
    stage.deliver_copies(until=timedelta(minutes=16))
    assert stage.harness.outcomes.count("succeeded") == 9

    stage.deliver_copies(until=timedelta(minutes=15))

    assert stage.harness.outcomes[-1] == "dead_lettered"


def test_a_last_attempt_that_waits_for_calm_stops_no_other(stage: Stage) -> None:
    stage.answers = answer(429)
    stage.deliver("fast")
    stage.harness.copies.clear()
    stage.wait(3)
    stage.answers, stage.poison = DONE, "poison"
    others_succeed(stage)

    stage.deliver("poison")
    while stage.harness.copies and not stage.is_open:
        stage.deliver(f"healthy-{len(stage.harness.log)}")
        stage.deliver_copy()

    mine = [line["outcome"] for line in stage.harness.lines if line["id"] == "poison"]
    assert mine == ["retrying", "retrying", "deferred", "dead_lettered"], "it is tried again once it is calm"


def test_a_message_is_blamed_though_one_was_before_a_success(stage: Stage) -> None:
    stage.answers = page(500)
    stage.deliver("first")
    stage.deliver_copies(until=timedelta(minutes=5))
    assert stage.harness.outcomes[-1] == "dead_lettered"
    stage.wait(60)
    stage.answers = DONE
    stage.deliver("healthy")
    stage.wait(90)
    stage.answers = page(500)

    assert stage.deliver("second") == ["retrying"]


def test_a_success_is_noted_once_the_table_is_back(stage: Stage) -> None:
    stage.answers = stage.health = page(503)
    stage.deliver("waits")
    stage.answers = DONE
    about_health = "update_item"
    stage.harness.dynamodb.fail = failing("InternalServerError", about_health)
    stage.deliver_copies(until=timedelta(minutes=1))
    stage.harness.dynamodb.fail = works
    stage.deliver("soon")
    assert "failing_since" in stage.harness.dynamodb.items[RECORD_ACTIVITY.health_key], "no write for each message"
    stage.wait(31)

    stage.deliver("later")

    assert "failing_since" not in stage.harness.dynamodb.items[RECORD_ACTIVITY.health_key]
