"""Wrong methods and unknown addresses get the console's error page; ids are found."""

import pytest

from tests.fakes.stage import SERVICE
from tests.unit.ops.console.console_fakes import Console


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/refresh", "POST"),
        (f"/dead-letters/{SERVICE}/sqs-1/payload", "POST"),
        ("/jobs/1/stop", "POST"),
        ("/jobs/1/confirm", "POST"),
        ("/pause", "POST"),
        ("/resume", "POST"),
        ("/dead-letters", "GET"),
        ("/journey", "GET"),
    ],
)
def test_wrong_method_is_refused(console: Console, path: str, allowed: str) -> None:
    console.add_dead_letter()

    page = console.post(path) if allowed == "GET" else console.get(path)

    assert page.status == 405
    assert "This address cannot be used in this way." in page.text
    assert allowed in page.headers["Allow"]
    assert console.stage.logs.lines() == []


@pytest.mark.parametrize(
    "path",
    [
        f"/dead-letters/{SERVICE}/nobody",
        "/dead-letters/email.send/sqs-1",
        "/dead-letters/nothing/sqs-1",
        "/jobs/1",
        "/jobs/999999999999999999999",
        "/jobs/-1",
        "/jobs/x",
        "/nowhere",
        "/static/../access.py",
        "/static/%2e%2e/access.py",
        "/static/nothing.css",
    ],
)
def test_unknown_address_gets_an_error_page(console: Console, path: str) -> None:
    console.add_dead_letter()

    page = console.get(path)

    assert page.status == 404
    assert "This did not work" in page.text
    assert "requested URL" not in page.text
    assert "/" in page.links()


@pytest.mark.parametrize("an_id", ["task-1", "sqs-1", " task-1 "])
def test_dead_letter_is_found_by_either_of_its_ids(console: Console, an_id: str) -> None:
    address = console.add_dead_letter()

    page = console.get("/find", id=an_id)

    assert (page.status, page.location) == (303, address)


@pytest.mark.parametrize(
    ("an_id", "address"),
    [("nobody", "/journey?id=nobody"), ("", "/journey?id="), ("//evil.test", "/journey?id=//evil.test")],
)
def test_find_without_a_dead_letter_redirects_to_the_journey(console: Console, an_id: str, address: str) -> None:
    console.add_dead_letter(body="{broken")

    page = console.get("/find", id=an_id)

    assert (page.status, page.location) == (303, address)


@pytest.mark.parametrize("path", ["/nowhere", "/jobs/x", "/static/nothing.css"])
def test_unknown_address_is_explained_in_the_console_s_own_words(console: Console, path: str) -> None:
    page = console.get(path)

    assert "There is no page at this address. Check it for typing errors, or start from the overview." in page.text


def test_form_that_is_too_large_is_explained_in_the_console_s_own_words(console: Console) -> None:
    page = console.post("/discard", comment="x" * 70_000)

    assert "The form is larger than 64 KiB." in page.text
