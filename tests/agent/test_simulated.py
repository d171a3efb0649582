import json
import stat

import pytest

from agent.errors import InfobaseError
from agent.infobase import NOT_STORED, Presence, Properties
from agent.simulated import SimulatedInfobase
from tests.factories.cfe import good_cfe
from wire.extensions import InfobaseKind, Purpose

SMALLEST = {
    "configuration": {"name": "БухгалтерияПредприятия", "version": "3.0.150.34"},
    "platform_version": "8.3.25.1286",
}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "base" / "infobase.json"
    path.parent.mkdir()
    path.write_text(json.dumps(SMALLEST), "utf-8")
    return path


@pytest.fixture
def infobase(file):
    return SimulatedInfobase(file.parent)


def change(file, **values):
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), **values}), "utf-8")


def code_of(call, *arguments):
    with pytest.raises(InfobaseError) as failed:
        call(*arguments)
    return failed.value.code


def test_the_smallest_file_is_an_infobase(infobase):
    facts = infobase.connect().facts()
    assert (facts.kind, facts.configuration) == (InfobaseKind.FILE, "БухгалтерияПредприятия")
    assert (facts.platform_version, facts.compatibility_mode) == ("8.3.25.1286", None)
    assert facts.may_administer_extensions


def test_a_file_with_a_byte_order_mark_is_read(file, infobase):
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert infobase.connect().facts().configuration_version == "3.0.150.34"


@pytest.mark.parametrize(
    "content", [None, "", "{", "[]", '{"configuration": {"name": "x"}}', '{"platform_version": 8}']
)
def test_what_is_no_infobase_is_named_with_what_it_should_hold(file, infobase, content):
    file.unlink()
    if content is not None:
        file.write_text(content)
    with pytest.raises(InfobaseError) as failed:
        infobase.connect()
    assert (failed.value.code, failed.value.exit) == ("BASE_NOT_FOUND", 31)
    for language in ("ru", "en"):
        text = failed.value.diagnostics(language)
        assert str(file) in text
        assert '"platform_version": "8.3.25.1286"' in text


def test_a_new_object_is_a_placeholder_until_it_is_fetched_again(infobase):
    session = infobase.connect()
    made = session.create(good_cfe(), Properties())
    assert (made.name, made.version, made.hash_sum) == ("Расширение", "", NOT_STORED)
    (fetched,) = session.extensions("СкладскойПомощник")
    assert fetched.uuid == made.uuid
    assert (fetched.version, fetched.purpose) == ("2.4.0", Purpose.CUSTOMIZATION)
    assert fetched.hash_sum != NOT_STORED


def test_a_replaced_object_shows_the_old_facts_until_it_is_fetched_again(infobase):
    session = infobase.connect()
    session.create(good_cfe(), Properties())
    (old,) = session.extensions()
    stale = session.replace(old.uuid, good_cfe(version="2.5.0"), Properties())
    assert (stale.version, stale.hash_sum) == (old.version, old.hash_sum)
    (new,) = session.extensions()
    assert (new.uuid, new.version) == (old.uuid, "2.5.0")


def test_it_gives_back_the_bytes_it_took(infobase):
    session = infobase.connect()
    made = session.create(good_cfe(), Properties())
    assert session.read(made.uuid) == good_cfe()


def test_a_session_runs_with_what_there_was_when_it_began(infobase):
    session = infobase.connect()
    session.create(good_cfe(), Properties())
    (extension,) = session.extensions()
    assert session.presence(extension) is Presence.ABSENT
    assert infobase.connect().presence(extension) is Presence.APPLIED


def test_what_is_switched_off_is_disabled(infobase):
    session = infobase.connect()
    made = session.create(good_cfe(), Properties())
    session.set_properties(made.uuid, Properties(active=False))
    (extension,) = session.extensions()
    assert infobase.connect().presence(extension) is Presence.DISABLED


@pytest.mark.parametrize("call", ["create", "issues"])
def test_garbage_is_no_extension(infobase, call):
    session = infobase.connect()
    argument = {"create": (b"garbage", Properties()), "issues": ("x", b"garbage")}[call]
    with pytest.raises(InfobaseError) as failed:
        getattr(session, call)(*argument)
    assert (failed.value.code, failed.value.source) == (
        "BAD_FILE", "Неверный формат хранилища данных",
    )  # fmt: skip


def test_a_second_extension_of_one_name_is_refused(infobase):
    session = infobase.connect()
    session.create(good_cfe(), Properties())
    assert code_of(session.create, good_cfe(), Properties()) == "DUPLICATE_NAME"


def test_what_the_master_node_gave_is_not_edited_here(file, infobase):
    session = infobase.connect()
    made = session.create(good_cfe(), Properties())
    row = json.loads(file.read_text("utf-8"))["extensions"][0]
    change(file, extensions=[{**row, "from_master_node": True}])
    assert code_of(session.delete, made.uuid) == "FROM_MASTER_NODE"


def test_without_rights_nothing_is_written(file, infobase):
    change(file, rights={"extensions": False})
    session = infobase.connect()
    assert session.facts().may_administer_extensions is False
    assert code_of(session.create, good_cfe(), Properties()) == "NO_RIGHTS"


def test_a_lost_connection_stays_lost(file, infobase):
    change(file, faults={"read": ["lost_before"]})
    session = infobase.connect()
    assert code_of(session.read, "u") == "CONNECTION_LOST"
    assert code_of(session.facts) == "CONNECTION_LOST"
    assert infobase.connect().facts()


def test_a_closed_session_is_over(infobase):
    session = infobase.connect()
    session.close()
    session.close()
    assert code_of(session.extensions) == "CONNECTION_LOST"


def test_a_word_is_for_every_call_and_a_list_is_used_up(file, infobase):
    change(file, faults={"connect": [None, "AUTH_FAILED"], "facts": "NO_RIGHTS"})
    session = infobase.connect()
    assert code_of(infobase.connect) == "AUTH_FAILED"
    infobase.connect()
    assert [code_of(session.facts), code_of(session.facts)] == ["NO_RIGHTS", "NO_RIGHTS"]


def test_its_id_outlives_the_process(file, infobase):
    assert infobase.connect().keep_infobase_id("i-1")
    assert SimulatedInfobase(file.parent).connect().infobase_id() == "i-1"


def test_the_file_stays_readable_for_those_who_made_it(file, infobase):
    file.chmod(0o664)
    infobase.connect().keep_infobase_id("i-1")
    assert stat.S_IMODE(file.stat().st_mode) == 0o664
