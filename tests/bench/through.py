"""Lists that no index alone finds: why, and what a page of them may read in a small database."""

import re
from dataclasses import dataclass

KEYS, HERE = r"/license-keys", r"/cabinet/installations"


@dataclass(frozen=True, slots=True)
class Through:
    """Lists by the form of their names; no bound where it grows with the vendor."""

    form: str
    why: str
    blocks: int | None = None


WAYS = (
    Through(
        rf"{KEYS} expires_\w+: \w+, \w+",
        "ends of a period are gathered where they are few, else looked for among the newest keys",
        400,
    ),
    Through(rf"{KEYS} has_free_seats: \w+, page", "the products of each key are asked", 400),
    Through(
        rf"{KEYS} has_free_seats: \w+, count",
        "1,001 keys are asked: an index of what is free would be written at each activation",
    ),
    Through(rf"{KEYS} status: blocked, \w+", "gathered from the customers that are blocked", 1_000),
    Through(r"/customers has_expiring: true, \w+", "keys with an end soon are gathered by name"),
    Through(
        r"/coupons (preset|product): \w+, \w+",
        "coupons of some batches, gathered where these are few",
        1_000,
    ),
    Through(
        r"/downloads configuration_name: \w+, page", "downloads do not name a configuration", 3_000
    ),
    Through(r"/downloads (configuration_name|customer): \w+, count", "as its page, 1,001 times"),
    Through(r"/downloads customer: \w+, page", "keys of up to 200 customers are looked through"),
    Through(rf"{HERE} (version|customer): \w+, \w+", "seats, keys and reports are gathered"),
    Through(rf"{HERE} behind: true, count", "what failed is asked what its seat holds", 1_000),
    Through(
        r"(/observed)(| .*), page", "each release is asked whether anybody reported on it", 400
    ),
    Through(
        r"/vendor/releases(| .*), page",
        "a table that does not grow with the keys is read whole",
        400,
    ),
    Through(r"/license-keys/{key_id}/changes(| .*), page", "all products of one key", 1_000),
    Through(r"/support/{kind}/{ident}.*", "all that happened to one subject, looked through"),
)


def way_of(name: str) -> Through | None:
    """How a list is found that has no index of its own."""
    return next((way for way in WAYS if re.search(f"{way.form}$", name)), None)


def reason_of(name: str) -> str | None:
    """Why no index alone finds it."""
    way = way_of(name)
    return way.why if way else None
