"""Access control admits only the operator's browser: right key, right address, no other site."""

import string
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.console.access import AccessControl, AccessDecision
from tests.unit.ops.console.console_fakes import KEY, ORIGIN, PORT

ACCESS = AccessControl(PORT, KEY)
HOSTS = [f"127.0.0.1:{PORT}", f"localhost:{PORT}"]
SITES = ["same-origin", "same-site", "cross-site", "none", "", "SAME-ORIGIN", "same-origin, cross-site"]
ORIGINS = [
    None,
    "",
    "null",
    ORIGIN,
    f"http://localhost:{PORT}",
    f"https://127.0.0.1:{PORT}",
    "http://127.0.0.1",
    f"{ORIGIN}/",
    f"{ORIGIN}.evil.test",
    "https://evil.test",
]
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "QUERY"]


def decide(  # noqa: PLR0913 one parameter for each part of a request
    method: str = "GET",
    *,
    host: str | None = HOSTS[0],
    origin: str | None = None,
    site: str | None = None,
    cookie: str = "",
    query_key: str = "",
) -> AccessDecision:
    headers = {"Host": host, "Origin": origin, "Sec-Fetch-Site": site}
    given = {name: value for name, value in headers.items() if value is not None}
    return ACCESS.decide(method, given, cookie=cookie, query_key=query_key)


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("site", [None, "same-origin", "none"])
def test_request_with_the_key_is_admitted(host: str, method: str, site: str | None) -> None:
    assert decide(method, host=host, site=site, cookie=KEY) is AccessDecision.ADMIT


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("site", [None, "same-origin"])
def test_form_of_the_console_s_own_pages_is_admitted(host: str, site: str | None) -> None:
    assert decide("POST", host=host, origin=f"http://{host}", site=site, cookie=KEY) is AccessDecision.ADMIT


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "127.0.0.1",
        "localhost",
        "127.0.0.1:80",
        "evil.test",
        f"evil.test:{PORT}",
        f"127.0.0.1.evil.test:{PORT}",
    ],
)
def test_other_host_name_is_refused_against_dns_rebinding(
    host: str | None,
) -> None:
    assert decide(host=host, cookie=KEY, query_key=KEY) is AccessDecision.WRONG_HOST


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "SAME-ORIGIN"])
def test_request_of_another_site_is_refused_despite_the_key(site: str) -> None:
    assert decide(site=site, cookie=KEY, query_key=KEY) is AccessDecision.CROSS_SITE


@pytest.mark.parametrize("origin", [origin for origin in ORIGINS if origin != ORIGIN])
def test_form_with_another_origin_or_none_is_refused(origin: str | None) -> None:
    assert decide("POST", origin=origin, site="same-origin", cookie=KEY) is AccessDecision.CROSS_SITE


def test_form_with_the_right_origin_from_another_site_is_refused() -> None:
    assert decide("POST", origin=ORIGIN, site="cross-site", cookie=KEY) is AccessDecision.CROSS_SITE
    assert decide("POST", origin=ORIGIN, site="none", cookie=KEY) is AccessDecision.CROSS_SITE


@pytest.mark.parametrize("method", [method for method in METHODS if method not in {"GET", "HEAD"}])
def test_every_unsafe_method_needs_an_origin(method: str) -> None:
    assert decide(method, cookie=KEY) is AccessDecision.CROSS_SITE


@pytest.mark.parametrize("cookie", ["", "wrong", KEY[:-1], KEY + "x", KEY.upper(), "schlüssel", "\ud800", "\0"])
def test_request_without_the_key_is_refused(cookie: str) -> None:
    assert decide(cookie=cookie) is AccessDecision.NO_KEY
    assert decide(query_key=cookie) is AccessDecision.NO_KEY


@pytest.mark.parametrize("cookie", ["", "of another run", KEY])
def test_key_in_the_address_moves_into_the_cookie(cookie: str) -> None:
    assert decide(site="none", cookie=cookie, query_key=KEY) is AccessDecision.SET_COOKIE


def test_form_with_the_key_in_its_address_is_refused() -> None:
    assert decide("POST", origin=ORIGIN, query_key=KEY) is AccessDecision.NO_KEY


def of_ticket(access: AccessControl, ticket: str, method: str = "GET", host: str = HOSTS[0]) -> AccessDecision:
    headers = {"Host": host, "Sec-Fetch-Site": "cross-site"}
    return access.decide(method, headers, cookie="", query_key="", ticket=ticket)


