"""Where the signed metadata of a vendor are, as every answer names them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trust:
    """The vendor's TUF repository at the moment of the answer."""

    repository: str  # id of the repository
    timestamp_version: int  # older metadata than this come from a stale mirror
