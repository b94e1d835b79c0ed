"""Destinations of webhooks: https, a host that all parsers read alike, and public addresses only."""

import socket
from collections.abc import Callable

import pytest

from lambdas.common.errors import NotDeliveredError
from lambdas.webhook_deliver.destination import Destination, destination

PUBLIC = "93.184.215.14"


def to(url: str, *addresses: str, allow_private_addresses: bool = False) -> Destination:
    return destination(
        url, resolve=lambda _host, _port: addresses or (PUBLIC,), allow_private_addresses=allow_private_addresses
    )


def failing(error: Exception) -> Callable[[str, int], list[str]]:
    def resolve(_host: str, _port: int) -> list[str]:
        raise error

    return resolve


def test_destination_has_the_checked_address() -> None:
    found = to("https://hooks.example.com/taly?token=1#top", PUBLIC, "1.1.1.1")

    assert found == Destination(
        is_secure=True,
        address=PUBLIC,
        port=443,
        host="hooks.example.com",
        authority="hooks.example.com",
        target="/taly?token=1",
    )


def test_destination_repr_hides_host_and_token() -> None:
    shown = f"{to('https://hooks.example.com/taly?token=s3cret')!r}"

    assert "hooks" not in shown
    assert "s3cret" not in shown


@pytest.mark.parametrize(
    ("url", "authority", "port", "target"),
    [
        ("https://a.example", "a.example", 443, "/"),
        ("https://a.example:443/", "a.example", 443, "/"),
        ("HTTPS://a.example/x", "a.example", 443, "/x"),
        ("Https://a.example:8443", "a.example:8443", 8443, "/"),
        ("https://a.example:8443/x", "a.example:8443", 8443, "/x"),
        ("https://a.example?x=1", "a.example", 443, "/?x=1"),
        ("https://a.example#x", "a.example", 443, "/"),
        ("https://a.example/%7Euser/@x:y", "a.example", 443, "/%7Euser/@x:y"),
        ("https://[2606:4700:4700::1111]:8443/x", "[2606:4700:4700::1111]:8443", 8443, "/x"),
    ],
)
def test_url_is_parsed_into_its_parts(url: str, authority: str, port: int, target: str) -> None:
    found = to(url)

    assert (found.authority, found.port, found.target) == (authority, port, target)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://a.example./x", "a.example"),
        ("https://A.Example/", "A.Example"),
        ("https://[2606:4700:4700::1111]/", "2606:4700:4700::1111"),
    ],
)
def test_host_is_the_certificates_name(url: str, host: str) -> None:
    assert to(url).host == host


@pytest.mark.parametrize("port", [1, 22, 25, 443, 6379, 8443, 65_535])
def test_any_port_is_allowed(port: int) -> None:
    """TLS with the endpoint's name comes first, so no other protocol receives any of our data."""
    assert to(f"https://a.example:{port}/").port == port


OTHER_SCHEMES = ["http://a.example/", "ftp://a.example/", "file:///etc/passwd", "//a.example/"]
NO_HOST = ["", "https://", "https:///x", "https://./x", "https://../", "https://:443/", "https://?x", "https://#x"]
AMBIGUOUS = [
    "https://user@a.example/",
    "https://user:password@a.example/",
    "https://a.example@10.0.0.1/",
    "https://a.example:443@10.0.0.1/",
    "https://a.example\\@10.0.0.1/",
    "https://a.example%23@10.0.0.1/",
    "https://a.example%00.b.example/",
    "https://%31%30.0.0.1/",
    "https://a%2eexample/",
    "https://a.example /",
    " https://a.example/",
    "https://a.example/x y",
    "https://a.example/\r\nX-Evil: 1",
    "https://a.example/\n",
    "https://a.example\t/",
    "https://a.example/é",
    "https://a..example/",
    "https://.a.example/",
    "https://a.example../",
]
NOT_ASCII = [
    "https://bücher.example/",
    "https://１２７.0.0.1/",  # noqa: RUF001 full width: a resolver's IDNA makes 127.0.0.1 of it
    "https://127。0。0。1/",  # ideographic full stops: IDNA makes dots of them
    "https://①②⑦.0.0.1/",
    "https://аpple.example/",  # noqa: RUF001 a Cyrillic a
    "https://loca\u00adlhost/",
]
UNUSUAL_IPV4 = [
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0X7F000001/",
    "https://017700000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://127.0.0.01/",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.0.0.1./",
    "https://0/",
    "https://0x/",
    "https://256.0.0.1/",
    "https://1.1.1.1.1/",
    "https://16843009/",
    "https://a.example.0x7f/",
]
NO_IPV6_ADDRESS = [
    "https://[::1/",
    "https://::1/",
    "https://[]/",
    "https://[::]:443:443/",
    "https://[127.0.0.1]/",
    "https://[1:2]/",
    "https://[....]/",
    "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/",
    "https://[v1.fe80]/",
]
NO_PORT = ["https://a.example:0/", "https://a.example:65536/", "https://a.example:port/", "https://a.example:-1/"]


