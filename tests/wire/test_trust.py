"""What is signed about a release, its path, and the fingerprint of a root."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.formats import encode_canonical

from wire.codec import WireError
from wire.trust import (
    CUSTOM_MAX,
    CustomTooLargeError,
    InstallFlag,
    TargetCustom,
    TargetStatus,
    canonical,
    fingerprint,
    parse_target_path,
    read_custom,
    read_fingerprint,
    root_fingerprint,
    rule_without_defaults,
    target_path,
    write_custom,
)

PLAIN = TargetCustom(
    ext="warehouse-helper",
    name="СкладскойПомощник",
    uuid="0198c2a4-0000-7000-8000-000000000001",
    ver="2.4.0",
    file_ver="2.4.0 от 22.11",
    channel="stable",
    rules_v=1,
    rules=[{"configuration_name": "БухгалтерияПредприятия", "version_from": "3.0.150.0"}],
    purpose="customization",
    published_at="2026-11-22T09:00:00.000Z",
    status=TargetStatus.PUBLISHED,
)
FULL = replace(
    PLAIN,
    flags=[InstallFlag.EXCLUSIVE_REQUIRED, InstallFlag.SAFE_MODE_OFF_REQUIRED],
    conflicts=["Чужое"],
    requires=["Нужное"],
    via="2.0.0",
    critical=True,
    eula="ab" * 32,
    status=TargetStatus.WITHDRAWN,
    rollback_to="2.3.1",
)
NEEDED = {
    "v", "ext", "name", "uuid", "ver", "file_ver", "channel", "rules_v", "rules", "purpose",
    "published_at", "status",
}  # fmt: skip
OPTIONAL = {"flags", "conflicts", "requires", "via", "critical", "eula", "rollback_to"}
# JSON without fractions and without halves of characters, as signed documents have it
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def test_defaults_are_left_out():
    assert set(write_custom(PLAIN)) == NEEDED
    assert set(write_custom(FULL)) == NEEDED | OPTIONAL


@pytest.mark.parametrize("custom", [PLAIN, FULL])
def test_what_was_signed_is_read_back(custom):
    assert read_custom(json.loads(canonical(write_custom(custom)))) == custom


def test_a_target_is_unsafe_when_a_protection_goes_off():
    assert FULL.is_unsafe
    assert not PLAIN.is_unsafe
    assert replace(PLAIN, flags=[InstallFlag.UNSAFE_ACTION_PROTECTION_OFF]).is_unsafe
    assert not replace(PLAIN, flags=[InstallFlag.BACKUP_REQUIRED]).is_unsafe


def test_just_as_much_as_fits_is_signed():
    room = CUSTOM_MAX - len(canonical(write_custom(replace(PLAIN, via=""))))
    assert len(canonical(write_custom(replace(PLAIN, via="я" * (room // 2))))) > CUSTOM_MAX - 2
    with pytest.raises(CustomTooLargeError):
        write_custom(replace(PLAIN, via="я" * (room // 2 + 1)))


@pytest.mark.parametrize(
    "change",
    [{"v": 2}, {"v": True}, {"ext": None}, {"status": "paused"}, {"flags": ["new_flag"]}],
)
def test_another_format_and_unknown_flags_are_refused(change):
    with pytest.raises(WireError):
        read_custom(write_custom(PLAIN) | change)


def test_members_of_tomorrow_are_ignored():
    assert read_custom(write_custom(PLAIN) | {"tomorrow": 1}) == PLAIN


def test_a_rule_keeps_what_it_restricts():
    rule = {
        "effect": "allow",
        "configuration_name": "УправлениеТорговлей",
        "editions": ["prof"],
        "version_to": None,
        "excluded": [],
        "infobase_kind": "any",
        "note": "",
        "min_compatibility_mode": "8.3.14",
    }
    kept = {"configuration_name": "УправлениеТорговлей", "min_compatibility_mode": "8.3.14"}
    assert rule_without_defaults(rule) == kept
    other = {"effect": "deny", "editions": ["prof", "corp"], "infobase_kind": "file"}
    assert rule_without_defaults(other) == other


@given(documents)
def test_canonical_json_is_that_of_the_library(document):
    assert canonical(document) == encode_canonical(document).encode()


@pytest.mark.parametrize("value", [1.5, b"", {"a": {1, 2}}, {"a": object()}])
def test_what_json_cannot_say_is_refused(value):
    with pytest.raises(ValueError, match="canonical"):
        canonical(value)


def test_endless_nesting_is_refused():
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(ValueError, match="nested"):
        canonical(value)


def test_a_path_is_built_and_taken_apart():
    text = target_path("warehouse-helper", "2.4")
    assert text == "ext/warehouse-helper/2.4/warehouse-helper.cfe"
    path = parse_target_path(text)
    assert (path.extension, path.version, path.file) == (
        "warehouse-helper",
        "2.4",
        "warehouse-helper.cfe",
    )
    assert path.text == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ext/a/1/a.cf",
        "ext/a/1/A.cfe",
        "ext/a/1/.cfe",
        "ext/a/1/../a.cfe",
        "ext/A/1/a.cfe",
        "ext/-a/1/a.cfe",
        f"ext/{'a' * 64}/1/a.cfe",
        "ext/a/1.2.3.4.5/a.cfe",
        "ext/a/123456/a.cfe",
        "ext/a/1b/a.cfe",
        "ext/a/١/a.cfe",
        "ext/a/1/a.cfe\n",
        "/ext/a/1/a.cfe",
        "ext/a/1/b/a.cfe",
        "trust/a/1/a.cfe",
    ],
)
def test_no_other_path_is_a_release(text):
    with pytest.raises(ValueError, match="path"):
        parse_target_path(text)


def test_a_path_is_not_built_of_anything_else():
    with pytest.raises(ValueError, match="path"):
        target_path("../a", "1.0")


def test_a_fingerprint_is_the_head_of_sha_256():
    # SHA-256 of nothing begins with e3b0c44298fc1c149afbf4c8996fb92427ae41e4
    assert fingerprint(b"") == "WERC-8GMR-ZGE1-96QV-YK49-JVXS-4GKT-WGF4"
    root = {"signatures": [], "signed": {"b": [1, "ё"], "a": None}}
    assert root_fingerprint(root) == fingerprint('{"a":null,"b":[1,"ё"]}'.encode())


@pytest.mark.parametrize(
    "typed", ["werc 8gmr zge1 96qv yk49 jvxs 4gkt wgf4", "WERC8GMRZGEI96QVYK49JVXS4GKTWGF4"]
)
def test_a_fingerprint_is_read_as_people_type_it(typed):
    assert read_fingerprint(typed) == fingerprint(b"")


@pytest.mark.parametrize("typed", ["", "WERC", "U" * 32, "Ж" * 32, "0" * 33])
def test_no_other_text_is_a_fingerprint(typed):
    with pytest.raises(ValueError, match="fingerprint"):
        read_fingerprint(typed)
