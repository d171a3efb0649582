"""From the bytes of a .cfe file to all that callers want to know of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from mmap import mmap

from onec.cfe.braces import BraceReader, dig
from onec.cfe.container import CONFIGINFO, probe_container
from onec.cfe.contents import CfeObject, Origin, read_contents
from onec.cfe.errors import BadCfe
from onec.cfe.limits import DEFAULT, Limits
from onec.cfe.metadata import KNOWN_FORMATS, Strings, for_people, read_metadata
from onec.cfe.payloads import Payloads


@dataclass(frozen=True, slots=True)
class CfeWarning:
    """What a person should know before the extension is published or installed."""

    code: str
    ru: str
    en: str


@dataclass(frozen=True, slots=True)
class Cfe:
    """A sound extension file; its texts are fit to be shown, `raw` keeps them as they are."""

    sha256: str
    """Of the whole file."""
    size: int
    content_digest: str
    """SHA-256 over what the entries hold, blind to dates and compression; informational."""
    root_uuid: str
    format: int
    compatibility: str
    """The lowest platform the extension is made for: `8.3.14`."""
    purpose: str
    """`Patch`, `Customization` or `AddOn`, 1C's spelling."""
    keep_mapping: bool | None
    """Objects are matched with the extended ones by id; None in formats that cannot say it."""
    raw: Strings
    """For equality with what an infobase says."""
    objects: tuple[CfeObject, ...]

    @property
    def name(self) -> str:
        return for_people(self.raw.name)

    @property
    def synonym(self) -> Mapping[str, str]:
        return {for_people(key): for_people(text) for key, text in self.raw.synonym.items()}

    @property
    def comment(self) -> str:
        return for_people(self.raw.comment)

    @property
    def vendor(self) -> str:
        return for_people(self.raw.vendor)

    @property
    def version(self) -> str:
        """Free text, may be empty, is never ordered."""
        return for_people(self.raw.version)

    @property
    def prefix(self) -> str:
        return for_people(self.raw.prefix)

    @property
    def purpose_code(self) -> str:
        """The purpose as our own data spell it: patch, customization, addon."""
        return self.purpose.lower()

    @property
    def format_known(self) -> bool:
        return self.format in KNOWN_FORMATS

    @property
    def own(self) -> int:
        return self._count(Origin.OWN)

    @property
    def adopted(self) -> int:
        return self._count(Origin.ADOPTED)

    @property
    def may_change_structure(self) -> bool:
        """A hint that the installation may need exclusive access; the platform decides."""
        return any(item.changes_structure for item in self.objects)

    @property
    def has_services(self) -> bool:
        """Services must be published after the installation before anyone can call them."""
        return any(item.is_service for item in self.objects)

    @property
    def warnings(self) -> tuple[CfeWarning, ...]:
        unknown = self._count(Origin.UNKNOWN)
        candidates = (
            (
                not self.format_known,
                CfeWarning(
                    "FORMAT_NOT_KNOWN",
                    f"Формат хранилища {self.format} нам не знаком: проверьте сведения из файла",
                    f"Storage format {self.format} is not known: check what was read of the file",
                ),
            ),
            (
                self.may_change_structure,
                CfeWarning(
                    "EXCLUSIVE_ACCESS",
                    "Может потребоваться монопольный доступ: расширение добавляет свои данные",
                    "Exclusive access may be needed: the extension adds data of its own",
                ),
            ),
            (
                self.has_services,
                CfeWarning(
                    "PUBLISH_SERVICES",
                    "После установки опубликуйте HTTP-сервисы расширений",
                    "Publish the HTTP services of extensions after the installation",
                ),
            ),
            (
                unknown > 0,
                CfeWarning(
                    "ORIGIN_NOT_KNOWN",
                    f"Объектов, о которых неизвестно, свои они или заимствованные: {unknown}",
                    f"Objects not known to be own or adopted: {unknown}",
                ),
            ),
        )
        return tuple(warning for applies, warning in candidates if applies)

    def _count(self, origin: Origin) -> int:
        return sum(item.origin is origin for item in self.objects)


def read_cfe(data: bytes | mmap, limits: Limits = DEFAULT) -> Cfe:
    """Check container, digests and texts, and read the extension; raises only `BadCfe`."""
    payloads = Payloads(probe_container(data, limits), limits)
    braces = BraceReader(limits)
    root_uuid = _check_integrity(payloads, braces)
    root = dig(braces.parse(payloads.text(root_uuid)), 0)
    metadata = read_metadata(root)
    objects = read_contents(root, payloads, braces)
    return Cfe(
        sha256=sha256(data).hexdigest(),
        size=len(data),
        content_digest=payloads.content_digest(),
        root_uuid=root_uuid,
        format=metadata.format,
        compatibility=metadata.compatibility,
        purpose=metadata.purpose,
        keep_mapping=metadata.keep_mapping,
        raw=metadata.raw,
        objects=tuple(objects),
    )


def _check_integrity(payloads: Payloads, braces: BraceReader) -> str:
    """Name of the root entry, once every entry agrees with its digest in `configinfo`."""
    if CONFIGINFO not in payloads:
        raise BadCfe(
            "HASH_MISMATCH",
            "нет описи контрольных сумм",
            "there is no list of digests",
        )
    lists = braces.parse(payloads.text(CONFIGINFO))
    payloads.check_digests(dig(lists, 2))
    root_uuid = dig(lists, 1, 1)
    if not isinstance(root_uuid, str) or root_uuid not in payloads:
        raise BadCfe("BAD_TEXT", "не названа корневая запись", "no root entry is named")
    return root_uuid
