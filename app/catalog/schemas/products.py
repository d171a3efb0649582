"""Commands about products, extensions and agreements."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints
from pydantic.networks import AnyHttpUrl, UrlConstraints

from app.kit.fields import Code, Note, RequiredLine, Text
from wire.extensions import Purpose

EULA_MAX = 100_000
Seats = Annotated[int, Field(ge=1, le=100_000)]
OnecName = Annotated[RequiredLine, StringConstraints(max_length=128, pattern=r"^[^\W\d]\w*$")]
EulaText = Annotated[Text, StringConstraints(min_length=1, max_length=EULA_MAX)]


class CreateProduct(BaseModel):
    """Something to sell; `default_days` absent means that it is sold for ever."""

    code: Code
    name: RequiredLine
    default_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    default_seats: Seats | None = None
    after_expiry: Literal["keep_releases", "block"] = "keep_releases"


class CreateExtension(BaseModel):
    """A line of releases behind a product; `onec_name` is the name inside each .cfe."""

    product: Code
    code: Code
    onec_name: OnecName
    title_ru: RequiredLine
    title_en: RequiredLine | None = None
    description_ru: Note = ""
    description_en: Note | None = None
    purpose: Purpose = Purpose.CUSTOMIZATION
    exclusive_required: bool = True
    safe_mode_off_required: bool = False
    unsafe_action_protection_off: bool = False
    restart_required: bool = True
    backup_required: bool = False
    conflicts_with: Annotated[list[OnecName], Field(max_length=100)] = []
    requires: Annotated[list[OnecName], Field(max_length=100)] = []
    docs_url: Annotated[AnyHttpUrl, UrlConstraints(allowed_schemes=["https"])] | None = None


class PublishEula(BaseModel):
    """The next agreement of a product; it can never change again."""

    product: Code
    text_ru: EulaText
    text_en: EulaText | None = None
    effective_from: date | None = None
