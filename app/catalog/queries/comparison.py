"""What a release's file says beside what was said of it, and beside the release before."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.accounts import queries as accounts
from app.catalog.models import Artifact, Extension, Release
from app.catalog.queries import releases as reads
from app.catalog.schemas.remarks import Remark
from app.kit.db import KitSession
from app.kit.i18n import Sentence
from onec.version import Version, VersionError

NAMED_MAX = 10
_UNSAFE = ("safe_mode_off_required", "unsafe_action_protection_off")
_COMPARED = {
    "parsed_prefix": ("PREFIX_CHANGED", "Префикс", "Prefix"),
    "parsed_purpose": ("PURPOSE_CHANGED", "Назначение", "Purpose"),
    "root_uuid": ("ROOT_CHANGED", "Внутренний идентификатор", "Inner id"),
}


def objects_of(file: Artifact | None) -> list[dict[str, Any]]:
    """The objects that were read from a file; none of one that was never read so far."""
    return list((file.contents or {}).get("objects", [])) if file else []


def file_remarks(session: KitSession, release: Release) -> list[Remark]:
    """Everything about a release's file that somebody should look at before publishing it."""
    file = reads.file_with_contents(session, release)
    if file is None:
        return []
    extension = reads.extension_of(session, release)
    before = reads.previous(session, release)
    vendor = accounts.vendor(session, release.vendor_id)
    found = [Remark(each["code"], Sentence(each["ru"], each["en"])) for each in _own_words(file)]
    found += _against_words(release, extension, file, vendor.name)
    found += _against_highest(release, reads.highest_published(session, release))
    if before is not None:
        earlier = reads.file_with_contents(session, before)
        found += _against_release(release, before)
        found += _against_file(file, earlier) if earlier else ()
    return found


def _own_words(file: Artifact) -> list[dict[str, str]]:
    return list((file.contents or {}).get("warnings", []))


def _against_words(
    release: Release, extension: Extension, file: Artifact, vendor: str
) -> Iterator[Remark]:
    if file.parsed_purpose != extension.purpose:
        yield _differs(
            "PURPOSE_DIFFERS", ("Назначение", "Purpose"), file.parsed_purpose, extension.purpose
        )
    if file.parsed_vendor and file.parsed_vendor != vendor:
        yield _differs("VENDOR_DIFFERS", ("Поставщик", "Vendor"), file.parsed_vendor, vendor)
    key = _key(file.parsed_version)
    if release.version and key is not None and key != release.version_key:
        yield _differs(
            "VERSION_DIFFERS", ("Версия", "Version"), file.parsed_version, release.version
        )


def _differs(code: str, names: tuple[str, str], found: str, said: str) -> Remark:
    russian, english = names
    text = Sentence(
        f"{russian}: в файле «{found}», указано «{said}»",
        f"{english}: {found} in the file, {said} was stated",
    )
    return Remark(code, text)


def _against_highest(release: Release, highest: Release | None) -> Iterator[Remark]:
    if highest is not None and release.version and release.version_key < highest.version_key:
        text = Sentence(
            f"Версия {release.version} ниже опубликованной {highest.version}",
            f"Version {release.version} is lower than the published {highest.version}",
        )
        yield Remark("VERSION_LOWER", text)


def _against_release(release: Release, before: Release) -> Iterator[Remark]:
    if any(getattr(release, flag) and not getattr(before, flag) for flag in _UNSAFE):
        text = Sentence(
            f"Релиз {before.version} не требовал снимать защиту: агенты спросят согласия на месте",
            f"Release {before.version} needed no protection off: agents will ask for consent",
        )
        yield Remark("PROTECTION_OFF", text)


def _against_file(file: Artifact, earlier: Artifact) -> Iterator[Remark]:
    for column, (code, russian, english) in _COMPARED.items():
        now, was = getattr(file, column), getattr(earlier, column)
        if was and now != was:
            text = Sentence(
                f"{russian}: было «{was}», стало «{now}»", f"{english}: {was} became {now}"
            )
            yield Remark(code, text)
    changes = _structure(earlier, file)
    if changes:
        named = ", ".join(changes[:NAMED_MAX]) + (" …" if len(changes) > NAMED_MAX else "")
        text = Sentence(
            f"Структура данных может измениться: {named}",
            f"The data's structure may change: {named}",
        )
        yield Remark("STRUCTURE_CHANGED", text)


def _structure(earlier: Artifact, file: Artifact) -> list[str]:
    """Own objects of data that came, went or read differently: `+Catalog.Товары`."""
    if earlier.contents is None:
        return []
    was, now = _data(earlier), _data(file)
    signs = [("+", now.keys() - was.keys(), now), ("-", was.keys() - now.keys(), was)]
    both = {key for key in was.keys() & now.keys() if was[key]["digest"] != now[key]["digest"]}
    signs.append(("~", both, now))
    return [
        f"{sign}{item['kind']}.{item['name']}"
        for sign, keys, objects in signs
        for item in sorted((objects[key] for key in keys), key=lambda each: each["name"])
    ]


def _data(file: Artifact) -> Mapping[str, dict[str, Any]]:
    return {item["uuid"]: item for item in objects_of(file) if item["data"]}


def _key(text: str) -> int | None:
    try:
        return Version.parse(text).key
    except VersionError:
        return None
