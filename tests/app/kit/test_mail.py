"""Letters leave by a real SMTP server, whole and in order."""

import smtplib
from datetime import UTC, datetime

import pytest

from app.kit.mail import Attachment, Content, Envelope, Server, send, write
from tests.factories.smtp import postbox

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
TO = Envelope("buyer@example.com", "manager@example.com", "letter-1", AT)


@pytest.fixture
def box():
    with postbox() as made:
        yield made


def server(box, **changes) -> Server:
    told = {"host": "127.0.0.1", "port": box.port, "security": "none"}
    told |= {"sender": "keys@vector.example", "sender_name": "ООО «Вектор»"}
    return Server(**told | changes)


def test_a_letter_arrives_as_it_was_written(box):
    file = Attachment("Вектор.podkluch", b'{"v": 1}')
    send(server(box), Content("Ключ — готов", "Здравствуйте!\n", (file,)), TO)
    [letter] = box.letters
    assert letter["Subject"] == "Ключ — готов"
    assert letter["From"] == "ООО «Вектор» <keys@vector.example>"
    assert letter["Message-ID"] == "<letter-1@vector.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert box.text() == "Здравствуйте!\n"
    [attached] = letter.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("Вектор.podkluch", b'{"v": 1}')
    assert box.recipients == [["buyer@example.com", "manager@example.com"]]


def test_the_password_opens_a_server_that_asks_for_it(box):
    content = Content("s", "t\n")
    send(server(box, username="vector", password=box.password), content, TO)
    with pytest.raises(smtplib.SMTPAuthenticationError):
        send(server(box, username="vector", password="another"), content, TO)
    assert len(box.letters) == 1


def test_a_server_without_tls_is_refused_where_tls_is_wanted(box):
    with pytest.raises(smtplib.SMTPNotSupportedError):
        send(server(box, security="starttls"), Content("s", "t\n"), TO)
    assert box.letters == []


def test_nobody_listening_is_an_error_of_the_system(box):
    with pytest.raises(OSError, match="refused"):
        send(server(box, host="127.0.0.1", port=1), Content("s", "t\n"), TO)


@pytest.mark.parametrize("field", ["subject", "recipient"])
def test_no_letter_grows_headers_by_a_line_break(box, field):
    evil = "a@example.com\r\nBcc: victim@example.com"
    subject = evil if field == "subject" else "s"
    to = Envelope(evil if field == "recipient" else "a@example.com", None, "1", AT)
    with pytest.raises(ValueError, match=r"(?i)header|invalid|newline|linefeed|cr or lf"):
        send(server(box), Content(subject, "t\n"), to)
    assert box.letters == []


def test_the_password_is_in_no_repr(box):
    assert "letter box" not in repr(server(box, password="letter box"))


def test_a_template_is_a_subject_and_a_text_in_one_language():
    told = {"vendor": {"name": "Vector"}, "seq": 7, "hash": "ab" * 32}
    russian, english = write("audit_head", "ru", **told), write("audit_head", "en", **told)
    assert russian.subject == "Vector: вершина журнала действий, событие 7"
    assert english.subject == "Vector: head of the audit log, event 7"
    assert "abab" in english.text
    assert not english.text.startswith("Vector")
