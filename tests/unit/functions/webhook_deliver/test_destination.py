"""Where webhooks may go: by https, to a host that all read alike, of whose addresses each is public."""

import socket
from collections.abc import Callable

import pytest

from lambdas.common.errors import PermanentError, RetryableError
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


def test_what_is_shown_of_it_tells_neither_host_nor_token() -> None:
    shown = f"{to('https://hooks.example.com/taly?token=s3cret')!r}"

    assert "hooks" not in shown
    assert "s3cret" not in shown


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
    [
        ("https://a.example./x", "a.example"),
        ("https://A.Example/", "A.Example"),
        ("https://[2606:4700:4700::1111]/", "2606:4700:4700::1111"),
    ],
)
def test_the_name_is_the_one_that_a_certificate_has(url: str, host: str) -> None:
    assert to(url).host == host


@pytest.mark.parametrize("port", [1, 22, 25, 443, 6379, 8443, 65_535])
def test_any_port_is_posted_to(port: int) -> None:
    """TLS under the endpoint's name comes first: no other protocol hears anything of ours."""
    assert to(f"https://a.example:{port}/").port == port


OTHER_SCHEMES = ["http://a.example/", "ftp://a.example/", "file:///etc/passwd", "//a.example/"]
NO_HOST = ["", "https://", "https:///x", "https://./x", "https://../", "https://:443/", "https://?x", "https://#x"]
OF_TWO_READINGS = [
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
IN_OTHER_LETTERS = [
    "https://bücher.example/",
    "https://１２７.0.0.1/",  # noqa: RUF001 full width: a resolver's IDNA makes 127.0.0.1 of it
    "https://127。0。0。1/",  # likewise the full stops
    "https://①②⑦.0.0.1/",
    "https://аpple.example/",  # noqa: RUF001 a Cyrillic a
    "https://loca\u00adlhost/",
]
IN_OTHER_NUMBERS = [
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
        *OF_TWO_READINGS,
        *IN_OTHER_LETTERS,
        *IN_OTHER_NUMBERS,
        *NO_IPV6_ADDRESS,
        *NO_PORT,
    ],
)
def test_an_address_of_any_other_form_is_refused_unresolved_and_not_shown(url: str) -> None:
    with pytest.raises(PermanentError) as raised:
        destination(url, resolve=failing(AssertionError("it was looked up")), allow_private_addresses=False)

    assert str(raised.value) == (
        "the endpoint's address is not as it must be, https://host/path without a user name: change it"
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
def test_a_name_that_only_a_network_itself_knows_is_refused_unresolved(host: str) -> None:
    with pytest.raises(PermanentError) as raised:
        destination(
            f"https://{host}/", resolve=failing(AssertionError("it was looked up")), allow_private_addresses=False
        )

    assert str(raised.value) == (
        "the endpoint's host is a name that only a network itself knows: nothing is sent there"
    )


@pytest.mark.parametrize("host", ["internal.example", "localhost.example", "local.host.example", "mylocal.example"])
def test_a_name_that_only_looks_like_one_is_looked_up(host: str) -> None:
    assert to(f"https://{host}/").address == PUBLIC


@pytest.mark.parametrize("addresses", [("10.0.0.1",), (PUBLIC, "127.0.0.1"), ("::1", PUBLIC)])
def test_a_host_of_whose_addresses_one_is_not_public_is_refused(addresses: tuple[str, ...]) -> None:
    with pytest.raises(PermanentError, match="has an address that is not public") as raised:
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
def test_an_address_for_a_host_is_judged_as_one(host: str) -> None:
    with pytest.raises(PermanentError, match="has an address that is not public"):
        destination(f"https://{host}/", resolve=lambda host, _port: [host], allow_private_addresses=False)


def test_a_public_address_is_as_good_as_a_name() -> None:
    assert to("https://1.1.1.1/", "1.1.1.1").address == "1.1.1.1"


def test_a_host_is_looked_up_once_so_that_a_later_answer_changes_nothing() -> None:
    answers = iter([[PUBLIC], ["169.254.169.254"]])

    found = destination("https://rebound.example/", resolve=lambda *_: next(answers), allow_private_addresses=False)

    assert found.address == PUBLIC
    assert next(answers) == ["169.254.169.254"], "it was asked for again"


@pytest.mark.parametrize("error", [socket.gaierror(-2, "hooks.example.com"), TimeoutError("hooks.example.com")])
def test_a_name_without_an_address_may_get_one_later(error: Exception) -> None:
    with pytest.raises(RetryableError, match=f"has no address now: {type(error).__name__}$"):
        destination("https://hooks.example.com/", resolve=failing(error), allow_private_addresses=False)


def test_a_name_with_no_address_in_its_answer_may_get_one_later() -> None:
    with pytest.raises(RetryableError, match="has no address now"):
        destination("https://hooks.example.com/", resolve=lambda _host, _port: [], allow_private_addresses=False)


def test_what_can_be_no_name_is_refused() -> None:
    with pytest.raises(PermanentError, match="is not as it must be"):
        destination(
            f"https://{'a' * 64}.example/",
            resolve=failing(UnicodeError("label too long")),
            allow_private_addresses=False,
        )


def test_a_stand_in_on_this_machine_is_reached_where_it_may_be() -> None:
    found = to("http://127.0.0.1:8080/hooks", "127.0.0.1", allow_private_addresses=True)

    assert (found.is_secure, found.address, found.port, found.authority) == (
        False,
        "127.0.0.1",
        8080,
        "127.0.0.1:8080",
    )
    assert to("http://localhost/", "127.0.0.1", allow_private_addresses=True).port == 80


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "fd00::1"])
def test_even_there_nothing_else_that_is_private_is_reached(address: str) -> None:
    with pytest.raises(PermanentError, match="has an address that is not public"):
        to("http://a.example/", address, allow_private_addresses=True)
