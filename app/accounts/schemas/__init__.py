"""Roles, permissions, and commands about vendors and tokens."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    IPvAnyNetwork,
    model_validator,
)

from app.kit.fields import Code, Line, RequiredLine, form, unchanged, wrong
from app.kit.i18n import N_


class Role(StrEnum):
    """What a person or a token is to the vendor."""

    OWNER = "owner"
    ADMIN = "admin"
    MANAGER = "manager"
    RELEASE = "release"
    SUPPORT = "support"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """What may be allowed; the names are the scopes of tokens."""

    SETTINGS_MANAGE = "settings.manage"
    USERS_MANAGE = "users.manage"
    TOKENS_MANAGE = "tokens.manage"
    VENDOR_MANAGE = "vendor.manage"
    TRUST_MANAGE = "trust.manage"
    TRUST_READ = "trust.read"
    CUSTOMERS_READ = "customers.read"
    CUSTOMERS_WRITE = "customers.write"
    CONTACTS_READ = "contacts.read"
    KEYS_READ = "keys.read"
    KEYS_ISSUE = "keys.issue"
    KEYS_MANAGE = "keys.manage"
    KEYS_REVEAL = "keys.reveal"
    ENTITLEMENTS_WRITE = "entitlements.write"
    COUPONS_READ = "coupons.read"
    COUPONS_GENERATE = "coupons.generate"
    COUPONS_REDEEM = "coupons.redeem"
    COUPONS_REVERSE = "coupons.reverse"
    COUPONS_DISABLE = "coupons.disable"
    ACTIVATIONS_RELEASE = "activations.release"
    CATALOG_READ = "catalog.read"
    CATALOG_WRITE = "catalog.write"
    RELEASES_PUBLISH = "releases.publish"
    DOWNLOADS_READ = "downloads.read"
    INSTALLS_READ = "installs.read"
    SUPPORT_READ = "support.read"
    SUPPORT_ANNOTATE = "support.annotate"
    AUDIT_READ = "audit.read"
    AUDIT_EXPORT = "audit.export"
    AUDIT_VERIFY = "audit.verify"
    LISTS_EXPORT = "lists.export"


_READERS = {
    Permission.CUSTOMERS_READ,
    Permission.KEYS_READ,
    Permission.COUPONS_READ,
    Permission.CATALOG_READ,
    Permission.DOWNLOADS_READ,
    Permission.INSTALLS_READ,
}
_ADMIN = set(Permission) - {Permission.VENDOR_MANAGE, Permission.TRUST_MANAGE}
PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.ADMIN: frozenset(_ADMIN),
    Role.MANAGER: frozenset(
        _READERS
        | {
            Permission.CONTACTS_READ,
            Permission.CUSTOMERS_WRITE,
            Permission.KEYS_ISSUE,
            Permission.KEYS_MANAGE,
            Permission.KEYS_REVEAL,
            Permission.ENTITLEMENTS_WRITE,
            Permission.COUPONS_GENERATE,
            Permission.COUPONS_REDEEM,
            Permission.COUPONS_REVERSE,
            Permission.COUPONS_DISABLE,
            Permission.ACTIVATIONS_RELEASE,
            Permission.LISTS_EXPORT,
        }
    ),
    Role.RELEASE: frozenset(
        {
            Permission.CATALOG_READ,
            Permission.CATALOG_WRITE,
            Permission.RELEASES_PUBLISH,
            Permission.DOWNLOADS_READ,
            Permission.INSTALLS_READ,
        }
    ),
    Role.SUPPORT: frozenset(
        _READERS
        | {
            Permission.CONTACTS_READ,
            Permission.ACTIVATIONS_RELEASE,
            Permission.SUPPORT_READ,
            Permission.SUPPORT_ANNOTATE,
        }
    ),
    Role.AUDITOR: frozenset(
        _READERS
        | {
            Permission.SUPPORT_READ,
            Permission.AUDIT_READ,
            Permission.AUDIT_EXPORT,
            Permission.AUDIT_VERIFY,
            Permission.LISTS_EXPORT,
        }
    ),
}
"""Who may do what: the one table that code, pages and tests read.

