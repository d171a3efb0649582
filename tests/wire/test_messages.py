"""What holds for every message: shape, reserved members, secrets, and that pydantic agrees."""

import importlib
import json
import subprocess
import sys
from dataclasses import fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from types import NoneType, UnionType
from typing import get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from wire.codec import dumps, loads, to_dict
from wire.coupons import RedemptionPreviewRequest, RedemptionRequest
from wire.extensions import Download
from wire.licenses import ActivationResponse
from wire.problems import HINTS, ActionHint
from wire.trust import Trust

ROOT = Path(__file__).parents[2]
MODULES = sorted(f"wire.{path.stem}" for path in (ROOT / "wire").glob("[a-z]*.py"))
MESSAGE_MODULES = [name for name in MODULES if name not in {"wire.codec", "wire.codes"}]
MESSAGES = [
    thing
    for module in map(importlib.import_module, MESSAGE_MODULES)
    for thing in vars(module).values()
    if is_dataclass(thing) and thing.__module__ == module.__name__
]
ANSWERS = [message for message in MESSAGES if "server_time" in get_type_hints(message)]

every_message = pytest.mark.parametrize("message", MESSAGES, ids=lambda m: m.__name__)
every_answer = pytest.mark.parametrize("message", ANSWERS, ids=lambda m: m.__name__)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
SCALARS = {str: st.text(), int: st.integers(), bool: st.booleans(), object: json_values}


def values(hint):
    """Make any value of one annotation."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is UnionType:
        return st.one_of(st.none() if arg is NoneType else values(arg) for arg in args)
    if origin is list:
        return st.lists(values(args[0]), max_size=2)
    if origin is dict:
        return st.dictionaries(st.text(), values(args[1]), max_size=2)
    if is_dataclass(hint):
        return st.builds(hint, **{name: values(h) for name, h in get_type_hints(hint).items()})
    return st.sampled_from(hint) if issubclass(hint, StrEnum) else SCALARS[hint]


def test_the_packages_own_folder_was_found():
    assert {"wire.codec", "wire.codes", "wire.extensions", "wire.problems"} <= {*MODULES}
    assert len(MESSAGES) > 50
    assert len(ANSWERS) >= 10


def test_a_bare_interpreter_imports_everything():
    code = f"import sys; sys.path[:0] = ['.']; import {', '.join(MODULES)}; print('fine')"
    done = subprocess.run(
        [sys.executable, "-S", "-I", "-c", code], cwd=ROOT, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, b"fine", b"")


@every_message
@settings(deadline=None, max_examples=20)
@given(st.data())
def test_a_message_survives_the_journey_and_pydantic_reads_the_same(message, data):
    sent = data.draw(values(message))
    raw = dumps(sent)
    adapter = TypeAdapter(message)
    assert loads(message, raw) == sent
    assert adapter.validate_json(raw, strict=False) == sent
    assert json.loads(adapter.dump_json(sent)) == to_dict(sent)


@every_message
def test_a_message_cannot_change(message):
    assert message.__dataclass_params__.frozen
    assert {*vars(message)["__slots__"]} == {field.name for field in fields(message)}


@every_answer
def test_an_answer_has_the_reserved_members(message):
    hints = get_type_hints(message)
    assert hints["server_time"] is str
    assert hints["trust"] == Trust | None


@every_answer
def test_an_answer_leaves_nothing_out(message):
    schema = TypeAdapter(message).json_schema()
    assert set(schema["required"]) == {field.name for field in fields(message)}
    parts = schema["$defs"]
    for name, part in parts.items():
        assert set(part.get("required", [])) == set(part.get("properties", [])), name


@pytest.mark.parametrize(
    ("message", "name"),
    [
        (ActivationResponse, "installation_token"),
        (Download, "secret"),
        (RedemptionRequest, "coupon"),
        (RedemptionPreviewRequest, "coupon"),
    ],
)
def test_a_secret_is_not_printed_with_its_message(message, name):
    assert {field.name: field.repr for field in fields(message)}[name] is False


def test_every_hint_but_none_has_both_sentences():
    assert {*HINTS} == {*ActionHint} - {ActionHint.NONE}
    assert all(sentence.ru and sentence.en for sentence in HINTS.values())
