"""Refusals about vendors."""

from app.kit.i18n import N_
from app.kit.problems import Problem


class VendorExists(Problem):
    """The slug or the prefix belongs to another vendor of this server."""

    code, title, status = "VENDOR_EXISTS", N_("This slug or prefix is already taken"), 409
    action = "fix_input"
