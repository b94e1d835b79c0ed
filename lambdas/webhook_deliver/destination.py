"""Resolve a webhook's URL to one checked IP address and the host name that its certificate must prove.

Tenants choose the URLs. A URL into our own network would read what nobody outside may (OWASP, "Server Side Request
Forgery Prevention Cheat Sheet"). So the connection goes to the address that was checked: between the check and a second
lookup, DNS could change its answer.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from lambdas.common.errors import NotDeliveredError
from lambdas.webhook_deliver.addresses import is_loopback, is_public
from schemas.wire import constant

_DEFAULT_PORTS = {"https": 443, "http": 80}
_MAX_PORT = 65_535

_URL = re.compile(
    r"(?P<scheme>(?i:https?))://(?P<host>[A-Za-z0-9._-]{1,254}|\[[0-9A-Fa-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>[/?][!-\"$-~]*)?(?:#[!-~]*)?"
)
"""RFC 3986 in ASCII and without user information, which could pass for a host: all parsers read such a URL alike."""

_NUMBER = re.compile(r"[0-9]+|0[Xx][0-9A-Fa-f]*")
"""A host whose last label matches is an IPv4 address in some notation (URL Standard, "ends in a number checker")."""

_PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".home.arpa")
"""Domains outside public DNS, which only a private network's DNS can answer (IANA, "Special-Use Domain Names"; ICANN
reserved `.internal` in 2024).
"""

_INVALID_URL = constant(
    "the endpoint's URL must have the form https://host/path, in ASCII, without a user name: change it in the CRM"
)
_PRIVATE_NAME = "the endpoint's host is a name that only a private network can resolve: nothing is sent there"

Resolve = Callable[[str, int], Sequence[str]]
"""Return the IP addresses of a host and port. Raises `OSError` if there is none, `UnicodeError` for an invalid name."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)  # its host and target may let in whoever has them
class Destination:
    """The address to connect to, and the host and path to request there."""

    is_secure: bool
    address: str
    """IP address."""

    port: int
    host: str
    """Host name that the certificate must be for."""

    authority: str
    """Value of the `Host` header."""

    target: str
    """Path and query."""


def destination(url: str, *, resolve: Resolve, allow_private_addresses: bool) -> Destination:
    """Check an endpoint's URL and resolve its host.

    Args:
        url: the endpoint's URL.
        resolve: looks up the host.
        allow_private_addresses: accept http and loopback, for a receiver that is a stand-in on this machine.

    Raises:
        NotDeliveredError: nothing may be sent to this URL, or its host has no address now. No error repeats any part
            of the URL.
    """
    parts = _URL.fullmatch(url)
    scheme = parts["scheme"].lower() if parts else ""  # a scheme knows no case (RFC 3986, section 3.1)
    if parts is None or (scheme != "https" and not allow_private_addresses):
        raise NotDeliveredError(_INVALID_URL)
    host = parts["host"].strip("[]").removesuffix(".")
    default = _DEFAULT_PORTS[scheme]
    port = int(parts["port"] or default)
    if not _is_unambiguous(parts["host"]) or not 0 < port <= _MAX_PORT:
        raise NotDeliveredError(_INVALID_URL)
    if not allow_private_addresses and _is_private_name(host):
        raise NotDeliveredError(_PRIVATE_NAME)
    target = parts["target"] or "/"
    return Destination(
        is_secure=scheme == "https",
        address=_resolved(host, port, resolve, allow_private_addresses=allow_private_addresses),
        port=port,
        host=host,
        authority=parts["host"] if port == default else f"{parts['host']}:{port}",
        target=target if target.startswith("/") else f"/{target}",
    )


def _is_unambiguous(host: str) -> bool:
    """Whether all parsers read a host as the same name or IP address.

    IP addresses must have their usual notation: some parsers read 127.1, 2130706433, 0x7f000001 and 0177.0.0.1 as
    loopback, others as names or as other machines.
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


def _is_private_name(host: str) -> bool:
    """Whether only a private network resolves a host: a reserved domain, or one label that a search list completes."""
    return ":" not in host and ("." not in host or host.lower().endswith(_PRIVATE_SUFFIXES))


def _resolved(host: str, port: int, resolve: Resolve, *, allow_private_addresses: bool) -> str:
    """The first address of a host, provided that all its addresses are public."""
    try:
        addresses = resolve(host, port)
    except UnicodeError:
        raise NotDeliveredError(_INVALID_URL) from None
    except OSError as error:
        raise NotDeliveredError(f"the endpoint's host has no address now: {type(error).__name__}") from None
    if not addresses:
        raise NotDeliveredError("the endpoint's host has no address now")
    if not all(is_public(address) or (allow_private_addresses and is_loopback(address)) for address in addresses):
        raise NotDeliveredError("the endpoint's host has an address that is not public: nothing is sent there")
    return addresses[0]


def resolve_host(host: str, port: int) -> list[str]:
    """Look up a host's IP addresses with the system's resolver, best first."""
    import socket

    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
