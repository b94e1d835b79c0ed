"""Classify IP addresses: public, or private to this machine, its network or the cloud."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_GLOBAL_UNICAST = IPv6Network("2000::/3")
"""The only IPv6 block for globally reachable unicast addresses (IANA, "IPv6 Address Space")."""

_NAT64 = IPv6Network("64:ff9b::/96")
"""The last 32 bits are the IPv4 address to which NAT64 translates (RFC 6052, section 2.1)."""

_SPECIAL_IPV4 = tuple(
    IPv4Network(block)
    for block in (
        "192.0.0.0/24",  # IETF protocols, such as PCP and TURN anycast: servers of our own network (RFC 7723, 8155)
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT relays
        "192.88.99.0/24",  # 6to4 relays
        "192.175.48.0/24",  # AS112
    )
)
_SPECIAL_IPV6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # IETF protocols: Teredo, PCP and TURN anycast, AMT, identifiers without a location
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation (RFC 9637)
    )
)
"""Blocks of IANA's special-purpose registries that `ipaddress` calls global in some version of Python.

They are anycast: the nearest server answers, and no company's endpoint is there.
"""

_ISATAP = 0x5EFE
"""Bits 64 to 95 of an ISATAP address; a router sends it to the IPv4 address in the last 32 bits (RFC 5214, 6.1)."""

_UNIVERSAL_BIT = 0x0200_0000
"""The bit of these 32 that may be set or not: it says whether the IPv4 address is globally unique."""


def is_public(address: str) -> bool:
    """Whether an IP address belongs to a single host that the whole internet can reach.

    Source: IANA's special-purpose address registries. An IPv6 address that embeds an IPv4 address is judged by it:
    mapped (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056). ISATAP addresses (RFC 5214) are used within a site only.
    """
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        embedded = _embedded_ipv4(ip)
        if embedded is None:
            return _is_public_ipv6(ip)
        ip = embedded
    if any(ip in block for block in _SPECIAL_IPV4):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def is_loopback(address: str) -> bool:
    """Whether an IP address is a loopback address of this machine."""
    return ip_address(address).is_loopback


def _is_public_ipv6(address: IPv6Address) -> bool:
    if any(address in block for block in _SPECIAL_IPV6) or _is_isatap(address):
        return False
    return address in _GLOBAL_UNICAST and address.is_global


def _is_isatap(address: IPv6Address) -> bool:
    return (int(address) >> 32) & 0xFFFF_FFFF & ~_UNIVERSAL_BIT == _ISATAP


def _embedded_ipv4(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
