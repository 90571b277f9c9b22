"""Who counts as one address, and what a bucket's key tells."""

from __future__ import annotations

import pytest

from geoapi.accounts.throttle import PER_ADDRESS, PER_LOGIN, bucket_key, network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        (None, ""),
    ],
)
def test_an_ipv6_network_is_one_address(address: str | None, network: str) -> None:
    assert network_of(address) == network


def test_a_key_says_nothing_and_is_one_databases_one_sorts_and_one_values() -> None:
    keys = {
        bucket_key(secret, limit, value)
        for secret in (b"a", b"b")
        for limit in (PER_LOGIN, PER_ADDRESS)
        for value in ("wang", "fang")
    }
    assert len(keys) == 8
    assert all(len(key) == 32 for key in keys)