@pytest.mark.parametrize(
    "url",
    [
        *OTHER_SCHEMES,
        *NO_HOST,
        *AMBIGUOUS,
        *NOT_ASCII,
        *UNUSUAL_IPV4,
        *NO_IPV6_ADDRESS,
        *NO_PORT,
    ],
)
def test_malformed_url_is_refused_unresolved_and_not_shown(url: str) -> None:
    with pytest.raises(NotDeliveredError) as raised:
        destination(url, resolve=failing(AssertionError("it was looked up")), allow_private_addresses=False)

    assert str(raised.value) == (
        "the endpoint's URL must have the form https://host/path, in ASCII, without a user name: change it in the CRM"
    )


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "printer.local",
        "metadata.google.internal",
        "ip-10-0-0-1.ec2.internal",
        "instance-data.ec2.Internal.",
        "router.home.arpa",
        "hooks",
        "hooks.",
    ],
)
def test_private_name_is_refused_unresolved(host: str) -> None:
    with pytest.raises(NotDeliveredError) as raised:
        destination(
            f"https://{host}/", resolve=failing(AssertionError("it was looked up")), allow_private_addresses=False
        )

    assert str(raised.value) == (
        "the endpoint's host is a name that only a private network can resolve: nothing is sent there"
    )


@pytest.mark.parametrize("host", ["internal.example", "localhost.example", "local.host.example", "mylocal.example"])
def test_name_similar_to_a_private_one_is_resolved(host: str) -> None:
    assert to(f"https://{host}/").address == PUBLIC


@pytest.mark.parametrize("addresses", [("10.0.0.1",), (PUBLIC, "127.0.0.1"), ("::1", PUBLIC)])
def test_host_with_one_private_address_is_refused(addresses: tuple[str, ...]) -> None:
    with pytest.raises(NotDeliveredError, match="has an address that is not public") as raised:
        to("https://rebound.example/", *addresses)

    assert "rebound" not in str(raised.value)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "0.0.0.0",  # noqa: S104 an address that is refused
        "[::1]",
        "[::ffff:7f00:1]",
        "[::ffff:127.0.0.1]",
        "[fd00:ec2::254]",
        "[64:ff9b::10.0.0.1]",
    ],
)
def test_private_ip_address_as_host_is_refused(host: str) -> None:
    with pytest.raises(NotDeliveredError, match="has an address that is not public"):
        destination(f"https://{host}/", resolve=lambda host, _port: [host], allow_private_addresses=False)


def test_public_ip_address_as_host_is_accepted() -> None:
    assert to("https://1.1.1.1/", "1.1.1.1").address == "1.1.1.1"


def test_host_is_resolved_once() -> None:
    answers = iter([[PUBLIC], ["169.254.169.254"]])

    found = destination("https://rebound.example/", resolve=lambda *_: next(answers), allow_private_addresses=False)

    assert found.address == PUBLIC
    assert next(answers) == ["169.254.169.254"], "the host was resolved twice"


@pytest.mark.parametrize("error", [socket.gaierror(-2, "hooks.example.com"), TimeoutError("hooks.example.com")])
def test_failed_lookup_is_no_delivery(error: Exception) -> None:
    with pytest.raises(NotDeliveredError, match=f"has no address now: {type(error).__name__}$"):
        destination("https://hooks.example.com/", resolve=failing(error), allow_private_addresses=False)


def test_lookup_without_addresses_is_no_delivery() -> None:
    with pytest.raises(NotDeliveredError, match="has no address now"):
        destination("https://hooks.example.com/", resolve=lambda _host, _port: [], allow_private_addresses=False)


def test_invalid_host_name_is_refused() -> None:
    with pytest.raises(NotDeliveredError, match="must have the form"):
        destination(
            f"https://{'a' * 64}.example/",
            resolve=failing(UnicodeError("label too long")),
            allow_private_addresses=False,
        )


def test_loopback_stand_in_is_allowed_by_the_setting() -> None:
    found = to("http://127.0.0.1:8080/hooks", "127.0.0.1", allow_private_addresses=True)

    assert (found.is_secure, found.address, found.port, found.authority) == (
        False,
        "127.0.0.1",
        8080,
        "127.0.0.1:8080",
    )
    assert to("http://localhost/", "127.0.0.1", allow_private_addresses=True).port == 80


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "fd00::1"])
def test_setting_allows_no_other_private_address(address: str) -> None:
    with pytest.raises(NotDeliveredError, match="has an address that is not public"):
        to("http://a.example/", address, allow_private_addresses=True)
