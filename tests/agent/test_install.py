import pytest

from tests.factories.cfe import good_cfe
from tests.simulators.bench import ACCEPT, EXTENSION
from tests.simulators.exchange import EULA_TEXT, Release, problem, sha
from tests.simulators.licence_answers import install_reports, offers


def test_it_installs_and_reports(bench, server):
    ran = bench.install()
    assert (ran.exit, ran.result["outcome"], ran.result["changed"]) == (0, "done", True)
    release = server.releases[0]
    assert bench.extensions() == [("СкладскойПомощник", "2.4.0", release.data)]
    assert [event["state"] for event in ran.of("step")] == [
        "AUTHORIZED", "DOWNLOADED", "FILE_VERIFIED", "HOST_READY", "CONNECTED", "PROBED",
        "PRECHECKED", "BACKED_UP", "WRITING", "WRITTEN", "REREAD_OK", "VERIFIED_NEW_SESSION",
    ]  # fmt: skip
    (report,) = server.reports
    assert (report["operation"], report["outcome"], report["code"]) == ("install", "done", None)
    assert (report["previous_version"], report["version"]) == (None, "2.4.0")
    assert (report["consents"], report["release_id"]) == (["eula"], release.id)
    (completed,) = server.completed
    assert completed == {
        "download_id": report["download_id"], "sha256": release.sha256, "bytes": len(release.data)
    }  # fmt: skip


def test_the_requests_go_out_in_the_order_of_the_protocol(bench, server):
    bench.install()
    assert [route for route, _, _ in server.requests] == [
        "POST license-checks", "POST offers", *["GET tuf"] * 5, "GET eulas", "POST activations",
        "POST eula-acceptances", "POST downloads", "GET artifacts", "POST install-reports",
    ]  # fmt: skip


def test_every_event_has_the_same_members(bench):
    ran = bench.install()
    common = {"v", "ts", "run", "seq", "ev", "infobase", "extension", "state", "code", "text"}
    for number, event in enumerate(ran.events, 1):
        assert common | {"data"} <= event.keys()
        assert (event["v"], event["seq"]) == (1, number)
    assert len({event["run"] for event in ran.events}) == 1
    last = {"outcome", "changed", "code", "exit_code", "post_install_steps", "data"}
    assert ran.result["ev"] == "result"
    assert last <= ran.result.keys()


def test_the_plan_says_who_signed_the_release(bench, server):
    ran = bench.do("install", EXTENSION, "--plan-only")
    data = ran.result["data"]
    assert data["signature_verified"] is True
    assert data["signature"]["repository"] == server.repository.id
    assert data["signature"]["root_version"] == 1
    shown = bench.run("install", EXTENSION, "--plan-only", "--simulated", bench.base)
    assert data["signature"]["root_fingerprint"] in shown.out


@pytest.mark.parametrize("option", ["--plan-only", "--dry-run"])
def test_a_plan_changes_nothing_anywhere(bench, server, option):
    ran = bench.do("install", EXTENSION, option)
    assert (ran.exit, ran.result["changed"]) == (0, False)
    assert ran.result["data"]["plan"]["action"] == "install"
    assert (bench.extensions(), server.reports) == ([], [])
    assert server.count("POST activations") == 0


def test_the_same_release_again_is_nothing_to_do(bench, server):
    bench.install()
    ran = bench.install()
    assert (ran.exit, ran.result["outcome"], ran.result["code"]) == (0, "noop", "NOOP")
    assert len(server.reports) == 1


def test_a_later_release_is_an_upgrade_with_a_backup(bench, server):
    bench.install()
    old = server.releases[0]
    server.releases.append(Release("2.10.0"))
    ran = bench.install()
    assert ran.result["data"]["action"] == "upgrade"
    assert [version for _, version, _ in bench.extensions()] == ["2.10.0"]
    (backup,) = (bench.home / "backups").rglob("*.cfe")
    assert backup.read_bytes() == old.data
    assert backup.stat().st_mode & 0o777 == 0o600
    assert server.reports[-1]["previous_version"] == "2.4.0"


def test_only_the_last_five_backups_are_kept(bench, server):
    for number in range(8):
        server.releases.append(Release(f"3.0.{number}"))
        assert bench.install().exit == 0
    assert len(list((bench.home / "backups").rglob("*.cfe"))) == 5


