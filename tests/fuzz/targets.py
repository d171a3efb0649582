"""Every parser of ours that reads what others wrote, with inputs to begin from."""

import json
import uuid
from typing import Any

from fastapi import Request
from pydantic import ValidationError
from starlette.datastructures import Headers
from tuf.api.exceptions import RepositoryError

from agent.com.sessionlist import busy_with
from agent.discovery import Listed, _decoded, parse_list
from agent.pins import read_root as read_pinned_root
from app.api.ranges import File, _part
from app.catalog.schemas.rulesets import read_miko_list
from app.delivery.problems import RangeInvalid
from app.kit.asgi import client_address, strict_json
from app.kit.config import Settings
from app.kit.paging import CursorInvalid, Page
from app.kit.problems import JsonInvalid
from app.trust.problems import TrustDocumentInvalid, WeakKey
from app.trust.schemas import TrustBundle
from app.trust.service.ceremony import reading
from app.trust.service.layout import follow, read_root, read_targets
from onec.cfe import BadCfe, read_cfe
from onec.cfe.braces import BraceReader
from onec.configuration import Configuration, canonical
from onec.connection import ConnectionString, ConnectionStringError, hide_passwords
from onec.version import Version, VersionError, VersionRange
from tests.asgi import scope_of
from tests.corpus import codes, com_texts, json_texts, names, strings, versions
from tests.factories.cfe import ROOT_UUID, good_cfe, inflated
from tests.fuzz.engine import Target
from tests.fuzz.shapes import JSON, PACKED
from tests.fuzz.signed import CUSTOM, KEY, a_bundle, a_connection_file, a_root
from wire import codec, enrolment
from wire.codec import WireError
from wire.codes import CodeKind, MalformedCodeError, hide_codes, normalise, normalise_legacy
from wire.licenses import ActivationResponse, LicenseCheckResponse
from wire.trust import parse_target_path, read_custom, read_fingerprint


