"""Commands about vendors."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, StringConstraints
from pydantic_core import PydanticCustomError

from app.kit.fields import Code, RequiredLine


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise PydanticCustomError("time_zone", "not an IANA time zone") from None
    return name


class CreateVendor(BaseModel):
    """A new tenant; the prefix begins all its codes and never changes."""

    slug: Code
    name: RequiredLine
    prefix: Annotated[str, StringConstraints(pattern=r"^[A-Z]{4}$")]
    locale: Literal["ru", "en"] = "ru"
    time_zone: Annotated[RequiredLine, AfterValidator(_known_zone)] = "Europe/Moscow"
