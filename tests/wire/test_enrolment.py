import json

import pytest

from wire.codec import WireError
from wire.enrolment import FILE_MAX, ConnectionVendor, build, dumps, parse
from wire.trust import root_fingerprint

ROOT = {"signed": {"_type": "root", "version": 1, "keys": {}}, "signatures": []}
REPOSITORY = "q83vEjRWeJC-rwABAgMEBQ"
VENDOR = ConnectionVendor("0198c2a4-0000-7000-8000-000000000001", "ООО «Вектор»")
GOOD = build("https://lic.example.ru", VENDOR, REPOSITORY, ROOT)


def changed(**members):
    return json.dumps({**json.loads(dumps(GOOD)), **members}).encode()


def test_what_is_built_is_read_back():
    assert parse(dumps(GOOD)) == GOOD
    assert GOOD.root_fingerprint == root_fingerprint(ROOT)


def test_members_of_a_later_version_are_ignored():
    assert parse(changed(mirrors=["https://cdn.example.ru"])) == GOOD


def test_a_file_saved_by_a_windows_editor_is_read():
    assert parse(b"\xef\xbb\xbf" + dumps(GOOD)) == GOOD


def test_a_fingerprint_may_be_typed_as_people_do():
    typed = GOOD.root_fingerprint.replace("-", " ").lower()
    assert parse(changed(root_fingerprint=typed)).root == ROOT


def test_the_key_is_not_printed():
    assert "SECRET" not in repr(build("https://x.example", VENDOR, REPOSITORY, ROOT, "SECRET"))


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"format": "another"}, "/format"),
        ({"v": 2}, "/format"),
        ({"v": True}, "/v"),
        ({"repository": "../../etc"}, "/repository"),
        ({"repository": REPOSITORY + "\n"}, "/repository"),
        ({"server": ""}, "/server"),
        ({"server": "https://a.example\n"}, "/server"),
        ({"vendor": {"id": "1", "name": "a\u202eb"}}, "/vendor/name"),
        ({"vendor": {"id": "1"}}, "/vendor/name"),
        ({"vendor": {"id": "1", "name": "я" * 2049}}, "/vendor/name"),
        ({"root_fingerprint": "0000"}, "/root_fingerprint"),
        ({"root_fingerprint": "-".join(["0000"] * 8)}, "/root_fingerprint"),
        ({"root": {}}, "/root"),
        ({"root": {"signed": {"version": 1.5}}}, "/root"),
        ({"root": {"signed": {"version": 2}}}, "/root_fingerprint"),
        ({"root": []}, "/root"),
        ({"key": 5}, "/key"),
    ],
)
def test_anything_else_is_refused_by_its_place(members, pointer):
    with pytest.raises(WireError) as refused:
        parse(changed(**members))
    assert refused.value.pointer == pointer


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff\xfe{", b" " * FILE_MAX + b"{}"])
def test_what_is_no_object_is_refused(data):
    with pytest.raises(WireError):
        parse(data)
