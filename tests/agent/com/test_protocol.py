import pytest

from agent.codes import Code
from agent.com.protocol import (
    Answer,
    Args,
    Event,
    Fault,
    Order,
    ProtocolError,
    error_of,
    fault_of,
    line,
    read_line,
)
from agent.errors import InfobaseError
from agent.infobase import Issue, OpenSession, Properties, SessionLock, StoredExtension
from wire.extensions import Purpose
from wire.problems import Sentence

EXTENSION = StoredExtension(
    "u", "Имя\u2028", "", "AAAA", Purpose.PATCH, from_master_node=True, scope="DataSeparation",
    properties=Properties(active=False, safe_mode=False, security_profile="П"),
)  # fmt: skip


@pytest.mark.parametrize(
    "message",
    [
        Order(3, "extensions", Args(name="И\nмя", names=["a", ""], extension=EXTENSION)),
        Order(go=4),
        Order(1, "facts"),
        Event("result", 1, answer=Answer()),
        Event("result", 1, answer=Answer(extensions=[EXTENSION], text="", flag=True)),
        Event("result", 1, answer=Answer(issues=[Issue("x", critical=False)])),
        Event("result", 1, answer=Answer(sessions=[OpenSession("a", "b", "", 0)])),
        Event("result", 1, answer=Answer(lock=SessionLock(is_set=False))),
        Event("error", 1, error=Fault("HANG", "", {"n": 3})),
    ],
)
def test_a_message_is_one_line_and_comes_back_the_same(message):
    text = line(message)
    assert text.count(b"\n") == 1
    assert text.isascii()
    assert read_line(type(message), text) == message


@pytest.mark.parametrize("data", [b"", b"{}", b'{"seq":1', b"x\n", b"[]\n", b'{"seq":"1"}\n'])
def test_what_is_no_message_is_refused_without_repeating_it(data):
    with pytest.raises(ProtocolError) as refused:
        read_line(Order, data)
    assert data == b"" or data.decode() not in str(refused.value)


def test_an_error_comes_back_in_both_languages():
    sent = InfobaseError(Code.EXCLUSIVE_LOCK, "текст", sessions=Sentence("ПК-1", "PC-1"), n=5)
    got = error_of(fault_of(sent))
    assert (got.code, got.source, got.exit) == (sent.code, sent.source, sent.exit)
    assert (got.diagnostics("ru"), got.diagnostics("en")) == (
        sent.diagnostics("ru"),
        sent.diagnostics("en"),
    )


def test_a_code_of_a_later_child_is_an_error_all_the_same():
    assert error_of(Fault("MADE_LATER", "x", {"text": "x"})).code == Code.CONNECTOR_ERROR


def test_an_error_that_names_its_own_parts_is_an_error_all_the_same():
    error = error_of(Fault("NO_RIGHTS", "text", {"code": "x", "source": "y", "self": "z"}))
    assert (error.code, error.source, error.params) == (Code.NO_RIGHTS, "text", {})
