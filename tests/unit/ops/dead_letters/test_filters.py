"""Which letters are meant: by reason, cause, tenant, id and time."""

import json
from datetime import timedelta

import pytest

from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.filters import Filters, FilterTexts
from ops.terminal.errors import OperatorError
from tests.fakes.service import NOON
from tests.fakes.stage import CAUSE
from tests.messages import COMPANY

MOVED = {"MessageId": "sqs-9", "Body": "{broken", "Attributes": {"SentTimestamp": str(int(NOON.timestamp() * 1000))}}


def letter(**biography: str) -> DeadLetter:
    texts = {"fingerprint": CAUSE, "reason": "permanent", "biography": json.dumps(biography)}
    return DeadLetter.of(
        {
            "MessageId": "sqs-1",
            "Body": json.dumps({"id": "task-1", "payload": {"companyId": COMPANY}}),
            "MessageAttributes": {name: {"StringValue": value} for name, value in texts.items()},
            "Attributes": {"SentTimestamp": str(int(NOON.timestamp() * 1000))},
        }
    )


@pytest.mark.parametrize(
    ("meant", "not_meant"),
    [
        ({"reason": "permanent"}, {"reason": "crashed"}),
        ({"fingerprint": CAUSE}, {"fingerprint": "0" * 12}),
        ({"fingerprint": f" {CAUSE.upper()} "}, {"reason": "none"}),
        ({"tenant": COMPANY.upper()}, {"tenant": COMPANY.replace("7", "8")}),
        ({"id": "task-1"}, {"id": "task-2"}),
        ({"id": "sqs-1"}, {"id": "sqs"}),
        ({"since": "1h"}, {"since": "29m"}),
        ({"until": "29m"}, {"until": "30m"}),
        ({"since": "2026-04-14T13:30:00+02:00"}, {"since": "2026-04-14T13:30:01+02:00"}),
        ({}, {"reason": "permanent", "id": "task-2"}),
    ],
    ids=str,
)
def test_a_letter_is_meant_or_not(meant: dict[str, str], not_meant: dict[str, str]) -> None:
    died = letter(deadLetteredAt="2026-04-14T11:30:00.000Z")

    assert FilterTexts(**meant).parse(NOON)(died)
    assert not FilterTexts(**not_meant).parse(NOON)(died)


def test_without_a_biography_it_is_the_time_that_sqs_took_it() -> None:
    moved = DeadLetter.of(MOVED)

    assert moved.died_at == NOON
    assert FilterTexts(since="1m").parse(NOON + timedelta(seconds=59))(moved)
    assert not FilterTexts(since="1m").parse(NOON + timedelta(seconds=61))(moved)


def test_what_sqs_itself_moved_has_no_reason() -> None:
    assert FilterTexts(reason="none").parse(NOON)(DeadLetter.of(MOVED))
    assert not FilterTexts(reason="permanent").parse(NOON)(DeadLetter.of(MOVED))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ({"reason": "[red]\x1b[2J"}, r"there is no reason \[red\]\\x1b\[2J"),
        ({"fingerprint": "c83d"}, "12 hexadecimal digits"),
        ({"tenant": "acme"}, "give a companyId"),
        ({"since": "yesterday"}, "is no time"),
        ({"since": "1h", "until": "2h"}, "nothing could lie between"),
    ],
    ids=str,
)
def test_what_could_match_nothing_is_told(text: dict[str, str], sentence: str) -> None:
    with pytest.raises(OperatorError, match=sentence):
        FilterTexts(**text).parse(NOON)


def test_no_filter_means_all() -> None:
    assert FilterTexts().parse(NOON).empty
    assert not FilterTexts(id="task-1").parse(NOON).empty
    assert Filters()(DeadLetter.of(MOVED))


@pytest.mark.parametrize(
    "story", ["{", "[]", "null", '{"deadLetteredAt": 4}', '{"deadLetteredAt": "soon"}', "[" * 9_999]
)
def test_a_biography_that_is_none_is_read_as_far_as_it_goes(story: str) -> None:
    attributes = {"biography": {"StringValue": story}, "reason": {"StringValue": "because Ada said so"}}

    strange = DeadLetter.of(MOVED | {"MessageAttributes": attributes})

    assert (strange.died_at, strange.reason, strange.error) == (NOON, "", "")
