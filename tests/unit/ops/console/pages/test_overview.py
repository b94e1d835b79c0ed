"""The first page: how the stage stands, what died of what, and what to do about it."""

from datetime import timedelta

import pytest

from ops.stage.services import HOLDING_QUEUES
from tests.fakes.service import NOON
from tests.fakes.stage import CAUSE, SERVICE
from tests.unit.ops.console.console_fakes import Console
from tests.unit.ops.dead_letters.interruptions import unreachable


def test_before_the_first_look_nothing_is_said_to_be_well(console: Console) -> None:
    page = console.get("/")

    assert page.status == 200
    assert "Nothing is known yet." in page.text
    assert "Looking at the stage" in page.text
    assert "All well" not in page.text
    assert console.asked == [False]


def test_every_page_says_where_one_is_and_as_whom(console: Console) -> None:
    for path in ("/", "/letters", "/nowhere"):
        page = console.get(path)

        assert "dev" in page.text
        assert "eu-central-1" in page.text
        assert "assumed-role/Admin/ada" in page.text


@pytest.mark.parametrize(("stage", "marked"), [("prod", True), ("dev", False)])
def test_one_is_told_by_its_look_that_this_is_production(console: Console, stage: str, marked: bool) -> None:
    object.__setattr__(console.desk.stage, "name", stage)

    (body,) = [attributes for name, attributes in console.get("/").elements if name == "body"]

    assert ("prod" in body.get("class", "").split()) is marked


def test_without_letters_all_is_well(console: Console) -> None:
    console.look()

    page = console.get("/")

    assert "All well" in page.text
    assert "No dead letters." in page.text
    assert SERVICE in page.text


def test_a_cause_is_told_with_its_letters_their_tenants_and_what_to_do(console: Console) -> None:
    for number in range(3):
        console.stage.bury(number)
        console.stage.clock.sleep(60)
    console.look()

    page = console.get("/")

    for told in ("3", SERVICE, "permanent", CAUSE, "1 tenant", "PermanentError: the CRM answered 422", "1 m 00 s ago"):
        assert told in page.text
    assert "Somebody should look" in page.text
    assert f"/letters?type={SERVICE}&fingerprint={CAUSE}&reason=permanent" in page.links()
    assert f"/redrive?type={SERVICE}&fingerprint={CAUSE}&reason=permanent" in page.links()
    assert f"/discard?type={SERVICE}&fingerprint={CAUSE}&reason=permanent" in page.links()


def test_one_letter_is_one(console: Console) -> None:
    console.letter()

    assert "<title>1 dead letter " in " ".join(console.get("/").html.split())


def test_what_sqs_moved_without_a_word_is_told_so(console: Console) -> None:
    console.letter(cause="")

    page = console.get("/")

    assert "moved by SQS itself, no reason recorded" in page.text
    assert f"/redrive?type={SERVICE}&reason=none" in page.links()


def test_what_its_sender_must_mend_is_told_so(console: Console) -> None:
    console.letter(reason="invalid_payload")

    assert "its sender must mend it" in console.get("/").text


def test_causes_beyond_one_are_all_there(console: Console) -> None:
    for number in range(5):
        console.stage.bury(number, f"{number:012}")
    console.stage.bury(9, url="ingress dead letters")
    console.look()

    page = console.get("/")

    assert [attributes["class"] for name, attributes in page.elements if name == "article"] == ["cause"] * 6
    assert len({attributes["id"] for name, attributes in page.elements if name == "article"}) == 6


def test_while_queues_are_looked_through_the_page_says_which_and_how_far(console: Console) -> None:
    for number in range(15):
        console.stage.bury(number)
    pages = []
    console.stage.sqs.before = lambda operation: (
        pages.append(console.get("/").text) if operation == "receive_message" else None
    )

    console.look()

    assert f"Looking through {SERVICE} …" in pages[0]
    assert f"Looking through {SERVICE} (10 so far) …" in pages[1]
    assert "No dead letters" not in pages[0]
    assert "None of these were seen yet" not in console.get("/letters").text


def test_trouble_is_told_beside_what_was_known(console: Console) -> None:
    console.letter()
    console.stage.sqs.before = unreachable
    console.look()

    page = console.get("/")

    assert "AWS cannot be reached" in page.text
    assert CAUSE in page.text


def test_a_stage_that_could_never_be_seen_is_not_said_to_be_well(console: Console) -> None:
    console.stage.sqs.before = unreachable
    console.look()

    page = console.get("/")

    assert "The stage cannot be seen" in page.text
    assert "All well" not in page.text


def test_each_type_s_health_is_told(console: Console) -> None:
    console.stage.cloudwatch.figures = {
        ("Failure", SERVICE, "SampleCount"): [4_000.0],
        ("Failure", SERVICE, "Sum"): [12.0],
        ("ApproximateAgeOfOldestMessage", "activity queue", "Maximum"): [95.0],
    }
    console.stage.cloudwatch.alarms = {
        f"{SERVICE}/dead-letters": "ALARM",
        "system/heartbeat": "ALARM",
        "slack_notifier/untold": "OK",
    }
    console.look()

    page = console.get("/")

    for told in ("4,000", "12", "1 m 35 s", "dead-letters alarm", "system/heartbeat is on for 3 m 00 s"):
        assert told in page.text
    assert "untold" not in page.text
    assert "Somebody should look" in page.text


@pytest.mark.parametrize("place", HOLDING_QUEUES)
def test_messages_that_came_to_rest_anywhere_are_told_and_have_their_pages(console: Console, place: str) -> None:
    sqs_message_id = console.stage.bury(1, "", url=f"{place} queue")
    console.look()

    page = console.get("/")

    assert f"1 {place}" in page.text
    assert f"/letters?type={place}" in page.links()
    assert "Somebody should look" in page.text
    for path in ("/letters", "/redrive", "/discard"):
        assert "1 dead letter" in console.get(path, type=place).text
    assert "First step:" in console.get(f"/letters/{place}/{sqs_message_id}").text


def test_who_asks_for_a_new_look_gets_one_and_is_led_back(console: Console) -> None:
    console.letter()

    page = console.post("/look")

    assert (page.status, page.location) == (303, "/")
    assert console.asked[-1] is True
    received = console.stage.sqs.calls.count("receive_message")
    console.look()
    assert console.stage.sqs.calls.count("receive_message") > received


def test_a_letter_that_died_later_by_another_clock_is_not_told_to_have_died_before_now(console: Console) -> None:
    console.letter(deadLetteredAt=(NOON + timedelta(hours=3)).isoformat())

    assert "last 0 ms ago" in console.get("/").text
