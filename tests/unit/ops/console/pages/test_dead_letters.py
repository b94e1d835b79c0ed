"""The list of dead letters: the selected ones, the latest first, a hundred a page."""

import json
from dataclasses import replace

import pytest

from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.search import FoundDeadLetter
from schemas.advice import ADVICE, UNDELIVERED, Advice
from schemas.reasons import Reason
from tests.fakes.stage import CAUSE, OTHER_CAUSE, SERVICE
from tests.messages import COMPANY
from tests.unit.ops.console.console_fakes import Console


def test_list_says_while_queues_are_still_being_read(console: Console) -> None:
    console.stage.add_dead_letter(1)
    pages = []
    console.stage.sqs.before = lambda operation: (
        pages.append(console.get("/dead-letters").text) if operation == "receive_message" else None
    )

    console.poll()

    assert "No dead letters match yet" in pages[0]


def test_dead_letters_are_listed_latest_first(console: Console) -> None:
    for number in range(3):
        console.stage.add_dead_letter(number)
        console.stage.clock.seconds += 0.3
    console.poll()

    page = console.get("/dead-letters")

    assert [link for link in page.links() if link.startswith(f"/dead-letters/{SERVICE}/")] == [
        f"/dead-letters/{SERVICE}/sqs-{number}" for number in (3, 2, 1)
    ]
    assert "3 dead letters all types" in page.text


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("", range(249, 149, -1)),
        ("0", range(249, 149, -1)),
        ("1", range(149, 49, -1)),
        ("2", range(49, -1, -1)),
        ("3", range(49, -1, -1)),
        ("999999999999999999999", range(49, -1, -1)),
        ("-1", range(249, 149, -1)),
        ("two", range(249, 149, -1)),
        ("1.5", range(249, 149, -1)),
        ("9" * 5_000, range(249, 149, -1)),
    ],
    ids=["none", "first", "second", "last", "beyond", "far beyond", "negative", "text", "fraction", "endless"],
)
def test_list_has_a_hundred_dead_letters_a_page(console: Console, page: str, shown: range) -> None:
    for number in range(250):
        console.stage.add_dead_letter(number)
        console.stage.clock.sleep(1)
    console.poll()

    found = console.get("/dead-letters", page=page)

    rows = [link for link in found.links() if link.startswith(f"/dead-letters/{SERVICE}/")]
    assert found.status == 200
    assert rows == [f"/dead-letters/{SERVICE}/sqs-{number + 1}" for number in shown]
    assert "250 dead letters" in found.text
    at = 0 if shown[0] == 249 else 1 if shown[0] == 149 else 2
    assert [link for link in found.links() if "page=" in link] == [
        *([f"/dead-letters?page={at - 1}"] if at else []),
        *([f"/dead-letters?page={at + 1}"] if at < 2 else []),
    ]


def test_links_between_pages_keep_filters_with_absolute_times(console: Console) -> None:
    for number in range(120):
        console.stage.add_dead_letter(number)
    console.stage.add_dead_letter(999, OTHER_CAUSE)
    console.poll()

    page = console.get("/dead-letters", type=SERVICE, cause=CAUSE, since="2h", page=1)

    assert "120 dead letters" in page.text
    query = f"type={SERVICE}&cause={CAUSE}&since=2026-04-14T10:00:00Z"
    assert f"/dead-letters?page=0&{query}" in page.links()
    assert f"/redrive?{query}" in page.links()
    assert f"/discard?{query}" in page.links()


def test_list_of_several_types_offers_no_redrive_or_discard(console: Console) -> None:
    console.add_dead_letter()

    page = console.get("/dead-letters")

    assert not [link for link in page.links() if link.startswith(("/redrive", "/discard"))]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"type": "nothing"}, "there is no type nothing"),
        ({"reason": "<b>"}, "there is no reason <b>"),
        ({"since": "never"}, "is no time"),
        ({"tenant": "x"}, "is no tenant"),
    ],
    ids=lambda each: str(each) if isinstance(each, dict) else "",
)
@pytest.mark.parametrize("path", ["/dead-letters", "/redrive", "/discard"])
def test_page_with_an_invalid_filter_is_an_error(
    console: Console, path: str, query: dict[str, str], sentence: str
) -> None:
    page = console.get(path, **query)

    assert page.status == 400
    assert sentence in page.text


def test_list_without_a_match_says_so(console: Console) -> None:
    console.add_dead_letter()

    page = console.get("/dead-letters", id="nobody")

    assert "0 dead letters" in page.text
    assert "No dead letters match." in page.text


