"""Who may do what: the table of roles as it was agreed, row by row."""

import pytest

from app.accounts.schemas import PERMISSIONS, TOKEN_SCOPES, Permission, Role

ROLES = ("owner", "admin", "manager", "release", "support", "auditor")
TABLE = {
    "settings.manage users.manage tokens.manage": "oa----",
    "vendor.manage trust.manage": "o-----",
    "trust.read": "oa----",
    "customers.read keys.read coupons.read": "oam-su",
    "contacts.read": "oam-s-",
    "customers.write keys.issue keys.manage entitlements.write": "oam---",
    "keys.reveal": "oam---",
    "coupons.generate coupons.redeem coupons.reverse coupons.disable": "oam---",
    "activations.release": "oam-s-",
    "catalog.read downloads.read installs.read": "oamrsu",
    "catalog.write": "oa-r--",
    "releases.publish": "oa-r--",
    "support.read": "oa--su",
    "support.annotate": "oa--s-",
    "audit.read audit.export audit.verify": "oa---u",
    "lists.export": "oam--u",
}
"""Permissions against the roles in their order; a dash where the role lacks them."""


@pytest.mark.parametrize(("permissions", "marks"), TABLE.items())
def test_a_role_has_what_its_row_says_and_no_more(permissions, marks):
    for name in permissions.split():
        holders = {role for role in Role if Permission(name) in PERMISSIONS[role]}
        assert holders == {
            Role(role) for role, mark in zip(ROLES, marks, strict=True) if mark != "-"
        }


def test_every_permission_stands_in_one_row():
    named = [name for names in TABLE for name in names.split()]
    assert sorted(named) == sorted(permission.value for permission in Permission)


def test_support_changes_nothing_but_seats_and_notes():
    reading = {name for name in Permission if name.value.endswith(".read")}
    assert PERMISSIONS[Role.SUPPORT] - reading == {
        Permission.ACTIVATIONS_RELEASE,
        Permission.SUPPORT_ANNOTATE,
    }


def test_no_token_holds_what_only_a_person_may():
    for name in TOKEN_SCOPES:
        slice_ = name.value.partition(".")[0]
        assert slice_ not in {"settings", "users", "tokens", "vendor", "trust", "support"}
    assert not TOKEN_SCOPES & {
        Permission.KEYS_REVEAL,
        Permission.AUDIT_EXPORT,
        Permission.AUDIT_VERIFY,
    }
