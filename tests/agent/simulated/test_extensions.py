import base64

import pytest

from agent.codes import Code
from agent.com.dispatch import EMPTY
from agent.com.errors import code_of
from agent.infobase import NOT_STORED
from onec.cfe_writer import NewObject
from tests.factories.cfe import good_cfe
from tests.simulators.onec import NAME, SOMEBODY, refused

OFF, ALL = False, True
CATALOG = [NewObject("Catalog", "Адреса")]


@pytest.fixture
def session(onec):
    return onec.connect()


def hash_of(session, extension):
    return session.call("Base64Строка", extension.get("ХешСумма"))


def test_a_new_object_shows_placeholders_until_it_is_fetched(onec, session):
    made = onec.install(session)
    assert (made.get("Имя"), made.get("Версия")) == ("Расширение", "")
    assert hash_of(session, made) == NOT_STORED
    (found,) = onec.stored(session)
    assert (found.get("Имя"), found.get("Версия")) == (NAME, "2.4.0")
    assert hash_of(session, found) != NOT_STORED
    ids = {session.call("String", one.get("УникальныйИдентификатор")) for one in (made, found)}
    assert len(ids) == 1


def test_a_rewritten_object_shows_the_old_facts_until_it_is_fetched(onec, session):
    onec.install(session)
    (found,) = onec.stored(session)
    found.call("Записать", onec.data(session, version="2.5.0"))
    assert found.get("Версия") == "2.4.0"
    assert [one.get("Версия") for one in onec.stored(session)] == ["2.5.0"]


def test_a_new_extension_is_safe_unless_it_is_told_otherwise(onec, session):
    onec.install(session)
    (found,) = onec.stored(session)
    names = ("Активно", "БезопасныйРежим", "ИспользоватьОсновныеРолиДляВсехПользователей")
    assert [found.get(name) for name in names] == [True, True, True]
    warns = found.get("ЗащитаОтОпасныхДействий").get("ПредупреждатьОбОпасныхДействиях")
    assert warns is True
    assert found.get("ГлавныйУзел") is EMPTY


def test_properties_are_kept_by_the_write_only(onec, session):
    onec.install(session)
    (found,) = onec.stored(session)
    found.put("Активно", OFF)
    found.put("БезопасныйРежим", "Профиль")
    assert onec.state["extensions"][0]["properties"]["active"] is True
    found.call("Записать")
    (again,) = onec.stored(session)
    assert (again.get("Активно"), again.get("БезопасныйРежим")) == (False, "Профиль")
    again.put("БезопасныйРежим", OFF)
    assert again.get("БезопасныйРежим") is False


def test_roles_of_an_extension_came_with_8_3_15(onec, session):
    onec.write(platform_version="8.3.14.1")
    made = session.get("РасширенияКонфигурации").call("Создать")
    assert not made.has("ИспользоватьОсновныеРолиДляВсехПользователей")
    assert made.has("БезопасныйРежим")


def test_it_gives_back_the_bytes_it_took(onec, session, tmp_path):
    onec.install(session)
    data = onec.stored(session)[0].call("ПолучитьДанные")
    data.call("Записать", str(tmp_path / "back.cfe"))
    assert (tmp_path / "back.cfe").read_bytes() == good_cfe()
    text = session.call("Base64Строка", data)
    assert base64.b64decode(text) == good_cfe()
    kind = session.call("NewObject", "ОписаниеТипов", "ДвоичныеДанные").call("Типы")
    for made in (
        session.call("Base64Значение", text),
        session.call("XMLЗначение", kind.call("Получить", 0), text),
    ):
        assert made.call("Размер") == len(good_cfe())


def test_what_1c_says_of_a_file_it_cannot_take(onec, session):
    garbage = session.call("Base64Значение", base64.b64encode(b"garbage").decode())
    made = session.get("РасширенияКонфигурации").call("Создать")
    for name in ("Записать", "ПроверитьВозможностьПрименения"):
        assert code_of(refused(made.call, name, garbage)) == Code.BAD_FILE
    assert onec.state["extensions"] == []


