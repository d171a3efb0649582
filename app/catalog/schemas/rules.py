"""Compatibility rules and environments as JSON has them, checked and ready for `onec`."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticKnownError

from app.kit.fields import LINE_MAX, Line, Note, wrong
from app.kit.i18n import N_
from onec.compatibility import Effect, Environment, Rule
from onec.configuration import Configuration, Edition, canonical, spelling
from onec.connection import InfobaseKind
from onec.platform import PlatformMinimum, compatibility_mode
from onec.version import Version, VersionError, VersionRange

LIST_MAX: Final = 1_000
NOTE_MAX: Final = 500


def _accepted_by(parse: Callable[[str], object], code: str, message: str) -> AfterValidator:
    """The text stays as typed; what the parser refuses is an error of this field."""

    def check(text: str) -> str:
        try:
            parse(text)
        except VersionError:
            raise wrong(code, message) from None
        return text

    return AfterValidator(check)


def _spelled(value: object) -> object:
    # Before `Line`: line feeds and zero-width characters are dropped from a name, not refused.
    # A longer text goes on to be refused by its length.
    return spelling(value) if isinstance(value, str) and len(value) <= LINE_MAX * 2 else value


def _identifier(name: str) -> str:
    """A name that 1C could have, so never blank: "any configuration" leaves the name out."""
    family = Configuration.of(name).family
    if not re.fullmatch(r"\w+", name) or Configuration.of(family).family != family:
        raise wrong(
            "name_malformed",
            N_("A name of a configuration holds letters, digits and _, and one edition at most"),
        )
    return name


def _short(note: str) -> str:
    if len(note) > NOTE_MAX:  # as a constraint behind `Note` it would speak of a list
        raise PydanticKnownError("string_too_long", {"max_length": NOTE_MAX})
    return note


LowerEnd = Annotated[
    Line,
    _accepted_by(
        Version.parse,
        "version_malformed",
        N_("A version is one to four numbers with dots, such as 3.0.150.30, none above 65535"),
    ),
]
UpperEnd = Annotated[
    Line,
    _accepted_by(
        VersionRange.up_to,
        "upper_end_malformed",
        N_("An upper end is one to four numbers with dots, such as 3.0.170 or 3.0.170.*"),
    ),
]
Exclusion = Annotated[
    Line,
    _accepted_by(
        VersionRange.exclusion,
        "exclusion_malformed",
        N_("An exclusion is a version of four numbers, or its beginning with .*: 3.0.155.*"),
    ),
]
Mode = Annotated[
    Line,
    _accepted_by(
        compatibility_mode,
        "mode_malformed",
        N_("A compatibility mode looks like 8.3.14 or Version8_3_14"),
    ),
]
ConfigurationName = Annotated[Line, BeforeValidator(_spelled)]
RuleName = Annotated[ConfigurationName, AfterValidator(_identifier)]
RuleNote = Annotated[Note, AfterValidator(_short)]


class RuleInfobaseKind(StrEnum):
    """Which infobases a rule meets."""

    FILE = "file"
    SERVER = "server"
    ANY = "any"


class _Facts(BaseModel):
    """Input where null says the same as silence."""

    model_config = ConfigDict(extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        return {name: value for name, value in values.items() if value is not None}


class PlatformRange(_Facts):
    """Excluded platforms, both ends inclusive; both may be short."""

    first: LowerEnd = Field(alias="from")
    last: UpperEnd = Field(alias="to")

    def compiled(self) -> VersionRange:
        """The range as `onec` compares it."""
        return VersionRange.between(self.first, self.last)


class RuleRow(_Facts):
    """One row of `PUT /vendor/releases/{id}/rules`; versions stay as they were typed.

    A name typed with the suffix of an edition becomes the family and that edition.
    """

    effect: Effect = Effect.ALLOW
    configuration_name: RuleName | None = None
    editions: list[Edition] = Field(default_factory=lambda: [Edition.PROF], max_length=LIST_MAX)
    version_from: LowerEnd | None = None
    version_to: UpperEnd | None = None
    excluded: list[Exclusion] = Field(default_factory=list, max_length=LIST_MAX)
    tested_to: UpperEnd | None = None
    platform_min: list[LowerEnd] = Field(default_factory=list, max_length=LIST_MAX)
    platform_excluded: list[PlatformRange] = Field(default_factory=list, max_length=LIST_MAX)
    min_compatibility_mode: Mode | None = None
    infobase_kind: RuleInfobaseKind = RuleInfobaseKind.ANY
    note: RuleNote = ""

    @field_validator("editions")
    @classmethod
    def _agree_with_the_name(cls, editions: list[Edition], info: ValidationInfo) -> list[Edition]:
        named = Configuration.of(info.data.get("configuration_name") or "")
        if named.family != named.name and named.edition not in editions:
            raise wrong(
                "edition_contradicts",
                N_("The name speaks of another edition than those chosen"),
            )
        return [edition for edition in Edition if edition in editions]

    @field_validator("platform_min")
    @classmethod
    def _one_per_branch(cls, minimums: list[str]) -> list[str]:
        try:
            return [entry.text for entry in PlatformMinimum.parse(minimums).entries]
        except VersionError:
            raise wrong(
                "branch_repeated",
                N_("One minimum per platform branch, the first three numbers"),
            ) from None

    @model_validator(mode="after")
    def _split_the_name(self) -> Self:
        if self.configuration_name is not None:
            named = Configuration.of(self.configuration_name)
            self.configuration_name = named.family
            if "editions" not in self.model_fields_set:
                self.editions = [named.edition]
        return self

    def document(self) -> dict[str, Any]:
        """The row as JSON again, every default written out."""
        return self.model_dump(mode="json", by_alias=True)

    def compiled(self) -> Rule:
        """The rule as `onec` judges by it."""
        name, first, mode = self.configuration_name, self.version_from, self.min_compatibility_mode
        kind = self.infobase_kind
        return Rule(
            effect=self.effect,
            configuration=None if name is None else canonical(name),
            editions=frozenset(self.editions),
            version_from=None if first is None else Version.parse(first),
            version_to=_up_to(self.version_to),
            excluded=tuple(VersionRange.exclusion(text) for text in self.excluded),
            tested_to=_up_to(self.tested_to),
            platform_min=PlatformMinimum.parse(self.platform_min),
            platform_excluded=tuple(span.compiled() for span in self.platform_excluded),
            min_mode=None if mode is None else compatibility_mode(mode),
            infobase_kind=None if kind == RuleInfobaseKind.ANY else InfobaseKind(kind.value),
            note=self.note,
        )


class RuleSet(_Facts):
    """All rules of a release, in the order that `matched_rule` counts."""

    rules: list[RuleRow] = Field(max_length=LIST_MAX)

    def compiled(self) -> tuple[Rule, ...]:
        """The rules as `onec` judges by them."""
        return tuple(row.compiled() for row in self.rules)


class ConfigurationFacts(_Facts):
    """The configuration of an infobase, as 1C tells it; any text is an answer."""

    name: ConfigurationName
    version: Line = ""


class EnvironmentFacts(_Facts):
    """What `POST /offers` tells of an infobase; what is absent skips its check."""

    configuration: ConfigurationFacts
    platform_version: Line | None = None
    compatibility_mode: Line | None = None
    infobase_kind: InfobaseKind | None = None

    def compiled(self) -> Environment:
        """The environment as `onec` judges it."""
        return _environment(
            self.configuration.name,
            self.configuration.version,
            self.platform_version,
            self.compatibility_mode,
            self.infobase_kind,
        )


@lru_cache(4_096)
def _environment(
    name: str, version: str, platform: str | None, mode: str | None, kind: InfobaseKind | None
) -> Environment:
    """Most infobases are alike."""
    return Environment.of(name, version, platform=platform, mode=mode, infobase_kind=kind)


def _up_to(text: str | None) -> VersionRange | None:
    return None if text is None else VersionRange.up_to(text)
