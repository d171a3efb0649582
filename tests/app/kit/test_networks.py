"""Networks that are kept instead of addresses."""

import pytest

from app.kit.networks import kept_of


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        (" 203.0.113.0/24 ", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("203.0.113", "None"),
        ("", "None"),
    ],
)
def test_of_an_address_its_network_is_kept(text, network):
    assert str(kept_of(text)) == network
