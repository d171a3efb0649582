import pytest

from onec.cfe_writer import NewObject
from tests.factories.cfe import good_cfe
from tests.simulators.bench import ACCEPT, EXTENSION
from tests.simulators.exchange import Release, hang_up, problem

ANOTHER = {"extension": "price-tags", "onec_name": "Ценники"}


def remove(bench, *options):
    return bench.do("uninstall", EXTENSION, *options)


def with_tables(server):
    server.releases = [Release(data=good_cfe(objects=[NewObject("Catalog", "Адреса")]))]


def test_it_is_removed_and_reported(bench, server):
    bench.install()
    ran = remove(bench)
    assert (ran.exit, ran.result["outcome"], ran.result["changed"]) == (0, "done", True)
    assert bench.extensions() == []
    assert [event["state"] for event in ran.of("step")] == [
        "HOST_READY", "CONNECTED", "PROBED", "PRECHECKED", "BACKED_UP",
        "WRITING", "WRITTEN", "REREAD_OK", "VERIFIED_NEW_SESSION",
    ]  # fmt: skip
    report = server.reports[-1]
    assert (report["operation"], report["outcome"], report["extension"]) == (
        "uninstall", "done", EXTENSION,
    )  # fmt: skip
    assert (report["previous_version"], report["version"]) == ("2.4.0", None)
    assert report["release_id"] == server.releases[0].id
    assert report["artifact_sha256"] == server.releases[0].sha256


def test_its_seat_stays(bench, server):
    bench.install()
    remove(bench)
    assert len(server.seats) == 1
    assert server.count("DELETE activations") == 0


def test_a_copy_is_kept(bench, server):
    bench.install()
    remove(bench)
    (copy,) = (bench.home / "backups").rglob("*.cfe")
    assert copy.read_bytes() == server.releases[0].data


def test_it_is_found_by_its_name_in_1c_and_without_the_journal(bench):
    bench.install()
    assert bench.do("uninstall", "СкладскойПомощник").exit == 0
    bench.install()
    (bench.home / "state.db").unlink()
    assert remove(bench).result["outcome"] == "done"
    assert bench.extensions() == []


def test_it_needs_no_server_that_answers(bench, server):
    bench.install()
    server.before("POST install-reports", *[hang_up] * 9)
    assert remove(bench).exit == 0
    assert bench.extensions() == []


@pytest.mark.parametrize("name", [EXTENSION, "unheard-of"])
def test_what_is_absent_is_nothing_to_do(bench, server, name):
    ran = bench.do("uninstall", name)
    assert (ran.exit, ran.result["outcome"], ran.result["code"]) == (0, "noop", "NOT_INSTALLED")
    assert server.reports == []


def test_data_go_only_by_an_explicit_word(bench, server):
    with_tables(server)
    bench.install()
    refused = remove(bench, "--yes")
    assert (refused.exit, refused.result["code"]) == (14, "WITH_DATA_DELETE")
    (question,) = refused.of("question")
    assert (question["code"], question["data"]["flag"]) == ("data_loss", "--with-data")
    assert len(bench.extensions()) == 1
    assert remove(bench, "--with-data").exit == 0
    assert server.reports[-1]["consents"] == ["data_loss"]


def test_a_person_may_say_so_too(bench, server):
    with_tables(server)
    bench.install()
    arguments = ("uninstall", EXTENSION, "--simulated", bench.base)
    assert bench.typed(*arguments, answers=["нет"]).exit == 14
    assert bench.typed(*arguments, answers=["да", "нет"]).exit == 14
    assert bench.typed(*arguments, answers=["да", "да"]).exit == 0


def test_one_of_the_master_node_is_left_alone(bench):
    bench.install()
    bench.write(extensions=[{**bench.state["extensions"][0], "from_master_node": True}])
    ran = remove(bench)
    assert (ran.exit, ran.result["code"]) == (34, "FROM_MASTER_NODE")


def test_a_dry_run_removes_nothing(bench, server):
    bench.install()
    ran = remove(bench, "--dry-run")
    assert ran.result["data"]["plan"]["action"] == "uninstall"
    assert (len(bench.extensions()), len(server.reports)) == (1, 1)


def test_a_removal_that_1c_lost_is_looked_at_not_repeated(bench):
    bench.install()
    bench.write(faults={"delete": ["lost_after", "BAD_FILE"]})
    assert remove(bench).result["outcome"] == "done"
    assert bench.extensions() == []


def test_a_removal_that_did_not_happen_is_told_as_such(bench):
    bench.install()
    before = bench.state["extensions"]
    bench.write(faults={"delete": ["lost_before"]})
    ran = remove(bench)
    assert (ran.exit, ran.result["code"], ran.result["changed"]) == (34, "CONNECTION_LOST", False)
    assert bench.state["extensions"] == before


def test_what_cannot_be_refreshed_after_a_removal_is_put_back(bench, server):
    bench.write(has_bsp=True)
    bench.install()
    bench.write(faults={"refresh": ["BAD_FILE"]})
    ran = remove(bench)
    assert (ran.result["outcome"], server.reports[-1]["code"]) == (
        "rolled_back", "BSP_REFRESH_FAILED",
    )  # fmt: skip
    assert [data for _, _, data in bench.extensions()] == [server.releases[0].data]
    assert server.reports[-1]["version"] == "2.4.0"


def test_several_go_in_reverse_order_of_their_installation(bench, server):
    server.releases.append(Release(**ANOTHER, data=good_cfe(name="Ценники", version="2.4.0")))
    bench.install()
    bench.do("install", "price-tags", *ACCEPT)
    ran = bench.do("uninstall", EXTENSION, "price-tags")
    assert ran.exit == 0
    assert [one["onec_name"] for one in ran.result["data"]["results"]] == [
        "Ценники", "СкладскойПомощник",
    ]  # fmt: skip
    assert bench.extensions() == []


def test_of_several_the_most_serious_end_is_told(bench):
    bench.install()
    bench.write(faults={"delete": ["lost_before"]})
    ran = bench.do("uninstall", "unheard-of", EXTENSION)
    assert (ran.exit, ran.result["code"]) == (34, "CONNECTION_LOST")


def test_a_refusal_of_the_server_to_name_it_is_told(bench, server):
    bench.install()
    (bench.home / "state.db").unlink()
    server.before("POST offers", problem(403, "KEY_REVOKED"))
    assert remove(bench).result["code"] == "KEY_REVOKED"


def test_while_nobody_knows_what_became_of_one_no_other_is_removed(bench, server):
    server.releases = [
        Release(),
        Release("1.0", **ANOTHER, data=good_cfe(name="Ценники", version="1.0")),
    ]
    bench.install()
    bench.do("install", "price-tags", *ACCEPT)
    bench.write(faults={"delete": ["lost_after"], "connect": [*[None] * 3, "AUTH_FAILED"]})
    ran = bench.do("uninstall", EXTENSION, "price-tags")
    assert (ran.exit, len(bench.extensions())) == (31, 1)
    assert bench.do("recover").result["outcome"] == "done"
