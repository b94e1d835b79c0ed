"""A cause of refused messages is one mistake of one sender, whatever the messages hold."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from lambdas.queue_processor.handler import handler as ingress
from schemas.catalogue import BY_NAME
from schemas.decoding import decode_strictly
from schemas.problems import Refusal
from tests.fakes.function import FakeContext, FunctionHarness, sqs_event
from tests.fuzz.seeds import valid
from tests.messages import booking, booking_payload, text

BAD: tuple[Any, ...] = (None, -1, 1.5, "", [], {}, [1], True, 10**20, {"odd": {"odder": [{"oddest": None}]}})


def refused(harness: FunctionHarness, *messages: dict[str, Any] | str) -> list[dict[str, Any]]:
    """The log lines of these messages, which the ingress refuses."""
    bodies = [each if isinstance(each, str) else text(each) for each in messages]
    ingress.process(sqs_event(*bodies), FakeContext(), harness.runtime())
    assert set(harness.outcomes) == {"dead_lettered"}
    return harness.lines


def causes(harness: FunctionHarness, *messages: dict[str, Any] | str) -> list[str]:
    return [line["fingerprint"] for line in refused(harness, *messages)]


def with_customer(source: str, **changes: Any) -> dict[str, Any]:
    return booking(source=source, payload=booking_payload(customer=booking_payload()["customer"] | changes))


def test_mistakes_at_three_places_of_two_senders_are_six_causes(harness: FunctionHarness) -> None:
    messages = [
        message
        for source in ("crm.bookings", "shop")
        for message in (
            with_customer(source, email="nobody"),
            with_customer(source, name=7),
            booking(source=source, payload=booking_payload(startTime="soon")),
        )
    ]

    assert len(set(causes(harness, *messages))) == 6
    assert len(harness.events.alerts) == 6


@pytest.mark.parametrize("source", ["crm", None])
def test_one_mistake_with_a_thousand_values_is_one_cause(harness: FunctionHarness, source: str | None) -> None:
    more = {"source": source} if source else {}
    messages = [booking(**more, payload=booking_payload(bookingId=f"no-uuid-{number}")) for number in range(1_000)]

    assert len(set(causes(harness, *messages))) == 1


def test_one_mistake_at_any_index_of_a_list_is_one_cause(harness: FunctionHarness) -> None:
    good, bad = {"email": "grace@example.org"}, {"email": "nobody"}
    messages = []
    for number in range(50):
        message = json.loads(valid()["report.generated"][0])
        message["payload"]["recipients"] = [good] * number + [bad]
        messages.append(message)

    assert len(set(causes(harness, *messages))) == 1


def test_messages_without_a_readable_source_share_a_cause(harness: FunctionHarness) -> None:
    assert len(set(causes(harness, "{", "[", '{"type": "a"'))) == 1


def test_unknown_keys_make_no_causes(harness: FunctionHarness) -> None:
    def messages() -> Iterator[dict[str, Any]]:
        for number in range(100):
            unknown = {f"field{number}": {f"inner{number}": number}}
            yield booking(payload=booking_payload(startTime=unknown, **unknown), **unknown)

    assert len(set(causes(harness, *messages()))) == 1


def test_type_and_source_are_in_line_history_and_alert(harness: FunctionHarness) -> None:
    (line,) = refused(harness, with_customer("crm.bookings", email="nobody"))

    history = json.loads(harness.dead_letters[0]["MessageAttributes"]["biography"]["StringValue"])
    alert = json.loads(harness.events.alerts[0]["Detail"])["payload"]
    assert (line["type"], line["source"]) == ("booking.created", "crm.bookings")
    assert (history["type"], history["source"]) == ("booking.created", "crm.bookings")
    assert (alert["subject"], alert["source"]) == ("booking.created", "crm.bookings")


@pytest.mark.parametrize("source", ["Ada Lovelace", "grace@example.org", "aws.sqs", "x" * 257])
def test_source_of_another_form_is_not_repeated(harness: FunctionHarness, source: str) -> None:
    (line,) = refused(harness, with_customer(source, email="nobody"))

    assert "source" not in line
    assert source not in json.dumps([*harness.dead_letters[0]["MessageAttributes"].values(), harness.events.alerts])


def changed(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Each place of a JSON value, and a bad value for it; also a key that no contract has."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from (((*path, key), bad) for bad in BAD)
        yield from changed(value, (*path, key))
    if isinstance(node, dict):
        yield from (((*path, "odd"), bad) for bad in BAD)


@pytest.mark.parametrize("name", BY_NAME)
def test_no_key_of_a_message_is_in_the_path_of_a_problem(name: str) -> None:
    """A contract bounds the number of causes only where no key that a producer chose is in a place."""
    for path, bad in changed(json.loads(valid()[name][0])):
        message = json.loads(valid()[name][0])
        node = message
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = bad

        result = decode_strictly(json.dumps(message), catalogue=BY_NAME)

        if isinstance(result, Refusal):
            assert not any("odd" in problem.path for problem in result.problems)
