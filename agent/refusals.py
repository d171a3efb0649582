"""Why something signed was refused: the reason for programs, the sentence for people."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
    UnsignedMetadataError,
)

from agent.clock import wall_clock
from agent.codes import Code
from agent.errors import Failure, filled
from wire.problems import Sentence

_CLOCK_MAY_DIFFER = timedelta(hours=1)
_DAY = timedelta(days=1)


class Reason(StrEnum):
    """Why SIGNATURE_BAD."""

    METADATA_ROLLBACK = "METADATA_ROLLBACK"
    METADATA_EXPIRED = "METADATA_EXPIRED"
    METADATA_UNSIGNED = "METADATA_UNSIGNED"
    METADATA_INVALID = "METADATA_INVALID"
    HASH_MISMATCH = "HASH_MISMATCH"
    TARGET_MISSING = "TARGET_MISSING"
    TARGET_WITHDRAWN = "TARGET_WITHDRAWN"
    ROOT_CHANGED = "ROOT_CHANGED"
    REPOSITORY_UNKNOWN = "REPOSITORY_UNKNOWN"
    FINGERPRINT_MISMATCH = "FINGERPRINT_MISMATCH"
    TRUST_MISSING = "TRUST_MISSING"


TEXTS = {
    Reason.METADATA_ROLLBACK: Sentence(
        "сервер выдал прежние сведения о релизах вместо новых",
        "the server gave earlier metadata in place of the latest",
    ),
    Reason.METADATA_EXPIRED: Sentence(
        "сведения о релизах просрочены на {n} дн.; установленные расширения продолжают"
        " работать{clock}",
        "the metadata expired {n} days ago; what is installed keeps working{clock}",
    ),
    Reason.METADATA_UNSIGNED: Sentence(
        "подпись сведений о релизах не подтверждена: {whose}",
        "the signature of the metadata is not confirmed: {whose}",
    ),
    Reason.METADATA_INVALID: Sentence("сведения о релизах повреждены", "the metadata are damaged"),
    Reason.HASH_MISMATCH: Sentence(
        "файл не совпадает с подписанным{how}", "the file is not the one that was signed{how}"
    ),
    Reason.TARGET_MISSING: Sentence(
        "вендор не подписывал релиз {path}", "the vendor did not sign release {path}"
    ),
    Reason.TARGET_WITHDRAWN: Sentence(
        "вендор отозвал релиз {path}", "the vendor withdrew release {path}"
    ),
    Reason.ROOT_CHANGED: Sentence(
        "для этого вендора закреплён другой корень доверия: {pinned}, в файле {found}",
        "another root is pinned for this vendor: {pinned}, the file has {found}",
    ),
    Reason.REPOSITORY_UNKNOWN: Sentence(
        "сервер назвал хранилище {repository}, которое у этого сервера не закреплено; чтобы"
        " доверять ему, нужен файл подключения вендора",
        "the server named repository {repository}, which is not pinned for this server; to trust"
        " it takes the vendor's connection file",
    ),
    Reason.FINGERPRINT_MISMATCH: Sentence(
        "отпечаток корня доверия на сервере {found}, а не {wanted}",
        "the fingerprint of the root on the server is {found}, not {wanted}",
    ),
    Reason.TRUST_MISSING: Sentence(
        "сервер не назвал хранилище с подписями вендора",
        "the server named no repository with the vendor's signatures",
    ),
}
_CLOCK = Sentence(
    ". Часы компьютера отличаются от времени сервера на {n}",
    ". The clock of this computer and the server's differ by {n}",
)
_HOURS = Sentence("{n} ч", "{n} h")
_DAYS = Sentence("{n} дн.", "{n} days")
_NOTHING = Sentence("", "")
_LONGER = Sentence(": он длиннее", ": it is longer")
_TOO_LONG = Sentence(
    "сведения о релизах длиннее допустимого, файл {role}.json",
    "the metadata are longer than they may be, file {role}.json",
)
_WHOSE = {
    "root": Sentence(
        "новый корень доверия не подписан прежним", "the new root is not signed by the one before"
    ),
    "targets": Sentence(
        "ключи вендора назвал не корень доверия", "the vendor's keys are not named by the root"
    ),
    "releases": Sentence(
        "список релизов подписан не ключом выпуска вендора",
        "the list of releases is not signed by the vendor's release key",
    ),
}
_STRANGE = Sentence("{role}.json подписан чужим ключом", "{role}.json is signed by a strange key")
_NO_METADATA = Sentence(
    "сервер не отдал сведения о релизах ({why})", "the server gave no metadata ({why})"
)
_BY_ERROR: tuple[tuple[type[Exception], Reason], ...] = (
    (BadVersionNumberError, Reason.METADATA_ROLLBACK),
    (ExpiredMetadataError, Reason.METADATA_EXPIRED),
    (UnsignedMetadataError, Reason.METADATA_UNSIGNED),
    (LengthOrHashMismatchError, Reason.HASH_MISMATCH),
    (DownloadLengthMismatchError, Reason.HASH_MISMATCH),
    (RepositoryError, Reason.METADATA_INVALID),
)


def refused(reason: Reason, **params: object) -> Failure:
    """SIGNATURE_BAD for that reason."""
    why = filled(TEXTS[reason], **params)
    return Failure(Code.SIGNATURE_BAD, why=why, reason=reason.value)


def not_signed(*, longer: bool = False) -> Failure:
    """The bytes are not those that were signed."""
    return refused(Reason.HASH_MISMATCH, how=_LONGER if longer else _NOTHING)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Under which something was refused."""

    role: str  # of the metadata that were asked for last; "" for a release
    expires: datetime | None  # the metadata, if that is known
    server_time: str


def refusal(error: RepositoryError | DownloadError, when: Circumstances) -> Failure:
    """What an error of the TUF client says."""
    found = next((reason for kind, reason in _BY_ERROR if isinstance(error, kind)), None)
    match found:
        case None:
            return Failure(Code.NETWORK, why=filled(_NO_METADATA, why=_status(error)))
        case Reason.METADATA_EXPIRED:
            return _expired(when)
        case Reason.METADATA_UNSIGNED:
            return refused(found, whose=filled(_WHOSE.get(when.role, _STRANGE), role=when.role))
        case Reason.HASH_MISMATCH if when.role:
            why = filled(_TOO_LONG, role=when.role)
            return Failure(Code.SIGNATURE_BAD, why=why, reason=found.value)
        case Reason.HASH_MISMATCH:
            return not_signed(longer=isinstance(error, DownloadLengthMismatchError))
    return refused(found)


def _expired(when: Circumstances) -> Failure:
    now = wall_clock()
    days = max(0, (now - when.expires) // _DAY) if when.expires else 0
    clock = clock_difference(now, when.server_time)
    return refused(Reason.METADATA_EXPIRED, n=days, clock=clock)


def clock_difference(now: datetime, server_time: str) -> Sentence:
    """A sentence if this computer's clock is far from the server's; otherwise nothing."""
    try:
        difference = abs(now - datetime.fromisoformat(server_time))
    except (ValueError, TypeError):  # no instant, or one without a zone
        return _NOTHING
    if difference <= _CLOCK_MAY_DIFFER:
        return _NOTHING
    if difference < 2 * _DAY:
        return filled(_CLOCK, n=filled(_HOURS, n=round(difference / timedelta(hours=1))))
    return filled(_CLOCK, n=filled(_DAYS, n=difference // _DAY))


def _status(error: Exception) -> str:
    if isinstance(error, DownloadHTTPError):
        return f"HTTP {error.status_code}"
    return type(error).__name__
