"""Where webhooks may go: to public addresses by https, checked as they are connected to."""

import socket
from collections.abc import Callable

import pytest

from lambdas.common.failures import PermanentError, RetryableError
from lambdas.webhook_deliver.addresses import is_public
from lambdas.webhook_deliver.destination import Destination, destination

PUBLIC = "93.184.215.14"


def to(url: str, *addresses: str, may_be_private: bool = False) -> Destination:
    return destination(url, resolve=lambda _host, _port: addresses or (PUBLIC,), may_be_private=may_be_private)


@pytest.mark.parametrize(
    "address",
    [
        PUBLIC,
        "1.1.1.1",
        "100.63.255.255",
        "100.128.0.1",
        "172.32.0.1",
        "2606:4700:4700::1111",
        "::ffff:1.1.1.1",
        "64:ff9b::101:101",
        "2002:101:101::1",
    ],
)
def test_an_address_that_everybody_reaches_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 an address that is refused
        "10.0.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",  # EC2's metadata
        "169.254.170.2",  # ECS's credentials
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",  # carrier-grade NAT
        "192.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",  # IPv4-compatible
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",  # EC2's metadata
        "fec0::1",  # site-local
        "ff02::1",
        "ff0e::1",
        "2001::1",  # Teredo
        "2001:db8::1",
        "4000::1",
        "100::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",  # a network's own NAT64
        "2002:7f00:1::1",
        "2002:a9fe:a9fe::1",
        "2002:e000:101::1",
    ],
)
def test_an_address_that_leads_inside_or_to_many_is_not_public(address: str) -> None:
    assert not is_public(address)


def test_the_address_that_was_checked_is_the_one_that_is_connected_to() -> None:
    found = to("https://hooks.example.com/taly?token=1#top", PUBLIC, "1.1.1.1")

    assert found == Destination(
        is_secure=True,
        address=PUBLIC,
        port=443,
        host="hooks.example.com",
        authority="hooks.example.com",
        target="/taly?token=1",
    )


@pytest.mark.parametrize(
    ("url", "authority", "port", "target"),
    [
        ("https://a.example", "a.example", 443, "/"),
        ("https://a.example:443/", "a.example", 443, "/"),
        ("https://a.example:8443/x", "a.example:8443", 8443, "/x"),
        ("https://a.example?x=1", "a.example", 443, "/?x=1"),
        ("https://a.example#x", "a.example", 443, "/"),
        ("https://a.example/%7Euser/@x:y", "a.example", 443, "/%7Euser/@x:y"),
        ("https://[2606:4700:4700::1111]:8443/x", "[2606:4700:4700::1111]:8443", 8443, "/x"),
    ],
)
def test_an_address_is_read_part_by_part(url: str, authority: str, port: int, target: str) -> None:
    found = to(url)

    assert (found.authority, found.port, found.target) == (authority, port, target)


@pytest.mark.parametrize(
    ("url", "host"),
    [("https://a.example./x", "a.example"), ("https://[2606:4700:4700::1111]/", "2606:4700:4700::1111")],
)
def test_the_name_is_the_one_that_a_certificate_has(url: str, host: str) -> None:
    assert to(url).host == host


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://a.example/",
        "ftp://a.example/",
        "file:///etc/passwd",
        "//a.example/",
        "https:///x",
        "https://./x",
        "https://user@a.example/",
        "https://user:password@a.example/",
        "https://a.example\\@10.0.0.1/",
        "https://a.example /",
        "https://a.example/x y",
        "https://a.example/\r\nX-Evil: 1",
        "https://a.example/\n",
        "https://a.example/é",
        "https://bücher.example/",
        "https://a.example:0/",
        "https://a.example:65536/",
        "https://a.example:port/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
    ],
)
def test_an_address_of_any_other_form_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(PermanentError) as raised:
        to(url)

    assert str(raised.value) == (
        "the endpoint's address is not as it must be, https://host/path without a user name: change it"
    )


@pytest.mark.parametrize("addresses", [("10.0.0.1",), (PUBLIC, "127.0.0.1"), ("::1", PUBLIC)])
def test_a_host_of_whose_addresses_one_is_not_public_is_refused(addresses: tuple[str, ...]) -> None:
    with pytest.raises(PermanentError, match="has an address that is not public") as raised:
        to("https://rebound.example/", *addresses)

    assert "rebound" not in str(raised.value)


def numbers(host: str, _port: int) -> list[str]:
    """As the C library reads a host that is written in numbers (inet_aton), of which `getaddrinfo` makes use."""
    return [host if ":" in host else socket.inet_ntoa(socket.inet_aton(host))]


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "017700000001", "127.1", "0", "[::1]", "[::ffff:7f00:1]"])
def test_a_private_address_in_any_notation_is_refused(host: str) -> None:
    with pytest.raises(PermanentError, match="has an address that is not public"):
        destination(f"https://{host}/", resolve=numbers, may_be_private=False)


def test_a_public_address_in_numbers_is_as_good_as_a_name() -> None:
    assert destination("https://16843009/", resolve=numbers, may_be_private=False).address == "1.1.1.1"


def failing(error: Exception) -> Callable[[str, int], list[str]]:
    def resolve(_host: str, _port: int) -> list[str]:
        raise error

    return resolve


@pytest.mark.parametrize("error", [socket.gaierror(-2, "hooks.example.com"), TimeoutError("hooks.example.com")])
def test_a_name_without_an_address_may_get_one_later(error: Exception) -> None:
    with pytest.raises(RetryableError, match=f"has no address now: {type(error).__name__}$"):
        destination("https://hooks.example.com/", resolve=failing(error), may_be_private=False)


def test_a_name_with_no_address_in_its_answer_may_get_one_later() -> None:
    with pytest.raises(RetryableError, match="has no address now"):
        destination("https://hooks.example.com/", resolve=lambda _host, _port: [], may_be_private=False)


def test_what_can_be_no_name_is_refused() -> None:
    with pytest.raises(PermanentError, match="is not as it must be"):
        destination("https://a..example/", resolve=failing(UnicodeError("label empty")), may_be_private=False)


def test_a_stand_in_on_this_machine_is_reached_where_it_may_be() -> None:
    found = to("http://127.0.0.1:8080/hooks", "127.0.0.1", may_be_private=True)

    assert (found.is_secure, found.address, found.port, found.authority) == (
        False,
        "127.0.0.1",
        8080,
        "127.0.0.1:8080",
    )
    assert to("http://localhost/", "127.0.0.1", may_be_private=True).port == 80


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "fd00::1"])
def test_even_there_nothing_else_that_is_private_is_reached(address: str) -> None:
    with pytest.raises(PermanentError, match="has an address that is not public"):
        to("http://a.example/", address, may_be_private=True)
