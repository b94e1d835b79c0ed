"""Filters by reason, cause, tenant, id and time."""

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


def dead_letter(**history: str) -> DeadLetter:
    texts = {"fingerprint": CAUSE, "reason": "permanent", "biography": json.dumps(history)}
    return DeadLetter.of(
        {
            "MessageId": "sqs-1",
            "Body": json.dumps({"id": "task-1", "payload": {"companyId": COMPANY, "endpointId": "ep_1"}}),
            "MessageAttributes": {name: {"StringValue": value} for name, value in texts.items()},
            "Attributes": {"SentTimestamp": str(int(NOON.timestamp() * 1000))},
        }
    )


@pytest.mark.parametrize(
    ("matching", "other"),
    [
        ({"reason": "permanent"}, {"reason": "crashed"}),
        ({"fingerprint": CAUSE}, {"fingerprint": "0" * 12}),
        ({"fingerprint": f" {CAUSE.upper()} "}, {"reason": "none"}),
        ({"tenant": COMPANY.upper()}, {"tenant": COMPANY.replace("7", "8")}),
        ({"endpoint": " ep_1"}, {"endpoint": "ep_2"}),
        ({"endpoint": "ep_1", "tenant": COMPANY}, {"endpoint": "EP_1"}),
        ({"id": "task-1"}, {"id": "task-2"}),
        ({"id": "sqs-1"}, {"id": "sqs"}),
        ({"since": "1h"}, {"since": "29m"}),
        ({"until": "29m"}, {"until": "30m"}),
        ({"since": "2026-04-14T13:30:00+02:00"}, {"since": "2026-04-14T13:30:01+02:00"}),
        ({}, {"reason": "permanent", "id": "task-2"}),
    ],
    ids=str,
)
def test_a_filter_matches_or_not(matching: dict[str, str], other: dict[str, str]) -> None:
    failed = dead_letter(deadLetteredAt="2026-04-14T11:30:00.000Z")

    assert FilterTexts(**matching).read(NOON)(failed)
    assert not FilterTexts(**other).read(NOON)(failed)


def test_without_a_failure_history_the_sqs_time_counts() -> None:
    moved = DeadLetter.of(MOVED)

    assert moved.dead_lettered_at == NOON
    assert FilterTexts(since="1m").read(NOON + timedelta(seconds=59))(moved)
    assert not FilterTexts(since="1m").read(NOON + timedelta(seconds=61))(moved)


def test_a_message_moved_by_sqs_has_no_reason() -> None:
    assert FilterTexts(reason="none").read(NOON)(DeadLetter.of(MOVED))
    assert not FilterTexts(reason="permanent").read(NOON)(DeadLetter.of(MOVED))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ({"reason": "[red]\x1b[2J"}, r"there is no reason \[red\]\\x1b\[2J"),
        ({"fingerprint": "c83d"}, "12 hexadecimal digits"),
        ({"tenant": "acme"}, "give a companyId"),
        ({"endpoint": "ep 1\x1b[2J"}, "is no endpoint: give its id, as `taly-async endpoints` shows it"),
        ({"endpoint": " "}, "the endpoint is blank"),
        ({"since": "yesterday"}, "is no time"),
        ({"since": "1h", "until": "2h"}, "nothing could lie between"),
    ],
    ids=str,
)
def test_an_invalid_filter_is_an_error(text: dict[str, str], sentence: str) -> None:
    with pytest.raises(OperatorError, match=sentence):
        FilterTexts(**text).read(NOON)


@pytest.mark.parametrize(
    "body", ["{broken", "[]", "{}", '{"payload": []}', '{"payload": {"endpointId": 1}}', '{"payload": {}}']
)
def test_a_body_that_names_no_endpoint_matches_none(body: str) -> None:
    moved = DeadLetter.of(MOVED | {"Body": body})

    assert moved.endpoint_id == ""
    assert not FilterTexts(endpoint="ep_1").read(NOON)(moved)
    assert FilterTexts().read(NOON)(moved)


def test_an_endpoint_is_looked_for_among_webhooks_alone() -> None:
    filters = FilterTexts(endpoint="ep_1").read(NOON)

    assert filters.services([]) == ("webhook.deliver",)
    assert filters.services(["webhook.deliver"]) == ("webhook.deliver",)
    with pytest.raises(OperatorError, match=r"webhook\.deliver alone, and email\.send has none for an endpoint"):
        filters.services(["webhook.deliver", "email.send"])


def test_without_an_endpoint_every_service_may_match() -> None:
    assert FilterTexts().read(NOON).services([]) == ()
    assert FilterTexts(tenant=COMPANY).read(NOON).services(["email.send"]) == ("email.send",)


def test_no_filter_matches_everything() -> None:
    assert FilterTexts().read(NOON).empty
    assert not FilterTexts(id="task-1").read(NOON).empty
    assert Filters()(DeadLetter.of(MOVED))


@pytest.mark.parametrize(
    "history", ["{", "[]", "null", '{"deadLetteredAt": 4}', '{"deadLetteredAt": "soon"}', "[" * 9_999]
)
def test_an_invalid_failure_history_is_ignored(history: str) -> None:
    attributes = {"biography": {"StringValue": history}, "reason": {"StringValue": "because Ada said so"}}

    parsed = DeadLetter.of(MOVED | {"MessageAttributes": attributes})

    assert (parsed.dead_lettered_at, parsed.reason, parsed.error) == (NOON, "", "")
