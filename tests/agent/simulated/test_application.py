import base64

import pytest

from agent.codes import Code
from agent.com.dispatch import EMPTY, MISSING
from agent.com.errors import code_of
from agent.errors import InfobaseError
from agent.simulated.state import Store
from tests.factories.cfe import good_cfe
from tests.simulators.onec import SOMEBODY, refused

OFF = False


@pytest.fixture
def session(onec):
    return onec.connect()


def rows(found):
    return [found.call("Получить", at) for at in range(found.call("Количество"))]


def test_the_platform_and_the_configuration_are_told(onec, session):
    onec.write(compatibility_mode="Версия8_3_13", language="en")
    kind = session.get("Метаданные")
    assert (kind.get("Имя"), kind.get("Версия")) == ("БухгалтерияПредприятия", "3.0.150.34")
    assert session.call("String", kind.get("РежимСовместимости")) == "Version8_3_13"
    system = session.call("NewObject", "SystemInfo")
    assert system.get("ВерсияПриложения") == "8.3.25.1286"


@pytest.mark.parametrize(("value", "text"), [(True, "Да"), (5, "5"), ("так", "так"), (EMPTY, "")])
def test_a_value_becomes_text(session, value, text):
    assert session.call("String", value) == text


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("АдминистрированиеРасширенийКонфигурации", False), ("Администрирование", True),
        ("administration", True), ("ВнешнееСоединение", True),
    ],
)  # fmt: skip
def test_rights_are_told(onec, session, name, right):
    onec.write(rights={"extensions": False})
    assert session.call("ПравоДоступа", name, session.get("Метаданные")) is right


def test_a_right_that_nobody_knows_is_an_error(session):
    refusal = refused(session.call, "ПравоДоступа", "Летать", session.get("Метаданные"))
    assert "Неверное значение" in refusal.text


def test_sessions_are_listed_with_our_own(onec, session):
    onec.write(sessions=[SOMEBODY, {**SOMEBODY, "user": "", "number": 4}])
    found = rows(session.call("ПолучитьСеансыИнформационнойБазы"))
    own = session.call("НомерСеансаИнформационнойБазы")
    assert [one.get("НомерСеанса") for one in found] == [own, 3, 4]
    assert [one.get("ИмяПриложения") for one in found] == ["COMConnection", "1CV8C", "1CV8C"]
    assert found[1].get("Пользователь").get("Имя") == "Иванова"
    assert found[2].get("Пользователь") is EMPTY


def test_a_lock_is_set_with_its_message_and_code(onec, session):
    lock = session.call("NewObject", "БлокировкаСеансов")
    for name, value in (("Установлена", True), ("Сообщение", "Обновление"),
                        ("КодРазрешения", "C0DE")):  # fmt: skip
        lock.put(name, value)
    session.call("УстановитьБлокировкуСеансов", lock)
    assert (onec.state["lock"], onec.state["lock_message"]) == ("C0DE", "Обновление")
    found = session.call("ПолучитьБлокировкуСеансов")
    assert [found.get(name) for name in ("Установлена", "Сообщение")] == [True, "Обновление"]
    found.put("Установлена", OFF)
    session.call("УстановитьБлокировкуСеансов", found)
    assert onec.state["lock"] is None


def test_the_library_sets_and_lifts_a_lock_too(onec, session):
    assert not session.has("СоединенияИБ")
    onec.write(has_bsp=True)
    module = session.get("СоединенияИБ")
    assert module.call("УстановитьБлокировкуСоединений", "Обновление", "C0DE") is True
    assert (onec.state["lock"], onec.state["lock_message"]) == ("C0DE", "Обновление")
    module.call("РазрешитьРаботуПользователей")
    assert onec.state["lock"] is None


def test_only_the_administrator_sets_a_lock(onec, session):
    onec.write(rights={"administration": False}, has_bsp=True)
    lock = session.call("NewObject", "БлокировкаСеансов")
    assert code_of(refused(session.call, "УстановитьБлокировкуСеансов", lock)) == Code.NO_RIGHTS
    module = session.get("СоединенияИБ")
    assert code_of(refused(module.call, "РазрешитьРаботуПользователей")) == Code.NO_RIGHTS


