"""The container in all the shapes that are legal."""

import pytest

from onec.cfe import BadCfe, Limits, probe_container, read_cfe
from onec.cfe.container import ATTRIBUTES, FORM_32, FORM_64
from onec.cfe_writer import block, container, deflated
from tests.factories.cfe import ROOT_UUID, STRANGER, good_cfe, overwrite, raw_entries, rebuilt

FORMS = pytest.mark.parametrize("form", [FORM_32, FORM_64], ids=["32 bits", "64 bits"])


def handmade(form, *documents, rows, table_size=512):
    """A container with a table of one block and documents whose offsets `rows` picks."""
    start = form.header_size + form.block_header_size + table_size
    offsets, body = [], b""
    for document in documents:
        offsets.append(start + len(body))
        body += document
    table = b"".join(form.triple.pack(*(offsets[at] for at in row), form.end) for row in rows)
    header = form.magic.ljust(form.header_size, b"\0")
    return header + block(form, table, len(table), size=table_size) + body


def attributes(form, name, tail=bytes(4)):
    data = ATTRIBUTES.pack(0, 0, 0) + name.encode("utf-16-le") + tail
    return block(form, data, len(data))


@FORMS
@pytest.mark.parametrize("count", [0, 1, 42, 43, 200])
def test_entries_come_back_in_their_order_however_long_the_table(form, count):
    entries = [(f"{number:08x}{STRANGER[8:]}", b"%d" % number) for number in range(count)]
    read = [(entry.name, bytes(entry.raw)) for entry in probe_container(container(entries, form))]
    assert read == entries


@FORMS
def test_both_forms_hold_the_same_extension(form):
    cfe = read_cfe(rebuilt(raw_entries(good_cfe(pad_entries=50)), form))
    assert (cfe.name, cfe.root_uuid) == ("СкладскойПомощник", ROOT_UUID)


@FORMS
def test_a_document_may_lie_in_several_blocks(form):
    first = attributes(form, STRANGER)
    here = form.header_size + form.block_header_size + 512 + len(first)
    second = here + form.block_header_size + 4
    parts = block(form, b"rasc", 9, following=second) + block(form, b"hirit", 0, size=16)
    entry = probe_container(handmade(form, first, parts, rows=[(0, 1)]))
    assert [bytes(each.raw) for each in entry] == [b"rasc" + b"hirit"]


def test_the_number_of_entries_in_the_header_is_not_relied_on():
    assert read_cfe(overwrite(8, bytes(4))(good_cfe())).raw == read_cfe(good_cfe()).raw
    assert len(probe_container(overwrite(8, b"\xff\xff\0\0")(good_cfe()))) == 3


def test_documents_may_overlap():
    other = "1" + STRANGER[1:]
    data = handmade(
        FORM_32,
        attributes(FORM_32, STRANGER),
        attributes(FORM_32, other),
        block(FORM_32, b"both", 4),
        rows=[(0, 2), (1, 2)],
    )
    read = [(entry.name, bytes(entry.raw)) for entry in probe_container(data)]
    assert read == [(STRANGER, b"both"), (other, b"both")]


def test_overlapping_documents_cannot_claim_more_than_the_limit():
    rows = [(number, -1) for number in range(8)]
    names = [attributes(FORM_32, f"{number}{STRANGER[1:]}") for number in range(8)]
    data = handmade(FORM_32, *names, block(FORM_32, bytes(1000), 1000), rows=rows)
    assert len(probe_container(data)) == 8
    with pytest.raises(BadCfe) as refusal:
        probe_container(data, Limits(file_size=5000))
    assert refusal.value.code == "BOMB"


def test_a_name_ends_at_the_first_zero():
    named = attributes(FORM_32, STRANGER, tail=b"\0\0\x00\xd8rest!")
    data = handmade(FORM_32, named, block(FORM_32, b"x", 1), rows=[(0, 1)])
    assert [entry.name for entry in probe_container(data)] == [STRANGER]


