import datetime as dt

import pytest

from agent.com.dispatch import EMPTY, GET, METHOD, MISSING, PUT, Disp, Tally
from agent.com.errors import ComError

UNKNOWN, NOT_FOUND, EXCEPTION = 0x80020006, 0x80020003, 0x80020009


class Recorder:
    """A COM object that knows some names and writes down what it was asked."""

    def __init__(self, names, answer=None, fails=()):
        self.names, self.answer, self.fails = names, answer, list(fails)
        self.lookups, self.invokes = [], []

    def GetIDsOfNames(self, lcid, name):  # noqa: N802 - COM's own name
        self.lookups.append((lcid, name))
        if name not in self.names:
            raise ComError(UNKNOWN - (1 << 32), "Unknown name.")
        return self.names[name]

    def Invoke(self, dispid, lcid, flags, want_result, *args):  # noqa: N802 - COM's own name
        self.invokes.append((dispid, lcid, flags, want_result, args))
        if self.fails:
            raise ComError(self.fails.pop(0))
        return self.answer


@pytest.mark.parametrize(
    ("act", "flags", "want_result", "args"),
    [
        (lambda disp: disp.get("Имя"), GET, True, ()),
        (lambda disp: disp.put("Имя", "x"), PUT, False, ("x",)),
        (lambda disp: disp.call("Имя", 1), METHOD, True, (1,)),
    ],
)
def test_it_says_exactly_whether_it_gets_puts_or_calls(act, flags, want_result, args):
    raw = Recorder({"Имя": 7})
    act(Disp(raw))
    assert raw.invokes == [(7, 0, flags, want_result, args)]
    assert (METHOD, GET, PUT) == (1, 2, 4)


def test_it_asks_for_the_english_name_where_the_russian_one_is_unknown():
    raw = Recorder({"Name": 3}, "x")
    assert Disp(raw).get("Имя") == "x"
    assert raw.lookups == [(0, "Имя"), (0, "Name")]


def test_it_asks_for_english_names_first_once_they_were_needed():
    raw = Recorder({"Name": 3, "Version": 4}, "x")
    disp = Disp(raw)
    disp.get("Имя")
    disp.get("Версия")
    assert raw.lookups[2:] == [(0, "Version")]


def test_it_tries_the_other_name_where_the_number_of_the_first_is_not_found():
    raw = Recorder({"Имя": 1, "Name": 2}, "x", fails=[NOT_FOUND])
    disp = Disp(raw)
    assert (disp.get("Имя"), disp.get("Имя")) == ("x", "x")
    assert [dispid for dispid, *_ in raw.invokes] == [1, 2, 2]


def test_it_does_not_try_again_where_both_names_are_one_member():
    raw = Recorder({"Имя": 1, "Name": 1}, fails=[NOT_FOUND])
    with pytest.raises(ComError):
        Disp(raw).get("Имя")
    assert len(raw.invokes) == 1


def test_an_error_of_1c_is_never_answered_by_a_second_call():
    raw = Recorder({"Записать": 1, "Write": 2}, fails=[EXCEPTION])
    with pytest.raises(ComError):
        Disp(raw).call("Записать")
    assert len(raw.invokes) == 1


def test_a_name_of_metadata_has_one_language():
    raw = Recorder({})
    with pytest.raises(ComError) as refused:
        Disp(raw).get("СоединенияИБ")
    assert refused.value.member == "СоединенияИБ"
    assert len(raw.lookups) == 1


def test_an_unknown_member_is_named_in_the_error():
    with pytest.raises(ComError) as refused:
        Disp(Recorder({})).get("Имя")
    assert (refused.value.hresult, refused.value.member) == (UNKNOWN, "Имя")


def test_numbers_are_remembered_for_each_handle_alone():
    first, second = Recorder({"Имя": 1}), Recorder({"Имя": 2})
    one, other = Disp(first), Disp(second)
    for disp in (one, one, other):
        disp.get("Имя")
    assert (len(first.lookups), len(second.lookups)) == (1, 1)
    assert second.invokes[0][0] == 2


def test_a_local_time_may_travel():
    raw, moment = Recorder({"Имя": 1}), dt.datetime(2026, 1, 1, 22, 0)  # noqa: DTZ001 - local
    Disp(raw).put("Имя", moment)
    assert raw.invokes[0][-1] == (moment,)


@pytest.mark.parametrize(
    "value",
    [None, 1.5, b"x", [1], dt.date(2026, 1, 1), dt.datetime(2026, 1, 1, tzinfo=dt.UTC), 1 << 63,
     object()],
)  # fmt: skip
def test_it_gives_1c_no_null_date_bytes_or_list(value):
    raw = Recorder({"Имя": 1})
    with pytest.raises(TypeError):
        Disp(raw).put("Имя", value)
    assert raw.invokes == []


@pytest.mark.parametrize("value", [True, False, 1, -(1 << 63), "x", EMPTY, MISSING])
def test_it_gives_1c_texts_numbers_and_sentinels_as_they_are(value):
    raw = Recorder({"Имя": 1})
    Disp(raw).put("Имя", value)
    (given,) = raw.invokes[0][4]
    assert given is value


def test_objects_are_wrapped_on_the_way_out_and_unwrapped_on_the_way_in():
    inner = Recorder({})
    disp = Disp(Recorder({"Имя": 1}, inner))
    found = disp.held("Имя")
    assert found.raw is inner
    disp.put("Имя", found)
    assert disp.raw.invokes[-1][4] == (inner,)


def test_an_array_of_objects_is_wrapped_item_by_item():
    inner = Recorder({})
    found = Disp(Recorder({"GetClusters": 1}, (inner, "x"))).call("GetClusters")
    assert found[0].raw is inner
    assert found[1] == "x"


def test_nothing_comes_back_as_empty():
    assert Disp(Recorder({"Имя": 1})).get("Имя") is EMPTY


@pytest.mark.parametrize("answer", ["текст", None, 5])
def test_a_value_where_an_object_must_be_is_an_error_that_names_the_member(answer):
    with pytest.raises(ComError) as refused:
        Disp(Recorder({"Имя": 1}, answer)).held("Имя")
    assert refused.value.member == "Имя"
    assert "текст" not in str(refused.value)


def test_it_counts_names_and_never_values(caplog):
    caplog.set_level("DEBUG", "agent.com.dispatch")
    tally = Tally()
    disp = Disp(Recorder({"Имя": 1}, "ответ"), tally)
    disp.put("Имя", "секрет")
    disp.get("Имя")
    assert tally.invokes == {"Имя": 2}
    assert tally.lookups == {"Имя": 1}
    for secret in ("секрет", "ответ"):
        assert secret not in caplog.text + repr(disp) + repr(tally.invokes)
    assert "invoke Имя" in caplog.text


def test_whether_a_member_is_there_costs_no_invoke():
    raw = Recorder({"Имя": 1})
    disp = Disp(raw)
    assert (disp.has("Имя"), disp.has("СоединенияИБ"), raw.invokes) == (True, False, [])


def test_a_lost_object_is_no_missing_member():
    raw = Recorder({"Имя": 1})
    raw.GetIDsOfNames = lambda _lcid, _name: (_ for _ in ()).throw(ComError(0x80010108))
    with pytest.raises(ComError):
        Disp(raw).has("Имя")


@pytest.mark.parametrize("flags", [METHOD | GET, GET | PUT, 0])
def test_it_never_mixes_flags(flags):
    raw = Recorder({"Имя": 1})
    disp = Disp(raw)
    disp.get("Имя")
    disp.call("Имя")
    disp.put("Имя", 1)
    assert flags not in [one[2] for one in raw.invokes]
