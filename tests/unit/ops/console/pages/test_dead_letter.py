"""The page of a dead letter, whatever its failure history and its body are."""

import json
from typing import Any

import pytest

from ops.dead_letters.causes import MOVED_BY_SQS
from schemas.reasons import Remedy
from tests.fakes.stage import DEAD_LETTERS, SERVICE
from tests.messages import COMPANY
from tests.unit.ops.console.console_fakes import Console
from tests.unit.ops.console.stage_fakes import ADA, message

DEEP = "[" * 20_000

BROKEN = ["{broken", "[]", "7", '"text"', "null", DEEP, '{"payload": ' + DEEP, "{" + '"a": 1' * 9, "\ufeff{}", " "]

ODD = ['{"payload": 4}', '{"payload": NaN}', '{"payload": null, "id": 7}', '{"payload": {"a": 1e999, "b": -Infinity}}']


def test_dead_letter_page_shows_its_failure_history(console: Console) -> None:
    attempts = [
        {"attempt": 2, "at": "2026-04-14T11:58:00Z", "durationMs": 35, "error": "TimeoutError", "message": "the CRM"},
        {"at": "2026-04-14T11:59:00Z", "error": "PermanentError"},
    ]
    address = console.add_dead_letter(
        body=message(name=ADA),
        frame="crm.py:12 post",
        attempts=attempts,
        firstEnqueuedAt="2026-04-14T11:00:00Z",
        function="ActivityRecord",
        functionVersion="7",
        requestId="request-1",
        deferrals=2,
        redriven=[{"at": "2026-04-14T11:30:00Z"}],
    )

    page = console.get(address)

    for text in (
        "task-1",
        "PermanentError: the CRM answered 422",
        "crm.py:12 post",
        COMPANY,
        "2026-04-14T12:00:00Z",
        "ActivityRecord",
        "request-1",
        "35 ms TimeoutError: the CRM",
        "? ms PermanentError:",
        "2026-04-14T11:00:00Z",
        "sqs-1",
        "zone",
    ):
        assert text in page.text
    assert [attributes["value"] for name, attributes in page.elements if name == "li" and "value" in attributes] == [
        "2",
        "2",
    ]
    assert "/journey?id=task-1" in page.links()
    assert f"/redrive?type={SERVICE}&id=sqs-1" in page.links()


@pytest.mark.parametrize(
    ("remedy", "turn", "buttons"),
    [
        (Remedy.REDRIVE, "ours", ["redrive", "discard"]),
        (Remedy.DISCARD, "the sender's (taly.backend)", ["discard", "redrive"]),
        (Remedy.MEND, "an operator's", ["redrive", "discard"]),
        ("wait", "ours", ["redrive", "discard"]),
    ],
)
def test_what_its_raiser_says_helps_is_offered_first(
    console: Console, remedy: str, turn: str, buttons: list[str]
) -> None:
    body = json.dumps({"id": "task-1", "type": SERVICE, "source": "taly.backend", "payload": {}})

    page = console.get(console.add_dead_letter(body=body, remedy=remedy))

    assert f"Whose turn: {turn}." in page.text
    offered = [link.partition("?")[0][1:] for link in page.links() if link.endswith("&id=sqs-1")]
    assert offered == buttons
    assert ("taly-async redo task-1 --payload payload.json" in page.text) is (remedy == Remedy.MEND)


def test_dead_letter_without_a_failure_history_has_a_page(console: Console) -> None:
    page = console.get(console.add_dead_letter(cause=""))

    assert page.status == 200
    assert "No attempts are known." in page.text
    assert MOVED_BY_SQS in page.text


def test_attempts_of_a_message_moved_by_sqs_come_from_its_history(console: Console) -> None:
    history = {"attempts": [{"attempt": 1, "at": "2026-04-14T11:58:00Z", "duration_ms": 41, "error": "Timeout"}]}
    address = console.add_dead_letter(cause="")
    (queued,) = console.stage.sqs.messages(DEAD_LETTERS)
    queued.attributes["history"] = {"DataType": "String", "StringValue": json.dumps(history)}
    console.context.cache.request_refresh()
    console.poll()

    assert "41 ms Timeout:" in console.get(address).text


@pytest.mark.parametrize("body", [*BROKEN, *ODD], ids=lambda body: body[:20])
def test_body_that_is_no_message_has_all_pages(console: Console, body: str) -> None:
    address = console.add_dead_letter(body=body)

    for path in ("/", "/dead-letters", address, f"/redrive?type={SERVICE}", f"/discard?type={SERVICE}"):
        assert console.get(path).status == 200
    shown = console.post(f"{address}/payload")
    assert shown.status == 200
    assert "The audit log records that you saw it." in shown.text


def test_dead_letter_page_shows_what_it_waited_for(console: Console) -> None:
    wait = {"destination": "ses", "why": "<b>SES</b> answered 429", "times": 9, "since": "2026-04-14T09:00:00Z"}
    address = console.add_dead_letter(reason="unavailable", waits=[wait | {"until": "2026-04-14T11:00:00Z"}])

    page = console.get(address)

    text = "2026-04-14T09:00:00Z to 2026-04-14T11:00:00Z deferred 9 times for Amazon SES: <b>SES</b> answered 429"
    assert text in " ".join(page.text.split())
    assert "<b>SES" not in page.html


@pytest.mark.parametrize(
    "history",
    [
        {"attempts": 4},
        {"attempts": True},
        {"attempts": "text"},
        {"attempts": {"a": 1}},
        {"attempts": [4, None, [], {"attempt": None}]},
        {"waits": 4},
        {"waits": [4, None, [], {}, {"destination": [], "times": "x", "since": 4, "until": {}, "why": None}]},
        {"attempts": [{"attempt": [], "at": 4, "durationMs": {}, "error": None, "message": [1]}]},
        {"frame": {"a": [1]}, "function": 4, "requestId": [], "deferrals": "x", "redriven": {"a": 1}},
        {"errorClass": 4, "message": None, "deadLetteredAt": 7},
        {"deadLetteredAt": "2026-04-14T12:00:00"},
        {"deadLetteredAt": "9999-12-31T23:59:59Z"},
        {"deadLetteredAt": "0001-01-01T00:00:00Z"},
        {"deadLetteredAt": "0001-01-01T00:00:00+23:00"},
        {"firstEnqueuedAt": {"a": {"b": []}}},
    ],
    ids=str,
)
def test_failure_history_of_any_shape_has_all_pages(console: Console, history: dict[str, Any]) -> None:
    address = console.add_dead_letter(**history)

    for path in ("/", "/dead-letters", address, f"/redrive?type={SERVICE}", f"/discard?type={SERVICE}"):
        assert console.get(path).status == 200


@pytest.mark.parametrize("depth", [100, 400, 900, 960, 990])
def test_failure_history_of_any_depth_has_a_page(console: Console, depth: int) -> None:
    address = console.add_dead_letter(cause="")
    (queued,) = console.stage.sqs.messages(DEAD_LETTERS)
    deep = '{"frame": ' + "[" * depth + "]" * depth + "}"
    queued.attributes["biography"] = {"DataType": "String", "StringValue": deep}
    console.context.cache.request_refresh()
    console.poll()

    assert console.get(address).status == 200
