"""Access decisions as HTTP responses: the cookie, the refusals, the headers of every response."""

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
    "/dead-letters",
    "/redrive?type=activity.record",
    "/discard?type=activity.record",
    "/journey?id=a",
    "/find?id=a",
]
OTHERS = ["/static/console.css", "/nowhere", "/refresh", "/dead-letters?since=never", "/jobs/7", "/static/nothing.css"]
FORMS = [
    "/refresh",
    "/redrive",
    "/discard",
    "/pause",
    "/resume",
    "/jobs/1/stop",
    "/jobs/1/confirm",
    "/dead-letters/a/b/payload",
    "/nowhere",
    "/",
]


@pytest.fixture
def keyless_client(console: Console) -> Any:
    """Client of the same console without the cookie."""
    client = console.client
    client.delete_cookie(COOKIE, domain="127.0.0.1")
    return client


@pytest.mark.parametrize("path", [*PAGES, *OTHERS, "/htmx.js"])
def test_without_the_key_every_address_is_refused_alike(keyless_client: Any, path: str) -> None:
    page = Page(keyless_client.get(path, base_url=ORIGIN))

    assert page.status == 401
    assert page.elements == []
    assert page.html.startswith("Refused: open the address that the console printed")


@pytest.mark.parametrize("path", FORMS)
def test_form_of_another_site_does_nothing(console: Console, path: str) -> None:
    console.stage.add_dead_letter(1)
    form = {"type": SERVICE, "comment": "fixed"}

    for headers in ({}, {"Origin": "null"}, {"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"}):
        response = console.client.post(path, data=form, headers=headers, base_url=ORIGIN)
        assert response.status_code == 403

    assert console.context.jobs.latest() == []
    assert console.page_requests == []
    assert console.stage.sqs.calls == []


@pytest.mark.parametrize("host", ["evil.test:8710", "127.0.0.1", "é.test:8710", "a b", "[", ":"])
def test_another_host_gets_421(console: Console, host: str) -> None:
    response = console.client.get("/", base_url=ORIGIN, headers={"Host": host})

    assert response.status_code == 421


