import string

import pytest

from agent.codes import Code, Exit, exit_of_server_code
from agent.consents import FLAGS, TEXTS, Consent
from agent.errors import Failure, Refusal, fill, filled, sentences, spoken, usage
from agent.meanings import MEANINGS
from wire.problems import Sentence


def names(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def is_russian(text):
    return any("а" <= letter <= "я" for letter in text.lower())


@pytest.mark.parametrize("code", list(Code))
def test_every_code_speaks_both_languages_about_the_same_things(code):
    meaning = MEANINGS[code]
    for russian, english in (
        (meaning.ru, meaning.en),
        *([(meaning.next.ru, meaning.next.en)] if meaning.next else []),
    ):
        assert english
        if code is not Code.USAGE:  # its whole text is given by the caller
            assert names(russian) == names(english)
            assert is_russian(russian)
            assert not is_russian(english)


@pytest.mark.parametrize("consent", list(Consent))
def test_every_question_speaks_both_languages_and_has_a_flag(consent):
    text = TEXTS[consent]
    assert names(text.ru) == names(text.en)
    assert FLAGS[consent].startswith("--")


@pytest.mark.parametrize(
    ("code", "status", "exit_code"),
    [
        ("KEY_NOT_FOUND", 404, Exit.REFUSED),
        ("SEAT_LIMIT_REACHED", 409, Exit.REFUSED),
        ("COUPON_EXHAUSTED", 409, Exit.REFUSED),
        ("DOWNLOAD_LIMIT", 429, Exit.REFUSED),
        ("MADE_LATER", 409, Exit.REFUSED),
        ("ENTITLEMENT_EXPIRED", 403, Exit.EXPIRED),
        ("TRIAL_EXPIRED", 403, Exit.EXPIRED),
        ("UPDATES_EXPIRED", 403, Exit.EXPIRED),
        ("NOT_COMPATIBLE", 409, Exit.NOTHING_FITS),
        ("RELEASE_PAUSED", 409, Exit.NOTHING_FITS),
        ("RELEASE_WITHDRAWN", 410, Exit.NOTHING_FITS),
        ("EULA_REQUIRED", 403, Exit.DECISION),
        ("RATE_LIMITED", 429, Exit.NETWORK),
        ("DATABASE_UNAVAILABLE", 503, Exit.NETWORK),
        ("DISK_FULL", 507, Exit.NETWORK),
    ],
)
def test_each_family_of_refusals_has_its_exit_code(code, status, exit_code):
    assert exit_of_server_code(code, status) is exit_code


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        ("NETWORK", 10), ("DOWNLOAD_INCOMPLETE", 10), ("DOWNLOAD_TOO_SLOW", 10),
        ("CONSENT_REQUIRED", 14), ("SIGNATURE_BAD", 20), ("MANIFEST_MISMATCH", 20),
        ("AUTH_FAILED", 31), ("BASE_NOT_FOUND", 31), ("SERVER_NOT_FOUND", 31), ("NO_LICENSE", 31),
        ("SESSIONS_DENIED", 31), ("EXCLUSIVE_LOCK", 32), ("BUSY_LOCAL", 32),
        ("LOCK_CONFLICT", 32), ("NO_RIGHTS", 33), ("NOT_APPLICABLE", 34), ("BAD_FILE", 34),
        ("DISK_FULL", 34), ("BACKUP_FAILED", 34), ("CONFIG_MISMATCH", 34), ("ROLLED_BACK", 34),
        ("ROLLBACK_FAILED", 35), ("RESTART_REQUIRED", 3010), ("NOOP", 0), ("USAGE", 2),
        ("UNEXPECTED", 1),
    ],
)  # fmt: skip
def test_exit_codes_are_fixed(code, exit_code):
    assert Failure(Code(code)).exit == exit_code


def test_an_error_inside_another_speaks_its_language():
    inner = Failure(Code.NETWORK, why=Sentence("сеть", "network"))
    outer = Failure(Code.ROLLED_BACK, e=inner)
    assert "прервана: сеть" in outer.diagnostics("ru")
    assert "broke: network" in outer.diagnostics("en")


def test_a_name_nobody_gave_is_a_question_mark():
    assert fill(Sentence("{a} {b}", "{a} {b}"), "ru", a=1) == "1 ?"


def test_braces_in_what_others_wrote_are_left_alone():
    written = filled(Sentence("Причина: {why}", "Reason: {why}"), why="{oops")
    assert spoken(written, "ru") == "Причина: {oops"
    assert Failure(Code.CONSENT_REQUIRED, question=written).diagnostics("ru").endswith("{oops.")


def test_a_refusal_ends_with_the_hint_of_the_server():
    refusal = Refusal("X", Exit.REFUSED, Sentence("Нельзя", "No"), "renew")
    assert refusal.diagnostics("ru") == "Нельзя. Продлите подписку."
    unknown = Refusal("X", Exit.REFUSED, Sentence("Нельзя", "No"), "dance")
    assert unknown.diagnostics("en") == "No."


def test_a_wrong_command_speaks_both_languages():
    wrong = usage("Так нельзя", "Not so")
    assert (wrong.diagnostics("ru"), wrong.diagnostics("en")) == ("Так нельзя.", "Not so.")


def test_the_same_next_step_is_not_said_twice():
    said = sentences("Ключ не найден", "Проверьте введённое", "Проверьте введённое.")
    assert said == "Ключ не найден. Проверьте введённое."
