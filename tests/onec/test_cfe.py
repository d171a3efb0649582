"""What the reader says of sound extension files."""

import hashlib
import unicodedata
import zlib
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onec.cfe import BadCfe, Origin, read_cfe
from onec.cfe.container import FORM_64
from onec.cfe_writer import NewObject, brace_text, deflated, make_cfe
from tests.factories.cfe import (
    ROOT_UUID,
    corrupt,
    format_number,
    good_cfe,
    inflated,
    raw_entries,
    rebuilt,
    with_true_entries,
)

TEXT = st.text(st.characters(codec="utf-8"), max_size=300) | st.sampled_from(
    ["", 'Коллектив программистов "А1"', "первая\r\nвторая", '""', "{0,0}", "1.6.0+2021-08-03"]
)
# Of the letters that Unicode takes apart for good (U+FB2A and its like) a name would become marks.
NAME = st.from_regex(r"[А-Яа-яЁёA-Za-z_][А-Яа-яЁё\w]{0,127}", fullmatch=True).filter(
    partial(unicodedata.is_normalized, "NFC")
)


@given(name=NAME, synonym=st.dictionaries(TEXT, TEXT.filter(bool)), texts=st.tuples(*[TEXT] * 4))
def test_it_reads_back_whatever_was_written(name, synonym, texts):
    version, vendor, prefix, comment = texts
    raw = read_cfe(make_cfe(name, synonym, version, vendor, prefix, comment=comment)).raw
    assert raw.name == name
    assert raw.synonym == synonym
    assert (raw.version, raw.vendor, raw.prefix, raw.comment) == texts


@pytest.mark.parametrize("fmt", [52, 53, 56, 59, 62, 63, 67, 68])
def test_it_reads_every_known_format(fmt):
    cfe = read_cfe(good_cfe(fmt=fmt, keep_mapping=True))
    assert (cfe.format, cfe.format_known, cfe.name) == (fmt, True, "СкладскойПомощник")
    assert cfe.keep_mapping is (True if fmt >= 56 else None)
    assert cfe.warnings == ()


def test_it_reads_that_objects_are_not_matched_by_id():
    assert read_cfe(good_cfe(keep_mapping=False)).keep_mapping is False


@pytest.mark.parametrize("number", [51, 69, 1000])
def test_a_format_not_seen_before_is_read_and_named_in_a_warning(number):
    cfe = read_cfe(corrupt(good_cfe(), format_number(number)))
    assert (cfe.format, cfe.format_known, cfe.version) == (number, False, "2.4.0")
    assert [warning.code for warning in cfe.warnings] == ["FORMAT_NOT_KNOWN"]
    assert str(number) in cfe.warnings[0].ru
    assert str(number) in cfe.warnings[0].en


@pytest.mark.parametrize(
    "nonsense",
    [
        {"compat": 8314},
        {"compat": 90314},
        {"purpose": 3},
        {"name": "1Имя"},
        {"name": "Имя с пробелом"},
        {"name": "А" * 129},
        {"name": ""},
    ],
)
def test_metadata_that_make_no_sense_are_refused(nonsense):
    with pytest.raises(BadCfe) as known:
        read_cfe(good_cfe(**nonsense))
    with pytest.raises(BadCfe) as unknown:
        read_cfe(corrupt(good_cfe(**nonsense), format_number(99)))
    assert (known.value.code, unknown.value.code) == ("BAD_TEXT", "UNKNOWN_FORMAT")


@pytest.mark.parametrize(
    ("number", "purpose", "code"),
    [(0, "Patch", "patch"), (1, "Customization", "customization"), (2, "AddOn", "addon")],
)
def test_it_names_the_purpose_as_1c_does_and_as_we_do(number, purpose, code):
    cfe = read_cfe(good_cfe(purpose=number))
    assert (cfe.purpose, cfe.purpose_code) == (purpose, code)


@pytest.mark.parametrize(
    ("number", "text"), [(80314, "8.3.14"), (80308, "8.3.8"), (80320, "8.3.20"), (80401, "8.4.1")]
)
def test_it_writes_the_compatibility_as_people_do(number, text):
    assert read_cfe(good_cfe(compat=number)).compatibility == text


def test_it_names_the_root_and_the_whole_file():
    data = good_cfe()
    cfe = read_cfe(data)
    assert cfe.root_uuid == ROOT_UUID
    assert (cfe.sha256, cfe.size) == (hashlib.sha256(data).hexdigest(), len(data))


def test_texts_are_shown_clean_and_kept_raw():
    vendor = "Ромашка\r\n\x00\u202eфирма\u200b и\u0306" + "я" * 300
    cfe = read_cfe(good_cfe(vendor=vendor, synonym={"ru": "Имя\t"}, comment="\x07!"))
    assert cfe.raw.vendor == vendor
    assert cfe.vendor == "Ромашка   фирма й" + "я" * 238
    assert cfe.synonym == {"ru": "Имя "}
    assert cfe.comment == " !"


