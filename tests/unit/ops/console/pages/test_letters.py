"""The page of letters: those that are selected, the latest first, a hundred at a time."""

from dataclasses import replace

import pytest

from ops.dead_letters.dead_letter import DeadLetter
from ops.dead_letters.search import Found
from schemas.advice import ADVICE
from schemas.reasons import Reason
from tests.fakes.stage import CAUSE, OTHER_CAUSE, SERVICE
from tests.unit.ops.console.console_fakes import Console


def test_letters_that_are_not_seen_yet_are_told_to_come(console: Console) -> None:
    console.stage.bury(1)
    pages = []
    console.stage.sqs.before = lambda operation: (
        pages.append(console.get("/letters").text) if operation == "receive_message" else None
    )

    console.look()

    assert "None of these were seen yet" in pages[0]


def test_letters_are_shown_the_latest_first(console: Console) -> None:
    for number in range(3):
        console.stage.bury(number)
        console.stage.clock.seconds += 0.3
    console.look()

    page = console.get("/letters")

    assert [link for link in page.links() if link.startswith(f"/letters/{SERVICE}/")] == [
        f"/letters/{SERVICE}/sqs-{number}" for number in (3, 2, 1)
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
def test_of_many_letters_a_hundred_are_a_page(console: Console, page: str, shown: range) -> None:
    for number in range(250):
        console.stage.bury(number)
        console.stage.clock.sleep(1)
    console.look()

    found = console.get("/letters", page=page)

    rows = [link for link in found.links() if link.startswith(f"/letters/{SERVICE}/")]
    assert found.status == 200
    assert rows == [f"/letters/{SERVICE}/sqs-{number + 1}" for number in shown]
    assert "250 dead letters" in found.text
    at = 0 if shown[0] == 249 else 1 if shown[0] == 149 else 2
    assert [link for link in found.links() if "page=" in link] == [
        *([f"/letters?page={at - 1}"] if at else []),
        *([f"/letters?page={at + 1}"] if at < 2 else []),
    ]


def test_filters_stay_from_page_to_page_and_times_are_moments(console: Console) -> None:
    for number in range(120):
        console.stage.bury(number)
    console.stage.bury(999, OTHER_CAUSE)
    console.look()

    page = console.get("/letters", type=SERVICE, fingerprint=CAUSE, since="2h", page=1)

    assert "120 dead letters" in page.text
    query = f"type={SERVICE}&fingerprint={CAUSE}&since=2026-04-14T10:00:00Z"
    assert f"/letters?page=0&{query}" in page.links()
    assert f"/redrive?{query}" in page.links()
    assert f"/discard?{query}" in page.links()


def test_letters_of_several_types_can_be_looked_at_but_not_mended_at_once(console: Console) -> None:
    console.letter()

    page = console.get("/letters")

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
@pytest.mark.parametrize("path", ["/letters", "/redrive", "/discard"])
def test_an_address_that_could_select_nothing_is_a_sentence(
    console: Console, path: str, query: dict[str, str], sentence: str
) -> None:
    page = console.get(path, **query)

    assert page.status == 400
    assert sentence in page.text


def test_none_of_these_is_told(console: Console) -> None:
    console.letter()

    page = console.get("/letters", id="nobody")

    assert "0 dead letters" in page.text
    assert "None of these were seen." in page.text


@pytest.mark.parametrize("reason", [*Reason, "none"])
def test_of_each_reason_the_page_says_what_to_do(console: Console, reason: str) -> None:
    letter = console.letter(reason=reason)

    for page in (console.get("/letters", type=SERVICE, reason=reason), console.get(letter)):
        if reason in ADVICE:
            assert ADVICE[Reason(reason)].why in page.text
        else:
            assert "could not start, or died of it" in page.text


def test_a_letter_of_which_no_time_is_known_has_its_pages_and_comes_last(console: Console) -> None:
    console.letter()
    board, timeless = console.desk.board, DeadLetter.of({"MessageId": "sqs-9", "Body": "{broken"})
    looked = board.seen.looked[SERVICE]
    found = (Found(SERVICE, timeless), *looked.found)
    board.seen = replace(board.seen, looked={SERVICE: replace(looked, found=found)})

    page = console.get("/letters")

    assert [link for link in page.links() if link.startswith("/letters/")] == [
        f"/letters/{SERVICE}/sqs-1",
        f"/letters/{SERVICE}/sqs-9",
    ]
    assert "at an unknown time" in page.text
    assert "at an unknown time" in console.get("/").text
    assert console.get(f"/letters/{SERVICE}/sqs-9").status == 200
