"""Which addresses on the internet are anybody's, and which lead inside: to ourselves, our network or the cloud's."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_GLOBAL_UNICAST = IPv6Network("2000::/3")
"""All that IANA gives out to be reached (IANA, "IPv6 Address Space"); what lies elsewhere has other purposes."""

_NAT64 = IPv6Network("64:ff9b::/96")
"""An IPv4 address in its last 32 bits is where it leads (RFC 6052, section 2.1)."""

_NOBODYS_IPV4 = tuple(
    IPv4Network(block)
    for block in (
        "192.0.0.0/24",  # IETF protocols; in it the nearest PCP and TURN servers: our own network's (RFC 7723, 8155)
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT relays
        "192.88.99.0/24",  # 6to4 relays
        "192.175.48.0/24",  # AS112
    )
)
_NOBODYS_IPV6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # IETF protocols: Teredo, the nearest PCP and TURN servers, AMT, identifiers that are no places
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation (RFC 9637)
    )
)
"""Blocks of IANA's special-purpose registries that `ipaddress` calls global, or did before some version of Python: they
are reached, but by whatever is nearest, and no company's system is there.
"""

_ISATAP = 0x5EFE
"""Bits 64 to 95 of an address that a router of its site takes to the IPv4 address in its last 32 (RFC 5214, 6.1)."""

_EITHER = 0x0200_0000
"""The one of these bits that may be set or not: whether the IPv4 address is unique in the world, says who made it."""


def is_public(address: str) -> bool:
    """Whether an IP address is one that the whole internet reaches, and a single host's.

    Source: IANA's special-purpose address registries. IPv6 addresses that lead to an IPv4 address are judged by that
    one: mapped (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056); ISATAP's (RFC 5214) are for use within a site.
    """
    found = ip_address(address)
    if isinstance(found, IPv6Address):
        leads_to = _ipv4_of(found)
        if leads_to is None:
            return _is_public_ipv6(found)
        found = leads_to
    if any(found in block for block in _NOBODYS_IPV4):
        return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def is_loopback(address: str) -> bool:
    """Whether it is this machine's own."""
    return ip_address(address).is_loopback


def _is_public_ipv6(address: IPv6Address) -> bool:
    if any(address in block for block in _NOBODYS_IPV6) or _is_of_isatap(address):
        return False
    return address in _GLOBAL_UNICAST and address.is_global


def _is_of_isatap(address: IPv6Address) -> bool:
    return (int(address) >> 32) & 0xFFFF_FFFF & ~_EITHER == _ISATAP


def _ipv4_of(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
