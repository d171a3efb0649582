from tests.factories.cfe import good_cfe
from tests.simulators.bench import ACCEPT, EXTENSION
from tests.simulators.exchange import Release

TAGS = {"extension": "price-tags", "onec_name": "Ценники"}


def update(bench, *options):
    return bench.do("update", *options, *ACCEPT)


def tags(version):
    return Release(version, **TAGS, data=good_cfe(name="Ценники", version=version))


def two_installed(bench, server):
    server.releases = [Release(), tags("1.0")]
    bench.install()
    bench.do("install", "price-tags", *ACCEPT)
    server.releases = [Release("2.5.0"), tags("1.1"), *server.releases]


def test_the_installed_one_is_brought_to_the_best_release(bench, server):
    bench.install()
    server.releases.append(Release("2.5.0"))
    ran = update(bench, EXTENSION)
    assert (ran.exit, ran.result["outcome"], ran.result["data"]["action"]) == (0, "done", "upgrade")
    assert [version for _, version, _ in bench.extensions()] == ["2.5.0"]


def test_what_is_not_installed_is_not_brought_by_an_update(bench):
    ran = update(bench, EXTENSION)
    assert (ran.exit, ran.result["outcome"], ran.result["code"]) == (0, "noop", "NOT_INSTALLED")
    assert bench.extensions() == []


def test_without_a_later_release_there_is_nothing_to_do(bench, server):
    bench.install()
    assert update(bench, EXTENSION).result["code"] == "NOOP"
    ran = update(bench)
    assert (ran.exit, ran.result["outcome"]) == (0, "noop")
    assert len(server.reports) == 1


def test_every_installed_one_with_a_later_release_is_updated(bench, server):
    two_installed(bench, server)
    ran = update(bench)
    assert (ran.exit, ran.result["outcome"], ran.result["changed"]) == (0, "done", True)
    assert sorted(version for _, version, _ in bench.extensions()) == ["1.1", "2.5.0"]
    assert {one["extension"] for one in ran.result["data"]["results"]} == {EXTENSION, "price-tags"}


def test_one_that_fails_stops_no_other(bench, server):
    two_installed(bench, server)
    server.releases[0].install = {"safe_mode_off_required": True}
    ran = update(bench)
    assert (ran.exit, ran.result["code"], ran.result["changed"]) == (14, "CONSENT_REQUIRED", True)
    assert sorted(version for _, version, _ in bench.extensions()) == ["1.1", "2.4.0"]


def test_a_dry_update_names_each_and_changes_nothing(bench, server):
    two_installed(bench, server)
    ran = update(bench, "--dry-run")
    actions = [one["plan"]["action"] for one in ran.result["data"]["results"]]
    assert actions == ["upgrade", "upgrade"]
    assert sorted(version for _, version, _ in bench.extensions()) == ["1.0", "2.4.0"]


def test_a_version_is_of_one_extension(bench):
    assert update(bench, "--release", "2.4.0").exit == 2


def test_after_a_failed_rollback_no_other_extension_is_begun(bench, server):
    two_installed(bench, server)
    bench.write(faults={"write": ["garbled", "BAD_FILE", "BAD_FILE"]})
    ran = update(bench)
    assert (ran.exit, ran.result["code"]) == (35, "ROLLBACK_FAILED")
    assert sum(one["outcome"] == "done" for one in server.reports) == 2
