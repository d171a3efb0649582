import pytest

from agent.codes import Code, Exit
from agent.com.errors import ComError, Where, clean, code_of, infobase_error
from agent.com.errortexts import BY_HRESULT, BY_TEXT
from agent.com.sessionlist import busy_with

EXCEPTION = -2147352567  # DISP_E_EXCEPTION as pywin32 has it
WHERE = Where(srv="srv1c", ref="trade", bits=64, dll=r"C:\1cv8\bin\comcntr.dll")


def runtime(text):
    """How an error of 1C's language arrives."""
    info = (1001, "1C:Enterprise 8.3.23.1739", text, None, 0, 0)
    return ComError(EXCEPTION, "Ошибка.", info, None)


def of_connector(text):
    """How an error of the connector arrives."""
    info = (0, "V83.COMConnector.1", text, None, 0, -2147467259)
    return ComError(EXCEPTION, "Exception occurred.", info, None)


ROWS = [(code, text) for code, texts in BY_TEXT for text in texts]
# what the agent must know at the very least, as 1C and its library write it
SPELLED = [
    (Code.COM_VERSION, "Версия компоненты 'comcntr' (8.3.20.1613) отличается"),
    (Code.COM_VERSION, "Различаются версии клиента и сервера (8.3.6.2449 - 8.3.6.2530)"),
    (Code.COM_VERSION, "Different client and server versions (8.3.6.2449 - 8.3.6.2530)"),
    (Code.COM_NOT_REGISTERED, "Класс не зарегистрирован"),
    (Code.SERVER_NOT_FOUND, "Сервер 1С:Предприятия не обнаружен"),
    (Code.BASE_NOT_FOUND, "Информационная база не обнаружена"),
    (Code.BASE_NOT_FOUND, "Не найден файл"),
    (Code.BASE_NOT_FOUND, "Неверные или отсутствующие параметры соединения с информационной"),
    (Code.AUTH_FAILED, "Идентификация пользователя не выполнена\nНеправильное имя или пароль"),
    (Code.AUTH_FAILED, "Неправильное имя или пароль пользователя"),
    (Code.SESSIONS_DENIED, "Начало сеанса с информационной базой запрещено. Обновление"),
    (Code.NO_LICENSE, "Не обнаружено свободной лицензии!"),
    (Code.NO_LICENSE, "Не найдена лицензия. Не обнаружен ключ защиты программы"),
    (Code.NO_LICENSE, "License not found"),
    (Code.NO_LICENSE, "There are no free licenses"),
    (Code.NO_RIGHTS, "Нарушение прав доступа!"),
    (Code.NO_RIGHTS, "Недостаточно прав"),
    (Code.EXCLUSIVE_LOCK, "Ошибка исключительной блокировки информационной базы."),
    (Code.EXCLUSIVE_LOCK, "Ошибка установки монопольного режима"),
    (Code.EXCLUSIVE_LOCK, "Error setting an exclusive lock"),
    (Code.LOCK_CONFLICT, "Конфликт блокировок при выполнении транзакции"),
    (Code.LOCK_CONFLICT, "обнаружена взаимоблокировка"),
    (Code.LOCK_CONFLICT, "Transaction was chosen as the deadlock victim"),
    (Code.BAD_FILE, "Неверный формат хранилища данных"),
    (Code.DUPLICATE_NAME, "Расширение с таким именем уже существует"),
    (Code.CONNECTION_LOST, "Неизвестная ошибка"),
    (Code.CONNECTION_LOST, "Сеанс отсутствует или удален"),
    (Code.CONNECTION_LOST, "Соединение разорвано"),
    (Code.CONNECTOR_ERROR, "Возникла непредвиденная ситуация"),
]


@pytest.mark.parametrize("shape", [runtime, of_connector])
@pytest.mark.parametrize(("code", "text"), [*ROWS, *SPELLED])
def test_each_text_means_its_code_in_both_shapes_of_an_error(shape, code, text):
    for spelling in (text, text.upper(), f"{{ОбщийМодуль.X(1)}}: {text}\n(детали)"):
        assert code_of(shape(spelling)) is code


