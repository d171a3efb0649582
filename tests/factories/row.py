"""A route as data: what opens it, and which members of a good request name a thing."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Variant = dict[str, Any]
SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Row:
    """A route with what opens it, and the bodies or queries it takes; `{slots}` name things."""

    route: str
    opens: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ({},)
    takes: str = ""
    """`json` or `params`: where a variant goes; empty where nothing does."""
    sends: bytes | None = None
    """The file that is the body."""
    place: str = ""
    """The path with other slots, where the route needs a thing in another state than usual."""

    @property
    def method(self) -> str:
        return self.route.partition(" ")[0]

    @property
    def path(self) -> str:
        return self.place or self.route.partition(" ")[2]

    def slots(self, variant: Variant) -> set[str]:
        """The names of the things that a request of this variant speaks of."""
        return set(SLOT.findall(self.path + json.dumps(variant)))

    def request(self, variant: Variant, things: Mapping[str, str]) -> dict[str, Any]:
        """The request about these things, for the test client."""
        told = {self.takes: filled(variant, things)} if self.takes else {}
        told |= {} if self.sends is None else {"content": self.sends}
        return told | {"method": self.method, "url": SLOT.sub(lambda m: things[m[1]], self.path)}


def filled(value: Any, things: Mapping[str, str]) -> Any:
    """The template with things in its slots."""
    if isinstance(value, str):
        return SLOT.sub(lambda match: things[match[1]], value)
    if isinstance(value, dict):
        return {name: filled(item, things) for name, item in value.items()}
    return [filled(item, things) for item in value] if isinstance(value, list) else value


def vendor(route: str, scope: str, *variants: Variant, **more: Any) -> Row:
    """A route of programs; `sends` is a file, and `place` a path with other slots."""
    method, _, path = route.partition(" ")
    in_query = method == "GET" or "sends" in more
    takes = "params" if in_query else "json" * bool(variants)
    if "place" in more:
        more["place"] = f"/vendor{more['place']}"
    return Row(f"{method} /vendor{path}", (scope,), variants or ({},), takes, **more)
