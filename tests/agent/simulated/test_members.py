import pytest

from agent.com.dispatch import EMPTY, GET, METHOD, PUT
from tests.simulators.onec import refused

WANTED = True  # the result
RUNTIME = "1C:Enterprise 8.3.25.1286"


@pytest.fixture
def session(onec):
    return onec.connect()


@pytest.fixture
def manager(session):
    return session.get("РасширенияКонфигурации")


def test_a_member_has_one_number_in_both_languages_and_in_any_case(manager):
    numbers = {
        manager.raw.GetIDsOfNames(0, name) for name in ("Создать", "создать", "Create", "CREATE")
    }
    assert len(numbers) == 1


def test_an_unknown_name_is_no_member(manager):
    assert refused(manager.raw.GetIDsOfNames, 0, "Придумать").hresult == 0x80020006


def test_a_number_is_valid_for_its_own_handle_only(session, manager):
    number = manager.raw.GetIDsOfNames(0, "Создать")
    other = session.get("РасширенияКонфигурации").raw
    assert refused(other.Invoke, number, 0, METHOD, WANTED).hresult == 0x80020003


@pytest.mark.parametrize(
    ("name", "flags", "hresult"),
    [
        ("Создать", GET, 0x80020003),
        ("Создать", PUT, 0x80020003),
        ("Создать", METHOD | GET, 0x80070057),
    ],
)
def test_a_method_is_only_called(manager, name, flags, hresult):
    number = manager.raw.GetIDsOfNames(0, name)
    assert refused(manager.raw.Invoke, number, 0, flags, WANTED).hresult == hresult


def test_a_property_is_not_called(session):
    number = session.raw.GetIDsOfNames(0, "Метаданные")
    assert refused(session.raw.Invoke, number, 0, METHOD, WANTED).hresult == 0x80020003


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_arguments_counts(session, count):
    arguments = ["x"] * count
    assert refused(session.call, "XMLЗначение", *arguments).hresult == 0x8002000E


@pytest.mark.parametrize("value", [[1], (1,), b"1"])
def test_arrays_reach_no_member_of_1c(session, value):
    number = session.raw.GetIDsOfNames(0, "String")
    failure = refused(session.raw.Invoke, number, 0, METHOD, WANTED, value)
    assert (failure.hresult, failure.argerror) == (0x80020005, 0)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "Поле объекта недоступно для записи (Имя)"),
        ("en", "Object field is not writable (Имя)"),
    ],
)
def test_what_is_read_only_is_refused_by_1c_itself(onec, manager, language, text):
    onec.write(language=language)
    made = manager.call("Создать")
    failure = refused(made.put, "Имя", "Другое")
    assert failure.hresult == 0x80020009
    assert failure.excepinfo == (1001, RUNTIME, text, None, 0, 0)


def test_null_is_not_the_same_as_undefined(session, manager):
    raw = manager.raw
    number = raw.GetIDsOfNames(0, "Получить")
    failure = refused(raw.Invoke, number, 0, METHOD, WANTED, None)
    assert "параметр номер '1'" in failure.text
    assert manager.call("Получить", EMPTY).call("Количество") == 0
    wanted = session.call("NewObject", "Структура", "Имя", "x")
    wanted.raw.values["Имя"] = None  # a NULL
    assert "Несоответствие типов" in refused(manager.call, "Получить", wanted).text


def test_a_platform_with_english_names_knows_no_russian_ones(onec, session):
    onec.write(english_names_only=True, has_bsp=True)
    assert refused(session.raw.GetIDsOfNames, 0, "Метаданные").hresult == 0x80020006
    assert session.get("Метаданные").get("Имя") == "БухгалтерияПредприятия"  # by the other name
    assert session.has("СоединенияИБ")  # the configuration's own name
    assert "Тип не определен" in refused(session.call, "NewObject", "Структура").text
    assert session.call("NewObject", "Structure").call("Количество") == 0


def test_new_object_has_no_russian_name(session):
    assert refused(session.raw.GetIDsOfNames, 0, "НовыйОбъект").hresult == 0x80020006


def test_names_of_calls_are_logged_on_request_and_values_never_are(onec):
    onec.write(logs_calls=True, account={"user": "Админ", "password": "тайна"})
    onec.connect('Usr="Админ";Pwd="тайна";').get("Метаданные")
    log = (onec.folder / "calls.log").read_text("utf-8").splitlines()
    assert log == ["names Connect", "invoke Connect", "names Метаданные", "invoke Метаданные"]
