"""What is kept of addresses: the network, a /24 or of IPv6 a /48."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

_BITS: Final = {4: 24, 6: 48}


def kept_of(text: str) -> IPv4Network | IPv6Network | None:
    """The network kept of an address, or of a network as it is shown; None for other texts."""
    try:
        address = ip_address(text.strip().partition("/")[0])
    except ValueError:
        return None
    return ip_network((address, _BITS[address.version]), strict=False)
