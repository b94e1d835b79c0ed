"""Where a webhook goes: one IP address, resolved once and checked, and the name that it must prove to have.

Addresses are tenants' to choose: whoever can make us call into our own network reads what nobody may (OWASP,
"Server Side Request Forgery Prevention Cheat Sheet"). So the address that was checked is the one that is connected
to: between a check and a second look-up, DNS could change its answer.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from lambdas.common.errors import PermanentError, RetryableError
from lambdas.webhook_deliver.addresses import is_loopback, is_public

_DEFAULT_PORTS = {"https": 443, "http": 80}
_LARGEST_PORT = 65_535

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9._-]{1,254}|\[[0-9A-Fa-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>[/?][!-\"$-~]*)?(?:#[!-~]*)?"
)
"""RFC 3986 without user information, which could pass for a host, and in ASCII: one reading, whoever reads it."""

_NUMBER = re.compile(r"[0-9]+|0[Xx][0-9A-Fa-f]*")
"""A host that ends in one is an IPv4 address, in whatever notation (URL Standard, "ends in a number checker")."""

_NAMES_WITHIN = (".localhost", ".local", ".internal", ".home.arpa")
"""Names that the internet's DNS never has, so that only a network's own can answer (IANA, "Special-Use Domain Names";
ICANN reserved `.internal` in 2024).
"""

_NOT_AS_IT_MUST_BE = "the endpoint's address is not as it must be, https://host/path without a user name: change it"
_ONLY_WITHIN = "the endpoint's host is a name that only a network itself knows: nothing is sent there"

Resolve = Callable[[str, int], Sequence[str]]
"""Gives the IP addresses of a host and port. Raises `OSError` where there is none, `UnicodeError` for no name."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)  # its host and target may let in whoever has them
class Destination:
    """Where to connect, and what to ask for there."""

    is_secure: bool
    address: str
    """The IP address."""

    port: int
    host: str
    """The name that the certificate must be for."""

    authority: str
    """The `Host` header."""

    target: str
    """Path and query."""


def destination(url: str, *, resolve: Resolve, allow_private_addresses: bool) -> Destination:
    """Find out where an endpoint is.

    Args:
        url: the endpoint's.
        resolve: looks the host up.
        allow_private_addresses: lets http and loopback pass, where the receiver is a stand-in on this machine.

    Raises:
        PermanentError: nothing may be sent there.
        RetryableError: the host has no address now. No text has any of the address.
    """
    parts = _URL.fullmatch(url)
    if parts is None or (parts["scheme"] != "https" and not allow_private_addresses):
        raise PermanentError(_NOT_AS_IT_MUST_BE)
    host = parts["host"].strip("[]").removesuffix(".")
    default = _DEFAULT_PORTS[parts["scheme"]]
    port = int(parts["port"] or default)
    if not _is_unambiguous(parts["host"]) or not 0 < port <= _LARGEST_PORT:
        raise PermanentError(_NOT_AS_IT_MUST_BE)
    if not allow_private_addresses and _is_known_within(host):
        raise PermanentError(_ONLY_WITHIN)
    target = parts["target"] or "/"
    return Destination(
        is_secure=parts["scheme"] == "https",
        address=_checked(host, port, resolve, allow_private_addresses=allow_private_addresses),
        port=port,
        host=host,
        authority=parts["host"] if port == default else f"{parts['host']}:{port}",
        target=target if target.startswith("/") else f"/{target}",
    )


def _is_unambiguous(host: str) -> bool:
    """Whether all who read a host take it for the same name or IP address.

    Addresses are written as they usually are: 127.1, 2130706433, 0x7f000001 and 0177.0.0.1 are this machine to some,
    and names, or another machine, to others.
    """
    labels = host.removesuffix(".").split(".")
    try:
        if host.startswith("["):
            IPv6Address(host.strip("[]"))
        elif _NUMBER.fullmatch(labels[-1]):
            IPv4Address(host)
    except ValueError:
        return False
    return all(labels)


def _is_known_within(host: str) -> bool:
    """Whether it is set apart for a network's own names, or a label alone, which a resolver's search list completes."""
    return ":" not in host and ("." not in host or host.lower().endswith(_NAMES_WITHIN))


def _checked(host: str, port: int, resolve: Resolve, *, allow_private_addresses: bool) -> str:
    """The first of the host's addresses, of which none may be private: a name that leads inside is not for us."""
    try:
        addresses = resolve(host, port)
    except UnicodeError:
        raise PermanentError(_NOT_AS_IT_MUST_BE) from None
    except OSError as error:
        raise RetryableError(f"the endpoint's host has no address now: {type(error).__name__}") from None
    if not addresses:
        raise RetryableError("the endpoint's host has no address now")
    if not all(is_public(address) or (allow_private_addresses and is_loopback(address)) for address in addresses):
        raise PermanentError("the endpoint's host has an address that is not public: nothing is sent there")
    return addresses[0]


def look_up(host: str, port: int) -> list[str]:
    """The IP addresses of a host by the system's resolver, best first."""
    import socket  # as all that has to do with a network: at first use

    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
