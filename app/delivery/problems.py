"""Refusals about offers, agreements and downloads."""

from app.kit.i18n import N_
from app.kit.problems import Problem, RetryLater


class NotCompatible(Problem):
    """The release does not fit this infobase; `reason` is the code of an offer's row."""

    code, title, status = "NOT_COMPATIBLE", N_("The release does not fit: {why}"), 409
    action = "update_configuration"


class EulaRequired(Problem):
    """Nobody accepted the licence agreement for this infobase yet."""

    code, title, status = "EULA_REQUIRED", N_("Accept the licence agreement"), 403
    action = "accept_eula"


class EulaOutdated(Problem):
    """An older text was accepted; there is a newer one."""

    code, title, status = "EULA_OUTDATED", N_("The agreement changed"), 409
    action = "accept_eula"


class DigestMismatch(Problem):
    """The SHA-256 is not that of the thing it speaks of."""

    code, title, status = "DIGEST_MISMATCH", N_("The digest does not match"), 409
    action = "retry"


class DownloadNotFound(Problem):
    """No download has this secret, or it opens another file."""

    code, title, status = "DOWNLOAD_NOT_FOUND", N_("Download not found"), 404
    action = "retry"


class DownloadExpired(Problem):
    """The secret was valid for 24 hours; a new one continues the same file."""

    code, status, action = "DOWNLOAD_EXPIRED", 410, "retry"
    title = N_("The download was valid for 24 hours, request a new one")


class RangeInvalid(Problem):
    """The range begins behind the end of the file."""

    code, title, status = "RANGE_INVALID", N_("The range cannot be served"), 416
    action = "retry"


class DownloadLimit(RetryLater):
    """The key has as many transfers on their way as it may have at once."""

    code, status, action = "DOWNLOAD_LIMIT", 429, "wait"
    title = N_("{max} downloads of this key are already running")
