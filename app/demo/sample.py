"""What the demo speaks of: one extension, its three releases, and an infobase to put it into."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from onec.cfe import DEFAULT, BadCfe, Cfe, read_cfe
from onec.cfe.metadata import PURPOSES
from onec.cfe_writer import NewObject, make_cfe
from onec.version import Version, VersionError

CONFIGURATION: Final = {"name": "БухгалтерияПредприятия", "version": "3.0.150.34"}
PLATFORM: Final = "8.3.25.1286"
SOLD: Final = {"days": 365, "seats": 3}
EULA_RU: Final = """\
Лицензионное соглашение на расширение «{title}»

1. Расширение можно установить в столько баз, сколько мест в лицензионном ключе.
2. Обновления доступны, пока действует срок, указанный в ключе.
3. Это демонстрационный текст: замените его своим.
"""
EULA_EN: Final = """\
Licence agreement for the extension "{title}"

1. The extension may be installed into as many infobases as the licence key has seats.
2. Updates are available until the date in the key.
3. This is a demonstration: put your own text here.
"""
_WEIGHT: Final = 300
"""Dummy entries of a made file: some 190 KB, so that a download has a middle."""
_FALLBACK: Final = "1.0.0"


@dataclass(frozen=True, slots=True)
class Sample:
    """The extension of a demo; `given` is a real file that becomes its compatible release."""

    code: str = "warehouse-helper"
    onec_name: str = "СкладскойПомощник"
    title: str = "Складской помощник"
    vendor: str = "ООО «Вектор»"
    prefix: str = "СП_"
    purpose: str = "Customization"
    file_version: str = _FALLBACK
    given: Path | None = None

    def eula(self) -> tuple[str, str]:
        """The agreement in Russian and in English."""
        return EULA_RU.format(title=self.title), EULA_EN.format(title=self.title)

    def releases(self) -> list["Planned"]:
        """One release for each verdict on the demo's infobase, in that order."""
        versions = _versions(self.file_version)
        return [
            Planned(verdict, version, notes, rule, self._file(verdict, version))
            for (verdict, notes, rule), version in zip(_VERDICTS, versions, strict=True)
        ]

    def _file(self, verdict: str, version: str) -> "Path | bytes":
        if self.given and verdict == "compatible":
            return self.given
        return make_cfe(
            self.onec_name,
            self.title,
            version,
            self.vendor,
            self.prefix,
            purpose=PURPOSES.index(self.purpose),
            objects=[NewObject("CommonModule", f"{self.prefix}Ценники")],
            pad_entries=_WEIGHT,
        )


@dataclass(frozen=True, slots=True)
class Planned:
    """A release that is to get this verdict; `version` is ours, the file's text may be another."""

    verdict: str
    version: str
    notes: str
    rule: Mapping[str, str]
    file: Path | bytes

    def put(self, folder: Path) -> tuple[Path, Path]:
        """The .cfe and the rules as files: what `podkluch release publish` is given."""
        rules = folder / f"{self.verdict}.json"
        rules.write_text(json.dumps({"rules": [self.rule]}, ensure_ascii=False), encoding="utf-8")
        if isinstance(self.file, Path):
            return self.file, rules
        made = folder / f"{self.verdict}.cfe"
        made.write_bytes(self.file)
        return made, rules

    def content(self) -> bytes:
        """The bytes of the .cfe."""
        return self.file.read_bytes() if isinstance(self.file, Path) else self.file


_NAME: Final = CONFIGURATION["name"]
_VERDICTS: Final = (
    (
        "compatible",
        "Печать ценников из поступления товаров.",
        {"configuration_name": _NAME, "version_from": "3.0.140", "tested_to": "3.0.160"},
    ),
    (
        "untested",
        "Ценники на весовой товар. На свежих релизах бухгалтерии ещё не проверяли.",
        {"configuration_name": _NAME, "version_from": "3.0.140", "tested_to": "3.0.149"},
    ),
    (
        "incompatible",
        "Ценники по новой форме, появившейся в бухгалтерии 3.0.160.",
        {"configuration_name": _NAME, "version_from": "3.0.160"},
    ),
)


def of_file(path: Path) -> Sample:
    """The extension in a given file.

    A file that cannot be read stays the sample's own release: the server has to refuse it.
    """
    try:
        with path.open("rb") as file:
            found = read_cfe(file.read(DEFAULT.file_size + 1))
    except BadCfe:
        return Sample(given=path)
    return Sample(
        code="given-extension",
        onec_name=found.raw.name,
        title=_title(found),
        vendor=found.raw.vendor,
        prefix=found.raw.prefix,
        purpose=found.purpose,
        file_version=found.raw.version,
        given=path,
    )


def make_infobase(folder: Path) -> None:
    """A simulated 1C infobase; one that is there already keeps what it holds."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {"configuration": CONFIGURATION, "platform_version": PLATFORM}
    file = folder / "infobase.json"
    if not file.exists():
        file.write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")


def _title(found: Cfe) -> str:
    return found.synonym.get("ru", "").strip() or found.name


def _versions(text: str) -> tuple[str, str, str]:
    """Our version of the file, which need not hold one, and those of two later releases."""
    for first in (text, _FALLBACK):
        try:
            major, minor, *_ = Version.parse(first).parts
            later = (f"{major}.{minor + 1}.0", f"{major + 1}.0.0")
            for version in later:
                Version.parse(version)
        except VersionError:
            continue
        return first, *later
    raise AssertionError