@pytest.mark.parametrize("reason", [*Reason, "none"])
def test_advice_is_shown_for_each_reason(console: Console, reason: str) -> None:
    address = console.add_dead_letter(reason=reason)

    for page in (console.get("/dead-letters", type=SERVICE, reason=reason), console.get(address)):
        if reason in ADVICE:
            assert ADVICE[Reason(reason)].why in page.text
        else:
            assert "could not start, or it crashed" in page.text


def test_advice_for_the_sender_is_whole_sentences_and_a_command(console: Console) -> None:
    text = console.get(console.add_dead_letter(reason=Reason.INVALID_PAYLOAD)).text

    advice = ADVICE[Reason.INVALID_PAYLOAD]
    turn = "Whose turn: the sender's (the messages do not name it)."
    assert f"{advice.why} {turn} {advice.to_do.rstrip(':')}. To see what is wrong" in text
    assert "taly-async validate message.json" in text


def test_a_list_filtered_by_remedy_offers_it_first(console: Console) -> None:
    console.add_dead_letter(remedy="discard")
    console.add_dead_letter(remedy="mend")

    page = console.get("/dead-letters", type=SERVICE, remedy="discard")

    assert "1 dead letter activity.record, remedy discard" in page.text
    actions = [link for link in page.links() if link.startswith(("/redrive?", "/discard?"))]
    assert [link.partition("?")[0] for link in actions] == ["/discard", "/redrive"]
    assert all("remedy=discard" in link for link in actions)


def test_an_unknown_remedy_is_refused(console: Console) -> None:
    page = console.get("/dead-letters", remedy="wait")

    assert page.status == 400
    assert "there is no remedy wait: give one of redrive, discard, mend" in page.text


def test_advice_to_redrive_ends_with_a_full_stop(console: Console) -> None:
    text = console.get(console.add_dead_letter(reason=Reason.PERMANENT)).text

    assert f"{ADVICE[Reason.PERMANENT].to_do.rstrip(':')}. " in text


@pytest.mark.parametrize(
    ("error", "advice"),
    [("NotDeliveredError", UNDELIVERED), ("UnavailableError", ADVICE[Reason.UNAVAILABLE])],
    ids=["an endpoint", "the CRM"],
)
def test_advice_on_a_webhook_says_whether_an_endpoint_did_not_take_it(
    console: Console, error: str, advice: Advice
) -> None:
    console.add_dead_letter(reason="unavailable", errorClass=error)
    stage_cache = console.context.cache
    queue = stage_cache.snapshot.queues[SERVICE]
    (letter,) = (each.dead_letter for each in queue.found)
    found = (FoundDeadLetter("webhook.deliver", letter),)
    stage_cache.snapshot = replace(stage_cache.snapshot, queues={"webhook.deliver": replace(queue, found=found)})

    page = console.get(f"/dead-letters/webhook.deliver/{letter.sqs_message_id}")

    turn = "" if advice is UNDELIVERED else "Whose turn: ours. "
    assert f"{advice.why} {turn}{advice.to_do.rstrip(':')}." in page.text


def test_an_endpoint_filters_webhooks_and_stays_in_links(console: Console) -> None:
    body = {"id": "a", "type": "webhook.deliver", "payload": {"companyId": COMPANY, "endpointId": "ep_1"}}
    console.add_dead_letter(reason="unavailable", body=json.dumps(body))
    stage_cache = console.context.cache
    queue = stage_cache.snapshot.queues[SERVICE]
    found = tuple(replace(each, service="webhook.deliver") for each in queue.found)
    stage_cache.snapshot = replace(stage_cache.snapshot, queues={"webhook.deliver": replace(queue, found=found)})

    page, other = (console.get("/dead-letters", endpoint_id=endpoint) for endpoint in ("ep_1", "ep_2"))

    assert "/redrive?type=webhook.deliver&endpoint_id=ep_1" in page.links()
    assert "1 dead letter webhook.deliver, endpoint ep_1" in page.text
    assert "No dead letters match." in other.text


def test_dead_letter_without_a_time_has_its_pages_and_comes_last(console: Console) -> None:
    console.add_dead_letter()
    stage_cache, timeless = console.context.cache, DeadLetter.of({"MessageId": "sqs-9", "Body": "{broken"})
    queue = stage_cache.snapshot.queues[SERVICE]
    found = (FoundDeadLetter(SERVICE, timeless), *queue.found)
    stage_cache.snapshot = replace(stage_cache.snapshot, queues={SERVICE: replace(queue, found=found)})

    page = console.get("/dead-letters")

    assert [link for link in page.links() if link.startswith("/dead-letters/")] == [
        f"/dead-letters/{SERVICE}/sqs-1",
        f"/dead-letters/{SERVICE}/sqs-9",
    ]
    assert "at an unknown time" in page.text
    assert "at an unknown time" in console.get("/").text
    assert console.get(f"/dead-letters/{SERVICE}/sqs-9").status == 200
