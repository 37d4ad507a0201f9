import pytest

from directory.fetching.public_addresses import is_public


@pytest.mark.parametrize(
    "address",
    [
        "93.184.216.34",
        "172.32.0.1",
        "192.0.1.1",
        "2606:4700::1111",
        "2a00:1450::1",
        "64:ff9b::808:808",
        "::ffff:8.8.8.8",
    ],
)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.31.255.255", "192.0.0.8"),  # noqa: S104 - no server listens
        *("192.88.99.1", "192.168.0.1", "198.19.0.1", "224.0.0.1", "255.255.255.255"),
        # Forms of 127.0.0.1 in IPv6.
        *("::1", "::127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::1"),
        *("fc00::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff0e::1", "2001:db8::1", "3fff::1", "5f00::1", "::"),
    ],
)
def test_addresses_that_only_this_machine_or_its_network_reaches_are_not(address: str) -> None:
    assert not is_public(address)
