"""What sessions of 1C need of this computer, as a command gives it to them."""

import pytest

from agent.codes import Code
from agent.com.direct import DirectLink
from agent.com.remote import Ways
from agent.console import Console, Manner
from agent.context import Context
from agent.errors import InfobaseError
from agent.options import Common
from agent.registry import V83, V85
from agent.target import Target
from onec.connection import ConnectionString

SERVER = Target(ConnectionString(server="srv1c", ref="Торговля"))
PROGRAMS = ("APPDATA", "PROGRAMDATA", "PROGRAMFILES(X86)", "PROGRAMW6432")


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Makes builds of 1C that are installed on this computer."""
    for name in PROGRAMS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PROGRAMFILES", str(tmp_path / "programs"))

    def make(version):
        dll = tmp_path / "programs" / "1cv8" / version / "bin" / "comcntr.dll"
        dll.parent.mkdir(parents=True)
        dll.write_bytes(b"MZ")
        return dll

    return make


class Links:
    """Refuses a few links, then makes them of nothing."""

    def __init__(self, *refusals):
        self.refusals, self.tried = list(refusals), []
        self.process, self.number = None, 7

    def __call__(self, opening, _manner):
        self.tried.append(opening.connector)
        if self.refusals:
            raise self.refusals.pop(0)
        return self


@pytest.fixture
def context(tmp_path, direct, monkeypatch):
    """Makes the surroundings of a command whose links are these."""
    made = []

    def make(links):
        init = lambda self, *given, **named: direct(self, *given, **{"link": links, **named})  # noqa: E731
        monkeypatch.setattr(Ways, "__init__", init)
        made.append(Context(Common(), tmp_path, Console(Manner())))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.mark.parametrize(
    ("builds", "refusal", "version", "clsid"),
    [
        (("8.3.9.1", "8.3.25.1286"), InfobaseError(Code.COM_NOT_REGISTERED), "8.3.25.1286", V83),
        (("8.3.25.1286", "8.3.24.1000"), InfobaseError(Code.COM_VERSION, b="8.3.24.1000"),
         "8.3.24.1000", V83),
        (("8.5.1.100",), InfobaseError(Code.COM_NOT_REGISTERED), "8.5.1.100", V85),
    ],
)  # fmt: skip
def test_a_build_on_this_computer_is_loaded_by_its_path_where_the_registry_cannot_do(
    programs, context, builds, refusal, version, clsid
):
    dlls = {build: programs(build) for build in builds}
    links = Links(refusal)
    context(links).open(SERVER).connect()
    first, second = links.tried
    assert (first.activation, first.dll) == ("registry", None)
    assert (second.activation, second.dll) == ("path", str(dlls[version]))
    assert second.clsid == clsid.clsid


@pytest.mark.usefixtures("programs")
def test_without_a_build_the_refusal_stays(context):
    links = Links(InfobaseError(Code.COM_NOT_REGISTERED))
    with pytest.raises(InfobaseError) as refused:
        context(links).open(SERVER).connect()
    assert (refused.value.code, len(links.tried)) == (Code.COM_NOT_REGISTERED, 1)


class Slow(DirectLink):
    """1C needs seven seconds for each call, and the link says so as it would."""

    def __init__(self, opening, manner):
        self._watch = manner.watch
        self._watch("connected", 5.2)
        super().__init__(opening, manner)

    def ask(self, call, args):
        self._watch(call, 5.2)
        return super().ask(call, args)


@pytest.fixture
def slow(bench, direct, monkeypatch):
    init = lambda self, *given, **named: direct(self, *given, **{"link": Slow, **named})  # noqa: E731
    monkeypatch.setattr(Ways, "__init__", init)
    return bench


def test_a_program_hears_that_1c_works_on_it_still(slow):
    ran = slow.install()
    beats = [(one["state"], one["data"]) for one in ran.of("progress") if "call" in one["data"]]
    assert (None, {"call": "connected", "seconds": 5}) in beats
    assert ("WRITING", {"call": "create", "seconds": 5}) in beats
    assert ran.exit == 0