def test_a_restart_is_told_with_its_exit_code(bench, server):
    server.releases = [Release(install={"restart_required": True})]
    ran = bench.install()
    assert ran.exit == 3010
    assert ran.result["exit_code"] == 3010
    assert (ran.result["outcome"], ran.result["code"]) == (
        "done_restart_required", "RESTART_REQUIRED",
    )  # fmt: skip
    assert (server.reports[0]["outcome"], server.reports[0]["code"]) == (
        "done_restart_required", None,
    )  # fmt: skip


def test_what_a_new_session_does_not_see_needs_a_restart(bench):
    bench.write(faults={"presence": "absent"})
    assert bench.install().result["outcome"] == "done_restart_required"


def test_steps_for_people_come_last(bench, server):
    steps = ["Опубликуйте HTTP-сервисы расширений"]
    server.releases = [Release(install={"post_install_steps": steps})]
    assert bench.install().result["post_install_steps"] == steps
    server.releases = [Release("2.5.0", install={"post_install_steps": steps})]
    ran = bench.run("install", EXTENSION, "--simulated", bench.base)
    assert ran.out.splitlines()[-1] == f"  1. {steps[0]}"


# Decisions


def test_without_the_agreement_nothing_is_installed(bench, server):
    ran = bench.do("install", EXTENSION)
    assert (ran.exit, ran.result["code"]) == (14, "CONSENT_REQUIRED")
    (question,) = ran.of("question")
    assert question["code"] == "eula"
    assert question["data"] == {
        "subject": sha(EULA_TEXT), "flag": f"--accept-eula {sha(EULA_TEXT)}", "text": EULA_TEXT,
    }  # fmt: skip
    assert ran.result["changed"] is False
    assert server.count("POST activations") == 0


def test_the_agreement_of_another_text_is_no_agreement(bench):
    ran = bench.do("install", EXTENSION, "--accept-eula", "0" * 64)
    assert ran.result["code"] == "CONSENT_REQUIRED"
    assert "в --accept-eula назван другой текст: 00000000" in ran.result["text"]


def test_an_agreement_that_nobody_named_is_no_other_one(bench):
    assert "другой текст" not in bench.do("install", EXTENSION).result["text"]


def test_yes_does_not_accept_an_agreement(bench):
    assert bench.do("install", EXTENSION, "--yes").result["code"] == "CONSENT_REQUIRED"


def test_leaving_safe_mode_needs_consent_and_is_reported(bench, server):
    server.releases = [Release(install={"safe_mode_off_required": True})]
    refused = bench.install("--yes")
    assert (refused.exit, refused.of("question")[0]["code"]) == (14, "unsafe")
    ran = bench.install("--consent-unsafe")
    assert ran.exit == 0
    assert bench.state["extensions"][0]["properties"]["safe_mode"] is False
    assert server.reports[0]["consents"] == ["eula", "unsafe"]


def test_a_release_that_becomes_unsafe_asks_although_the_old_one_was_safe(bench, server):
    bench.install()
    server.releases.append(Release("2.5.0", install={"safe_mode_off_required": True}))
    assert bench.install().result["code"] == "CONSENT_REQUIRED"
    assert bench.install("--consent-unsafe").exit == 0
    server.releases.append(Release("2.6.0", install={"safe_mode_off_required": True}))
    assert bench.install().exit == 0


def test_an_untested_release_is_taken_only_by_an_explicit_word(bench, server):
    server.releases = [Release(verdict="untested", code="VERSION_NOT_TESTED")]
    assert bench.install().exit == 13
    shown = bench.install("--show-untested")
    assert (shown.exit, shown.of("question")[0]["code"]) == (14, "untested")
    assert bench.install("--accept-untested").exit == 0
    assert server.bodies("POST downloads")[0]["accept_untested"] is True


def test_an_earlier_release_needs_its_own_flag(bench, server):
    server.releases = [Release("2.4.0"), Release("2.5.0")]
    assert bench.install().exit == 0
    refused = bench.install("--release", "2.4.0")
    assert (refused.exit, refused.of("question")[0]["code"]) == (14, "downgrade")
    ran = bench.install("--release", "2.4.0", "--allow-downgrade")
    assert (ran.exit, ran.result["data"]["action"]) == (0, "downgrade")
    assert [version for _, version, _ in bench.extensions()] == ["2.4.0"]


def test_our_versions_are_ordered_as_numbers_not_as_the_text_in_the_file(bench, server):
    server.releases = [Release("2.9", data=good_cfe(version="z"), file_version="z")]
    bench.install()
    server.releases.append(Release("2.10", data=good_cfe(version=""), file_version=""))
    ran = bench.install()
    assert (ran.exit, ran.result["data"]["action"]) == (0, "upgrade")


