from dataclasses import replace

import pytest

from agent.consents import Answers, Consent, Question
from agent.course import INSTALLATION, REMOVAL, ROLLBACK
from agent.infobase import InfobaseFacts, Properties, StoredExtension
from agent.journal import KnownRelease, State
from agent.plan import (
    PARTING,
    RETURN,
    STORY,
    Action,
    choose_action,
    installed,
    states,
    wanted_properties,
)
from tests.simulators.exchange import Release
from tests.simulators.licence_server import LicenceServer
from wire import codec
from wire.extensions import InfobaseKind, Offer, OfferAction
from wire.problems import Sentence

FACTS = InfobaseFacts(
    InfobaseKind.FILE, "БухгалтерияПредприятия", "3.0.150.34", "8.3.25.1286", None,
    configuration_changed=False, may_administer_extensions=True, may_administer=True,
    session_number=1,
)  # fmt: skip
NOW = StoredExtension("u", "СкладскойПомощник", "2.3.1", "H")


def offer(version="2.4.0", **changes):
    release = Release(version, install=changes.pop("install", {}))
    row = LicenceServer(release).offer(release, {"installed": []})
    return replace(codec.from_dict(Offer, row), **changes)


def known(version, sha256="other"):
    return KnownRelease("r", version, sha256)


def test_what_is_absent_is_installed():
    assert choose_action(offer(), None, None, Properties()) is Action.INSTALL


@pytest.mark.parametrize(
    ("ours", "offered", "action"),
    [
        ("2.3", "2.4.0", Action.UPGRADE),
        ("2.9", "2.10", Action.UPGRADE),
        ("2.10", "2.9", Action.DOWNGRADE),
        ("2.4", "2.4.0", Action.REPAIR),
        ("no version", "2.4.0", Action.REPLACE_UNKNOWN),
    ],
)
def test_what_we_wrote_ourselves_is_ordered_by_our_own_record(ours, offered, action):
    """Whatever the server thinks of the text in the file."""
    asked = offer(offered, action=OfferAction.CURRENT)
    assert choose_action(asked, NOW, known(ours), Properties()) is action


def test_the_same_bytes_are_repaired_only_where_their_properties_differ():
    asked = offer()
    same = known("2.4.0", asked.artifact.sha256)
    assert choose_action(asked, NOW, same, NOW.properties) is Action.NOOP
    assert choose_action(asked, NOW, same, Properties(safe_mode=False)) is Action.REPAIR


@pytest.mark.parametrize(
    ("said", "action"),
    [
        (OfferAction.UPGRADE, Action.UPGRADE),
        (OfferAction.DOWNGRADE, Action.DOWNGRADE),
        (OfferAction.CURRENT, Action.REPAIR),
        (OfferAction.REPLACE_UNKNOWN, Action.REPLACE_UNKNOWN),
        (OfferAction.INSTALL, Action.REPLACE_UNKNOWN),
    ],
)
def test_what_we_do_not_know_is_what_the_server_recognised(said, action):
    assert choose_action(offer(action=said), NOW, None, Properties()) is action


@pytest.mark.parametrize("said", [OfferAction.UPGRADE, OfferAction.CURRENT])
def test_no_server_passes_an_earlier_file_off_as_a_newer_one(said):
    earlier = offer("2.3.0", action=said)
    assert choose_action(earlier, NOW, None, Properties()) is Action.DOWNGRADE


@pytest.mark.parametrize("said", [OfferAction.UPGRADE, OfferAction.CURRENT])
@pytest.mark.parametrize("version", ["", "осенняя"])
def test_files_whose_versions_say_nothing_are_left_to_a_person(said, version):
    before = replace(NOW, version=version)
    assert choose_action(offer(action=said), before, None, Properties()) is Action.REPLACE_UNKNOWN


def test_a_new_extension_is_set_as_the_release_wants_it():
    assert wanted_properties(offer(), None) == Properties(use_default_roles=False)
    install = {"safe_mode_off_required": True, "unsafe_action_protection_off": True}
    assert wanted_properties(offer(install=install), None) == Properties(
        safe_mode=False, unsafe_operation_warnings=False, use_default_roles=False
    )


def test_an_upgrade_keeps_what_the_administrator_chose():
    chosen = Properties(
        active=False, safe_mode=False, security_profile="p", used_in_distributed_infobase=True
    )
    assert wanted_properties(offer(), replace(NOW, properties=chosen)) == chosen
    off = wanted_properties(
        offer(install={"safe_mode_off_required": True}),
        replace(NOW, properties=Properties(security_profile="p")),
    )
    assert (off.safe_mode, off.security_profile) == (False, None)


def test_extensions_are_found_by_their_name():
    assert installed([NOW], NOW.name) is NOW
    assert installed([NOW], "Другое") is None


@pytest.mark.parametrize(
    ("consent", "answers"),
    [
        (Consent.EULA, Answers(accept_eula=" SUBJECT ")),
        (Consent.UNSAFE, Answers(consent_unsafe=True)),
        (Consent.UNTESTED, Answers(accept_untested=True)),
        (Consent.DOWNGRADE, Answers(allow_downgrade=True)),
        (Consent.REPLACE_UNKNOWN, Answers(yes=True)),
        (Consent.BACKUP, Answers(yes=True)),
    ],
)
def test_each_decision_has_its_own_word(consent, answers):
    question = Question(consent, "subject", Sentence("", ""), "")
    assert answers.give(question)
    assert not Answers().give(question)
    if consent not in {Consent.REPLACE_UNKNOWN, Consent.BACKUP}:
        assert not Answers(yes=True).give(question)


@pytest.mark.parametrize(
    ("course", "story"), [(INSTALLATION, STORY), (ROLLBACK, RETURN), (REMOVAL, PARTING)]
)
def test_the_plan_names_the_steps_that_are_done(course, story):
    done = [step.state for step in (*course.before, *course.write, *course.after)]
    sometimes = {State.LOCKED, State.REFRESHED, State.UNLOCKED}
    assert [state for state in done if state not in sometimes] == list(story)


def test_an_infobase_with_the_library_of_1c_has_one_step_more():
    assert "REFRESHED" not in states(STORY, FACTS)
    named = states(STORY, replace(FACTS, has_bsp=True))
    assert named[named.index("REREAD_OK") + 1] == "REFRESHED"
