"""Words for people in place of codes that programs read."""

from typing import Final

from app.kit.i18n import N_, Term

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
