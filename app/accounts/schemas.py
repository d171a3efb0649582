"""Commands about vendors."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, StringConstraints

from app.kit.fields import Code, RequiredLine, wrong
from app.kit.i18n import N_


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise wrong("time_zone", N_("This is no IANA time zone, such as Europe/Moscow")) from None
    return name


class CreateVendor(BaseModel):
    """A new tenant; the prefix begins all its codes and never changes."""

    slug: Code
    name: RequiredLine
    prefix: Annotated[str, StringConstraints(pattern=r"^[A-Z]{4}$")]
    locale: Literal["ru", "en"] = "ru"
    time_zone: Annotated[RequiredLine, AfterValidator(_known_zone)] = "Europe/Moscow"