def text_of(data: bytes) -> str:
    """Any bytes as a text that may hold halves of characters."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def some(texts: list[str], count: int) -> list[bytes]:
    """So many of them, evenly, and of each the beginning."""
    step = max(1, len(texts) // count)
    return [text[:500].encode("utf-8", "surrogatepass") for text in texts[::step]]


def read_code(data: bytes) -> Any:
    text = text_of(data)
    assert isinstance(hide_codes(text[:300], "…"), str)
    for read in (lambda: normalise(text, CodeKind.COUPON), lambda: normalise_legacy(text)):
        try:
            read()
        except MalformedCodeError:
            continue
    return normalise(text, CodeKind.KEY)


def code_holds(code: Any) -> None:
    assert normalise(code.text.lower(), code.kind) == code
    assert code.text not in hide_codes(f"a {code.text} b", "…")


def read_version(data: bytes) -> Version:
    text = text_of(data)
    for read in (VersionRange.up_to, VersionRange.exclusion):
        try:
            assert 0 <= read(text).from_key < read(text).end
        except VersionError:
            continue
    return Version.parse(text)


def version_holds(version: Version) -> None:
    assert Version.parse(".".join(map(str, version.parts))) == version
    assert version in VersionRange.up_to(version.text)


def name_holds(one: Configuration) -> None:
    assert canonical(one.key) == one.key
    assert Configuration.of(canonical(one.name)).key == one.key


def read_connection(data: bytes) -> ConnectionString:
    text = text_of(data)
    assert isinstance(hide_passwords(text), str)
    return ConnectionString.parse(text)


def connection_holds(one: ConnectionString) -> None:
    assert ConnectionString.parse(one.reveal()) == one
    if len(one.password) > 12:
        assert one.password not in hide_passwords(one.reveal())


def v8i_holds(found: list[Listed]) -> None:
    for one in found:
        assert one.name.isprintable()
        assert one.folder.isprintable()


def read_bundle(data: bytes) -> None:
    bundle = TrustBundle.model_validate(strict_json(data))
    with reading("root"):
        for document in bundle.roots:
            follow(None, read_root(document))
        read_targets(bundle.targets)


def connection_file_holds(one: enrolment.Connection) -> None:
    assert enrolment.parse(enrolment.dumps(one)) == one


def read_custom_text(data: bytes) -> None:
    read_custom(codec._parse(data))


def read_typed_of_trust(data: bytes) -> None:
    text = text_of(data)
    for read in (parse_target_path, read_fingerprint):
        try:
            read(text)
        except ValueError:
            continue


def read_cursor(data: bytes) -> None:
    page = Page(cursor=text_of(data))
    page.place()
    page.instant()


_SETTINGS = Settings(environment="test", trusted_proxies=("10.0.0.0/8", "::1/128"))
_FILE = File(store=None, sha256="0" * 64, size=5_000, filename="a.cfe")


def read_headers(data: bytes) -> None:
    """What a client says of its way here, and which part it wants."""
    told = Headers(raw=[(b"x-forwarded-for", data)])
    client_address({"client": ("10.0.0.1", 1)}, told, _SETTINGS)
    first_and_size = _part(Request(scope_of("GET", "/", [(b"range", data)])), _FILE)
    if first_and_size is not None:
        first, size = first_and_size
        assert 0 <= first < first + size <= _FILE.size


def read_answers(data: bytes) -> None:
    for kind in (ActivationResponse, LicenseCheckResponse):
        try:
            codec.loads(kind, data)
        except WireError as error:
            assert error.pointer.isascii() or "/" in error.pointer  # noqa: PT017 - each of several


def of_1c() -> list[Target]:
    """What 1C and its users write."""
    cfe = [good_cfe(), good_cfe(fmt=62, purpose=2, version=""), good_cfe(pad_entries=3)]
    braces = [inflated(cfe[0], ROOT_UUID), b'{2,{"a""b",{}},\n{1,"\xd0\x96"}}', b"{", b'{"a"']
    listed = '[База]\r\nConnect=File="C:\\b";\r\nFolder=/Архив\r\nVersion=8.3\r\n[a]\r\n'
    v8i = [listed.encode(), listed.encode("utf-16"), b"\xff\xfe", b'[a]\nConnect=ws="http://a"']
    sessions = "компьютер: PC1, пользователь: Анна, сеанс: 5, начат: 1.1.2026, приложение: Клиент"
    strings_of_1c = [b'Srvr="s:1641";Ref="r";Usr="u";Pwd="a""b";UC=1;', b"File=C:\\b;"]
    strings_of_1c += some(com_texts.com_texts(), 20)
    spelled = some([other for _, other, _ in names.pairs()], 20)
    return [
        Target("cfe", read_cfe, (BadCfe,), cfe, ("onec/cfe",), 4_000, inner=PACKED),
        Target(
            "braces", lambda data: BraceReader().parse(text_of(data)), (BadCfe,), braces,
            ("onec/cfe",), 10_000,
        ),
        Target(
            "connection string", read_connection, (ConnectionStringError,), strings_of_1c,
            ("onec/connection.py",), 20_000, connection_holds,
        ),
        Target(
            "ibases.v8i", lambda data: list(parse_list(_decoded(data))), (), v8i,
            ("agent/discovery.py", "onec/connection.py"), 10_000, v8i_holds,
        ),
        Target(
            "sessions", lambda data: busy_with(text_of(data)), (), [sessions.encode()],
            ("agent/com/sessionlist.py",), 10_000,
        ),
        Target(
            "configuration", lambda data: Configuration.of(text_of(data)[:300]), (), spelled,
            ("onec/configuration.py",), 5_000, name_holds,
        ),
    ]  # fmt: skip


def of_people() -> list[Target]:
    """What people type, and what vendors send them."""
    typed = [KEY.encode(), *some([each for each, _ in codes.readable()], 12)]
    typed += some(codes.mistyped(), 8)
    of_trust = [b"ext/a/1.0/a.cfe", b"0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXYZ"]
    return [
        Target("code", read_code, (MalformedCodeError,), typed, ("wire/codes.py",), 5_000,
        code_holds), Target(
            "version", read_version, (VersionError,), some(versions.version_texts(), 20),
            ("onec/version.py",), 30_000, version_holds,
        ),
        Target(
            "connection file", enrolment.parse, (WireError,), [a_connection_file()], ("wire",),
            8_000, connection_file_holds, JSON,
        ),
        Target("words of trust", read_typed_of_trust, (), of_trust, ("wire/trust.py",), 10_000),
    ]  # fmt: skip


def of_servers() -> list[Target]:
    """What programs send to each other."""
    rules = '[{"conf": "Розница", "min_1c_version": "3.0.150"}, {"conf": "УТ",},]'
    cursors = [
        Page().next_after(uuid.UUID(int=7), value).encode()
        for value in (None, "я", 5, "2026-11-22T09:00:00+00:00")
    ]
    headers = [b"bytes=0-9", b"bytes=-5", b"10.0.0.1, 192.0.2.1", b"::1"]
    refused = (JsonInvalid, ValidationError, TrustDocumentInvalid, WeakKey)
    answer = {"server_time": "2026-11-22T09:00:00.000Z", "trust": None, "valid": True, "code": "OK"}
    return [
        Target("bundle", read_bundle, refused, [a_bundle()], ("app/trust",), 6_000, inner=JSON),
        Target(
            "root", read_pinned_root, (RepositoryError,), [json.dumps(a_root()).encode()],
            ("agent/pins.py", "wire/trust.py"), 6_000, inner=JSON,
        ),
        Target(
            "custom", read_custom_text, (WireError,), [json.dumps(CUSTOM).encode()],
            ("wire",), 10_000, inner=JSON,
        ),
        Target(
            "rules", lambda data: read_miko_list(text_of(data)), (JsonInvalid, ValidationError),
            [rules.encode(), b"\xef\xbb\xbf[]"], ("app/catalog/schemas", "onec"), 10_000,
            inner=JSON,
        ),
        Target(
            "JSON", strict_json, (JsonInvalid,), json_texts.broken_texts()[::9],
            ("app/kit/asgi.py",), 10_000, inner=JSON,
        ),
        Target("cursor", read_cursor, (CursorInvalid,), cursors, ("app/kit/paging.py",), 10_000),
        Target(
            "headers", read_headers, (RangeInvalid,), [*headers, *some(strings.hostile_strings(),
            8)], ("app/api/ranges.py", "app/kit/asgi.py"), 8_000,
        ),
        Target("answers", read_answers, (), [json.dumps(answer).encode()], ("wire",), 8_000,
        inner=JSON),
    ]  # fmt: skip


TARGETS = {target.name: target for target in (*of_1c(), *of_people(), *of_servers())}
