import base64
from contextlib import closing

import pytest

from agent.codes import Code
from agent.com.errors import ComError, code_of
from agent.com.handler import Handler
from agent.com.session import Parcel
from agent.errors import InfobaseError
from agent.infobase import NOT_STORED, OpenSession, Presence, Properties
from agent.simulated.values import BinaryData
from tests.agent.com.bases import DATA, NAME, NEWER
from tests.factories.cfe import good_cfe
from wire.extensions import InfobaseKind, Purpose

PLAIN = Properties(use_default_roles=False)
UNSAFE = Properties(safe_mode=False, unsafe_operation_warnings=False, use_default_roles=False)


def installed(base, properties=PLAIN, data=DATA, name=NAME):
    session = base.session()
    session.create(Parcel(data), properties)
    (found,) = session.extensions(name)
    return found


def test_facts_are_what_1c_says(base):
    base.set(
        has_bsp=True,
        compatibility_mode="Версия8_3_24",
        configuration_changed=True,
        rights={"extensions": True, "administration": False},
    )
    facts = base.session().facts()
    assert (facts.configuration, facts.configuration_version) == (
        "БухгалтерияПредприятия",
        "3.0.150.34",
    )
    assert facts.platform_version == "8.3.25.1286"
    assert facts.compatibility_mode == "Версия8_3_24"
    assert facts.configuration_changed
    assert facts.has_bsp
    assert facts.may_administer_extensions
    assert not facts.may_administer
    assert (facts.kind, facts.session_number) == (InfobaseKind.FILE, 1)


@pytest.mark.parametrize("english", [False, True])
@pytest.mark.parametrize("properties", [PLAIN, UNSAFE, Properties(active=False)])
def test_a_new_extension_has_the_properties_asked_for(base, english, properties):
    base.set(english_names_only=english, language="en" if english else "ru")
    found = installed(base, properties)
    assert found.properties == properties
    assert (found.name, found.version) == (NAME, "2.4.0")
    assert found.purpose is Purpose.CUSTOMIZATION
    assert len(base64.b64decode(found.hash_sum)) == 20


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("language", ["ru", "en"])
def test_purpose_and_scope_are_read_in_both_languages(base, purpose, language):
    found = installed(base)
    state = base.state
    state["extensions"][0] |= {"purpose": purpose.value, "scope": "DataSeparation"}
    base.set(extensions=state["extensions"], language=language)
    (read,) = base.session().extensions()
    assert (read.purpose, read.scope) == (purpose, "DataSeparation")
    assert read.uuid == found.uuid


def test_safe_mode_may_be_the_name_of_a_profile(base):
    profiled = Properties(safe_mode=True, security_profile="Обмен", use_default_roles=False)
    assert installed(base, profiled).properties == profiled


def test_a_platform_without_default_roles_is_not_asked_for_them(base):
    base.set(platform_version="8.3.14.1993")
    assert installed(base, Properties(use_default_roles=True)).properties.use_default_roles is False


def test_what_a_write_returns_is_stale_until_it_is_read_again(base):
    session = base.session()
    stale = session.create(Parcel(DATA), UNSAFE)
    assert (stale.hash_sum, stale.version) == (NOT_STORED, "")
    (brief,) = session.extensions(NAME, stale)
    assert [brief] == base.session().extensions(NAME)


def test_new_bytes_keep_what_was_not_to_be_changed(base):
    before = installed(base, Properties(active=True, used_in_distributed_infobase=True))
    session = base.session()
    assert session.extensions(NAME, before) == [before]
    wanted = Properties(safe_mode=False, used_in_distributed_infobase=True)
    stale = session.replace(before.uuid, Parcel(NEWER), wanted)
    (found,) = session.extensions(NAME, stale)
    assert (found.version, found.properties, found.uuid) == ("2.5.0", wanted, before.uuid)
    assert [found] == base.session().extensions()


def test_bytes_can_be_replaced_by_uuid_alone(base):
    before = installed(base)
    session = base.session()
    stale = session.replace(before.uuid, Parcel(NEWER), UNSAFE)
    (found,) = session.extensions(NAME)
    assert (stale.uuid, found.properties, found.version) == (before.uuid, UNSAFE, "2.5.0")


def test_a_changed_extension_is_read_whole_although_it_was_known(base):
    before = installed(base)
    base.session().replace(before.uuid, Parcel(NEWER), UNSAFE)
    (found,) = base.session().extensions(NAME, before)
    assert (found.version, found.properties) == ("2.5.0", UNSAFE)


def test_properties_alone_can_be_written(base):
    before = installed(base)
    session = base.session()
    wanted = Properties(active=False, safe_mode=False, use_default_roles=True)
    session.set_properties(before.uuid, wanted)
    (found,) = session.extensions(NAME)
    assert (found.properties, found.hash_sum) == (wanted, before.hash_sum)


