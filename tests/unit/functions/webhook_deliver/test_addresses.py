"""Public and special-purpose IP addresses, as a table by IANA's registries."""

from ipaddress import ip_network

import pytest

from lambdas.webhook_deliver.addresses import is_public

SPECIAL_IPV4 = {
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "private use",
    "100.64.0.0/10": "shared address space: carrier-grade NAT",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link local: EC2's metadata, ECS's credentials",
    "172.16.0.0/12": "private use",
    "192.0.0.0/24": "IETF protocol assignments",
    "192.0.0.0/29": "IPv4 service continuity prefix",
    "192.0.0.8/32": "IPv4 dummy address",
    "192.0.0.9/32": "port control protocol anycast: the nearest NAT's",
    "192.0.0.10/32": "TURN anycast: the nearest relay's",
    "192.0.0.170/31": "NAT64/DNS64 discovery",
    "192.0.2.0/24": "documentation",
    "192.31.196.0/24": "AS112-v4",
    "192.52.193.0/24": "AMT",
    "192.88.99.0/24": "6to4 relay anycast, deprecated",
    "192.168.0.0/16": "private use",
    "192.175.48.0/24": "direct delegation AS112 service",
    "198.18.0.0/15": "benchmarking",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
    "255.255.255.255/32": "limited broadcast",
}
"""IANA, "IPv4 Special-Purpose Address Registry", and multicast, which has a separate registry."""

SPECIAL_IPV6 = {
    "::/128": "unspecified",
    "::1/128": "loopback",
    "::/96": "IPv4-compatible, deprecated (RFC 4291)",
    "64:ff9b:1::/48": "a network's own NAT64",
    "100::/64": "discard only",
    "100:0:0:1::/64": "dummy prefix",
    "2001::/23": "IETF protocol assignments",
    "2001::/32": "Teredo",
    "2001:1::1/128": "port control protocol anycast",
    "2001:1::2/128": "TURN anycast",
    "2001:1::3/128": "DNS-SD service registration anycast",
    "2001:2::/48": "benchmarking",
    "2001:3::/32": "AMT",
    "2001:4:112::/48": "AS112-v6",
    "2001:10::/28": "ORCHID, deprecated",
    "2001:20::/28": "ORCHIDv2",
    "2001:30::/28": "drone remote identification",
    "2001:db8::/32": "documentation",
    "2620:4f:8000::/48": "direct delegation AS112 service",
    "3fff::/20": "documentation",
    "5f00::/16": "segment routing",
    "fc00::/7": "unique local: EC2's metadata, fd00:ec2::254",
    "fe80::/10": "link local",
    "fec0::/10": "site local, deprecated (RFC 3879)",
    "ff00::/8": "multicast",
    "4000::/2": "not given out (IANA, IPv6 Address Space)",
}
"""IANA, "IPv6 Special-Purpose Address Registry", and blocks of other registries and RFCs.

The registry's three blocks that embed an IPv4 address are in `EMBEDS_IPV4`.
"""

EMBEDS_IPV4 = {
    "mapped": "::ffff:{hex}",
    "mapped, as it is written": "::ffff:{dotted}",
    "NAT64": "64:ff9b::{hex}",
    "6to4": "2002:{hex}::1",
}


def within(form: str, dotted: str) -> str:
    """An IPv6 address that embeds an IPv4 address."""
    octets = [int(octet) for octet in dotted.split(".")]
    return form.format(dotted=dotted, hex=f"{octets[0] << 8 | octets[1]:x}:{octets[2] << 8 | octets[3]:x}")


@pytest.mark.parametrize("block", SPECIAL_IPV4 | SPECIAL_IPV6)
def test_special_purpose_block_is_not_public(block: str) -> None:
    """The first, a middle and the last address stand for the block."""
    network = ip_network(block)
    first, last = int(network[0]), int(network[-1])

    addresses = {str(network[0]), str(network[(last - first) // 2]), str(network[-1])}

    assert [address for address in addresses if is_public(address)] == []


@pytest.mark.parametrize("form", EMBEDS_IPV4.values(), ids=EMBEDS_IPV4)
@pytest.mark.parametrize("block", SPECIAL_IPV4)
def test_ipv6_that_embeds_a_special_block_is_not_public(form: str, block: str) -> None:
    network = ip_network(block)

    assert not is_public(within(form, str(network[0])))
    assert not is_public(within(form, str(network[-1])))


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "93.184.215.14",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "191.255.255.255",
        "192.0.1.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2606:4700:4700::1111",
        "2620:4f:8001::1",
        "3fff:1000::1",
    ],
)
def test_address_next_to_a_special_block_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("form", EMBEDS_IPV4.values(), ids=EMBEDS_IPV4)
def test_ipv6_that_embeds_a_public_address_is_public(form: str) -> None:
    assert is_public(within(form, "93.184.215.14"))


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.170.2",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "::a9fe:a9fe",
    ],
)
def test_cloud_metadata_and_credentials_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["fe80::1%eth0", "fe80::1%1", "ff02::1%lo"])
def test_link_local_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["2606:4700::5efe:127.0.0.1", "2606:4700::200:5efe:10.0.0.1", "2606:4700::5efe:93.184.215.14"]
)
def test_isatap_address_is_not_public(address: str) -> None:
    assert not is_public(address)