@pytest.mark.parametrize(
    "name",
    [
        "../../x",
        "C:\\x",
        "",
        "x",
        STRANGER.upper(),
        STRANGER + ".",
        STRANGER + ".abcd",
        STRANGER + ".A",
        STRANGER + "\n",
        STRANGER[:-1] + "\u0661",
        "CONFIGINFO",
        "configinfo.0",
        "\ud83d\ude00" * 200,
    ],
)
def test_a_name_that_no_extension_has_is_refused(name):
    with pytest.raises(BadCfe) as refusal:
        probe_container(container([(name.encode("utf-16", "surrogatepass").decode("utf-16"), b"")]))
    assert refusal.value.code == "BAD_ENTRY_NAME"


@pytest.mark.parametrize("name", ["root", "version", "versions"])
def test_a_configuration_is_told_by_the_names_of_its_entries(name):
    with pytest.raises(BadCfe) as refusal:
        probe_container(container([("../x", b""), (name, b"")]))
    assert refusal.value.code == "NOT_AN_EXTENSION"


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"file_size": 1000}, "TOO_BIG"),
        ({"entries": 2}, "TOO_MANY_ENTRIES"),
        ({"blocks": 6}, "BOMB"),
        ({"entry_inflated": 500}, "BOMB"),
        ({"all_inflated": 1000}, "BOMB"),
        ({"ratio": 1, "ratio_from": 100}, "BOMB"),
        ({"text_size": 500}, "BOMB"),
        ({"depth": 4}, "BAD_TEXT"),
        ({"tokens": 50}, "BAD_TEXT"),
        ({"all_tokens": 50}, "BOMB"),
    ],
)
def test_every_limit_holds_and_the_usual_ones_are_far(limits, code):
    data = good_cfe()
    assert read_cfe(data)
    with pytest.raises(BadCfe) as refusal:
        read_cfe(data, Limits(**limits))
    assert refusal.value.code == code


def test_an_unlisted_entry_counts_towards_the_limits_too():
    data = rebuilt({**raw_entries(good_cfe()), STRANGER: deflated(bytes(900_000))})
    assert read_cfe(data)
    with pytest.raises(BadCfe) as refusal:
        read_cfe(data, Limits(entry_inflated=800_000))
    assert refusal.value.code == "BOMB"


@FORMS
def test_an_empty_container_is_named_so_and_nothing_else_is(form):
    empty = form.magic.ljust(form.header_size, b"\0") + bytes(600)
    with pytest.raises(BadCfe) as refusal:
        read_cfe(empty)
    assert refusal.value.code == "EMPTY"
    with pytest.raises(BadCfe) as refusal:
        read_cfe(overwrite(form.header_size + form.block_header_size - 1, b"\x01")(empty))
    assert refusal.value.code == "BAD_BLOCK"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "TOO_SHORT"),
        (b"PK\x03\x04", "TOO_SHORT"),
        (b"\xff\xff\xff\x7f", "TOO_SHORT"),
        (b"\xff" * 70, "TOO_SHORT"),
        (b"PK\x03\x04" * 20, "NOT_A_CONTAINER"),
        (b"\xff\xff\xff\xff" + bytes(200), "NOT_A_CONTAINER"),
    ],
)
def test_a_foreign_file_is_told_from_a_damaged_one(data, code):
    with pytest.raises(BadCfe) as refusal:
        read_cfe(data)
    assert refusal.value.code == code
    assert refusal.value.text("ru") == "Это не файл расширения 1С (.cfe)"


def test_a_table_of_broken_rows_is_refused():
    data = good_cfe()
    row = FORM_32.header_size + FORM_32.block_header_size
    for broken in (overwrite(row + 8, bytes(4)), overwrite(18, b"00000023")):
        with pytest.raises(BadCfe) as refusal:
            read_cfe(broken(data))
        assert refusal.value.code == "BAD_BLOCK"