def test_a_second_extension_of_one_name_is_refused(onec, session):
    onec.install(session)
    assert code_of(refused(onec.install, session)) == Code.DUPLICATE_NAME


def test_what_the_master_node_gave_is_not_edited_here(onec, session):
    onec.install(session)
    (row,) = onec.state["extensions"]
    onec.write(extensions=[{**row, "from_master_node": True}])
    (found,) = onec.stored(session)
    assert found.get("ГлавныйУзел") is not EMPTY
    for call in (lambda: found.call("Записать"), lambda: found.call("Удалить")):
        assert code_of(refused(call)) == Code.FROM_MASTER_NODE


@pytest.mark.parametrize("rights", [{"extensions": False}, {"administration": False}])
def test_rights_are_asked_at_the_write(onec, session, rights):
    onec.write(rights=rights)
    made = session.get("РасширенияКонфигурации").call("Создать")
    made.put("БезопасныйРежим", OFF)
    assert code_of(refused(made.call, "Записать", onec.data(session))) == Code.NO_RIGHTS


@pytest.mark.parametrize(
    ("platform", "shown"),
    [
        ("8.3.25.1", "компьютер: PC-7, сеанс: 3, начат: "),
        ("8.3.17.1", "Активные сеансы и соединения:\nкомпьютер: PC-7, сеанс начат: "),
    ],
)
def test_data_of_its_own_needs_the_infobase_alone(onec, session, platform, shown):
    onec.write(platform_version=platform, sessions=[SOMEBODY])
    failure = refused(lambda: onec.install(session, objects=CATALOG))
    assert code_of(failure) == Code.EXCLUSIVE_LOCK
    assert shown in failure.excepinfo[2]
    onec.install(session)  # nothing of its own: people may stay
    onec.write(sessions=[{**SOMEBODY, "application": "SrvrConsole"}])
    onec.stored(session)[0].call("Записать", onec.data(session, objects=CATALOG))
    assert onec.stored(session)[0].call("ИзменяетСтруктуруДанных") is True


def test_another_session_of_ours_is_in_the_way_too(onec, session):
    second = onec.connect()
    assert code_of(refused(lambda: onec.install(session, objects=CATALOG))) == Code.EXCLUSIVE_LOCK
    del second
    assert onec.install(session, objects=CATALOG)


def test_a_session_runs_with_what_there_was_when_it_began(onec, session):
    onec.install(session)

    def sources(one):
        kinds = one.get("ИсточникРасширенийКонфигурации")
        names = ("СеансАктивные", "СеансОтключенные")
        return [len(onec.stored(one, NAME, kinds.get(name))) for name in names]

    assert sources(session) == [0, 0]
    assert sources(onec.connect()) == [1, 0]
    (found,) = onec.stored(session)
    found.put("Активно", OFF)
    found.call("Записать")
    assert sources(onec.connect()) == [0, 1]


def test_the_check_stops_at_the_first_problem_unless_all_are_wanted(onec, session):
    onec.write(issues=["нет модуля А", "нет модуля Б"], remarks=["устарело"])
    made = session.get("РасширенияКонфигурации").call("Создать")
    data = onec.data(session)
    assert made.call("ПроверитьВозможностьПрименения", data).call("Количество") == 1
    found = made.call("ПроверитьВозможностьПрименения", data, ALL)
    issues = [found.call("Получить", at) for at in range(found.call("Количество"))]
    said = [(session.call("String", one.get("Важность")), one.get("Описание")) for one in issues]
    assert said == [
        ("Критичная", f"{NAME}: нет модуля А"), ("Критичная", f"{NAME}: нет модуля Б"),
        ("Предупреждение", "устарело"),
    ]  # fmt: skip


def test_a_deleted_extension_is_gone(onec, session):
    onec.install(session)
    (found,) = onec.stored(session)
    found.call("Удалить")
    assert onec.stored(session) == []
    assert "не записано" in refused(found.call, "ПолучитьДанные").text
