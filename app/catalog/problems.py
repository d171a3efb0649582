"""Refusals about the catalogue."""

import uuid
from collections.abc import Sequence
from typing import Final

from app.kit.i18n import N_, Term
from app.kit.problems import Problem

_FIELDS: Final = {
    "artifact": N_("the file (.cfe)"),
    "version": N_("the release's version"),
    "rules": N_("the rules in force as a draft's"),
    "eula_id": N_("the licence agreement"),
    "status": N_("the state"),
    "channel": N_("the channel"),
    "rollout_percent": N_("the share of infobases"),
    "documents": N_("the documents"),
    "min_from_version": N_("the least version to upgrade from"),
    "required_features": N_("the required features"),
    "exclusive_required": N_("the need of exclusive access"),
    "safe_mode_off_required": N_("the need to leave safe mode"),
    "unsafe_action_protection_off": N_("the protection from unsafe actions"),
    "restart_required": N_("the need of a restart"),
    "backup_required": N_("the need of a backup"),
    "conflicts_with": N_("what it conflicts with"),
    "requires": N_("what it requires"),
}
_LACKS: Final = {
    "artifact": N_("no sound file (.cfe)"),
    "file_version": N_("the file has another version inside"),
    "version": N_("no version"),
    "notes_ru": N_("no notes in Russian"),
    "rules": N_("no rule that allows something"),
    "eula": N_("the licence agreement is not in force yet"),
    "trust": N_("no root of trust"),
}


def lack(field: str) -> str:
    """The field for programs, and for people what a publication lacks of it."""
    return Term(field, _LACKS[field])


def named(field: str) -> str:
    """The field for programs, and for people the word for it."""
    return Term(field, _FIELDS[field]) if field in _FIELDS else field


class CodeExists(Problem):
    """A code or a 1C name is given once per vendor."""

    code, title, status = "CODE_EXISTS", N_("This code or 1C name is already taken"), 409
    action, step = "fix_input", N_("Choose another one")


class VersionExists(Problem):
    """Two texts may be one version: 1.2 and 1.2.0."""

    code, title, status = "VERSION_EXISTS", N_("Version {version} exists"), 409
    action, step = "fix_input", N_("Name another version")


class EulaUnchanged(Problem):
    """An agreement with the text of the one before it would ask everybody to accept it anew."""

    code, title, status = "EULA_UNCHANGED", N_("This text is agreement № {number} already"), 409
    action = "fix_input"
    step = N_("Take the file of the new edition; each edition brings its English text again")


class VersionNeeded(Problem):
    """The version inside the file is free text that nothing can be ordered by."""

    code, status, action = "RELEASE_VERSION_NEEDED", 422, "fix_input"
    title = N_("The version of the file is no number; name the release's version")
    step = N_("Name it by numbers with dots, such as 2.4.0")


class ArtifactInvalid(Problem):
    """The reader of .cfe files refused it."""

    code, title, status = "ARTIFACT_INVALID", N_("Not a sound .cfe: {why}"), 422
    action, step = "fix_input", N_("Save the extension to a file from 1C anew and take that")


class ArtifactNameMismatch(Problem):
    """The file holds another extension."""

    code, status, action = "ARTIFACT_NAME_MISMATCH", 409, "fix_input"
    title = N_("File holds {found}, expected {expected}")
    step = N_("Take the file of this extension, or name the extension of this file")


class ArtifactExists(Problem):
    """The same bytes are a release of this extension already."""

    code, status, action = "ARTIFACT_EXISTS", 409, "fix_input"
    title = N_("These bytes are already release {version}")
    step = N_("Use that release, or take the file of a later version")

    def __init__(self, version: str | None = None, release_id: uuid.UUID | None = None) -> None:
        nameless = Term("", N_("without a version")) if release_id else None
        super().__init__(version=version or nameless)
        self.release_id = release_id
        """The one that has them."""


class ArtifactQuarantined(Problem):
    """The stored bytes are not what was uploaded; nothing of them is delivered."""

    code, title, status = "ARTIFACT_QUARANTINED", N_("File quarantined"), 409
    action = "contact_vendor"


class ReleaseNotReady(Problem):
    """Something that a publication needs is missing."""

    code, status, action = "RELEASE_NOT_READY", 409, "fix_input"
    title = N_("Cannot publish: {missing}")
    step = N_("Complete the draft and publish it then")

    def __init__(self, detail: str = "", *, missing: Sequence[str] = ()) -> None:
        super().__init__(detail, missing=[lack(field) for field in missing])


class ReleaseImmutable(Problem):
    """What a publication fixed: customers may have it already."""

    code, status = "RELEASE_IMMUTABLE", 409
    title = N_("Cannot change after publication: {field}")
    step = N_("Publish another release with the change")

    def __init__(self, detail: str = "", *, field: str | None = None) -> None:
        super().__init__(detail, field=named(field) if field else None)


class ReleaseInState(Problem):
    """A verb that the release's state does not allow; `possible` names those that it does."""

    code, status = "RELEASE_STATE", 409
    title = N_("The release is {state}; possible now: {possible}")


class ReleasePaused(Problem):
    """The vendor stopped the spread for now."""

    code, title, status = "RELEASE_PAUSED", N_("The release is paused"), 409
    action = "wait"


class ReleaseWithdrawn(Problem):
    """The vendor took it back for good."""

    code, title, status = "RELEASE_WITHDRAWN", N_("The release was withdrawn: {reason}"), 410
    action = "contact_vendor"
