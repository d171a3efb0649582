"""`podkluch customer`, `product`, `extension`, `eula`: one row each, by the vendor's own words."""

import hashlib

import pytest
from sqlalchemy import text

from tests.factories.pictures import a_png


def test_a_customer_is_printed_for_people(podkluch, vendor):
    del vendor
    made = podkluch("customer", "create", "--company", "Ромашка", "--email", "a@example.com")
    assert made.stdout.startswith("Клиент заведён\n")
    assert "a@example.com" in made.stdout


def test_a_customer_keeps_the_vendors_own_number(customer):
    assert customer["external_ref1"] == "7700123459"


def test_the_same_number_twice_is_refused(podkluch, customer):
    arguments = ("--company", "Двойник", "--email", "b@example.com")
    number = ("--external-ref1", customer["external_ref1"])
    refused = podkluch("customer", "create", *arguments, *number, code=1)
    assert refused.stderr.startswith("CUSTOMER_EXISTS: ")


@pytest.mark.parametrize(
    ("option", "pointer"),
    [(("--inn", "7700123450"), "/inn"), (("--email", "nobody"), "/email")],
)
def test_a_customer_with_a_wrong_field_is_refused(podkluch, vendor, option, pointer):
    del vendor
    arguments = ("--company", "Ромашка", "--email", "a@example.com")
    problem = podkluch.json("customer", "create", *arguments, *option, code=1)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_a_product_is_perpetual_and_unlimited_unless_said_otherwise(podkluch, vendor):
    del vendor
    made = podkluch.json("product", "create", "--code", "sklad", "--name", "Склад")
    assert (made["days"], made["seats"], made["after_expiry"]) == (None, None, "keep_releases")


def test_a_product_keeps_its_usual_term_and_seats(podkluch, vendor):
    del vendor
    arguments = ("--code", "sklad", "--name", "Склад", "--days", 30, "--seats", 5)
    made = podkluch("product", "create", *arguments, "--after-expiry", "block").stdout
    assert made.startswith("Продукт заведён\n")
    for words in ("30", "5", "ничего не доступно"):
        assert words in made


def test_an_unknown_rule_after_expiry_is_an_error_of_usage(podkluch, vendor):
    del vendor
    arguments = ("--code", "sklad", "--name", "Склад", "--after-expiry", "burn")
    podkluch("product", "create", *arguments, code=2)


def test_an_extension_takes_its_flags_from_the_options(podkluch, product, stored):
    arguments = ("--product", product["code"], "--code", "helper", "--title-ru", "Помощник")
    flags = ("--no-exclusive-required", "--safe-mode-off-required", "--backup-required")
    names = ("--conflicts-with", "Одно", "--conflicts-with", "Другое", "--requires", "Третье")
    onec_name = ("--onec-name", "СкладскойПомощник", "--purpose", "addon")
    made = podkluch("extension", "create", *arguments, *onec_name, *flags, *names)
    assert made.stdout.startswith("Расширение заведено\n")
    with stored.connect() as connection:
        row = connection.exec_driver_sql("SELECT * FROM extensions").one()
    assert (row.exclusive_required, row.restart_required, row.backup_required) == (
        False,
        True,
        True,
    )
    assert (row.safe_mode_off_required, row.unsafe_action_protection_off) == (True, False)
    assert (row.conflicts_with, row.requires) == (["Одно", "Другое"], ["Третье"])
    assert row.purpose == "addon"


def test_an_extension_of_no_product_is_refused(podkluch, vendor):
    del vendor
    arguments = ("--product", "none", "--code", "helper", "--title-ru", "П", "--onec-name", "П")
    refused = podkluch("extension", "create", *arguments, code=1)
    assert refused.stderr.startswith("NOT_FOUND: ")


def test_an_agreement_is_the_text_of_its_file(podkluch, product, tmp_path):
    path = tmp_path / "eula.txt"
    path.write_text("Соглашение\r\n", encoding="utf-8-sig", newline="")
    arguments = ("--product", product["code"], "--ru", path, "--from", "2026-01-31")
    made = podkluch.json("eula", "publish", *arguments)
    assert made["sha256"] == hashlib.sha256("Соглашение".encode()).hexdigest()
    assert (made["number"], made["effective_from"]) == (1, "2026-01-31")
    refused = podkluch("eula", "publish", *arguments, code=1).stderr
    assert refused.splitlines() == [
        "EULA_UNCHANGED: Этот текст — уже соглашение № 1",
        "Возьмите файл новой редакции; английский текст прикладывают к каждой редакции",
    ]
    path.write_text("Новое соглашение", encoding="utf-8")
    again = podkluch("eula", "publish", *arguments).stdout
    assert again.startswith("Соглашение опубликовано\n")
    assert "31.01.2026" in again


def test_an_agreement_in_another_encoding_is_refused(podkluch, product, tmp_path):
    path = tmp_path / "eula.txt"
    path.write_bytes("Соглашение".encode("cp1251"))
    refused = podkluch("eula", "publish", "--product", product["code"], "--ru", path, code=1)
    assert "eula.txt: текст не в UTF-8" in refused.stderr


def test_an_agreement_without_a_file_is_an_error_of_usage(podkluch, product, tmp_path):
    arguments = ("--product", product["code"], "--ru", tmp_path / "absent.txt")
    podkluch("eula", "publish", *arguments, code=2)


def test_a_day_that_is_none_is_refused(podkluch, product, tmp_path):
    path = tmp_path / "eula.txt"
    path.write_text("Соглашение", encoding="utf-8")
    arguments = ("--product", product["code"], "--ru", path, "--from", "2026-02-30")
    problem = podkluch.json("eula", "publish", *arguments, code=1)
    assert [error["pointer"] for error in problem["errors"]] == ["/effective_from"]


def test_among_several_vendors_one_has_to_be_named(podkluch, vendor):
    podkluch("vendor", "create", "--slug", "other", "--name", "Другой", "--prefix", "OTHR")
    arguments = ("product", "create", "--code", "sklad", "--name", "Склад")
    refused = podkluch(*arguments, code=2)
    assert "--vendor" in refused.stderr
    assert "other, vektor" in refused.stderr
    podkluch(*arguments, "--vendor", vendor["slug"].upper())
    assert podkluch(*arguments, "--vendor", "none", code=1).stderr.startswith("NOT_FOUND: ")


def test_without_any_vendor_the_first_step_is_named(podkluch):
    problem = podkluch.json(
        "product", "create", "--code", "a", "--name", "A", "--lang", "en", code=1
    )
    assert problem["detail"] == "There is no vendor yet; `podkluch vendor create` makes one"


def test_a_picture_of_an_extension_is_kept(podkluch, extension, tmp_path, stored):
    path = tmp_path / "logo.png"
    path.write_bytes(a_png())
    for options in ((), ("--screenshot",)):
        made = podkluch.json("extension", "picture", extension["code"], path, *options)
        assert made["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    with stored.connect() as connection:
        kinds = connection.scalars(text("SELECT kind FROM extension_images ORDER BY kind"))
        assert kinds.all() == ["logo", "screenshot"]
    path.write_bytes(b"GIF89a")
    refused = podkluch.json("extension", "picture", extension["code"], path, code=1)
    assert refused["errors"][0]["code"] == "image"
