"""Whole sets of rules: replacing them, taking over another system's list, trying them out."""

import re
import uuid
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from app.catalog.schemas.releases import RuleRows
from app.catalog.schemas.rules import EnvironmentFacts, LowerEnd, RuleName, RuleRow
from app.kit.asgi import strict_json
from app.kit.fields import Code, LongSaid, Reason, wrong
from app.kit.i18n import N_
from app.kit.problems import JsonInvalid
from wire.extensions import Channel

# A comma before a closing bracket, or (first, so that it wins) a whole string, which may hold one.
# A string without an end is passed once and never again: text can be a megabyte of quotes.
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*+"?)|,(?=\s*[\]}])')


class _MikoRow(BaseModel):
    """One row of the list that MIKO's cabinet keeps per release."""

    model_config = ConfigDict(extra="ignore")

    conf: RuleName
    min_1c_version: LowerEnd | None = None

    @model_validator(mode="before")
    @classmethod
    def _empty_is_absent(cls, values: object) -> object:
        if isinstance(values, dict) and values.get("min_1c_version") == "":
            return {**values, "min_1c_version": None}
        return values

    def rule(self) -> RuleRow:
        """The allow row that says the same."""
        return RuleRow(configuration_name=self.conf, version_from=self.min_1c_version)


_MIKO_ROWS = TypeAdapter(Annotated[list[_MikoRow], Field(min_length=1, max_length=1_000)])


def read_miko_list(text: str) -> list[RuleRow]:
    """Allow rows of MIKO's `[{"conf", "min_1c_version"}]`, in whose JSON a last comma is usual.

    Raises JsonInvalid or pydantic's ValidationError.
    """
    document = strict_json(plain_list(text).encode(errors="surrogatepass"))
    return [row.rule() for row in _MIKO_ROWS.validate_python(document)]


def plain_list(text: str) -> str:
    """The same list without a byte order mark and last commas."""
    return _TRAILING_COMMA.sub(lambda found: found[1] or "", text.removeprefix("\ufeff"))


class ReplaceRules(BaseModel):
    """All rules of a release at once: as rows, or as MIKO's list in a text."""

    reason: Reason | None = None
    rules: RuleRows | None = None
    miko_list: LongSaid | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.rules is None) == (self.miko_list is None):
            raise wrong("rules", N_("Give either rules or miko_list"))
        if self.miko_list is not None:
            self.rules = _rows_of(self.miko_list)
        return self

    @property
    def rows(self) -> list[RuleRow]:
        """The rows, whichever way they came."""
        return self.rules or []


def _rows_of(text: str) -> list[RuleRow]:
    try:
        return read_miko_list(text)
    except (JsonInvalid, ValidationError):
        message = N_("This is no JSON list of conf and min_1c_version")
        raise wrong("miko_list", message) from None


class EvaluateRules(EnvironmentFacts):
    """An environment and whose releases to try; `rules` of `release_id` need not be saved."""

    extension: Code
    channel: Channel = Channel.STABLE
    release_id: uuid.UUID | None = None
    rules: RuleRows | None = None

    @model_validator(mode="after")
    def _rules_are_of_a_release(self) -> Self:
        if self.rules is not None and self.release_id is None:
            raise wrong("release_id", N_("Name the release that the rules are for"))
        return self