`contacts.read` is what an auditor lacks: e-mail and phone of customers.
"""
TOKEN_SCOPES: frozenset[Permission] = frozenset(
    _READERS
    | {
        Permission.CUSTOMERS_WRITE,
        Permission.KEYS_ISSUE,
        Permission.KEYS_MANAGE,
        Permission.ENTITLEMENTS_WRITE,
        Permission.COUPONS_GENERATE,
        Permission.COUPONS_REDEEM,
        Permission.COUPONS_REVERSE,
        Permission.COUPONS_DISABLE,
        Permission.ACTIVATIONS_RELEASE,
        Permission.CATALOG_WRITE,
        Permission.RELEASES_PUBLISH,
        Permission.AUDIT_READ,
        Permission.LISTS_EXPORT,
    }
)
"""What a token may hold: the permissions that have a route for programs."""


FRESH: frozenset[Permission] = frozenset(
    {
        Permission.USERS_MANAGE,
        Permission.VENDOR_MANAGE,
        Permission.TRUST_MANAGE,
        Permission.KEYS_REVEAL,
        Permission.RELEASES_PUBLISH,
        Permission.LISTS_EXPORT,
        Permission.AUDIT_EXPORT,
    }
)
"""Every act of these needs a second factor shown within ten minutes; of others some acts do."""
SECOND_FACTOR_ROLES: frozenset[Role] = frozenset({Role.OWNER, Role.ADMIN, Role.RELEASE})
"""Who opens nothing before a second factor is set up; an admin can give itself release."""


def known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise wrong("time_zone", N_("This is no IANA time zone, such as Europe/Moscow")) from None
    return name


class CreateToken(BaseModel):
    """A credential for automation; it never has more than its role, nor than its scopes."""

    name: RequiredLine
    role: Role
    scopes: Annotated[list[Permission], Field(min_length=1, max_length=40)]
    days: Annotated[int, Field(ge=1, le=366)] = 366
    allowed_addresses: Annotated[list[IPvAnyNetwork], Field(max_length=50)] = []

    @model_validator(mode="after")
    def _within_the_role(self) -> Self:
        if not TOKEN_SCOPES.issuperset(self.scopes):
            raise wrong("scope_without_route", N_("No token may hold one of these scopes"))
        if not PERMISSIONS[self.role].issuperset(self.scopes):
            raise wrong("scope_beyond_role", N_("The role does not have one of these scopes"))
        return self


class CreateVendor(BaseModel):
    """A new tenant; the prefix begins all its codes and never changes."""

    slug: Code
    name: RequiredLine
    prefix: Annotated[str, form(r"^[A-Z]{4}$", N_("Four capital Latin letters, such as DEMO"))]
    locale: Literal["ru", "en"] = "ru"
    time_zone: Annotated[RequiredLine, AfterValidator(known_zone)] = "Europe/Moscow"


class UpdateVendor(BaseModel):
    """Settings of a vendor that may change at any time; absent ones stay as they are."""

    name: RequiredLine = unchanged()
    legal_name: Line | None = unchanged()
    inn: Line | None = unchanged()
    locale: Literal["ru", "en"] = unchanged()
    time_zone: Annotated[RequiredLine, AfterValidator(known_zone)] = unchanged()
    coupon_batch_max: Annotated[int, Field(ge=1, le=100_000)] = unchanged()
    rotation_grace_hours: Annotated[int, Field(ge=0, le=72)] = unchanged()
    expiring_days: Annotated[int, Field(ge=0, le=365)] = unchanged()
    expiry_reminders: bool = unchanged()
    stale_after_days: Annotated[int, Field(ge=1, le=3_650)] = unchanged()
    auto_release_after_days: Annotated[int, Field(ge=1, le=3_650)] | None = unchanged()
    second_factor_for_all: bool = unchanged()
    retention_days: Annotated[int, Field(ge=30, le=3_650)] = unchanged()