def test_an_unknown_installed_version_is_a_question(bench, server):
    server.releases = [Release("1.0.0")]
    bench.install()
    (bench.home / "state.db").unlink()
    server.releases = [Release("2.4.0")]
    refused = bench.install()
    assert (refused.exit, refused.of("question")[0]["code"]) == (14, "replace_unknown")
    ran = bench.install("--yes")
    assert (ran.exit, server.reports[-1]["operation"]) == (0, "upgrade")


def test_a_backup_of_the_infobase_is_asked_for_where_the_vendor_wants_it(bench, server):
    server.releases = [Release(install={"backup_required": True})]
    assert bench.install().of("question")[0]["code"] == "backup"
    assert bench.install("--yes").exit == 0


# What is chosen


def test_a_watershed_is_passed_before_the_release_behind_it(bench, server):
    server.releases = [Release("1.0")]
    bench.install()
    behind = Release(
        "3.0", code="UPGRADE_VIA", available=False, params={"version": "2.0"}, reason="Сначала 2.0"
    )
    server.releases += [Release("2.0"), behind]

    def open_the_way(exchange):
        install_reports(exchange)
        behind.code, behind.available = "COMPATIBLE", True

    server.before("POST install-reports", open_the_way)
    assert bench.install("--release", "3.0").exit == 0
    assert [version for _, version, _ in bench.extensions()] == ["3.0"]
    assert [report["version"] for report in server.reports] == ["1.0", "2.0", "3.0"]


def test_a_way_that_ends_before_the_last_release_is_still_done(bench, server):
    server.releases = [Release("2.0"), Release("3.0", code="UPGRADE_VIA", available=False)]
    ran = bench.install()
    assert (ran.result["outcome"], ran.result["changed"]) == ("done", True)
    assert [version for _, version, _ in bench.extensions()] == ["2.0"]


def test_a_way_that_breaks_in_the_middle_says_that_something_changed(bench, server):
    server.releases = [Release("2.0"), Release("3.0", code="UPGRADE_VIA", available=False)]
    server.before("POST offers", offers, problem(403, "KEY_REVOKED"))
    ran = bench.install()
    assert (ran.exit, ran.result["code"], ran.result["changed"]) == (11, "KEY_REVOKED", True)


@pytest.mark.parametrize(
    ("code", "exit_code", "shown"),
    [
        ("VERSION_TOO_OLD", 13, "NOT_COMPATIBLE"),
        ("RELEASE_PAUSED", 13, "RELEASE_PAUSED"),
        ("ENTITLEMENT_EXPIRED", 12, "ENTITLEMENT_EXPIRED"),
        ("UPDATES_EXPIRED", 12, "UPDATES_EXPIRED"),
        ("PRODUCT_MISSING", 11, "PRODUCT_MISSING"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_reason(bench, server, code, exit_code, shown):
    server.releases = [Release(code=code, available=False, reason="Потому что")]
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (exit_code, shown)
    assert "Потому что" in ran.result["text"]


def test_an_extension_nobody_offers_is_named(bench):
    ran = bench.do("install", "unheard-of", *ACCEPT)
    assert (ran.exit, ran.result["code"]) == (13, "NOT_COMPATIBLE")
    assert "unheard-of" in ran.result["text"]


@pytest.mark.parametrize(
    ("route", "status", "code", "exit_code"),
    [
        ("POST activations", 409, "SEAT_LIMIT_REACHED", 11),
        ("POST eula-acceptances", 409, "EULA_OUTDATED", 11),
        ("POST downloads", 403, "EULA_REQUIRED", 14),
        ("POST downloads", 409, "NOT_COMPATIBLE", 13),
        ("POST downloads", 410, "RELEASE_WITHDRAWN", 13),
        ("POST downloads", 403, "TRIAL_EXPIRED", 12),
        ("POST downloads", 409, "A_CODE_MADE_LATER", 11),
        ("POST downloads", 500, "INTERNAL_ERROR", 10),
        ("POST offers", 403, "KEY_REVOKED", 11),
    ],
)
def test_a_refusal_of_the_server_changes_nothing(bench, server, route, status, code, exit_code):
    server.before(route, problem(status, code))
    ran = bench.install()
    assert (ran.exit, ran.result["code"], ran.result["changed"]) == (exit_code, code, False)
    assert bench.extensions() == []
    assert "7f2c91e04b5d" in ran.result["text"]


def test_a_negative_verdict_stops_before_anything_else(bench, server):
    server.check_code = "KEY_EMPTY"
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (11, "KEY_EMPTY")
    assert server.count("POST offers") == 0
