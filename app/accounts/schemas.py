"""Commands about vendors."""

from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    IPvAnyNetwork,
    StringConstraints,
    model_validator,
)

from app.accounts.models import PERMISSIONS, TOKEN_SCOPES, Permission, Role
from app.kit.fields import Code, RequiredLine, wrong
from app.kit.i18n import N_


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise wrong("time_zone", N_("not an IANA time zone")) from None
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
    prefix: Annotated[str, StringConstraints(pattern=r"^[A-Z]{4}$")]
    locale: Literal["ru", "en"] = "ru"
    time_zone: Annotated[RequiredLine, AfterValidator(_known_zone)] = "Europe/Moscow"
