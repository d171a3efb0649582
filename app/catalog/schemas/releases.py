"""Commands about releases."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.catalog.schemas.rules import RuleRow
from app.kit.fields import Code, Line, Note
from app.kit.i18n import N_
from onec.version import Version, VersionError
from wire.extensions import Channel


def _ordered(text: str) -> str:
    try:
        Version.parse(text)
    except VersionError:
        message = N_("A version is one to four numbers with dots, such as 2.4.0")
        raise PydanticCustomError("version_malformed", message) from None
    return text


OurVersion = Annotated[Line, AfterValidator(_ordered)]


class CreateRelease(BaseModel):
    """A draft with its rules; `version` absent is taken from the file, if that can be ordered."""

    extension: Code
    version: OurVersion | None = None
    channel: Channel = Channel.STABLE
    critical: bool = False
    notes_ru: Annotated[Note, StringConstraints(min_length=1)]
    notes_en: Note | None = None
    rules: Annotated[list[RuleRow], Field(max_length=1_000)]
