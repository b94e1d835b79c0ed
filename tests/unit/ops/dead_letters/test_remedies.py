"""The remedy of a dead letter: as its raiser says, else as its reason does, else as its type does."""

import json
from typing import Any

import pytest

from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.remedies import remedy_of, turn, turn_by_name
from ops.dead_letters.search import FoundDeadLetter
from schemas.advice import ADVICE
from schemas.catalogue import BY_NAME
from schemas.names import SOURCE
from schemas.reasons import Reason, Remedy


def dead_letter(reason: str = "", *, remedy: Any = "", body: str = "", **fields: str) -> DeadLetter:
    texts = {"reason": reason, "biography": json.dumps({"remedy": remedy, "errorClass": "NotDeliveredError"})}
    attributes = {name: {"StringValue": text} for name, text in texts.items()} if reason else {}
    return DeadLetter.of({"MessageId": "sqs-1", "Body": body or json.dumps(fields), "MessageAttributes": attributes})


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("remedy", Remedy)
def test_what_the_raiser_says_counts_before_the_reason(reason: Reason, remedy: Remedy) -> None:
    assert remedy_of(dead_letter(reason, remedy=remedy)) is remedy


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("remedy", ["", "wait", "REDRIVE", 7, None, ["mend"], {"mend": 1}])
def test_without_a_valid_remedy_the_reason_decides(reason: Reason, remedy: object) -> None:
    assert remedy_of(dead_letter(reason, remedy=remedy)) is ADVICE[reason].remedy


@pytest.mark.parametrize("name", BY_NAME)
def test_a_known_type_without_a_reason_is_sent_again(name: str) -> None:
    assert remedy_of(dead_letter(type=name)) is Remedy.REDRIVE


def test_an_unknown_type_without_a_reason_is_its_senders() -> None:
    assert remedy_of(dead_letter(type="booking.archived")) is Remedy.DISCARD


@pytest.mark.parametrize("body", ["{", "[]", "7", '{"type": 7}', "[" * 10_000])
def test_what_cannot_be_read_is_sent_again(body: str) -> None:
    assert remedy_of(dead_letter(body=body)) is Remedy.REDRIVE


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("taly.backend", "taly.backend"),
        ("unknown", "the messages do not name it"),
        ("\x1b[2J", "the messages do not name it"),
        (SOURCE, "the sender of the chain's first message: taly-async trace shows it"),
    ],
)
def test_a_sender_is_named_as_far_as_it_is_known(source: str, name: str) -> None:
    found = FoundDeadLetter("user.invited", dead_letter("permanent", remedy="discard", source=source))

    assert turn_by_name(found) == f"the sender's ({name})"


def test_an_undelivered_webhook_is_its_customers() -> None:
    found = FoundDeadLetter("webhook.deliver", dead_letter("unavailable"))

    assert (turn(found), turn_by_name(found)) == ("a customer's", "a customer's")