@pytest.mark.parametrize(("hresult", "code"), BY_HRESULT.items())
def test_each_number_of_com_means_its_code_signed_or_not(hresult, code):
    assert code_of(ComError(hresult)) is code
    assert code_of(ComError(hresult - (1 << 32), "какой-то текст")) is code


def test_the_text_counts_where_1c_itself_failed_and_not_the_number():
    refused = ComError(EXCEPTION, "", (0, "x", "Нарушение прав доступа", None, 0, 0x80070005))
    assert code_of(refused) is Code.NO_RIGHTS


@pytest.mark.parametrize("info", [(0, "", None, None, 0, 0x80070005 - (1 << 32)), None, (1,)])
def test_an_exception_without_a_text_is_told_by_what_else_it_holds(info):
    expected = Code.ACCESS_DENIED_DCOM if info and len(info) > 5 else Code.CONNECTOR_ERROR
    assert code_of(ComError(EXCEPTION, "", info)) is expected


@pytest.mark.parametrize("code", sorted({code for code, _ in ROWS} | set(BY_HRESULT.values())))
def test_every_code_speaks_without_a_gap(code):
    made = ComError(EXCEPTION, "", (0, "", "Текст 8.3.20.1 и 8.3.25.2", None, 0, 0))
    made.member = "ХешСумма"
    error = infobase_error(made, WHERE)
    error.code = code
    error.params.setdefault("sessions", "ПК-1")
    for lang in ("ru", "en"):
        assert "?" not in error.diagnostics(lang)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Сервер 1С:Предприятия не обнаружен", "Сервер 1С не найден: srv1c"),
        ("Информационная база не обнаружена", "База не найдена: trade"),
        ("Версия компоненты 'comcntr' (8.3.20.1613) - 'core82' (8.3.19.1000)",
         "(8.3.20.1613) не совпадает с сервером 1С (8.3.19.1000)"),
        ("Начало сеанса с информационной базой запрещено. До 22:00 обновление.",
         "Вход в базу закрыт: До 22:00 обновление. Нужен код разрешения"),
        ("Начало сеанса с информационной базой запрещено",
         "Вход в базу закрыт: Начало сеанса с информационной базой запрещено"),
        ("Класс не зарегистрирован", r'regsvr32 "C:\1cv8\bin\comcntr.dll"'),
        ("Класс не зарегистрирован", "для 64-разрядных"),
        ("Что-то новое", "1С ответила ошибкой: Что-то новое"),
    ],
)  # fmt: skip
def test_people_read_what_the_error_is_about(text, expected):
    assert expected in infobase_error(of_connector(text), WHERE).diagnostics("ru")


def test_where_no_file_is_known_the_place_of_it_is_described():
    told = infobase_error(ComError(0x80040154), Where())
    assert "<версия>" in told.diagnostics("ru")
    assert "<version>" in told.diagnostics("en")


def test_a_missing_member_is_named():
    error = ComError(0x80020006, "Unknown name.")
    error.member = "ХешСумма"
    told = infobase_error(error, WHERE)
    assert (told.code, told.exit) == (Code.MEMBER_NOT_FOUND, Exit.FAILED)
    assert "Эта версия платформы не умеет: ХешСумма" in told.diagnostics("ru")


def test_a_server_that_dies_within_a_session_has_lost_it():
    dead = ComError(0x800706BA)
    assert infobase_error(dead, WHERE).code == Code.RPC_UNAVAILABLE
    inside = Where(srv="srv1c", ref="trade", is_connected=True)
    assert infobase_error(dead, inside).code == Code.CONNECTION_LOST


