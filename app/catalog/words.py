"""How people call what programs name by a field of a release."""

from typing import Final

from app.kit.i18n import N_, Term

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

PURPOSES: Final = {
    "patch": Term("patch", N_("a patch")),
    "customization": Term("customization", N_("a customization")),
    "addon": Term("addon", N_("an add-on")),
}
"""What an extension is for, as 1C has it."""
AFTER_EXPIRY: Final = {
    "keep_releases": Term("keep_releases", N_("releases of before stay available")),
    "block": Term("block", N_("nothing is available")),
}
"""What is left of a product when its term is over."""


def lack(field: str) -> str:
    """The field for programs, and for people what a publication lacks of it."""
    return Term(field, _LACKS[field])


def named(field: str) -> str:
    """The field for programs, and for people the word for it."""
    return Term(field, _FIELDS[field]) if field in _FIELDS else field
