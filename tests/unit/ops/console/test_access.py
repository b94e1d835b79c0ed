"""Nobody is admitted but the operator's own browser: with the right key, by the right address, from no other site."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.console.access import AccessControl, AccessDecision
from tests.unit.ops.console.console_fakes import KEY, ORIGIN, PORT

GATE = AccessControl(PORT, KEY)
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


def verdict(  # noqa: PLR0913 each says one thing of a request
    method: str = "GET",
    *,
    host: str | None = HOSTS[0],
    origin: str | None = None,
    site: str | None = None,
    cookie: str = "",
    offered: str = "",
) -> AccessDecision:
    headers = {"Host": host, "Origin": origin, "Sec-Fetch-Site": site}
    given = {name: value for name, value in headers.items() if value is not None}
    return GATE.verdict(method, given, cookie=cookie, offered=offered)


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("site", [None, "same-origin", "none"])
def test_pages_are_shown_to_who_has_the_key(host: str, method: str, site: str | None) -> None:
    assert verdict(method, host=host, site=site, cookie=KEY) is AccessDecision.ADMIT


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("site", [None, "same-origin"])
def test_a_form_of_the_console_s_own_pages_is_taken(host: str, site: str | None) -> None:
    assert verdict("POST", host=host, origin=f"http://{host}", site=site, cookie=KEY) is AccessDecision.ADMIT


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
def test_under_another_name_nothing_is_shown_so_that_a_name_that_is_bound_anew_reaches_nothing(
    host: str | None,
) -> None:
    assert verdict(host=host, cookie=KEY, offered=KEY) is AccessDecision.WRONG_HOST


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "SAME-ORIGIN"])
def test_what_another_site_asks_for_is_refused_though_the_browser_sends_the_key(site: str) -> None:
    assert verdict(site=site, cookie=KEY, offered=KEY) is AccessDecision.CROSS_SITE


@pytest.mark.parametrize("origin", [origin for origin in ORIGINS if origin != ORIGIN])
def test_a_form_that_does_not_say_that_it_is_the_console_s_own_is_refused(origin: str | None) -> None:
    assert verdict("POST", origin=origin, site="same-origin", cookie=KEY) is AccessDecision.CROSS_SITE


def test_a_form_that_says_so_and_was_sent_by_another_site_or_typed_is_refused() -> None:
    assert verdict("POST", origin=ORIGIN, site="cross-site", cookie=KEY) is AccessDecision.CROSS_SITE
    assert verdict("POST", origin=ORIGIN, site="none", cookie=KEY) is AccessDecision.CROSS_SITE


@pytest.mark.parametrize("method", [method for method in METHODS if method not in {"GET", "HEAD"}])
def test_every_method_that_could_change_something_needs_its_origin(method: str) -> None:
    assert verdict(method, cookie=KEY) is AccessDecision.CROSS_SITE


@pytest.mark.parametrize("cookie", ["", "wrong", KEY[:-1], KEY + "x", KEY.upper(), "schlüssel", "\ud800", "\0"])
def test_without_the_key_nothing_is_shown(cookie: str) -> None:
    assert verdict(cookie=cookie) is AccessDecision.NO_KEY
    assert verdict(offered=cookie) is AccessDecision.NO_KEY


@pytest.mark.parametrize("cookie", ["", "of another run", KEY])
def test_a_key_in_the_address_goes_into_the_cookie_and_out_of_the_address(cookie: str) -> None:
    assert verdict(site="none", cookie=cookie, offered=KEY) is AccessDecision.WELCOME


def test_a_form_cannot_bring_the_key_in_its_address() -> None:
    assert verdict("POST", origin=ORIGIN, offered=KEY) is AccessDecision.NO_KEY


def test_two_consoles_have_two_cookies_since_browsers_do_not_tell_ports_apart() -> None:
    assert AccessControl(1, KEY).cookie != AccessControl(2, KEY).cookie


def test_the_address_leads_to_loopback_with_the_key() -> None:
    assert GATE.address == f"http://127.0.0.1:{PORT}/?key={KEY}"


texts = st.one_of(st.text(max_size=40), st.sampled_from([KEY, *HOSTS, *SITES, ORIGIN]))
wires = st.dictionaries(st.sampled_from(["Host", "Origin", "Sec-Fetch-Site", "Referer", "X-Forwarded-Host"]), texts)


@given(
    method=st.one_of(st.sampled_from(METHODS), st.text(string.ascii_uppercase, max_size=8)),
    headers=wires,
    cookie=texts,
    offered=texts,
)
def test_whatever_comes_who_is_admitted_has_the_key_the_host_and_the_site(
    method: str, headers: dict[str, str], cookie: str, offered: str
) -> None:
    found = GATE.verdict(method, headers, cookie=cookie, offered=offered)

    if found in {AccessDecision.ADMIT, AccessDecision.WELCOME}:
        assert KEY in {cookie, offered}
        assert headers["Host"] in HOSTS
        assert headers.get("Sec-Fetch-Site", "none") in {"same-origin", "none"}
    if found is AccessDecision.ADMIT:
        assert cookie == KEY
    if found in {AccessDecision.ADMIT, AccessDecision.WELCOME} and method not in {"GET", "HEAD"}:
        assert headers["Origin"] == f"http://{headers['Host']}"


@given(
    host=st.sampled_from([*HOSTS, "evil.test"]),
    origin=st.sampled_from(ORIGINS),
    site=st.sampled_from([None, *SITES]),
    method=st.sampled_from(METHODS),
    cookie=st.sampled_from(["", KEY, "wrong"]),
)
def test_who_has_all_of_it_is_admitted_and_nobody_else(
    host: str, origin: str | None, site: str | None, method: str, cookie: str
) -> None:
    reads = method in {"GET", "HEAD"}
    of_this_site = site in {None, "same-origin", "none"} if reads else site in {None, "same-origin"}
    entitled = host in HOSTS and cookie == KEY and of_this_site and (reads or origin == f"http://{host}")

    assert (verdict(method, host=host, origin=origin, site=site, cookie=cookie) is AccessDecision.ADMIT) == entitled