def test_address_that_is_no_utf_8_is_refused_even_with_the_key(console: Console) -> None:
    for _ in range(2):
        page = Page(console.client.get("/", base_url=ORIGIN, environ_overrides={"QUERY_STRING": "key=\x98"}))
        console.client.delete_cookie(COOKIE, domain="127.0.0.1")

        assert (page.status, page.elements) == (400, [])
        assert {name: page.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(console: Console, method: str) -> None:
    assert console.client.open("/", method=method, base_url=ORIGIN).status_code == 403
    admitted = console.client.open("/", method=method, base_url=ORIGIN, headers={"Origin": ORIGIN})
    assert admitted.status_code == (200 if method == "OPTIONS" else 405)
    assert admitted.get_data() == b"" or method != "OPTIONS"


def test_head_request_gets_no_body(console: Console) -> None:
    response = console.client.head("/", base_url=ORIGIN)

    assert (response.status_code, response.get_data()) == (200, b"")


def test_printed_address_sets_a_strict_http_only_cookie_and_redirects(console: Console, keyless_client: Any) -> None:
    printed = console.context.access.address.removeprefix(ORIGIN)

    redirect = keyless_client.get(printed, base_url=ORIGIN, headers={"Sec-Fetch-Site": "none"})

    (cookie,) = SimpleCookie(redirect.headers["Set-Cookie"]).values()
    assert (redirect.status_code, redirect.headers["Location"]) == (303, "/")
    assert (cookie.key, cookie.value) == (COOKIE, KEY)
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
    assert (cookie["domain"], cookie["expires"], cookie["max-age"]) == ("", "", "")
    assert KEY not in redirect.get_data(as_text=True)
    assert keyless_client.get("/", base_url=ORIGIN).status_code == 200


def test_ticket_sets_the_cookie_and_leads_to_the_address_without_it(console: Console, keyless_client: Any) -> None:
    address = console.context.access.one_time_address().removeprefix(ORIGIN)

    page = keyless_client.get(address, base_url=ORIGIN, headers={"Sec-Fetch-Site": "cross-site"})

    (cookie,) = SimpleCookie(page.headers["Set-Cookie"]).values()
    assert (page.status_code, page.headers["Refresh"], page.content_type) == (
        200,
        "0; url=/",
        "text/plain; charset=utf-8",
    )
    assert (cookie.key, cookie.value, cookie["httponly"], cookie["samesite"]) == (COOKIE, KEY, True, "Strict")
    assert {name: page.headers[name] for name in HEADERS} == HEADERS
    assert "ticket" not in page.get_data(as_text=True)
    assert keyless_client.get("/", base_url=ORIGIN).status_code == 200


def test_used_ticket_gets_no_cookie(console: Console, keyless_client: Any) -> None:
    address = console.context.access.one_time_address().removeprefix(ORIGIN)
    keyless_client.get(address, base_url=ORIGIN)
    keyless_client.delete_cookie(COOKIE, domain="127.0.0.1")

    again = keyless_client.get(address, base_url=ORIGIN)

    assert again.status_code == 401
    assert "Set-Cookie" not in again.headers


def test_key_leaves_the_address_even_with_a_cookie(console: Console) -> None:
    page = console.get("/", key=KEY)

    assert (page.status, page.location) == (303, "/")


@pytest.mark.parametrize("path", ["//evil.test/", "/\\evil.test", "/\\/evil.test", "/a\r\nSet-Cookie: a=b", "/ünï"])
def test_redirect_with_the_key_stays_on_this_site(console: Console, path: str) -> None:
    environ = {"PATH_INFO": path.encode().decode("latin1"), "QUERY_STRING": f"key={KEY}"}

    response = console.client.get("/", base_url=ORIGIN, environ_overrides=environ)

    location = response.headers["Location"]
    assert response.status_code == 303
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
    assert location.isascii()


def test_wrong_key_gets_no_cookie(keyless_client: Any) -> None:
    response = keyless_client.get("/", query_string={"key": "wrong"}, base_url=ORIGIN)

    assert response.status_code == 401
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("path", [*PAGES, *OTHERS])
def test_every_response_has_the_security_headers(console: Console, path: str) -> None:
    console.poll()

    page = console.get(path)

    assert {name: page.headers[name] for name in HEADERS} == HEADERS
    assert "Set-Cookie" not in page.headers


def test_refusals_redirects_and_errors_have_the_security_headers(console: Console) -> None:
    responses = [
        (421, Page(console.client.get("/", base_url="http://evil.test"))),
        (403, Page(console.client.get("/", base_url=ORIGIN, headers={"Sec-Fetch-Site": "cross-site"}))),
        (303, console.get("/", key=KEY)),
        (303, console.post("/refresh")),
        (400, console.post("/redrive")),
        (413, console.post("/redrive", comment="x" * 70_000)),
    ]

    assert [page.status for _, page in responses] == [status for status, _ in responses]
    for _, page in responses:
        assert {name: page.headers[name] for name in HEADERS} == HEADERS


def test_unexpected_error_has_the_headers_and_shows_no_details(
    console: Console, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError(ADA)

    monkeypatch.setattr("ops.console.pages.overview.sparkline", fail)
    console.add_dead_letter()

    page = console.get("/")

    assert page.status == 500
    assert "This did not work" in page.text
    for detail in (ADA, "ZeroDivisionError", "Traceback", "overview.py"):
        assert detail not in page.html
    assert {name: page.headers[name] for name in HEADERS} == HEADERS
    assert ADA in caplog.text  # in the terminal, for the operator


def test_htmx_is_served_from_this_machine(console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_no_page_contains_the_key_or_links_to_other_hosts(console: Console, path: str) -> None:
    console.add_dead_letter()

    page = console.get(path)

    assert KEY not in page.html
    assert KEY not in str(page.headers)
    for _, attributes in page.elements:
        for name in {"href", "src", "action", "hx-get"} & attributes.keys():
            assert attributes[name].startswith(("/", "#"))
            assert not attributes[name].startswith("//")
    assert not any(name == "style" or name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert not any(name == "style" for name, _ in page.elements)
