"""`podkluch`, the very command, whose clock and memory the test run that started it can reach.

What is different from the product: the clock may be stopped, what is remembered of data that a
test takes back is forgotten, and the store refuses a file when it is told to.
"""

import os
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.cli import __main__ as podkluch
from app.cli import runtime
from app.kit.cache import NewestCache
from app.kit.config import Settings
from app.kit.db import CACHED, Kit
from app.kit.storage import ArtifactStore
from tests.fleet.page import VARIABLE, Page


class Heedful(OrderedDict[Any, Any]):
    """What a process remembers, until the data that it was made from are taken back."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page, self._seen = page, page.taken_back

    def get(self, name: Any, default: Any = None) -> Any:
        self._heed()
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self._heed()
        return super().__contains__(name)

    def _heed(self) -> None:
        if self._seen != self._page.taken_back:
            self._seen = self._page.taken_back
            self.clear()


def stumbling(store: ArtifactStore, page: Page) -> ArtifactStore:
    """The store, which can be told to refuse the next file."""

    def wrapped(call: Callable[..., Any]) -> Callable[..., Any]:
        def careful(*told: object) -> Any:
            page.require_no_stumble()
            return call(*told)

        return careful

    for name in ("receiving", "link"):
        setattr(store, name, wrapped(getattr(store, name)))
    return store


def main() -> None:
    page = Page(Path(os.environ[VARIABLE]))

    def kit_of(settings: Settings, artifacts: ArtifactStore, **more: Any) -> Kit:
        cache = NewestCache[Any](CACHED)
        cache._held = Heedful(page)
        return Kit(settings, stumbling(artifacts, page), page.now, cache=cache, **more)

    runtime.Kit = kit_of  # type: ignore[assignment,misc]
    podkluch.main()


if __name__ == "__main__":
    main()
