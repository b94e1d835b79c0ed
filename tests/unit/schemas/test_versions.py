"""Older versions are upcast to the newest; newer versions are dead-lettered until the deploy."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lambdas.common.follow_ups import FollowUp
from lambdas.common.handlers import reaction
from lambdas.payment_failed.handler import handler as payment_failed
from schemas.catalogue import BY_NAME, CATALOGUE
from schemas.decoding import decode, decode_strictly
from schemas.event_type import EventType, Kind, PreviousVersion
from schemas.identity import derived_id
from schemas.message import AnyMessage, Message
from schemas.payments import PAYMENT_FAILED, Money, PaymentFailed
from schemas.problems import Refusal
from schemas.wire import Payload
from tests.fakes.function import FakeContext, FunctionHarness, redelivered, sqs_event
from tests.messages import COMPANY, failed_payment, text

Reader = Callable[[str], AnyMessage | Refusal]


def at_the_ingress(body: str) -> AnyMessage | Refusal:
    return decode_strictly(body, catalogue=BY_NAME)


def at_its_function(body: str) -> AnyMessage | Refusal:
    return decode(body, PAYMENT_FAILED, catalogue=lambda: BY_NAME)


READERS = pytest.mark.parametrize("read", [at_the_ingress, at_its_function])


def version_1(**payload: Any) -> dict[str, Any]:
    """A failed payment in version 1, with amount and currency in separate fields."""
    message = failed_payment(**{"amount": 4900, "currency": "EUR"} | payload)
    del message["payload"]["money"]
    return message | {"version": 1}


def reason(result: AnyMessage | Refusal) -> str:
    assert isinstance(result, Refusal)
    return result.reason


@READERS
@pytest.mark.parametrize("unnamed", [True, False], ids=["no version", "version 1"])
def test_an_older_version_reaches_the_handler_as_the_newest(read: Reader, unnamed: bool) -> None:
    older = version_1()
    if unnamed:
        del older["version"]

    message = read(text(older))

    assert isinstance(message, Message)
    assert isinstance(message.payload, PaymentFailed)
    assert message.payload.money == Money(amount=4900, currency="EUR")
    assert message.version == 2
    assert (message.id, message.company_id) == ("payment.failed-1", COMPANY)


@READERS
def test_the_newest_version_is_read_without_upcast(read: Reader) -> None:
    message = read(text(failed_payment()))

    assert isinstance(message, Message)
    assert message.payload.money.amount == 4900


@READERS
def test_each_version_is_validated_by_its_contract(read: Reader) -> None:
    assert reason(read(text(failed_payment() | {"version": 1}))) == "invalid_payload"
    assert reason(read(text(version_1() | {"version": 2}))) == "invalid_payload"
    assert reason(read(text(version_1(currency="euro")))) == "invalid_payload"


@READERS
def test_an_invalid_envelope_of_an_old_version_has_no_payload_problems(read: Reader) -> None:
    refusal = read(text(version_1() | {"attempts": 0}))

    assert isinstance(refusal, Refusal)
    assert [problem.path for problem in refusal.problems] == ["attempts"]


@READERS
@pytest.mark.parametrize("version", [3, 99, 2**53 - 1])
def test_a_newer_version_is_unsupported(read: Reader, version: int) -> None:
    assert reason(read(text(failed_payment() | {"version": version}))) == "unsupported_version"


@READERS
def test_the_derived_id_is_the_same_whatever_version_reads_it(read: Reader) -> None:
    older = version_1()
    del older["id"]

    message = read(text(older))

    assert isinstance(message, Message)
    assert message.id == message.correlation_id == derived_id(older["type"], older["payload"], older["timestamp"])


def test_an_older_message_is_passed_on_unchanged(harness: FunctionHarness) -> None:
    class Busy:
        def wait(self, _payment: PaymentFailed) -> None:
            raise ConnectionError

    for capability in payment_failed.capabilities.values():
        harness.capabilities[capability] = Busy()
    older = version_1(unknown="kept")

    payment_failed.process(sqs_event(text(older)), FakeContext(), harness.runtime())

    (copy,) = harness.copies
    assert json.loads(copy["MessageBody"]) == older | {"attempts": 2}


class First(Payload):
    """Version 1: one name."""

    name: str


class Second(Payload):
    """Version 2: first and last name."""

    first: str
    last: str


class Third(Payload):
    """Version 3: a list of names."""

    names: tuple[str, ...]


def _split(first: First) -> Second:
    head, _, tail = first.name.partition(" ")
    return Second(company_id=first.company_id, first=head, last=tail)


def _listed(second: Second) -> Third:
    return Third(company_id=second.company_id, names=(second.first, second.last))


NAMED = EventType(
    "test.named",
    Third,
    Kind.REACTION,
    previous_versions=(
        PreviousVersion(payload=First, upcast=_split),
        PreviousVersion(payload=Second, upcast=_listed),
    ),
)


@pytest.mark.parametrize(
    ("version", "payload"),
    [(1, {"name": "Ada Lovelace"}), (2, {"first": "Ada", "last": "Lovelace"}), (3, {"names": ["Ada", "Lovelace"]})],
)
def test_a_message_is_upcast_through_all_versions_in_between(
    harness: FunctionHarness, version: int, payload: dict[str, Any]
) -> None:
    seen: list[Third] = []

    @reaction(NAMED)
    def handler(named: Message[Third]) -> Iterator[FollowUp]:
        seen.append(named.payload)
        yield from ()

    message = {"type": "test.named", "version": version, "payload": {"companyId": COMPANY} | payload, "attempts": 1}

    handler.process(
        sqs_event(json.dumps(message | {"timestamp": "2026-04-14T14:00:00Z"})), FakeContext(), harness.runtime()
    )

    assert harness.outcomes == ["succeeded"]
    assert [each.names for each in seen] == [("Ada", "Lovelace")]


def test_a_newer_version_is_dead_lettered_and_handled_after_the_deploy(harness: FunctionHarness) -> None:
    seen: list[Third] = []

    @reaction(EventType("test.named", First, Kind.REACTION))
    def rolled_back(_named: Message[First]) -> Iterator[FollowUp]:
        pytest.fail("a newer version reached the handler")

    @reaction(NAMED)
    def deployed(named: Message[Third]) -> Iterator[FollowUp]:
        seen.append(named.payload)
        yield from ()

    payload = {"companyId": COMPANY, "names": ["Ada", "Lovelace"]}
    newer = json.dumps(
        {"type": "test.named", "version": 3, "timestamp": "2026-04-14T14:00:00Z", "attempts": 1, "payload": payload}
    )

    rolled_back.process(sqs_event(newer), FakeContext(), harness.runtime())
    (dead_letter,) = harness.dead_letters
    deployed.process({"Records": [redelivered(dead_letter)]}, FakeContext(), harness.runtime())

    assert dead_letter["MessageBody"] == newer
    assert [(line["outcome"], line.get("reason")) for line in harness.lines] == [
        ("dead_lettered", "unsupported_version"),
        ("succeeded", None),
    ]
    assert [each.names for each in seen] == [("Ada", "Lovelace")]


@pytest.mark.parametrize("event_type", CATALOGUE, ids=repr)
def test_the_versions_of_a_type_are_counted_from_one(event_type: EventType[Any]) -> None:
    assert event_type.version == len(event_type.previous_versions) + 1 >= 1
    assert event_type.message_model_of(event_type.version) is event_type.message_model
