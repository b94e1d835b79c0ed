"""What is asked for in the wrong way, or is not there: a page that says so; and what is found by its id."""

import pytest

from tests.fakes.stage import SERVICE
from tests.unit.ops.console.console_fakes import Console


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/look", "POST"),
        (f"/letters/{SERVICE}/sqs-1/payload", "POST"),
        ("/work/1/stop", "POST"),
        ("/work/1/agree", "POST"),
        ("/letters", "GET"),
        ("/journey", "GET"),
    ],
)
def test_what_is_asked_for_in_another_way_is_refused(console: Console, path: str, allowed: str) -> None:
    console.letter()

    page = console.post(path) if allowed == "GET" else console.get(path)

    assert page.status == 405
    assert "This did not work" in page.text
    assert allowed in page.headers["Allow"]
    assert console.stage.logs.lines() == []


@pytest.mark.parametrize(
    "path",
    [
        f"/letters/{SERVICE}/nobody",
        "/letters/email.send/sqs-1",
        "/letters/nothing/sqs-1",
        "/work/1",
        "/work/999999999999999999999",
        "/work/-1",
        "/work/x",
        "/nowhere",
        "/static/../gate.py",
        "/static/%2e%2e/gate.py",
        "/static/nothing.css",
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(console: Console, path: str) -> None:
    console.letter()

    page = console.get(path)

    assert page.status == 404
    assert "This did not work" in page.text
    assert "/" in page.links()


@pytest.mark.parametrize("an_id", ["task-1", "sqs-1", " task-1 "])
def test_a_letter_is_found_by_either_of_its_ids(console: Console, an_id: str) -> None:
    letter = console.letter()

    page = console.get("/find", id=an_id)

    assert (page.status, page.location) == (303, letter)


@pytest.mark.parametrize(
    ("an_id", "address"),
    [("nobody", "/journey?id=nobody"), ("", "/journey?id="), ("//evil.test", "/journey?id=//evil.test")],
)
def test_where_no_letter_has_an_id_its_journey_is_looked_for(console: Console, an_id: str, address: str) -> None:
    console.letter(body="{broken")

    page = console.get("/find", id=an_id)

    assert (page.status, page.location) == (303, address)