def test_it_counts_own_and_adopted_objects():
    objects = [
        NewObject("CommonModule", "сп_Общий"),
        NewObject("Role", "сп_Основная"),
        NewObject("Catalog", "Номенклатура", Origin.ADOPTED),
    ]
    cfe = read_cfe(good_cfe(objects=objects))
    assert (cfe.own, cfe.adopted) == (2, 2)
    assert {(each.kind, each.name, each.origin) for each in cfe.objects} == {
        *objects,
        ("Language", "Русский", Origin.ADOPTED),
    }
    assert cfe.warnings == ()


@pytest.mark.parametrize("kind", ["Catalog", "AccountingRegister", "Constant", "ExchangePlan"])
def test_own_data_may_need_exclusive_access_and_adopted_data_do_not(kind):
    own = read_cfe(good_cfe(objects=[NewObject(kind, "сп_Данные")]))
    adopted = read_cfe(good_cfe(objects=[NewObject(kind, "Данные", Origin.ADOPTED)]))
    assert (own.may_change_structure, adopted.may_change_structure) == (True, False)
    assert [warning.code for warning in own.warnings] == ["EXCLUSIVE_ACCESS"]


@pytest.mark.parametrize("kind", ["HTTPService", "WebService"])
def test_services_must_be_published(kind):
    cfe = read_cfe(good_cfe(objects=[NewObject(kind, "сп_Обмен")]))
    assert cfe.has_services
    assert [warning.code for warning in cfe.warnings] == ["PUBLISH_SERVICES"]


def test_an_object_without_an_entry_counts_as_neither_own_nor_adopted():
    data = good_cfe(objects=[NewObject("Role", "сп_Роль")])
    role = next(each.uuid for each in read_cfe(data).objects if each.kind == "Role")
    entries = raw_entries(data)
    del entries[role]
    cfe = read_cfe(rebuilt(entries))
    assert (cfe.own, cfe.adopted, len(cfe.objects)) == (0, 1, 2)
    assert [warning.code for warning in cfe.warnings] == ["ORIGIN_NOT_KNOWN"]


@pytest.mark.parametrize("origin", [Origin.OWN, Origin.ADOPTED])
def test_only_the_element_after_the_comment_tells_the_origin(origin):
    data = good_cfe(objects=[NewObject("Role", "Роль", origin)])
    role = next(each.uuid for each in read_cfe(data).objects if each.kind == "Role")
    text = inflated(data, role).replace(b",0,00000000-", b",1,00000000-")
    assert text != inflated(data, role)
    reread = read_cfe(corrupt(data, with_true_entries({role: deflated(text)})))
    assert [each.origin for each in reread.objects if each.kind == "Role"] == [origin]


def test_an_object_is_found_by_its_own_uuid_in_any_depth():
    data = good_cfe(objects=[NewObject("Catalog", "сп_Товары")])
    catalog = next(each.uuid for each in read_cfe(data).objects if each.kind == "Catalog")
    text = inflated(data, catalog).removeprefix(b"\xef\xbb\xbf")
    stranger = text.replace(catalog.encode(), ROOT_UUID.encode()).replace("Товары".encode(), b"")
    nested = deflated(b"{7," + stranger + b",{{" + text + b"}}}")
    reread = read_cfe(corrupt(data, with_true_entries({catalog: nested})))
    assert [each.name for each in reread.objects if each.kind == "Catalog"] == ["сп_Товары"]


def test_an_object_whose_entry_has_no_header_is_of_unknown_origin():
    data = good_cfe(objects=[NewObject("Role", "сп_Роль")])
    role = next(each for each in read_cfe(data).objects if each.kind == "Role")
    for text in (b"", b"{}", b"{1,{0,0,%s},2,3,4,5}" % role.uuid.encode()):
        reread = read_cfe(corrupt(data, with_true_entries({role.uuid: deflated(text)})))
        assert reread.objects[1] == replace(role, name="", origin=Origin.UNKNOWN)


def test_the_content_digest_is_blind_to_compression_and_layout():
    data = good_cfe(pad_entries=3)
    names = raw_entries(data)
    stored = {name: zlib.compress(inflated(data, name), 0, -15) for name in names}
    repacked = rebuilt(stored, FORM_64)
    first, second = read_cfe(data), read_cfe(repacked)
    assert first.content_digest == second.content_digest
    assert first.sha256 != second.sha256


def test_the_content_digest_sees_any_change_of_content():
    data = good_cfe(pad_entries=1)
    padding = next(name for name in raw_entries(data) if name.endswith(".0"))
    changed = corrupt(data, with_true_entries({padding: deflated(brace_text(["1"]))}))
    assert read_cfe(data).content_digest != read_cfe(changed).content_digest


def test_the_content_digest_is_the_documented_sum():
    data = good_cfe(pad_entries=2)
    names = sorted(name for name in raw_entries(data) if name != "configinfo")
    sums = [f"{name}\0{hashlib.sha256(inflated(data, name)).hexdigest()}\n" for name in names]
    expected = hashlib.sha256("".join(sums).encode()).hexdigest()
    assert read_cfe(data).content_digest == expected
