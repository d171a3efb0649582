"""Connection strings: 1C's grammar both ways, and no password where people look."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onec.connection import (
    ConnectionString,
    ConnectionStringError,
    InfobaseKind,
    hide_passwords,
)

values = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)


def test_a_file_infobase_is_read():
    connection = ConnectionString.parse('File="C:\\Базы 1С\\Бухгалтерия";')
    assert connection == ConnectionString(file="C:\\Базы 1С\\Бухгалтерия")
    assert connection.kind is InfobaseKind.FILE


def test_an_infobase_on_a_server_is_read():
    connection = ConnectionString.parse(
        'Srvr="srv1:1641";Ref="acc";Usr="Администратор";Pwd="се;кр""ет";UC="777";Locale=ru_RU'
    )
    assert connection == ConnectionString(
        server="srv1:1641",
        ref="acc",
        user="Администратор",
        password='се;кр"ет',
        access_code="777",
        locale="ru_RU",
    )
    assert connection.kind is InfobaseKind.SERVER


def test_keys_are_known_in_any_case_and_space_between_is_free():
    connection = ConnectionString.parse(' SRVR = srv1 ; ref= "acc" ;USR=;')
    assert connection == ConnectionString(server="srv1", ref="acc")


def test_what_is_built_is_as_1c_writes_it_without_empty_values():
    connection = ConnectionString(server="srv1", ref="acc", user="Админ", password='"x"')
    assert connection.reveal() == 'Srvr="srv1";Ref="acc";Usr="Админ";Pwd="""x""";'
    assert ConnectionString(file="D:\\b").reveal() == 'File="D:\\b";'


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";",
        "File",
        'File="C:\\b',
        'File="C:\\b"x;',
        'File="C:\\b";;',
        "File=;",
        'Srvr="s";',
        'Ref="r";',
        'File="C:\\b";Srvr="s";Ref="r";',
        'File="C:\\b";Ref="r";',
        'File="C:\\b";file="C:\\c";',
        'ws="http://srv/base";',
        'File="C:\\b";Zn="1";',
        'File="C:\\b";Usr="a\nb";',
    ],
)
def test_what_is_no_connection_string_is_refused(text):
    with pytest.raises(ConnectionStringError):
        ConnectionString.parse(text)


def test_a_refusal_does_not_repeat_the_password():
    with pytest.raises(ConnectionStringError) as refused:
        ConnectionString.parse('Srvr="s";Ref="r";Pwd="тайна";Pwd="тайна";')
    assert "тайна" not in str(refused.value)


def test_only_reveal_shows_password_and_access_code():
    connection = ConnectionString(file="b", user="Админ", password="тайна", access_code="код777")
    shown = f"{connection} {connection!r} {[connection]}"
    assert "Админ" in shown
    assert "тайна" not in shown
    assert "код777" not in shown
    assert str(connection) == 'File="b";Usr="Админ";Pwd=***;UC=***;'


def test_a_user_whose_name_looks_like_a_key_uncovers_nothing():
    connection = ConnectionString(file="b", user='a UC="', password="тайна")
    assert "тайна" not in str(connection)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ('Srvr="s";Ref="r";Usr="u";Pwd="p";', 'Srvr="s";Ref="r";Usr="u";Pwd=***;'),
        ("ошибка: pwd = тайна;uc=1", "ошибка: pwd=***;uc=***"),
        ('Pwd="a;b""c";Usr="u"', 'Pwd=***;Usr="u"'),
        ('Pwd="не закрыта; Usr=u', "Pwd=***"),
        ("нет пароля", "нет пароля"),
    ],
)
def test_passwords_vanish_from_any_text(text, hidden):
    assert hide_passwords(text) == hidden


@given(st.builds(ConnectionString, file=values, user=values, password=values, locale=values))
def test_what_is_built_reads_back(connection):
    assert ConnectionString.parse(connection.reveal()) == connection


@given(values.filter(lambda text: len(text) > 5), values)
def test_a_password_is_never_in_the_text_for_people(password, user):
    connection = ConnectionString(file="b", user=user, password=password)
    without = ConnectionString(file="b", user=user)
    assert str(connection) == f"{without}Pwd=***;"


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text):
    try:
        connection = ConnectionString.parse(text)
    except ConnectionStringError:
        return
    assert ConnectionString.parse(connection.reveal()) == connection
