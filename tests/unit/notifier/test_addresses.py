"""Which addresses a webhook must not reach. The list is the specification's, written down again on purpose."""

from ipaddress import ip_address, ip_network

import pytest

from services.notifier.domain.addresses import is_refused

_REFUSED = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24
192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
::/128 ::1/128 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 ::/96 ::ffff:0:0:0/96 2001::/23
fc00::/7 fe80::/10 fec0::/10 ff00::/8
"""
_NEIGHBOURS = """
1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255 169.255.0.0 172.15.255.255
172.32.0.0 191.255.255.255 192.0.1.0 192.0.1.255 192.0.3.0 192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0 198.17.255.255
198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255 8.8.8.8
2001:200:: 2001:4860:4860::8888 2001:db7:ffff:ffff:ffff:ffff:ffff:ffff 2001:db9:: 2003:: 2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff
3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff 3fff:1000:: 5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 5f01:: 64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff
64:ff9b:0:0:0:1:: 64:ff9b:2:: 100:0:0:1:: ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
fe00:: fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff ::1:0:0:0 2a00::1
"""
REFUSED, NEIGHBOURS = _REFUSED.split(), _NEIGHBOURS.split()


@pytest.mark.parametrize("network", REFUSED)
def test_the_first_and_the_last_address_of_each_network_are_refused(network: str) -> None:
    parsed = ip_network(network)
    assert is_refused(str(parsed[0]))
    assert is_refused(str(parsed[-1]))


@pytest.mark.parametrize("address", NEIGHBOURS)
def test_neighbours_outside_are_allowed(address: str) -> None:
    assert not is_refused(address)


@pytest.mark.parametrize("network", [each for each in REFUSED if ":" not in each])
def test_a_mapped_address_counts_as_what_it_maps(network: str) -> None:
    last = ip_network(network)[-1]
    assert is_refused(f"::ffff:{last}")
    assert is_refused(str(ip_address(f"::ffff:{last}").exploded))


def test_a_mapped_public_address_is_allowed() -> None:
    assert not is_refused("::ffff:8.8.8.8")


def test_a_zone_does_not_hide_a_link_local_address() -> None:
    assert is_refused("fe80::1%eth0")
