"""How people of support ask for a story, and what they write into it."""

import uuid
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, StringConstraints

from app.kit.fields import Line, ListQuery, Text


class Kind(StrEnum):
    """What a story can be about."""

    KEY = "key"
    CUSTOMER = "customer"
    COUPON = "coupon"
    INFOBASE = "infobase"
    ACTIVATION = "activation"
    REQUEST = "request"
    ADDRESS = "address"


class FindStory(ListQuery):
    """Which lines of a story; the days are the vendor's, `code` is a reason's."""

    refused: bool = False
    code: Annotated[Line, StringConstraints(max_length=50)] | None = None
    infobase_id: uuid.UUID | None = None
    agent_version: Annotated[Line, StringConstraints(max_length=50)] | None = None


class Annotate(BaseModel):
    """A note about a case, or how it was solved."""

    text: Annotated[Text, StringConstraints(min_length=1, max_length=1_000)]
