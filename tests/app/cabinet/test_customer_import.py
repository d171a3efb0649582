"""Customers from a table: remarks by line, then everything or nothing."""

import pytest
from sqlalchemy import select

from app.audit.models import AuditEvent
from app.customers.models import Customer
from app.licensing.models import LicenseKey
from tests.factories.people import Browser, a_person, hidden, said

PATH = "/customers/import"
HEAD = "Компания;Почта;ИНН;Ключ;Метки"
GOOD = f"{HEAD}\nООО «Импорт»;import@example.com;7707083893;OLDKEY0000000001;опт, юг\n"


@pytest.fixture
def desk(browser: Browser, owner) -> Browser:
    """The owner at the cabinet."""
    return browser.sign_in(owner)


def check(desk: Browser, text: str):
    return desk.post(PATH, hidden(desk.get(PATH)) | {"do": "check", "text": text})


def companies(session) -> list[str]:
    return list(session.scalars(select(Customer.company).order_by(Customer.created_at)))


def test_the_dry_run_writes_nothing_and_the_import_everything(desk, session):
    before = companies(session)
    shown = check(desk, GOOD)
    assert "1 customer will be added, 1 key" in said(shown)
    assert companies(session) == before
    done = desk.post(PATH, hidden(shown) | {"do": "import", "text": GOOD})
    assert "Customers added: 1, keys: 1" in said(done)
    made = session.scalars(select(Customer).where(Customer.company == "ООО «Импорт»")).one()
    assert (made.inn, made.tags) == ("7707083893", ["опт", "юг"])
    [key] = session.scalars(select(LicenseKey).where(LicenseKey.customer_id == made.id))
    actions = session.scalars(select(AuditEvent.action).where(AuditEvent.actor_kind == "user"))
    assert {"customer.imported", "license_key.imported"} <= set(actions)
    assert "OLDKEY0000000001" not in desk.get(f"/license-keys/{key.id}").text


def test_a_double_click_imports_once(desk, session):
    sent = hidden(check(desk, GOOD)) | {"do": "import", "text": GOOD}
    desk.post(PATH, sent)
    again = desk.post(PATH, sent)
    assert "This was done before" in said(again)
    assert companies(session).count("ООО «Импорт»") == 1


def test_each_wrong_line_is_named_and_stops_everything(desk, session, world):
    before = companies(session)
    text = (
        "company;email;inn;external_ref1;distributor;license_key;colour\n"
        "ООО «Раз»;not-an-address;;;;;red\n"
        "ООО «Два»;two@example.com;7707083894;;;;red\n"
        "ООО «Три»;three@example.com;;CRM-1;Никто;;red\n"
        "ООО «Четыре»;four@example.com;;CRM-1;;;red\n"
        "ООО «Пять»;five@example.com;;;;short;red\n"
        f"ООО «Шесть»;{world.customer.email};;;;;red\n"
        "ООО «Шесть»;buyer@example.com;;;;;red\n"
    )
    answer = check(desk, text)
    page = said(answer)
    assert "Some lines have errors" in page
    for told in (
        "2 error E-mail",
        "3 error INN The check digits",
        "4 error Distributor There is no distributor",
        "5 error Code in CRM A customer with this reference",
        "6 error Key A code has 16 to 64",
        "7 warning Company A customer with this INN or e-mail",
        "8 error Company The same customer",
        "1 warning colour This column is not read",
    ):
        assert told in page, told
    assert "ООО «Пять»" in answer.text.replace("&#171;", "«")
    forced = desk.post(PATH, hidden(answer) | {"do": "import", "text": text})
    assert "Some lines have errors" in said(forced)
    assert companies(session) == before


def test_several_keys_of_one_customer_stand_in_several_lines(desk):
    text = GOOD + "ООО «Импорт»;import@example.com;;OLDKEY0000000002;\n"
    assert "1 customer will be added, 2 keys" in said(check(desk, text))
    twice = GOOD + "ООО «Импорт»;import@example.com;;OLDKEY0000000001;\n"
    assert "This key already exists" in said(check(desk, twice))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
def test_a_file_is_read_as_table_programs_write_it(desk, encoding):
    data = GOOD.replace(";", ",", 0).encode(encoding)
    fields = hidden(desk.get(PATH)) | {"do": "check", "text": ""}
    answer = desk.post(PATH, fields, files={"file": ("a.csv", data, "text/csv")})
    assert "ООО «Импорт»" in said(answer)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Choose a file"),
        ('company;email\n"open;x', "no table"),
        ("company;email\n" + "a;b@example.com\n" * 1_001, "At most 1,000"),
    ],
)
def test_what_is_no_table_is_refused_at_the_field(desk, text, told):
    answer = check(desk, text)
    assert answer.status_code == 422
    assert told in said(answer)


@pytest.mark.parametrize("hostile", ["\x01", "\u202e", "<b>", "=1+1", "x" * 10_000])
def test_hostile_cells_are_remarks_or_plain_text(desk, hostile):
    answer = check(desk, f"company;email\n{hostile};a@example.com\n")
    assert answer.status_code == 200
    assert "<b>;" not in answer.text


def test_keys_are_taken_over_by_those_who_may_issue_them(browser, world, session):
    person = a_person(session, world.vendor.id, "support")
    session.commit()
    assert browser.sign_in(person).get(PATH).status_code == 403
