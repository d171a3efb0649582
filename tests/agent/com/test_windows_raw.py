"""The adapter to pywin32, with stand-ins for its two modules; real COM is another suite's."""

import sys
from types import SimpleNamespace

import pytest

from agent.codes import Code
from agent.com import connector, windows_raw
from agent.com.dispatch import EMPTY, MISSING, Disp
from agent.com.errors import ComError
from agent.com.protocol import ConnectorChoice
from agent.errors import InfobaseError
from agent.registry import V83, V85
from tests.simulators.hive import FakeHive

NOT_REGISTERED = -2147221164


class WindowsError(Exception):
    """pywintypes.com_error."""


class Pointer:
    """PyIDispatch."""

    def __init__(self, answer=None, error=None):
        self.answer, self.error, self.given = answer, error, None

    def GetIDsOfNames(self, *_names):  # noqa: N802 - COM's own name
        return (5,)

    def Invoke(self, *given):  # noqa: N802 - COM's own name
        self.given = given
        if self.error:
            raise self.error
        return self.answer


@pytest.fixture
def windows(monkeypatch):
    """pythoncom and pywintypes as far as the adapter knows them."""
    com = SimpleNamespace(
        Empty="EMPTY", ArgNotFound="MISSING", IID_IDispatch="IID", TypeIIDs={"IID": Pointer},
        CLSCTX_INPROC_SERVER=1, CLSCTX_LOCAL_SERVER=4, made={},
    )  # fmt: skip

    def create(_clsid, _outer, context, _iid):
        if context not in com.made:
            raise WindowsError(NOT_REGISTERED, "Класс не зарегистрирован", None, None)
        return com.made[context]

    com.CoCreateInstance = create
    monkeypatch.setitem(sys.modules, "pythoncom", com)
    monkeypatch.setitem(sys.modules, "pywintypes", SimpleNamespace(com_error=WindowsError))
    return com


def test_sentinels_and_objects_are_translated_both_ways(windows):
    inner, outer = Pointer(), Pointer()
    outer.answer = inner
    windows.made[1] = outer
    disp = Disp(windows_raw.registered(V83.clsid))
    found = disp.call("Имя", EMPTY, MISSING, 5, "x")
    assert outer.given == (5, 0, 1, True, "EMPTY", "MISSING", 5, "x")
    disp.put("Имя", found)
    assert outer.given == (5, 0, 4, False, inner)
    outer.answer = (inner, 3)
    assert disp.call("Имя")[1] == 3
    outer.answer = None
    assert disp.get("Имя") is EMPTY
    assert windows_raw.is_in_process()


def test_an_error_of_pywin32_becomes_ours(windows):
    info = (1001, "1C:Enterprise 8.3.23.1739", "Нарушение прав доступа", None, 0, 0)
    windows.made[1] = Pointer(error=WindowsError(-2147352567, "Ошибка", info, 2))
    with pytest.raises(ComError) as refused:
        Disp(windows_raw.registered(V83.clsid)).get("Имя")
    error = refused.value
    assert (error.hresult, error.excepinfo, error.argerror) == (0x80020009, info, 2)


def test_an_application_of_com_plus_is_another_process(windows):
    windows.made[4] = Pointer()
    windows_raw.registered(V83.clsid)
    assert not windows_raw.is_in_process()


@pytest.mark.parametrize("is_other", [True, False])
def test_a_connector_of_the_other_width_is_told_apart(windows, monkeypatch, is_other):
    assert windows.made == {}
    hive = FakeHive()
    hive.register(V85, "comcntr.dll", bits=32)
    if is_other:
        hive.register(V83, "comcntr.dll", bits=32)
    monkeypatch.setattr("agent.registry.open_hive", lambda: hive)
    with pytest.raises((ComError, InfobaseError)) as refused:
        windows_raw.registered(V83.clsid)
    if is_other:
        assert (refused.value.code, refused.value.params["other"]) == (Code.COM_BITNESS, 32)
    else:
        assert refused.value.hresult == NOT_REGISTERED & 0xFFFFFFFF


def test_there_is_no_com_elsewhere(base):
    choice = ConnectorChoice(clsid=V83.clsid)
    with pytest.raises(ComError) as refused:
        connector.create(choice)
    assert refused.value.hresult == 0x80040154
    assert base.state
