"""Everything that can go wrong on this side: its codes, and how the program ends."""

from enum import IntEnum, StrEnum
from typing import Literal

Lang = Literal["ru", "en"]


class Exit(IntEnum):
    """How the program ends; one number per family of outcomes."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    NETWORK = 10
    REFUSED = 11  # licence, coupon or download
    EXPIRED = 12
    NOTHING_FITS = 13
    DECISION = 14  # a person must decide
    NOT_TRUSTED = 20  # hash, signature or manifest
    CONNECTOR = 30  # COM not registered, wrong bitness or version
    NO_CONNECTION = 31
    BUSY = 32
    RIGHTS = 33
    FAILED = 34  # nothing changed, or rolled back
    ROLLBACK_FAILED = 35
    RESTART = 3010  # done; POSIX shows its low byte, 194


class Code(StrEnum):
    """Codes of the agent itself; those of the server are in wire.problems."""

    UNEXPECTED = "UNEXPECTED"
    USAGE = "USAGE"
    HOME_UNUSABLE = "HOME_UNUSABLE"
    KEY_MALFORMED = "KEY_MALFORMED"
    COUPON_MALFORMED = "COUPON_MALFORMED"
    NETWORK = "NETWORK"
    DOWNLOAD_INCOMPLETE = "DOWNLOAD_INCOMPLETE"
    DOWNLOAD_TOO_SLOW = "DOWNLOAD_TOO_SLOW"
    CONSENT_REQUIRED = "CONSENT_REQUIRED"
    SIGNATURE_BAD = "SIGNATURE_BAD"
    MANIFEST_MISMATCH = "MANIFEST_MISMATCH"
    STALE_MIRROR = "STALE_MIRROR"
    BASE_NOT_FOUND = "BASE_NOT_FOUND"
    SERVER_NOT_FOUND = "SERVER_NOT_FOUND"
    AUTH_FAILED = "AUTH_FAILED"
    SESSIONS_DENIED = "SESSIONS_DENIED"
    NO_LICENSE = "NO_LICENSE"
    CONNECTION_LOST = "CONNECTION_LOST"
    EXCLUSIVE_LOCK = "EXCLUSIVE_LOCK"
    LOCK_CONFLICT = "LOCK_CONFLICT"
    BUSY_LOCAL = "BUSY_LOCAL"
    NO_RIGHTS = "NO_RIGHTS"
    BAD_FILE = "BAD_FILE"
    DUPLICATE_NAME = "DUPLICATE_NAME"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    BASIC_VERSION = "BASIC_VERSION"
    COMPAT_TOO_LOW = "COMPAT_TOO_LOW"
    FROM_MASTER_NODE = "FROM_MASTER_NODE"
    EXTENSION_CONFLICT = "EXTENSION_CONFLICT"
    FOREIGN_EXTENSION = "FOREIGN_EXTENSION"
    CONFIG_MISMATCH = "CONFIG_MISMATCH"
    DISK_FULL = "DISK_FULL"
    BACKUP_FAILED = "BACKUP_FAILED"
    WRITE_NOT_CONFIRMED = "WRITE_NOT_CONFIRMED"
    NOT_ACTIVE = "NOT_ACTIVE"
    INTERRUPTED = "INTERRUPTED"
    ROLLED_BACK = "ROLLED_BACK"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"
    COM_NOT_REGISTERED = "COM_NOT_REGISTERED"
    COM_BITNESS = "COM_BITNESS"
    COM_VERSION = "COM_VERSION"
    COM_DLL_MISSING = "COM_DLL_MISSING"
    RPC_UNAVAILABLE = "RPC_UNAVAILABLE"
    ACCESS_DENIED_DCOM = "ACCESS_DENIED_DCOM"
    HANG = "HANG"
    MEMBER_NOT_FOUND = "MEMBER_NOT_FOUND"
    BSP_REFRESH_FAILED = "BSP_REFRESH_FAILED"
    WITH_DATA_DELETE = "WITH_DATA_DELETE"
    RING_NOT_PROVEN = "RING_NOT_PROVEN"
    WINDOW_CLOSED = "WINDOW_CLOSED"
    NOT_INSTALLED = "NOT_INSTALLED"
    NO_BACKUP = "NO_BACKUP"
    UNKNOWN_INFOBASE = "UNKNOWN_INFOBASE"
    CONNECTOR_ERROR = "CONNECTOR_ERROR"
    NOOP = "NOOP"
    RESTART_REQUIRED = "RESTART_REQUIRED"


_EXPIRED = frozenset({"ENTITLEMENT_EXPIRED", "TRIAL_EXPIRED", "UPDATES_EXPIRED"})
_SERVER_FAILED = 500


def exit_of_server_code(code: str, status: int) -> Exit:
    """How the program ends when the server refuses with this code and HTTP status."""
    if status >= _SERVER_FAILED or code == "RATE_LIMITED":
        return Exit.NETWORK
    if code in _EXPIRED:
        return Exit.EXPIRED
    if code == "NOT_COMPATIBLE" or code.startswith("RELEASE_"):
        return Exit.NOTHING_FITS
    return Exit.DECISION if code == "EULA_REQUIRED" else Exit.REFUSED