def test_an_extension_can_be_removed(base):
    before = installed(base)
    session = base.session()
    session.delete(before.uuid)
    assert session.extensions() == []
    with pytest.raises(InfobaseError) as refused:
        session.delete(before.uuid)
    assert "не найдено" in refused.value.diagnostics("ru")


def test_names_are_looked_up_one_by_one(base):
    installed(base)
    session = base.session()
    assert session.present(["Чужое", NAME]) == [NAME]
    assert session.connection.tally.invokes["Получить"] == 2


def test_all_problems_of_the_check_are_told_and_which_of_them_block(base):
    base.set(issues=["нет объекта", "нет метода"], remarks=["лишний модуль"])
    found = base.session().issues(NAME, Parcel(DATA))
    assert [issue.critical for issue in found] == [True, True, False]
    assert found[0].text.endswith("нет объекта")


def test_presence_is_that_of_this_very_session(base):
    session = base.session()
    session.create(Parcel(DATA), PLAIN)
    (found,) = session.extensions(NAME)
    assert session.presence(found) is Presence.ABSENT
    assert base.session().presence(found) is Presence.APPLIED
    session.set_properties(found.uuid, Properties(active=False))
    assert base.session().presence(found) is Presence.DISABLED


def test_presence_compares_the_bytes_and_the_scope(base):
    found = installed(base)
    state = base.state
    state["extensions"][0]["scope"] = "DataSeparation"
    base.set(extensions=state["extensions"])
    assert base.session().presence(found) is Presence.ABSENT


def test_it_knows_whose_sessions_are_open_besides_its_own(base):
    others = [{"application": "1CV8C", "computer": "ПК-1", "user": "Анна", "number": 40}]
    base.set(sessions=others)
    assert base.session().others() == [OpenSession("1CV8C", "ПК-1", "Анна", 40)]


@pytest.mark.parametrize("with_library", [True, False])
def test_a_lock_has_a_code_and_is_lifted(base, with_library):
    base.set(has_bsp=with_library)
    entered = []
    session = base.session(entered.append)
    assert not session.session_lock().is_set
    session.lock("Обновление", "A1B2C3D4E5F6G7H8")
    assert session.session_lock().is_set
    assert "Обновление" in session.session_lock().message
    assert base.state["lock"] == "A1B2C3D4E5F6G7H8"
    session.unlock("SOMEBODY0ELSE000")
    assert base.state["lock"] == "A1B2C3D4E5F6G7H8"
    session.unlock("A1B2C3D4E5F6G7H8")
    session.unlock("A1B2C3D4E5F6G7H8")
    assert base.state["lock"] is None
    assert entered == ["LOCKED", "UNLOCKED"]


def test_a_lock_without_a_code_is_refused_before_1c_hears_of_it(base):
    with pytest.raises(ValueError, match="code"):
        base.session().lock("Обновление", "")
    assert base.state["lock"] is None


def test_every_change_asks_for_leave_right_before_it(base):
    seen = []

    def gate(state):
        seen.append((state, len(base.state.get("extensions", []))))

    session = base.session(gate)
    stale = session.create(Parcel(DATA), PLAIN)
    session.replace(stale.uuid, Parcel(NEWER), PLAIN)
    session.set_properties(stale.uuid, PLAIN)
    session.delete(stale.uuid)
    assert seen == [("WRITING", 0), ("WRITING", 1), ("WRITING", 1), ("DELETING", 1)]


def test_nothing_is_written_where_leave_is_withheld(base):
    class WithheldError(BaseException): ...

    def gate(_state):
        raise WithheldError

    before = installed(base)
    session = base.session(gate)
    for act in (
        lambda: session.create(Parcel(good_cfe(name="Другое")), PLAIN),
        lambda: session.replace(before.uuid, Parcel(NEWER), UNSAFE),
        lambda: session.set_properties(before.uuid, UNSAFE),
        lambda: session.delete(before.uuid),
        lambda: session.lock("x", "CODE"),
    ):
        with pytest.raises(WithheldError):
            act()
    assert base.session().extensions() == [before]
    assert base.state["lock"] is None


@pytest.mark.parametrize("has_bsp", [True, False])
def test_parameters_are_refreshed_where_there_is_the_library(base, has_bsp):
    base.set(has_bsp=has_bsp)
    assert base.session().refresh_parameters() is has_bsp
    assert base.state["refreshes"] == int(has_bsp)


def test_an_entry_of_the_event_log_is_left_and_not_being_let_is_no_error(base):
    session = base.session()
    session.log_event("установлено\u202e Pwd=секрет;")
    assert [event["comment"] for event in base.state["events"]] == ["установлено Pwd=***;"]
    base.set(faults={"ЗаписьЖурналаРегистрации": "NO_RIGHTS"})
    session.log_event("ещё")


def test_a_lost_session_is_told_even_where_refusals_are_not(base):
    session = base.session()
    base.set(faults={"ЗаписьЖурналаРегистрации": "lost"})
    with pytest.raises(ComError) as lost:
        session.log_event("x")
    assert code_of(lost.value) is Code.CONNECTION_LOST


