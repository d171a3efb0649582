"""Logs for operators: JSON lines, and no secret in any of them."""

import logging
import uuid

import pytest

from app.kit.telemetry import accept_request_id, log, redact, request_id

KEY, COUPON = "DEMO-ABEKM-HCTPX-01234-567C7", "DEMOUPD-R8D5J-1YGF0-S7EPA-3KQST"
TOKEN, SECRET, PROGRAM = (f"pk{kind}_{'aZ0_-' * 8}xyz" for kind in "idt")


@pytest.mark.parametrize("secret", [KEY, COUPON, TOKEN, SECRET, PROGRAM])
@pytest.mark.parametrize(
    "around", ["{}", "«{}»", "a {} b", "x={},", "\n{}\n", '{{"key": "{}"}}', "/{}/"]
)
def test_a_secret_is_cut_out_of_its_text(secret, around):
    for said in (secret, secret.lower()):
        assert redact(around.format(said)) == around.format("[secret]")


def test_a_request_is_not_called_by_a_secret():
    assert accept_request_id("crm-1042-7f2c91e0") == "crm-1042-7f2c91e0"
    for secret in (KEY, COUPON.lower(), "short", "a b c d e f", None):
        assert accept_request_id(secret) != secret


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://user:pass@host/db", "postgresql://[secret]@host/db"),
        ("postgresql://user@host/db", "postgresql://user@host/db"),
        ("http://127.0.0.1:8000/a@b", "http://127.0.0.1:8000/a@b"),
        ("DEMO-…-567C7", "DEMO-…-567C7"),
        ("6f1f0a3e-9c1b-4a57-8d2e-3b7a5c90e412", "6f1f0a3e-9c1b-4a57-8d2e-3b7a5c90e412"),
        ("pki_short", "pki_short"),
        ("3.0.150.34", "3.0.150.34"),
        ("БухгалтерияПредприятия", "БухгалтерияПредприятия"),
    ],
)
def test_what_is_no_secret_stays(text, expected):
    assert redact(text) == expected


def test_secrets_are_found_however_deep_they_lie():
    told = {"a": [{"b": (KEY, 1, None, True, 1.5)}], KEY: KEY}
    assert redact(told) == {"a": [{"b": ["[secret]", 1, None, True, 1.5]}], "[secret]": "[secret]"}
    assert redact(ValueError(KEY)) == "[secret]"
    assert redact(uuid.UUID(int=7)) == str(uuid.UUID(int=7))


def test_a_line_is_json_with_its_request(logged):
    token = request_id.set("abcdef12")
    log.info("said", text="Ёлка\n\u2028", n=1)
    request_id.reset(token)
    log.info("said")
    first, second = logged()
    assert (first["event"], first["text"], first["n"]) == ("said", "Ёлка\n\u2028", 1)
    assert (first["level"], first["request_id"]) == ("info", "abcdef12")
    assert "request_id" not in second
    assert first["timestamp"].endswith("Z")


def fail(text: str) -> None:
    password = "hunter2"[::-1]  # what a traceback with local variables would show
    raise ValueError(text, len(password))


def test_libraries_speak_json_as_well_and_no_secrets_either(logged):
    library = logging.getLogger("some.library")
    library.warning("key %s, %r", KEY, {"token": TOKEN})
    try:
        fail(f"postgresql://user:pass@host {KEY}")
    except ValueError:
        library.exception("failed")
    warned, failed = logged()
    assert warned["event"] == "key [secret], {'token': '[secret]'}"
    assert (failed["level"], failed["event"]) == ("error", "failed")
    assert "ValueError: ('postgresql://[secret]@host [secret]', 7)" in failed["exception"]


def test_values_of_events_are_cut_whatever_they_are(logged):
    log.warning("odd", error=ValueError(KEY), many=[TOKEN, {"a": SECRET}], key={KEY: 1})
    [line] = logged()
    assert line["error"] == "[secret]"
    assert not any(secret in str(line) for secret in (KEY, TOKEN, SECRET))


def test_a_traceback_shows_no_local_variables(logged):
    try:
        fail("")
    except ValueError:
        log.exception("unexpected")
    [line] = logged()
    assert "in fail" in line["exception"]
    assert "hunter2"[::-1] not in line["exception"]