def issued(access: AccessControl) -> str:
    return access.one_time_address().removeprefix(f"{ORIGIN}/?ticket=")


def test_ticket_admits_one_browser_once() -> None:
    access = AccessControl(PORT, KEY)
    first, second = issued(access), issued(access)

    assert len({first, second, KEY}) == 3
    assert min(len(first), len(second)) >= 32
    assert of_ticket(access, first) is AccessDecision.EXCHANGE_TICKET
    assert of_ticket(access, first) is AccessDecision.CROSS_SITE
    assert of_ticket(access, second) is AccessDecision.EXCHANGE_TICKET
    assert first not in repr(access)


@pytest.mark.parametrize("ticket", ["", "wrong", KEY, "\ud800", "é"])
def test_wrong_ticket_admits_nobody(ticket: str) -> None:
    access = AccessControl(PORT, KEY)
    valid = issued(access)

    assert of_ticket(access, ticket) is AccessDecision.CROSS_SITE
    assert of_ticket(access, valid) is AccessDecision.EXCHANGE_TICKET


def test_ticket_is_taken_by_a_get_request_of_this_address_alone() -> None:
    access = AccessControl(PORT, KEY)
    ticket = issued(access)

    for method in METHODS:
        if method != "GET":
            assert of_ticket(access, ticket, method) is AccessDecision.CROSS_SITE
    assert of_ticket(access, ticket, host=f"evil.test:{PORT}") is AccessDecision.WRONG_HOST
    assert of_ticket(access, ticket) is AccessDecision.EXCHANGE_TICKET


def test_of_many_requests_with_one_ticket_one_gets_it() -> None:
    for _ in range(20):
        access = AccessControl(PORT, KEY)
        ticket = issued(access)
        start = Barrier(8)

        def take(_: int, start: Barrier = start, access: AccessControl = access, ticket: str = ticket) -> bool:
            start.wait()
            return of_ticket(access, ticket) is AccessDecision.EXCHANGE_TICKET

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(take, range(8))) == 1


def test_cookie_name_differs_by_port() -> None:
    assert AccessControl(1, KEY).cookie_name != AccessControl(2, KEY).cookie_name


def test_address_is_on_loopback_and_has_the_key() -> None:
    assert ACCESS.address == f"http://127.0.0.1:{PORT}/?key={KEY}"


texts = st.one_of(st.text(max_size=40), st.sampled_from([KEY, *HOSTS, *SITES, ORIGIN]))
header_sets = st.dictionaries(
    st.sampled_from(["Host", "Origin", "Sec-Fetch-Site", "Referer", "X-Forwarded-Host"]), texts
)


@given(
    method=st.one_of(st.sampled_from(METHODS), st.text(string.ascii_uppercase, max_size=8)),
    headers=header_sets,
    cookie=texts,
    query_key=texts,
)
def test_any_admitted_request_has_key_host_and_site(
    method: str, headers: dict[str, str], cookie: str, query_key: str
) -> None:
    found = ACCESS.decide(method, headers, cookie=cookie, query_key=query_key)

    if found in {AccessDecision.ADMIT, AccessDecision.SET_COOKIE}:
        assert KEY in {cookie, query_key}
        assert headers["Host"] in HOSTS
        assert headers.get("Sec-Fetch-Site", "none") in {"same-origin", "none"}
    if found is AccessDecision.ADMIT:
        assert cookie == KEY
    if found in {AccessDecision.ADMIT, AccessDecision.SET_COOKIE} and method not in {"GET", "HEAD"}:
        assert headers["Origin"] == f"http://{headers['Host']}"


@given(
    host=st.sampled_from([*HOSTS, "evil.test"]),
    origin=st.sampled_from(ORIGINS),
    site=st.sampled_from([None, *SITES]),
    method=st.sampled_from(METHODS),
    cookie=st.sampled_from(["", KEY, "wrong"]),
)
def test_request_is_admitted_only_with_key_host_and_site(
    host: str, origin: str | None, site: str | None, method: str, cookie: str
) -> None:
    is_safe = method in {"GET", "HEAD"}
    is_same_site = site in {None, "same-origin", "none"} if is_safe else site in {None, "same-origin"}
    is_admissible = host in HOSTS and cookie == KEY and is_same_site and (is_safe or origin == f"http://{host}")

    assert (decide(method, host=host, origin=origin, site=site, cookie=cookie) is AccessDecision.ADMIT) == is_admissible
