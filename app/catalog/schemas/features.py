"""Commands about features, and how programs see them."""

import uuid
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.kit.fields import Code, Instant, ListQuery, RequiredLine, unchanged

LegacyId = Annotated[int, Field(ge=1, le=2_147_483_647)]


class CreateFeature(BaseModel):
    """An option that products can carry; `legacy_id` is its number in another system."""

    code: Code
    name: RequiredLine
    legacy_id: LegacyId | None = None


class UpdateFeature(BaseModel):
    """What is to become of a feature; what is absent stays."""

    name: RequiredLine = unchanged()
    legacy_id: LegacyId | None = unchanged()
    retired: bool = unchanged()


class FindFeatures(ListQuery):
    """Which features."""

    retired: bool | None = None


class CatalogFeatureView(BaseModel):
    """A feature."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    code: str
    name: str
    legacy_id: int | None
    retired: bool
    created_at: Instant
    row_version: int
