"""What is signed against what is offered and what the infobase is, field by field."""

import pytest

from agent.errors import Failure
from agent.infobase import InfobaseFacts
from agent.manifest import verdict
from tests.factories.cfe import good_cfe
from tests.simulators.bench import EXTENSION
from tests.simulators.exchange import Release
from tests.simulators.licence_answers import activations, offers
from tests.simulators.vendor_repository import custom_of
from wire.extensions import InfobaseKind
from wire.trust import InstallFlag, TargetStatus

ALL = ["base", "prof", "corp"]
FACTS = InfobaseFacts(
    kind=InfobaseKind.FILE,
    configuration="БухгалтерияПредприятия",
    configuration_version="3.0.150.34",
    platform_version="8.3.25.1286",
    compatibility_mode="Версия8_3_24",
    configuration_changed=False,
    may_administer_extensions=True,
    may_administer=True,
    session_number=1,
)


def mismatch(bench, ran, field):
    assert (ran.exit, ran.result["code"]) == (20, "MANIFEST_MISMATCH")
    assert ran.result["data"]["field"] == field
    assert f"поле {field}: подписано «" in ran.result["text"]
    assert bench.extensions() == []


@pytest.mark.parametrize(
    ("signed", "field"),
    [
        ({"ext": "price-tags"}, "ext"),
        ({"name": "ДругоеИмя"}, "name"),
        ({"ver": "2.3.0"}, "ver"),
        ({"file_ver": "2.4.0 beta"}, "file_ver"),
        ({"channel": "beta"}, "channel"),
        ({"critical": True}, "critical"),
        ({"purpose": "patch"}, "purpose"),
        ({"flags": [InstallFlag.RESTART_REQUIRED]}, "flags"),
        ({"flags": [InstallFlag.SAFE_MODE_OFF_REQUIRED]}, "flags"),
        ({"conflicts": ["Бэкофис"]}, "conflicts"),
        ({"requires": ["Ядро"]}, "requires"),
        ({"eula": "77" * 32}, "eula"),
    ],
)
def test_an_offer_that_is_not_what_was_signed_is_refused(bench, server, signed, field):
    server.releases = [Release(signed=signed, needs_eula=False)]
    ran = bench.install()
    mismatch(bench, ran, field)
    assert ran.result["data"]["signed"] != ran.result["data"]["received"]
    assert server.count("POST activations") == 0


@pytest.mark.parametrize(
    ("install", "flag"),
    [
        ({"safe_mode_off_required": True}, "safe_mode_off_required"),
        ({"unsafe_action_protection_off": True}, "unsafe_action_protection_off"),
    ],
)
def test_a_server_cannot_ask_for_less_protection_than_was_signed(bench, server, install, flag):
    server.releases = [Release(install=install, signed={"flags": []})]
    ran = bench.install("--consent-unsafe")
    mismatch(bench, ran, "flags")
    assert ran.result["data"]["received"] == flag


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"configuration_name": "УправлениеТорговлей"}, "CONFIGURATION_UNSUPPORTED"),
        ({"editions": ["corp"]}, "EDITION_UNSUPPORTED"),
        ({"version_from": "3.0.151"}, "VERSION_TOO_OLD"),
        ({"version_to": "3.0.149.*"}, "VERSION_TOO_NEW"),
        ({"excluded": ["3.0.150.*"]}, "VERSION_EXCLUDED"),
        ({"infobase_kind": "server"}, "INFOBASE_KIND_UNSUPPORTED"),
        ({"platform_min": ["8.3.25.1400"]}, "PLATFORM_TOO_OLD"),
        ({"platform_excluded": [{"from": "8.3.25", "to": "8.3.25"}]}, "PLATFORM_EXCLUDED"),
        ({"effect": "deny"}, "DENIED_BY_RULE"),
        ({"tested_to": "3.0.149"}, "VERSION_NOT_TESTED"),
    ],
)
def test_a_release_that_the_signed_rules_keep_out_is_refused(bench, server, rule, code):
    server.releases = [Release(signed={"rules": [rule]})]
    ran = bench.install("--accept-untested")
    mismatch(bench, ran, "rules")
    assert (ran.result["data"]["signed"], ran.result["data"]["received"]) == (code, "compatible")


def test_an_untested_release_is_one_by_both_accounts(bench, server):
    server.releases = [Release(verdict="untested", code="VERSION_NOT_TESTED")]
    assert bench.install("--accept-untested").exit == 0


@pytest.mark.parametrize(
    "rule",
    [
        {"version_from": "three"}, {"version_from": 3}, {"editions": ["ultimate"]},
        {"excluded": "3.0"}, {"platform_excluded": [{"from": "8.3"}]}, {"effect": "maybe"},
        {"platform_excluded": ["8.3"]}, {"min_compatibility_mode": "old"},
    ],
)  # fmt: skip
def test_rules_that_cannot_be_read_keep_everything_out(rule):
    with pytest.raises(Failure) as failed:
        verdict(custom_of(Release(signed={"rules": [rule]})), FACTS)
    assert failed.value.facts() == {"reason": "METADATA_INVALID"}


