"""The kit of a server under test: its own folder, and a MASTER that guards nothing."""

from app.kit.clock import Clock, utc_now
from app.kit.config import Settings
from app.kit.db import Kit
from app.kit.signing.keyring import Keyring
from app.kit.storage import store_of

MASTER = bytes(32)


def a_kit(settings: Settings, clock: Clock = utc_now) -> Kit:
    """The same MASTER each time, so that processes of one test open each other's copies."""
    return Kit(settings, store_of(settings), clock, keyring=Keyring.of(MASTER))
