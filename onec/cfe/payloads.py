"""What the entries of a container hold: checked against their digests, inflated at need."""

import zlib
from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha1, sha256

from onec.cfe.braces import Value
from onec.cfe.container import CONFIGINFO, Entry
from onec.cfe.errors import BadCfe
from onec.cfe.limits import Limits

_FED, _GOT = 16 * 1024, 64 * 1024
"""Bytes given to the decompressor and taken from it at once."""


class Payloads:
    """Entries by name; everything inflated counts towards the limits of the whole file."""

    def __init__(self, entries: Sequence[Entry], limits: Limits) -> None:
        self._raw = {entry.name: entry.raw for entry in entries}
        self._limits = limits
        self._inflated_left = limits.all_inflated
        self._digests: dict[str, str] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._raw

    def text(self, name: str) -> str:
        """The entry as strict UTF-8, with or without a byte order mark."""
        parts = bytearray()
        for part in self._inflate(name):
            parts += part
            if len(parts) > self._limits.text_size:
                raise BadCfe("BOMB")
        try:
            return parts.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise BadCfe(
                "BAD_TEXT", f"запись {name} не в UTF-8", f"entry {name} is not UTF-8"
            ) from None

    def check_digests(self, value: Value | None) -> None:
        """Compare all entries with the list `{count,"name",base64 of SHA-1,...}`."""
        listed = _listed(value)
        digests = dict(listed)
        if digests.keys() != self._raw.keys() - {CONFIGINFO} or len(digests) != len(listed):
            raise BadCfe(
                "HASH_MISMATCH",
                "состав записей не сходится с описью",
                "the entries differ from the list of digests",
            )
        for name, digest in listed:
            # SHA-1 is the format's own choice; it finds accidents, not forgeries.
            computed = sha1(self._raw[name], usedforsecurity=False).digest()
            if b64encode(computed).decode() != digest:
                raise BadCfe(
                    "HASH_MISMATCH",
                    f"не сходится контрольная сумма записи {name}",
                    f"the digest of entry {name} differs",
                )

    def content_digest(self) -> str:
        """SHA-256 over what the entries hold; blind to dates, slack and the compressor."""
        total = sha256()
        for name in sorted(self._raw.keys() - {CONFIGINFO}):
            if name not in self._digests:
                for _ in self._inflate(name):
                    pass
            total.update(f"{name}\0{self._digests[name]}\n".encode())
        return total.hexdigest()

    def _inflate(self, name: str) -> Iterator[bytes]:
        raw, digest, size = self._raw[name], sha256(), 0
        for part in _inflated(raw, name):
            size += len(part)
            self._inflated_left -= len(part)
            if size > self._allowed(len(raw)) or self._inflated_left < 0:
                raise BadCfe("BOMB")
            digest.update(part)
            yield part
        self._digests[name] = digest.hexdigest()

    def _allowed(self, raw_size: int) -> int:
        by_ratio = max(self._limits.ratio_from, self._limits.ratio * raw_size)
        return min(self._limits.entry_inflated, by_ratio)


def _inflated(raw: memoryview, name: str) -> Iterator[bytes]:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for start in range(0, len(raw), _FED):
            part = stream.decompress(raw[start : start + _FED], _GOT)
            while part:
                yield part
                part = stream.decompress(stream.unconsumed_tail, _GOT)
            if stream.eof:
                return
    except zlib.error:
        raise BadCfe(
            "BAD_BLOCK", f"запись {name} не распаковывается", f"entry {name} cannot be inflated"
        ) from None
    raise BadCfe("SHORT_DOCUMENT", f"запись {name} обрывается", f"entry {name} is cut short")


def _listed(value: Value | None) -> list[tuple[str, str]]:
    flat = [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
    names, digests = flat[1::2], flat[2::2]
    if value != flat or flat[:1] != [str(len(names))] or len(names) != len(digests):
        raise BadCfe(
            "HASH_MISMATCH",
            "опись контрольных сумм разрушена",
            "the list of digests is broken",
        )
    return list(zip(names, digests, strict=True))