def test_the_library_takes_note_of_changed_extensions(onec, session):
    register = "ПараметрыРаботыВерсийРасширений"
    find = session.get("Метаданные").get("РегистрыСведений").call
    assert find("Найти", register) is EMPTY
    assert not session.get("РегистрыСведений").has(register)
    onec.write(has_bsp=True, faults={"refresh": [None, "SURPRISE"]})
    assert find("Найти", register) is EMPTY  # of a collection fetched before
    manager = session.get("РегистрыСведений").get(register)
    manager.call("ОбновитьПараметрыРаботыРасширений")
    assert onec.state["refreshes"] == 1
    refusal = refused(manager.call, "ОбновитьПараметрыРаботыРасширений")
    assert "непредвиденная ситуация" in refusal.text


def test_settings_are_kept_for_each_user(onec, session):
    storage = session.get("ХранилищеОбщихНастроек")
    key = ("Podkluch", "InfobaseId")
    assert storage.call("Загрузить", *key, MISSING, "Podkluch") is EMPTY
    storage.call("Сохранить", *key, "i-1", MISSING, "Podkluch")
    storage.call("Сохранить", *key, "i-2", MISSING, MISSING)
    assert storage.call("Загрузить", *key, MISSING, "Podkluch") == "i-1"
    assert storage.call("Загрузить", *key) == "i-2"
    assert onec.state["infobase_id"] == "i-1"


@pytest.mark.parametrize("refused_users", [["Podkluch"], ["*"]])
def test_settings_can_be_refused(onec, session, refused_users):
    onec.write(settings_refused=refused_users)
    storage = session.get("ХранилищеОбщихНастроек")
    save = ("Сохранить", "Podkluch", "InfobaseId", "i-1", MISSING, "Podkluch")
    assert code_of(refused(storage.call, *save)) == Code.NO_RIGHTS
    if refused_users != ["*"]:
        storage.call(*save[:-1], MISSING)


def test_the_event_log_keeps_what_it_is_told(onec, session):
    level = session.get("УровеньЖурналаРегистрации").get("Информация")
    session.call("ЗаписьЖурналаРегистрации", "Podkluch", level, MISSING, MISSING, "Установлено")
    assert onec.state["events"] == [
        {"name": "Podkluch", "level": "Информация", "comment": "Установлено"}
    ]


def test_a_description_of_a_file_is_a_matter_of_the_platform(onec, session):
    made = ("NewObject", "ОписаниеКонфигурации")
    data = onec.data(session)
    assert "Тип не определен" in refused(session.call, *made, data).text
    onec.write(has_configuration_description=True)
    described = session.call(*made, data)
    assert (described.get("Имя"), described.get("Версия")) == ("СкладскойПомощник", "2.4.0")
    broken = session.call("Base64Значение", base64.b64encode(good_cfe()[:900]).decode())
    assert code_of(refused(session.call, *made, broken)) == Code.BAD_FILE


def test_a_file_that_1c_cannot_open_is_named(session):
    refusal = refused(session.call, "NewObject", "ДвоичныеДанные", "/nowhere/x.cfe")
    assert "/nowhere/x.cfe" in refusal.text


@pytest.mark.parametrize(
    "content", [None, "", "{", "[]", '{"configuration": {"name": "x"}}', '{"platform_version": 8}']
)
def test_what_is_no_infobase_is_named_with_what_it_should_hold(onec, content):
    onec.file.unlink()
    if content is not None:
        onec.file.write_text(content)
    with pytest.raises(InfobaseError) as failed:
        Store(onec.folder).read()
    assert (failed.value.code, failed.value.exit) == ("BASE_NOT_FOUND", 31)
    for language in ("ru", "en"):
        text = failed.value.diagnostics(language)
        assert str(onec.file) in text
        assert '"platform_version": "8.3.25.1286"' in text


def test_a_file_with_a_byte_order_mark_is_read(onec):
    onec.file.write_bytes(b"\xef\xbb\xbf" + onec.file.read_bytes())
    assert onec.connect().get("Метаданные").get("Версия") == "3.0.150.34"


def test_the_file_stays_readable_for_those_who_made_it(onec):
    onec.file.chmod(0o664)
    onec.connect()
    assert onec.file.stat().st_mode & 0o777 == 0o664


def test_a_change_that_failed_is_not_kept(onec):
    store = Store(onec.folder)

    def fail():
        with store.change() as state:
            state.lock = "C0DE"
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert "lock" not in onec.state
