"""Commands about licence agreements, and how programs see them."""

import uuid
from datetime import date
from typing import Annotated

from pydantic import BaseModel, StringConstraints

from app.kit.fields import Code, Instant, ListQuery, Text

EULA_MAX = 100_000
EulaText = Annotated[Text, StringConstraints(min_length=1, max_length=EULA_MAX)]


class PublishEula(BaseModel):
    """The next agreement of a product; it can never change again."""

    product: Code
    text_ru: EulaText
    text_en: EulaText | None = None
    effective_from: date | None = None


class FindEulas(ListQuery):
    """Which agreements."""

    product: Code | None = None


class EulaView(BaseModel):
    """An agreement without its texts, which are long."""

    id: uuid.UUID
    product: str
    number: int
    sha256_ru: str
    sha256_en: str | None
    effective_from: date
    created_at: Instant


class EulaWithTexts(EulaView):
    """An agreement with its texts."""

    text_ru: str
    text_en: str | None