def test_a_row_that_leaves_everything_out_meets_any_professional_edition():
    custom = custom_of(Release(signed={"rules": [{}]}))
    assert verdict(custom, FACTS).code == "COMPATIBLE"


def test_a_required_extension_that_is_missing_is_refused(bench, server):
    server.releases = [Release(install={"requires": ["Ядро"]})]
    mismatch(bench, bench.install(), "requires")


def test_a_required_extension_that_is_there_is_enough(bench, server):
    server.releases = [Release(onec_name="Ядро", data=good_cfe(name="Ядро"))]
    assert bench.install().exit == 0
    server.releases = [Release(install={"requires": ["Ядро"]})]
    assert bench.install().exit == 0


@pytest.mark.parametrize(("via", "exit_code"), [("2.4.1", 20), ("2.4.0", 0), (None, 0)])
def test_a_watershed_cannot_be_jumped(bench, server, via, exit_code):
    assert bench.install().exit == 0
    server.releases.append(Release("3.0.0", signed={"via": via}))
    ran = bench.install()
    assert ran.exit == exit_code
    if exit_code:
        assert (ran.result["data"]["field"], len(bench.extensions())) == ("via", 1)


def test_a_fresh_installation_ignores_the_watershed(bench, server):
    server.releases = [Release("3.0.0", signed={"via": "2.4.1"})]
    assert bench.install().exit == 0


@pytest.mark.parametrize(("member", "value"), [("sha256", "0" * 64), ("size", 5)])
def test_an_offered_file_that_is_not_the_signed_one_is_refused(bench, server, member, value):
    def lying(exchange):
        answer = exchange.answer

        def change(status, document):
            for row in document["data"]:
                row["artifact"][member] = value
            answer(status, document)

        exchange.answer = change
        offers(exchange)

    server.before("POST offers", lying, lying)
    mismatch(bench, bench.install(), "length" if member == "size" else member)


def test_what_was_signed_anew_between_two_answers_is_asked_for_once_more(bench, server):
    def earlier(exchange):
        offers(exchange)
        server.releases[0].install = {"restart_required": True}
        server.sign()

    server.before("POST offers", earlier)
    assert bench.install().exit == 3010
    assert server.count("POST offers") == 2


def test_a_download_of_another_file_is_refused(bench, server):
    release = server.releases[0]
    server.sign()
    server.before("POST activations", lambda exchange: _swap(exchange, release))
    ran = bench.install()
    mismatch(bench, ran, "sha256")


def _swap(exchange, release):
    """From now on the server hands out another file under the same release."""
    release.sha256 = "ab" * 32
    activations(exchange)


def test_newly_unsafe_needs_the_consent_of_a_person(bench, server):
    assert bench.install().exit == 0
    server.releases.append(Release("2.5.0", install={"safe_mode_off_required": True}))
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (14, "CONSENT_REQUIRED")
    assert [version for _, version, _ in bench.extensions()] == ["2.4.0"]
    assert bench.install("--consent-unsafe").exit == 0


def test_the_download_command_compares_as_well(bench, server, tmp_path):
    server.releases = [Release(signed={"file_ver": "9"})]
    ran = bench.do("download", EXTENSION, "--out", tmp_path)
    mismatch(bench, ran, "file_ver")
    assert not list(tmp_path.glob("*.cfe"))


def withdrawn(server, advice):
    """The later of two releases is withdrawn; what is installed now is that one."""
    later = server.releases[-1]
    later.signed = {"status": TargetStatus.WITHDRAWN, "rollback_to": advice}
    later.available, later.code = False, "RELEASE_WITHDRAWN"


def test_a_rollback_that_the_vendor_signed_needs_no_consent(bench, server):
    server.releases.append(Release("2.5.0"))
    assert bench.install().exit == 0
    withdrawn(server, "2.4.0")
    ran = bench.install()
    assert (ran.exit, ran.result["data"]["action"]) == (0, "downgrade")
    assert [version for _, version, _ in bench.extensions()] == ["2.4.0"]


@pytest.mark.parametrize("advice", [None, "2.3.0"])
def test_a_rollback_that_only_the_server_wants_needs_consent(bench, server, advice):
    server.releases.append(Release("2.5.0"))
    assert bench.install().exit == 0
    withdrawn(server, advice)
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (14, "CONSENT_REQUIRED")
    assert "--allow-downgrade" in ran.result["text"]


def test_advice_without_a_withdrawal_is_no_order(bench, server):
    server.releases.append(Release("2.5.0", signed={"rollback_to": "2.4.0"}))
    assert bench.install().exit == 0
    server.releases[-1].available = False
    assert bench.install().result["code"] == "CONSENT_REQUIRED"
