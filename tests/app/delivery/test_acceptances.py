"""Licence agreements: what is accepted is exactly one text, for one key and infobase."""

import hashlib

import pytest
from sqlalchemy import func, select, update

from app.audit.models import AuditEvent
from app.catalog.models import Eula
from app.delivery.models import EulaAcceptance
from app.licensing.models import LicenseKey
from tests.factories.calls import refused
from tests.factories.clock import day
from tests.factories.contents import contents
from tests.factories.world import make_world

pytestmark = pytest.mark.usefixtures("noon", "seated")


@pytest.fixture
def eula(world, session):
    """Publishes the product's next agreement, committed."""

    def run(text="Лицензионное соглашение", **changes):
        made = world.eula(text, **changes)
        session.commit()
        return made

    return run


@pytest.fixture
def seated(on_offer, installer):
    """The release on offer; the infobase has its seat."""
    assert installer.activate().status_code == 201
    return on_offer


def offered(installer):
    return installer.offers().json()["data"][0]["eula"]


def accepted(connection):
    return connection.scalar(select(func.count(EulaAcceptance.id)))


def test_without_an_agreement_a_download_needs_none(seated, installer):
    assert offered(installer) is None
    assert installer.ask(seated.id).status_code == 201


def test_a_download_waits_for_the_agreement(seated, installer, eula):
    row = eula()
    assert offered(installer) == {
        "id": str(row.id),
        "sha256": row.sha256_ru,
        "accepted": False,
    }
    assert refused(installer.ask(seated.id)) == (403, "EULA_REQUIRED")
    answer = installer.accept(row.id, row.sha256_ru)
    assert answer.status_code == 201
    assert answer.json()["eula_acceptance"] == {
        "id": answer.json()["eula_acceptance"]["id"],
        "eula_id": str(row.id),
        "locale": "ru",
        "sha256": row.sha256_ru,
        "accepted_at": "2026-11-22T09:00:00.000Z",
    }
    assert offered(installer)["accepted"] is True
    assert installer.ask(seated.id).status_code == 201


def test_the_text_that_is_shown_is_the_text_that_is_hashed(installer, eula, client):
    row = eula("  Соглашение\r\nо расширении  ", text_en="Agreement")
    for locale, text in (("ru", "Соглашение\nо расширении"), ("en", "Agreement")):
        answer = client.get(
            f"/api/v1/eulas/{row.id}?locale={locale}",
            headers={"Authorization": f"Bearer {installer.key}"},
        )
        told = answer.json()["eula"]
        assert (told["text"], told["locale"]) == (text, locale)
        assert told["sha256"] == hashlib.sha256(text.encode()).hexdigest()
        assert (told["number"], told["effective_from"]) == (1, "2026-11-22")


def test_the_same_acceptance_again_is_the_first_one(installer, eula, connection, clock):
    row = eula(text_en="Agreement")
    first = installer.accept(row.id, row.sha256_ru).json()["eula_acceptance"]
    clock.pass_(hours=1)
    before = contents(connection)
    again = installer.accept(row.id, row.sha256_ru, accepted_by="Другой")
    english = installer.accept(row.id, row.sha256_en, locale="en")
    for answer in (again, english):
        assert (answer.status_code, answer.json()["eula_acceptance"]) == (200, first)
    assert contents(connection) == before


def test_an_acceptance_keeps_who_what_and_where(installer, eula, connection, world):
    row = eula()
    installer.accept(row.id, row.sha256_ru, accepted_by="VASILEK\\Бухгалтер")
    kept = connection.execute(select(EulaAcceptance)).one()
    assert (kept.accepted_by, kept.text_sha256, kept.locale) == (
        "VASILEK\\Бухгалтер",
        row.sha256_ru,
        "ru",
    )
    assert (kept.key_id, kept.customer_id) == (world.key.id, world.customer.id)
    event = connection.execute(select(AuditEvent).where(AuditEvent.action == "eula.accepted")).one()
    assert event.data["sha256"] == row.sha256_ru


def test_an_acceptance_cannot_be_rewritten(installer, eula, connection):
    row = eula()
    installer.accept(row.id, row.sha256_ru)
    for statement in (
        EulaAcceptance.__table__.delete(),
        EulaAcceptance.__table__.update().values(accepted_by="Никто"),
    ):
        with pytest.raises(Exception, match="append-only"), connection.begin_nested():
            connection.execute(statement)


@pytest.mark.parametrize("text_en", [None, "Agreement"])
def test_another_digest_is_no_acceptance(installer, eula, connection, text_en):
    row = eula(text_en=text_en)
    wrong = [("0" * 64, "ru"), (row.sha256_ru, "en")]
    if text_en:
        wrong.append((row.sha256_en, "ru"))
    for sha256, locale in wrong:
        answer = installer.accept(row.id, sha256, locale=locale)
        assert refused(answer) == (409, "DIGEST_MISMATCH")
    assert accepted(connection) == 0


