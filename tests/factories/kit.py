"""The kit of a server under test: its own folder, and a MASTER that guards nothing."""

from typing import Any

from app.kit.cache import NewestCache
from app.kit.clock import Clock, utc_now
from app.kit.config import Settings
from app.kit.db import CACHED, Kit
from app.kit.signing.keyring import Keyring
from app.kit.storage import store_of

MASTER = bytes(32)


class ForgettingCache(NewestCache[Any]):
    """One for tests that take back what the database holds, and its versions with it."""

    def forget(self) -> None:
        """Nothing is known any more."""
        self._held.clear()


def a_kit(settings: Settings, clock: Clock = utc_now) -> Kit:
    """The same MASTER each time, so that processes of one test open each other's copies."""
    keyring, cache = Keyring.of(MASTER), ForgettingCache(CACHED)
    return Kit(settings, store_of(settings), clock, keyring=keyring, cache=cache)
