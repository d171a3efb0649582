"""The codec: strict about what it knows, deaf to what it does not, silent about values."""

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Optional

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wire.codec import WireError, dumps, from_dict, loads, to_dict


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Leaf:
    size: int


@dataclass(frozen=True, slots=True)
class Tree:
    name: str
    leaf: Leaf
    colour: Colour
    note: str | None
    leaves: list[Leaf] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    params: dict[str, object] = field(default_factory=dict)
    mood: Literal["calm", "wild"] = "calm"
    old: bool = False
    best: Leaf | None = None
    other: Optional[str] = None  # noqa: UP045 - the other spelling is read too


PLAIN = {"name": "Дуб", "leaf": {"size": 3}, "colour": "red", "note": None}
FULL = {
    **PLAIN,
    "note": "",
    "leaves": [{"size": 1}, {"size": 2}],
    "counts": {"Я": 1},
    "params": {"deep": [{"a": None}, 1.5, True]},
    "mood": "wild",
    "old": True,
    "best": {"size": 9},
    "other": "x",
}
TREE = Tree("Дуб", Leaf(3), Colour.RED, None)


def refused(value):
    with pytest.raises(WireError) as caught:
        from_dict(Tree, value)
    return caught.value


def unreadable(data):
    with pytest.raises(WireError) as caught:
        loads(Tree, data)
    return caught.value


def test_defaults_stand_for_absent_members():
    assert from_dict(Tree, PLAIN) == TREE


def test_every_kind_of_member_is_read_and_written():
    assert to_dict(loads(Tree, json.dumps(FULL).encode())) == FULL


def test_enums_and_nested_messages_come_back_as_themselves():
    tree = from_dict(Tree, FULL)
    assert tree.colour is Colour.RED
    assert tree.leaves == [Leaf(1), Leaf(2)]


def test_unknown_members_are_dropped_at_every_level():
    extra = {**PLAIN, "leaf": {"size": 3, "new": 1}, "new": {"a": []}}
    assert from_dict(Tree, extra) == TREE


def test_an_absent_member_that_may_be_null_is_null():
    without = {name: value for name, value in PLAIN.items() if name != "note"}
    assert from_dict(Tree, without) == TREE


def test_defaults_are_not_shared_between_messages():
    assert from_dict(Tree, PLAIN).leaves is not from_dict(Tree, PLAIN).leaves


def test_json_is_compact_utf_8():
    assert dumps(Leaf(1)) == b'{"size":1}'
    assert "Дуб".encode() in dumps(TREE)
    assert loads(Tree, dumps(TREE)) == TREE


def test_a_number_that_json_has_not_is_not_written():
    with pytest.raises(ValueError, match="JSON"):
        dumps(Tree("", Leaf(1), Colour.RED, None, params={"n": float("nan")}))


@pytest.mark.parametrize(
    ("change", "pointer", "why"),
    [
        ({"name": None}, "/name", "must be text"),
        ({"name": 1}, "/name", "must be text"),
        ({"leaf": None}, "/leaf", "must be an object"),
        ({"leaf": []}, "/leaf", "must be an object"),
        ({"leaf": {}}, "/leaf/size", "is missing"),
        ({"leaf": {"size": "3"}}, "/leaf/size", "must be a whole number"),
        ({"leaf": {"size": 3.0}}, "/leaf/size", "must be a whole number"),
        ({"leaf": {"size": True}}, "/leaf/size", "must be a whole number"),
        ({"colour": "green"}, "/colour", "must be one of: red, blue"),
        ({"colour": ["red"]}, "/colour", "must be one of: red, blue"),
        ({"mood": "mad"}, "/mood", "must be one of: calm, wild"),
        ({"note": 5}, "/note", "must be text"),
        ({"leaves": None}, "/leaves", "must be a list"),
        ({"leaves": {"0": {"size": 1}}}, "/leaves", "must be a list"),
        ({"leaves": [{"size": 1}, {"size": None}]}, "/leaves/1/size", "must be a whole number"),
        ({"counts": []}, "/counts", "must be an object"),
        ({"counts": {"SECRET": "1"}}, "/counts/?", "must be a whole number"),
        ({"params": []}, "/params", "must be an object"),
        ({"old": 0}, "/old", "must be true or false"),
        ({"best": {"size": None}}, "/best/size", "must be a whole number"),
        ({"other": []}, "/other", "must be text"),
    ],
)
def test_a_wrong_member_is_named_by_its_pointer(change, pointer, why):
    error = refused({**PLAIN, **change})
    assert (error.pointer, error.why) == (pointer, why)


@pytest.mark.parametrize("name", ["name", "leaf", "colour"])
def test_a_required_member_must_be_there(name):
    error = refused({key: value for key, value in PLAIN.items() if key != name})
    assert (error.pointer, error.why) == (f"/{name}", "is missing")


@pytest.mark.parametrize("value", [None, [], "text", 1, True])
def test_a_message_is_an_object(value):
    assert str(refused(value)) == "the document must be an object"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"{'name': 1}",
        b'{"name": "x",}',
        b'\xef\xbb\xbf{"name": "x"}',
        '{"name": "x"}'.encode("utf-16"),
        b'{"name": "\xff"}',
        b'{"name": "\\ud800"}',
        b'{"\\uDFFF": 1}',
        b'{"params": {"n": NaN}}',
        b'{"params": {"n": -Infinity}}',
        b'{"params": {"n": 1e400}}',
        b'{"params": {"n": ' + b"1" * 5000 + b"}}",
        b"[" * 100_000,
        b'{"name":' * 100_000,
    ],
    ids=range(15),
)
def test_what_is_not_json_in_utf_8_is_refused_as_a_whole(data):
    error = unreadable(data)
    assert (error.pointer, error.why) == ("", "is not UTF-8 JSON")


def test_a_whole_character_may_be_escaped():
    data = b'{"name": "\\ud83d\\ude00", "leaf": {"size": 1}, "colour": "red"}'
    assert loads(Tree, data).name == "😀"


def test_an_error_holds_nothing_of_the_input():
    for error in (
        unreadable(b'{"name": "SECRET"'),
        refused({**PLAIN, "colour": "SECRET"}),
        refused({**PLAIN, "name": ["SECRET"]}),
        refused({**PLAIN, "counts": {"SECRET": "SECRET"}}),
    ):
        assert "SECRET" not in f"{error} {error!r} {vars(error)}"
        assert error.__context__ is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
# mostly right: wrong members one by one, among sound ones
almost_a_tree = st.builds(
    lambda wrong: FULL | wrong,
    st.dictionaries(st.sampled_from([*FULL]), json_values, max_size=2),
)


@settings(deadline=None)
@given(st.binary() | st.text().map(str.encode))
def test_noise_is_refused(data):
    unreadable(data)


@settings(deadline=None)
@given(json_values | almost_a_tree)
def test_any_json_is_a_message_or_refused(value):
    try:
        tree = from_dict(Tree, value)
    except WireError:
        return
    assert from_dict(Tree, to_dict(tree)) == tree