@pytest.mark.parametrize(
    "told", [{"locale": "de"}, {"sha256": "тут"}, {"sha256": "A" * 64}, {"accepted_by": " "}]
)
def test_another_shape_is_refused(installer, eula, told):
    row = eula()
    answer = installer.accept(row.id, **({"sha256": row.sha256_ru} | told))
    assert refused(answer) == (422, "VALIDATION_FAILED")


def test_a_newer_agreement_asks_again(seated, installer, eula):
    first = eula()
    installer.accept(first.id, first.sha256_ru)
    second = eula("Новое соглашение")
    assert offered(installer) == {
        "id": str(second.id),
        "sha256": second.sha256_ru,
        "accepted": False,
    }
    assert refused(installer.ask(seated.id)) == (409, "EULA_OUTDATED")
    assert installer.accept(second.id, second.sha256_ru).status_code == 201
    assert installer.ask(seated.id).status_code == 201


def test_an_older_agreement_is_not_accepted_any_more(installer, eula):
    first = eula()
    eula("Новое соглашение")
    answer = installer.accept(first.id, first.sha256_ru)
    assert refused(answer) == (409, "EULA_OUTDATED")
    assert answer.json()["params"] == {"number": 2}


def test_an_agreement_is_required_from_its_day_on(seated, installer, eula, clock):
    eula(effective_from=day(1).isoformat())
    assert offered(installer) is None
    assert installer.ask(seated.id).status_code == 201
    clock.turn_to(day(1))
    assert offered(installer)["accepted"] is False
    assert refused(installer.ask(seated.id)) == (403, "EULA_REQUIRED")


def test_the_highest_number_in_force_is_the_one_required(installer, eula, clock):
    third_day = eula("С послезавтра", effective_from=day(2).isoformat())
    now = eula("Сразу")
    assert offered(installer)["id"] == str(now.id)
    clock.turn_to(day(3))
    assert offered(installer)["id"] == str(now.id)
    assert third_day.number < now.number


def test_an_acceptance_is_for_one_infobase_and_one_key(seated, installer, eula):
    row = eula()
    installer.accept(row.id, row.sha256_ru)
    beside = installer.beside()
    beside.activate()
    assert offered(beside)["accepted"] is False
    assert refused(beside.ask(seated.id)) == (403, "EULA_REQUIRED")


def test_a_release_s_own_agreement_goes_before_the_product_s(seated, installer, eula, connection):
    own = eula("Соглашение этого релиза")
    eula("Соглашение продукта")
    connection.execute(update(type(seated)).values(eula_id=own.id))
    assert offered(installer)["id"] == str(own.id)


def test_an_infobase_that_nobody_knows_accepts_nothing(installer, eula):
    row = eula()
    stranger = installer.beside()
    assert refused(stranger.accept(row.id, row.sha256_ru)) == (404, "ACTIVATION_NOT_FOUND")


def test_a_token_accepts_for_its_own_infobase_only(installer, eula):
    row = eula()
    beside = installer.beside()
    beside.activate()
    told = {
        "eula_id": str(row.id),
        "sha256": row.sha256_ru,
        "locale": "ru",
        "accepted_by": "Бухгалтер",
    }
    answer = installer.post("eula-acceptances", installer.token, infobase=beside.here, **told)
    assert refused(answer) == (409, "BINDING_MISMATCH")
    answer = installer.post("eula-acceptances", installer.token, infobase=installer.here, **told)
    assert answer.status_code == 201


def test_another_vendor_s_agreement_is_as_absent_as_none(session, installer, client):
    other = make_world(session, "OTHR")
    theirs = other.eula()
    session.commit()
    for eula_id in (theirs.id, other.key.id):
        assert refused(installer.accept(eula_id, theirs.sha256_ru)) == (404, "NOT_FOUND")
        answer = client.get(
            f"/api/v1/eulas/{eula_id}", headers={"Authorization": f"Bearer {installer.key}"}
        )
        assert refused(answer) == (404, "NOT_FOUND")


def test_a_suspended_key_accepts_nothing(installer, eula, connection):
    row = eula()
    connection.execute(update(LicenseKey).values(status="suspended"))
    assert refused(installer.accept(row.id, row.sha256_ru)) == (403, "KEY_SUSPENDED")
    assert accepted(connection) == 0


def test_numbers_of_agreements_grow_by_one(session, eula):
    numbers = [eula(f"Редакция {number}").number for number in range(3)]
    assert numbers == [1, 2, 3]
    other = make_world(session, "OTHR")
    assert other.eula().number == 1
    assert session.scalar(select(func.count(Eula.id))) == 4


def test_an_offer_reads_the_hash_of_an_agreement_and_not_its_text(installer, eula, statements):
    first, second = eula("Первое"), eula("Второе")
    with statements() as seen:
        assert offered(installer)["id"] == str(second.id)
        assert refused(installer.accept(first.id, first.sha256_ru)) == (409, "EULA_OUTDATED")
    assert seen
    assert not [each for each in seen if "eulas.text_" in each]