NEW_LIST = (
    "Ошибка исключительной блокировки информационной базы.\n"
    "компьютер: БУХ-1, сеанс: 5, начат: 01.02.2026 в 10:00:00, приложение: Тонкий клиент\n"
    "компьютер: PC2, сеанс: 17, начат: 01.02.2026 в 11:30:00, приложение: 1CV8C"
)
OLD_LIST = (
    "Ошибка исключительной блокировки информационной базы\n"
    "Активные сеансы и соединения:\n"
    "компьютер: БУХ-1, сеанс начат: 01.02.2026 в 10:00:00, приложение: Конфигуратор\n"
    "компьютер: PC2, соединение: 3, начат: 01.02.2026 в 11:30:00, приложение: 1CV8C."
)
ENGLISH_LIST = (
    "Error setting an exclusive lock on the infobase.\n"
    "computer: PC1, session: 5, started: 11/22/2026 at 09:30:00, application: Thin client"
)


@pytest.mark.parametrize(
    ("text", "ru", "en"),
    [
        (NEW_LIST, "БУХ-1, сеанс 5 (Тонкий клиент); PC2, сеанс 17 (1CV8C)",
         "БУХ-1, session 5 (Тонкий клиент); PC2, session 17 (1CV8C)"),
        (OLD_LIST, "БУХ-1 (Конфигуратор); PC2, сеанс 3 (1CV8C)",
         "БУХ-1 (Конфигуратор); PC2, session 3 (1CV8C)"),
        (ENGLISH_LIST, "PC1, сеанс 5 (Thin client)", "PC1, session 5 (Thin client)"),
    ],
)  # fmt: skip
def test_the_sessions_in_the_way_are_read_out_of_both_forms_of_the_list(text, ru, en):
    error = infobase_error(runtime(text), WHERE)
    assert f"База занята: {ru}. Закройте" in error.diagnostics("ru")
    assert f"Infobase is busy: {en}. Close" in error.diagnostics("en")


def test_a_list_of_another_form_is_shown_as_it_is():
    assert busy_with("кто-то мешает").ru == "кто-то мешает"


def test_a_long_list_is_cut():
    row = "компьютер: PC{n}, сеанс: {n}, начат: 01.02.2026 в 10:00:00, приложение: 1CV8C\n"
    told = busy_with("".join(row.format(n=n) for n in range(25)))
    assert told.ru.endswith("PC9, сеанс 9 (1CV8C); и ещё 15")
    assert told.en.endswith("and 15 more")


@pytest.mark.parametrize(
    "text",
    [
        "компьютер: " * 400,
        "компьютер: a, сеанс: 1, " * 300,
        "компьютер: a, начат: " + ", начат:" * 900,
        ("компьютер: " + "a" * 64 + ", ") * 90,
    ],
)
def test_a_hostile_list_is_read_to_its_end(text):
    assert busy_with(text).ru


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b\x1b[31mc\x07\x9b", "a b [31mc"),
        ("a\u202eb\u2066c\u200fd\u200be\ufefff", "abcdef"),
        ("a\ud800b", "ab"),
        ("строка\r\nстрока\u2028строка", "строка строка строка"),
        ('File="x";Usr="u";Pwd="секрет";UC=123;', 'File="x";Usr="u";Pwd=***;UC=***;'),
        ("Pwd=\u202eсекрет;", "Pwd=***;"),
        ("pkk_abcdefghijklmnop", "pkk_***"),
    ],
)
def test_a_hostile_text_is_scrubbed(text, shown):
    assert clean(text) == shown
    for shape in (runtime, of_connector):
        error = infobase_error(shape(text), WHERE)
        assert error.source == shown
        assert shown in error.diagnostics("ru").replace("...", "")


def test_a_text_without_end_is_cut():
    error = infobase_error(runtime("Я" * 1_000_000), WHERE)
    assert len(error.source) <= 4000


def test_an_error_of_com_shows_its_number_and_a_clean_text():
    assert str(ComError(-2147024891, "Отказано\r\nPwd=1;")) == "0x80070005 Отказано Pwd=***;"
