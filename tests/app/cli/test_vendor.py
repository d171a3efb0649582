"""`podkluch vendor create`, and with it what all commands that write have in common."""

import uuid

import pytest
from sqlalchemy import text

ROMASHKA = ("--slug", "romashka", "--name", "ООО «Ромашка»", "--prefix", "ROMA")


def test_it_prints_what_was_made(podkluch):
    title, *lines = podkluch("vendor", "create", *ROMASHKA).stdout.splitlines()
    assert title == "Вендор заведён"
    assert [line.split()[-1] for line in lines[:4]] == [
        "romashka",
        "«Ромашка»",
        "ROMA",
        "Europe/Moscow",
    ]


def test_its_json_holds_the_row(podkluch):
    made = podkluch.json("vendor", "create", *ROMASHKA, "--time-zone", "Asia/Yekaterinburg")
    assert uuid.UUID(made.pop("id")).version == 7
    assert made == {
        "slug": "romashka",
        "name": "ООО «Ромашка»",
        "prefix": "ROMA",
        "time_zone": "Asia/Yekaterinburg",
    }


def test_the_audit_names_the_command_line_and_its_user(podkluch, stored, monkeypatch):
    monkeypatch.setattr("getpass.getuser", lambda: "olga")
    podkluch("vendor", "create", *ROMASHKA)
    with stored.connect() as connection:
        events = connection.execute(
            text("SELECT action, actor_kind, actor_label, length(request_id) FROM audit_events")
        ).all()
    assert events == [("vendor.created", "system", "podkluch (olga)", 16)]


def test_a_user_without_a_name_is_named_by_number(podkluch, stored, monkeypatch):
    def nameless():
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.setattr("getpass.getuser", nameless)
    monkeypatch.setattr("os.getuid", lambda: 10001)
    podkluch("vendor", "create", *ROMASHKA)
    with stored.connect() as connection:
        assert connection.scalar(text("SELECT actor_label FROM audit_events")) == "podkluch (10001)"


def test_a_taken_slug_is_refused_with_its_code_and_the_next_step(podkluch):
    podkluch("vendor", "create", *ROMASHKA)
    refused = podkluch("vendor", "create", *ROMASHKA, code=1)
    assert refused.stdout == ""
    assert refused.stderr.startswith("VENDOR_EXISTS: ")
    assert refused.stderr.splitlines()[1:] == [
        "Выберите другие: на сервере имя и префикс не повторяются"
    ]


def test_a_refusal_in_json_is_the_problem_document(podkluch):
    podkluch("vendor", "create", *ROMASHKA)
    problem = podkluch.json("vendor", "create", *ROMASHKA, "--lang", "en", code=1)
    assert (problem["code"], problem["status"], problem["action"]) == (
        "VENDOR_EXISTS",
        409,
        "fix_input",
    )
    assert problem["title"] == "This slug or prefix is already taken"


def test_wrong_fields_are_named_and_never_repeated(podkluch):
    arguments = ("--slug", "Тайна", "--name", "x", "--prefix", "tajna", "--time-zone", "Mars/Tajna")
    refused = podkluch("vendor", "create", *arguments, code=1)
    assert "VALIDATION_FAILED" in refused.stderr
    for option in ("--slug: ", "--prefix: ", "--time-zone: "):
        assert option in refused.stderr
    assert "tajna" not in refused.output.lower()
    assert "тайна" not in refused.output.lower()


@pytest.mark.parametrize("missing", range(0, 6, 2))
def test_a_missing_option_is_an_error_of_usage(podkluch, missing):
    arguments = ROMASHKA[:missing] + ROMASHKA[missing + 2 :]
    refused = podkluch("vendor", "create", *arguments, code=2)
    assert ROMASHKA[missing] in refused.stderr


def test_a_refused_command_leaves_nothing_behind(podkluch, stored):
    podkluch("vendor", "create", *ROMASHKA[:4], "--prefix", "ROMA1", code=1)
    with stored.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM vendors")) == 0


def test_settings_are_changed_by_name_and_the_rest_stays(podkluch, stored):
    podkluch("vendor", "create", *ROMASHKA)
    shown = podkluch.json("vendor", "update", "--coupon-batch-max", 100_000)
    assert shown == {
        "slug": "romashka",
        "coupon_batch_max": 100_000,
        "rotation_grace_hours": 24,
        "expiring_days": 14,
    }
    with stored.connect() as connection:
        data = connection.scalar(
            text("SELECT data FROM audit_events WHERE action = 'vendor.settings_updated'")
        )
    assert data == {
        "before": {"coupon_batch_max": 10_000},
        "after": {"coupon_batch_max": 100_000},
    }


def test_settings_are_shown_without_a_change(podkluch, stored):
    podkluch("vendor", "create", *ROMASHKA)
    assert "10000" in podkluch("vendor", "update").stdout
    with stored.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM audit_events")) == 1


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--coupon-batch-max", 0),
        ("--coupon-batch-max", 100_001),
        ("--rotation-grace-hours", 73),
        ("--expiring-days", -1),
    ],
)
def test_a_setting_out_of_its_bounds_is_refused(podkluch, option, value):
    podkluch("vendor", "create", *ROMASHKA)
    problem = podkluch.json("vendor", "update", option, value, code=1)
    assert [error["pointer"] for error in problem["errors"]] == [f"/{option[2:].replace('-', '_')}"]


def test_a_text_of_a_form_is_refused_with_the_form_and_the_option(podkluch):
    told = ("--slug", "Трикотаж", "--name", "Трикотаж", "--prefix", "TRI")
    assert podkluch("vendor", "create", *told, code=1).stderr.splitlines() == [
        "VALIDATION_FAILED: Проверьте поля",
        "  --slug: От 1 до 63 строчных латинских букв, цифр и дефисов, первой — буква или цифра",
        "  --prefix: Четыре заглавные латинские буквы, например DEMO",
    ]