def test_the_id_is_kept_for_everybody(base):
    assert base.session().infobase_id() is None
    assert base.session().keep_infobase_id("id-1")
    assert base.session().infobase_id() == "id-1"
    assert base.state["infobase_id"] == "id-1"


def test_the_id_is_kept_for_the_own_user_where_others_are_closed(base):
    base.set(settings_refused=["Podkluch"])
    assert base.session().keep_infobase_id("id-2")
    assert base.session().infobase_id() == "id-2"
    base.set(settings_refused=["*"])
    assert not base.session().keep_infobase_id("id-3")
    assert base.session().infobase_id() is None


def test_bytes_come_back_whole_by_a_path_and_without_one(base):
    data = good_cfe(synonym="С" * 5000)
    found = installed(base, data=data)
    path = base.handed / "out.cfe"
    assert base.session().read(found.uuid, path) == data
    assert not path.exists()
    assert base.session().read(found.uuid, None) == data
    assert base.session().read(found.uuid, base.folder / "no" / "such" / "folder") == data


def test_bytes_go_in_by_path_then_base64_then_xml(base):
    path = base.handed / "in.cfe"
    path.write_bytes(DATA)
    ways = [
        (Parcel(DATA, path), {}, "NewObject"),
        (Parcel(DATA), {}, "Base64Значение"),
        (Parcel(DATA, base.handed / "absent.cfe"), {}, "Base64Значение"),
        (Parcel(DATA), {"Base64Значение": "fail Метод недоступен"}, "XMLЗначение"),
    ]
    for parcel, faults, way in ways:
        base.set(faults=faults, extensions=[])
        session = base.session()
        session.create(parcel, PLAIN)
        assert session.connection.tally.invokes[way] >= 1
        assert base64.b64decode(base.state["extensions"][0]["data"]) == DATA


def test_a_lost_session_does_not_try_other_ways_for_the_bytes(base):
    base.set(faults={"Base64Значение": "lost"})
    session = base.session()
    with pytest.raises(ComError):
        session.create(Parcel(DATA), PLAIN)
    assert session.connection.tally.invokes["XMLЗначение"] == 0


def test_the_simulated_1c_gives_base64_in_lines(base):
    assert "\r\n" in BinaryData(base.disp().raw.world, bytes(100)).base64


def test_an_unparsed_list_of_sessions_is_filled_in_by_asking(base):
    others = [{"application": "1CV8C", "computer": "ПК-1", "user": "Анна", "number": 40}]
    text = "fail Ошибка исключительной блокировки информационной базы"
    base.set(sessions=others, faults={"Записать": text})
    with pytest.raises(InfobaseError) as busy:
        installed_by_port(base)
    assert busy.value.code == Code.EXCLUSIVE_LOCK
    assert "ПК-1, Анна (1CV8C)" in busy.value.diagnostics("ru")


def test_a_failed_refresh_has_a_code_of_its_own(base):
    base.set(has_bsp=True, faults={"refresh": "fail Возникла непредвиденная ситуация"})
    with pytest.raises(InfobaseError) as refused:
        base.infobase().connect().refresh_parameters()
    assert refused.value.code == Code.BSP_REFRESH_FAILED
    base.set(has_bsp=True, faults={"refresh": "lost"})
    with pytest.raises(InfobaseError) as refused:
        base.infobase().connect().refresh_parameters()
    assert refused.value.code == Code.CONNECTION_LOST


def test_a_file_swapped_after_the_check_is_never_written(base):
    with closing(base.infobase().connect()) as session:
        session.issues(NAME, DATA)
        (handed,) = base.handed.iterdir()
        for swap in (lambda: handed.write_bytes(NEWER), lambda: _moved_over(handed)):
            swap()
            with pytest.raises(InfobaseError) as refused:
                session.create(DATA, PLAIN)
            assert refused.value.code == Code.SIGNATURE_BAD
    assert base.session().extensions() == []


def test_a_handler_closes_what_was_handed_over(base):
    handler = Handler(base.opening(), lambda _state: None)
    handler.create()
    assert handler.connect() == 1
    handler.close()
    handler.close()


def installed_by_port(base):
    with closing(base.infobase().connect()) as session:
        return session.create(DATA, PLAIN)


def _moved_over(path):
    """The same bytes in another file: the handle no longer says what the path says."""
    other = path.with_suffix(".new")
    other.write_bytes(DATA)
    other.replace(path)


def test_nothing_that_1c_says_of_an_extension_harms_a_console(base):
    evil = "\x1b[31m\x9b\u202e\r\n\u2066Х"
    base.session().create(Parcel(DATA), PLAIN)
    (row,) = base.state["extensions"]
    properties = {**row["properties"], "security_profile": evil}
    base.set(extensions=[{**row, "uuid": evil, "version": evil, "properties": properties}])
    (found,) = base.session().extensions()
    said = (found.uuid, found.version, found.properties.security_profile)
    assert said == ("[31mХ",) * 3
