"""Every type through its own handler, to every end: no value that is a person's, or secret, is told anywhere."""

import html
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from lambdas.common.errors import PermanentError, Skip
from ops.contracts.formats.personal_data_page import fields_of
from schemas.catalogue import CATALOGUE
from schemas.event_type import EventType, Kind
from schemas.reasons import Outcome, Reason
from tests.fakes.function import begun
from tests.fakes.service import failing
from tests.unit.personal_data.sinks import told
from tests.unit.personal_data.surroundings import Surroundings, handler_of, raising

each_type = pytest.mark.parametrize("event_type", CATALOGUE, ids=lambda event_type: event_type.name)

RICHEST = max(CATALOGUE, key=lambda each: sum(field.is_guarded for field in fields_of(each.payload)))
"""The type whose payload has the most values that are a person's or secret."""

each_form = pytest.mark.parametrize(
    "form",
    [
        str,
        repr,
        ascii,
        json.dumps,
        lambda value: json.dumps(value, ensure_ascii=False),
        quote,
        lambda value: quote(value, safe=""),
        quote_plus,
        html.escape,
        lambda value: repr(value.encode()),
        lambda value: repr({"body": json.dumps({"name": value})}),
        lambda value: json.dumps(json.dumps(value, ensure_ascii=False)),
        lambda value: value.replace("+", "00"),
        lambda value: f"  {value}\n{value}_2 ",
    ],
    ids=[
        "plain",
        "repr",
        "ascii",
        "JSON",
        "JSON in Unicode",
        "URL",
        "part of a URL",
        "form",
        "HTML",
        "bytes",
        "JSON in a repr",
        "JSON in JSON",
        "00 for +",
        "twice, glued to other text",
    ],
)


@pytest.fixture
def around() -> Surroundings:
    return Surroundings()


