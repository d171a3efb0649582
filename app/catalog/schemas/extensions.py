"""Commands about extensions and their pictures, and how programs see them."""

import uuid
from typing import Annotated, Literal

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.networks import UrlConstraints

from app.kit.fields import Code, Instant, Line, ListQuery, Note, RequiredLine, form, unchanged
from app.kit.i18n import N_
from wire.extensions import Purpose

OnecName = Annotated[
    RequiredLine,
    form(
        r"^[^\W\d]\w*$",
        N_("A name as 1C takes it: a letter first, then letters, digits and underscores"),
        max_length=128,
    ),
]
OnecNames = Annotated[list[OnecName], Field(max_length=100)]
_Https = Annotated[AnyHttpUrl, UrlConstraints(allowed_schemes=["https"], max_length=2_000)]
DocsUrl = Annotated[_Https, PlainSerializer(str, return_type=str)]


class CreateExtension(BaseModel):
    """A line of releases behind a product; `onec_name` is the name inside each .cfe."""

    product: Code
    trial_product: Code | None = None
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
    conflicts_with: OnecNames = []
    requires: OnecNames = []
    docs_url: DocsUrl | None = None
    published: bool = True


class UpdateExtension(BaseModel):
    """What is to become of an extension; what is absent stays, lists are replaced as a whole.

    Releases that exist keep the install flags they were made with.
    """

    product: Code = unchanged()
    trial_product: Code | None = unchanged()
    onec_name: OnecName = unchanged()
    title_ru: RequiredLine = unchanged()
    title_en: RequiredLine | None = unchanged()
    description_ru: Note = unchanged()
    description_en: Note | None = unchanged()
    purpose: Purpose = unchanged()
    exclusive_required: bool = unchanged()
    safe_mode_off_required: bool = unchanged()
    unsafe_action_protection_off: bool = unchanged()
    restart_required: bool = unchanged()
    backup_required: bool = unchanged()
    conflicts_with: OnecNames = unchanged()
    requires: OnecNames = unchanged()
    docs_url: DocsUrl | None = unchanged()
    published: bool = unchanged()


class FindExtensions(ListQuery):
    """Which extensions."""

    product: Code | None = None
    published: bool | None = None
    onec_name: Line | None = None


class ListExtensions(FindExtensions):
    """Extensions as people look for them: `q` is a part of a title, of the 1C name or the code."""

    q: Line | None = None


class ImageView(BaseModel):
    """A picture of an extension."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    kind: Literal["logo", "screenshot"]
    media_type: str
    size: int
    sha256: str


class ExtensionView(BaseModel):
    """An extension with the codes of its products and its pictures."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    code: str
    onec_name: str
    product: str = ""
    trial_product: str | None = None
    title_ru: str
    title_en: str | None
    description_ru: str
    description_en: str | None
    purpose: Purpose
    exclusive_required: bool
    safe_mode_off_required: bool
    unsafe_action_protection_off: bool
    restart_required: bool
    backup_required: bool
    conflicts_with: list[str]
    requires: list[str]
    docs_url: str | None
    published: bool
    logo: ImageView | None = None
    screenshots: list[ImageView] = []
    created_at: Instant
    row_version: int
