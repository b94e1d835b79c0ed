"""Which addresses on the internet are anybody's, and which lead inside: to ourselves, our network or the cloud's."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_GLOBAL_UNICAST = IPv6Network("2000::/3")
"""All that IANA gives out to be reached (IANA, "IPv6 Address Space"); what lies elsewhere has other purposes."""

_NAT64 = IPv6Network("64:ff9b::/96")
"""An IPv4 address in its last 32 bits is where it leads (RFC 6052, section 2.1)."""


def is_public(address: str) -> bool:
    """Whether an IP address is one that the whole internet reaches, and a single host's.

    Source: IANA's special-purpose address registries, as `ipaddress` has them. IPv6 addresses that lead to an IPv4
    address are judged by that one: mapped (RFC 4291), NAT64 (RFC 6052) and 6to4 (RFC 3056).
    """
    found = ip_address(address)
    if isinstance(found, IPv6Address):
        leads_to = _ipv4_of(found)
        if leads_to is None:
            return found in _GLOBAL_UNICAST and found.is_global
        found = leads_to
    return found.is_global and not found.is_multicast and not found.is_reserved


def is_loopback(address: str) -> bool:
    """Whether it is this machine's own."""
    return ip_address(address).is_loopback


def _ipv4_of(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