@pytest.fixture(autouse=True)
def _nothing_is_told(
    around: Surroundings, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """After whatever happened. What Python itself writes to a function's log, warnings too, is looked at as well."""
    caplog.set_level(logging.WARNING)  # as in Lambda
    yield
    written = capfd.readouterr()
    assert around.sentinels.values or around.harness.log, "nothing happened"
    for text in (*told(around.harness), written.out, written.err, caplog.text):
        assert around.sentinels.found_in(text) == []


@each_type
def test_what_succeeds_tells_nothing(around: Surroundings, event_type: EventType[Any]) -> None:
    around.handle(event_type, around.body(event_type))

    assert around.harness.outcomes == [Outcome.SUCCEEDED]


@pytest.mark.parametrize(
    ("event_type", "version"),
    [(each, version) for each in CATALOGUE for version in range(1, each.version)],
    ids=str,
)
def test_an_earlier_version_tells_nothing(around: Surroundings, event_type: EventType[Any], version: int) -> None:
    around.handle(event_type, around.body(event_type, version))

    assert around.harness.outcomes == [Outcome.SUCCEEDED]


@each_type
def test_what_is_routed_tells_nothing(around: Surroundings, event_type: EventType[Any]) -> None:
    around.route(around.body(event_type))

    assert around.harness.outcomes == [Outcome.ROUTED]


@each_form
def test_an_error_tells_no_value_however_it_writes_it(around: Surroundings, form: Callable[[str], str]) -> None:
    """One message goes by every sink: log lines, the copy's history, the dead letter's biography, the alert."""
    fail_for_good(around, RICHEST, form)


@each_type
def test_no_types_error_tells_a_value(around: Surroundings, event_type: EventType[Any]) -> None:
    fail_for_good(around, event_type, lambda value: json.dumps(json.dumps(value, ensure_ascii=False)))


def fail_for_good(around: Surroundings, event_type: EventType[Any], form: Callable[[str], str]) -> None:
    """Fail at every attempt with an error that has each value of the message in a form."""
    body = around.body(event_type)
    error = ValueError(f"no {' or '.join(map(form, around.sentinels.values))} here")
    handler = raising(handler_of(event_type), error)

    around.handle(event_type, body, handler=handler)
    around.handle_again(handler=handler)

    assert around.harness.outcomes[-1] == Outcome.DEAD_LETTERED
    assert around.harness.lines[-1]["reason"] == Reason.ATTEMPTS_EXHAUSTED
    assert around.harness.lines[-1]["detail"].startswith("no ")


@each_type
def test_a_permanent_failure_tells_no_value(around: Surroundings, event_type: EventType[Any]) -> None:
    body = around.body(event_type)

    around.handle(event_type, body, handler=raising(handler_of(event_type), PermanentError(body)))

    assert around.harness.lines[-1]["reason"] == Reason.PERMANENT
    assert around.harness.dead_letters[0]["MessageBody"] == body


@each_type
def test_what_is_skipped_tells_no_value(around: Surroundings, event_type: EventType[Any]) -> None:
    body = around.body(event_type)
    why = Skip(" and ".join(["done:", *around.sentinels.values]))

    around.handle(event_type, body, handler=raising(handler_of(event_type), why))

    assert around.harness.outcomes == [Outcome.SKIPPED]
    assert around.harness.lines[0]["detail"].startswith("done:")


@each_type
def test_a_model_in_an_error_tells_no_value(around: Surroundings, event_type: EventType[Any]) -> None:
    body = around.body(event_type)
    message = event_type.message_model.model_validate_json(body)

    around.handle(event_type, body, handler=raising(handler_of(event_type), PermanentError(f"{message} {message!r}")))

    assert around.harness.lines[-1]["detail"].startswith("type=")


@each_type
@pytest.mark.parametrize("was_read", [True, False])
def test_what_its_process_died_of_tells_nothing(
    around: Surroundings, event_type: EventType[Any], was_read: bool
) -> None:
    begun(around.harness, event_type.name, "m-1", times=9, was_read=was_read)

    around.handle(event_type, around.body(event_type), receive_count=10)

    assert around.harness.lines[-1]["reason"] == Reason.CRASHED


def damaged(payload: Any, damage: Callable[[str], Any]) -> Any:
    """The same, with every text of it made into something that is none."""
    match payload:
        case dict():
            return {name: damaged(value, damage) for name, value in payload.items()}
        case list():
            return [damaged(value, damage) for value in payload]
        case str():
            return damage(payload)
        case _:
            return str(payload)


@pytest.mark.parametrize(
    "damage",
    [lambda text: {text: [text]}, lambda text: [text], lambda text: f"{text}\n \x7f?", lambda text: text * 2_000],
    ids=["an object", "an array", "another text", "a long text"],
)
@each_type
def test_what_is_refused_tells_no_value(
    around: Surroundings, event_type: EventType[Any], damage: Callable[[str], Any]
) -> None:
    message = json.loads(around.body(event_type))
    broken = json.dumps(message | {"payload": damaged(message["payload"], damage)})

    around.handle(event_type, broken)
    around.route(broken)

    assert [line["reason"] for line in around.harness.lines] == [Reason.INVALID_PAYLOAD] * 2


@each_type
def test_what_is_no_message_at_all_tells_no_value(around: Surroundings, event_type: EventType[Any]) -> None:
    body = around.body(event_type)
    noise = "".join(around.sentinels.values)
    bodies = [
        body[:-1],
        body.replace('"payload"', '"Payload"'),
        json.dumps(json.loads(body) | {"type": noise, "id": noise, "source": noise, "correlationId": noise}),
        json.dumps(json.loads(body) | {"timestamp": noise, "attempts": noise, "version": noise}),
        json.dumps([noise]),
        json.dumps(noise),
        noise,
    ]

    for each in bodies:
        around.handle(event_type, each or "{")
        around.route(each or "{")

    assert set(around.harness.outcomes) == {Outcome.DEAD_LETTERED}


@pytest.mark.parametrize(
    "event_type", [each for each in CATALOGUE if each.kind is Kind.JOB], ids=lambda event_type: event_type.name
)
def test_an_id_conflict_tells_nothing_of_either(around: Surroundings, event_type: EventType[Any]) -> None:
    first = json.loads(around.body(event_type))
    other = json.loads(around.body(event_type)) | {"payload": first["payload"] | {"more": 1}}

    around.handle(event_type, json.dumps(first))
    around.handle(event_type, json.dumps(other))

    assert around.harness.lines[-1]["reason"] == Reason.ID_CONFLICT


@each_type
def test_follow_ups_that_aws_refuses_tell_nothing(around: Surroundings, event_type: EventType[Any]) -> None:
    around.harness.events.refuse = lambda _, entry: (
        None if entry["DetailType"].startswith("system.") else "InvalidArgument"
    )
    around.harness.scheduler.fail = failing("ValidationException")

    around.handle(event_type, around.body(event_type))

    follows = event_type.kind is Kind.REACTION and bool(event_type.emits | event_type.schedules)
    assert around.harness.outcomes == [Outcome.DEAD_LETTERED if follows else Outcome.SUCCEEDED]
