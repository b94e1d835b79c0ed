"""What the gate decides is what a browser gets: the cookie, the refusals, the headers of every answer."""

from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest

from ops.console.access import HEADERS
from tests.fakes.stage import SERVICE
from tests.unit.ops.console.console_fakes import COOKIE, KEY, ORIGIN, Console
from tests.unit.ops.console.page import Page
from tests.unit.ops.console.stage_fakes import ADA

PAGES = [
    "/",
    "/letters",
    "/redrive?type=activity.record",
    "/discard?type=activity.record",
    "/journey?id=a",
    "/find?id=a",
]
OTHERS = ["/static/console.css", "/nowhere", "/look", "/letters?since=never", "/work/7", "/static/nothing.css"]
FORMS = ["/look", "/redrive", "/discard", "/work/1/stop", "/work/1/agree", "/letters/a/b/payload", "/nowhere", "/"]


@pytest.fixture
def stranger(console: Console) -> Any:
    """Asks the same console without a cookie."""
    client = console.client
    client.delete_cookie(COOKIE, domain="127.0.0.1")
    return client


@pytest.mark.parametrize("path", [*PAGES, *OTHERS, "/htmx.js"])
def test_a_stranger_sees_nothing_not_even_what_there_is(stranger: Any, path: str) -> None:
    page = Page(stranger.get(path, base_url=ORIGIN))

    assert page.status == 401
    assert page.elements == []
    assert page.html.startswith("Refused: open the address that the console printed")


@pytest.mark.parametrize("path", FORMS)
def test_a_form_of_another_site_does_nothing(console: Console, path: str) -> None:
    console.stage.bury(1)
    form = {"type": SERVICE, "why": "mended"}

    for headers in ({}, {"Origin": "null"}, {"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"}):
        answer = console.client.post(path, data=form, headers=headers, base_url=ORIGIN)
        assert answer.status_code == 403

    assert console.desk.works.latest() == []
    assert console.asked == []
    assert console.stage.sqs.calls == []


@pytest.mark.parametrize("host", ["evil.test:8710", "127.0.0.1", "é.test:8710", "a b", "[", ":"])
def test_another_host_is_misdirected(console: Console, host: str) -> None:
    answer = console.client.get("/", base_url=ORIGIN, headers={"Host": host})

    assert answer.status_code == 421


def test_an_address_with_bytes_that_are_no_utf_8_is_refused_with_and_without_the_key(console: Console) -> None:
    for _ in range(2):
        page = Page(console.client.get("/", base_url=ORIGIN, environ_overrides={"QUERY_STRING": "key=\x98"}))
        console.client.delete_cookie(COOKIE, domain="127.0.0.1")

        assert (page.status, page.elements) == (400, [])
        assert {name: page.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_do_nothing(console: Console, method: str) -> None:
    assert console.client.open("/", method=method, base_url=ORIGIN).status_code == 403
    admitted = console.client.open("/", method=method, base_url=ORIGIN, headers={"Origin": ORIGIN})
    assert admitted.status_code == (200 if method == "OPTIONS" else 405)
    assert admitted.get_data() == b"" or method != "OPTIONS"


def test_the_head_of_a_page_is_answered_without_its_body(console: Console) -> None:
    answer = console.client.head("/", base_url=ORIGIN)

    assert (answer.status_code, answer.get_data()) == (200, b"")


def test_the_printed_address_leads_to_a_page_without_the_key_by_a_cookie_that_no_script_and_no_other_site_gets(
    console: Console, stranger: Any
) -> None:
    printed = console.desk.gate.address.removeprefix(ORIGIN)

    welcome = stranger.get(printed, base_url=ORIGIN, headers={"Sec-Fetch-Site": "none"})

    (cookie,) = SimpleCookie(welcome.headers["Set-Cookie"]).values()
    assert (welcome.status_code, welcome.headers["Location"]) == (303, "/")
    assert (cookie.key, cookie.value) == (COOKIE, KEY)
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
    assert (cookie["domain"], cookie["expires"], cookie["max-age"]) == ("", "", "")
    assert KEY not in welcome.get_data(as_text=True)
    assert stranger.get("/", base_url=ORIGIN).status_code == 200


def test_the_key_leaves_the_address_also_of_who_has_the_cookie_already(console: Console) -> None:
    page = console.get("/", key=KEY)

    assert (page.status, page.location) == (303, "/")


@pytest.mark.parametrize("path", ["//evil.test/", "/\\evil.test", "/\\/evil.test", "/a\r\nSet-Cookie: a=b", "/ünï"])
def test_with_the_key_one_stays_on_this_site(console: Console, path: str) -> None:
    environ = {"PATH_INFO": path.encode().decode("latin1"), "QUERY_STRING": f"key={KEY}"}

    answer = console.client.get("/", base_url=ORIGIN, environ_overrides=environ)

    location = answer.headers["Location"]
    assert answer.status_code == 303
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
    assert location.isascii()


def test_who_does_not_offer_the_right_key_gets_no_cookie(stranger: Any) -> None:
    answer = stranger.get("/", query_string={"key": "wrong"}, base_url=ORIGIN)

    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", [*PAGES, *OTHERS])
def test_every_answer_has_the_headers(console: Console, path: str) -> None:
    console.look()

    page = console.get(path)

    assert {name: page.headers[name] for name in HEADERS} == HEADERS
    assert "Set-Cookie" not in page.headers


def test_refusals_redirects_and_failures_have_them_too(console: Console) -> None:
    answers = [
        (421, Page(console.client.get("/", base_url="http://evil.test"))),
        (403, Page(console.client.get("/", base_url=ORIGIN, headers={"Sec-Fetch-Site": "cross-site"}))),
        (303, console.get("/", key=KEY)),
        (303, console.post("/look")),
        (400, console.post("/redrive")),
        (413, console.post("/redrive", why="x" * 70_000)),
    ]

    assert [page.status for _, page in answers] == [status for status, _ in answers]
    for _, page in answers:
        assert {name: page.headers[name] for name in HEADERS} == HEADERS


def test_a_defect_has_them_and_says_nothing_of_itself(
    console: Console, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError(ADA)

    monkeypatch.setattr("ops.console.pages.overview.sparkline", broken)
    console.letter()

    page = console.get("/")

    assert page.status == 500
    assert "This did not work" in page.text
    for kept_back in (ADA, "ZeroDivisionError", "Traceback", "looking.py"):
        assert kept_back not in page.html
    assert {name: page.headers[name] for name in HEADERS} == HEADERS
    assert ADA in caplog.text  # in the terminal, for who runs it


def test_htmx_comes_from_this_machine(console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "htmx.min.js").write_text("var htmx;")
    monkeypatch.setattr("ops.console.app.HTMX", tmp_path / "htmx.min.js")

    page = console.get("/htmx.js")

    assert (page.status, page.html, page.headers["Content-Type"]) == (
        200,
        "var htmx;",
        "text/javascript; charset=utf-8",
    )
    assert {name: page.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_the_key_in_it_nor_anything_of_another_host(console: Console, path: str) -> None:
    console.letter()

    page = console.get(path)

    assert KEY not in page.html
    assert KEY not in str(page.headers)
    for _, attributes in page.elements:
        for name in {"href", "src", "action", "hx-get"} & attributes.keys():
            assert attributes[name].startswith(("/", "#"))
            assert not attributes[name].startswith("//")
    assert not any(name == "style" or name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert not any(name == "style" for name, _ in page.elements)
