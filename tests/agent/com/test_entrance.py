from datetime import datetime

import pytest

from agent.codes import Code
from agent.com.cluster import ClusterSession
from agent.com.dispatch import Disp
from agent.com.entrance import Account
from agent.com.link import ChildLink
from agent.com.protocol import Cluster
from agent.errors import InfobaseError
from agent.simulated import connector
from tests.agent.com.bases import PASSWORD

ACCESS = Cluster("tcp://srv1c:1540", "ТОРГОВЛЯ", "admin", PASSWORD)
OWNER = Account("Админ", "infobase-1x")


@pytest.fixture
def cluster(base):
    """An infobase on a server, with an administrator of its own and one of the cluster."""
    administrator = {"user": "admin", "password": PASSWORD}
    base.set(
        kind="server",
        cluster={"server": "srv1c:1541", "ref": "Торговля", "administrator": administrator},
        account={"user": OWNER.user, "password": OWNER.password},
    )
    return base


def entrance(base, account=OWNER, access=ACCESS):
    return ClusterSession(Disp(connector(base.folder)), access, account).entrance()


def seen(base):
    state = base.state
    return state["lock"], state["lock_message"], state["cluster"]["scheduled_jobs_denied"]


def ignored(_state):
    """Whoever asks for leave has it."""


def test_the_lock_lets_in_who_knows_the_code_and_no_scheduled_job(cluster):
    entrance(cluster).shut(ignored, "Обновление", "C0DE")
    assert seen(cluster) == ("C0DE", "Обновление", True)
    assert entrance(cluster).jobs_denied
    entrance(cluster).open(ignored, "C0DE", jobs_denied=False)
    assert seen(cluster) == (None, "", False)


def test_a_forgotten_lock_ends_by_itself_and_one_of_long_ago_does_not_end_it(cluster):
    old = cluster.state["cluster"] | {"denied_to": "2020-01-01T00:00:00"}
    cluster.set(cluster=old)
    entrance(cluster).shut(ignored, "Обновление", "C0DE")
    until = datetime.fromisoformat(cluster.state["cluster"]["denied_to"])
    assert seen(cluster)[0] == "C0DE"
    assert until.tzinfo is None  # the clock of the server


@pytest.mark.parametrize("before", [False, True])
def test_what_was_opened_is_not_opened_again(cluster, before):
    entrance(cluster).shut(ignored, "Обновление", "C0DE")
    entrance(cluster).open(ignored, "C0DE", jobs_denied=before)
    entered = []
    entrance(cluster).open(entered.append, "C0DE", jobs_denied=before)
    assert (entered, seen(cluster)) == ([], (None, "", before))


def test_the_lock_of_somebody_else_stays(cluster):
    entrance(cluster).shut(ignored, "Чужая", "THEIRS")
    entrance(cluster).open(ignored, "C0DE", jobs_denied=False)
    assert seen(cluster) == ("THEIRS", "Чужая", False)


def test_leave_is_asked_for_right_before_the_change(cluster):
    asked = []

    def gate(state):
        asked.append((state, cluster.state.get("lock")))

    entrance(cluster).shut(gate, "Обновление", "C0DE")
    entrance(cluster).open(gate, "C0DE", jobs_denied=False)
    assert asked == [("LOCKED", None), ("UNLOCKED", "C0DE")]


def test_without_a_code_nobody_is_locked_out(cluster):
    with pytest.raises(ValueError, match="code"):
        entrance(cluster).shut(ignored, "Обновление", "")
    assert cluster.state.get("lock") is None


@pytest.mark.parametrize(
    ("account", "access", "code"),
    [
        (Account("Админ", "?"), ACCESS, Code.AUTH_FAILED),
        (Account(), ACCESS, Code.AUTH_FAILED),
        (OWNER, Cluster(ACCESS.address, "Другая", "admin", PASSWORD), Code.BASE_NOT_FOUND),
    ],
)
def test_who_may_not_and_what_is_not_there_is_told(cluster, account, access, code):
    with pytest.raises(InfobaseError) as refused:
        entrance(cluster, account, access)
    assert refused.value.code == code


def test_a_working_process_that_does_not_answer_is_told(cluster):
    cluster.set(faults={"ConnectWorkingProcess": "SERVER_NOT_FOUND"})
    with pytest.raises(InfobaseError) as refused:
        entrance(cluster)
    assert refused.value.code == Code.SERVER_NOT_FOUND
    assert "srv1c:1560" in refused.value.diagnostics("ru")


def test_nothing_of_an_account_is_shown():
    assert OWNER.password not in repr(OWNER) + str(OWNER)


def test_it_works_through_a_child_and_its_secrets_are_in_no_log(cluster, caplog):
    user = {"user": OWNER.user, "password": OWNER.password}
    made = cluster.infobase(ChildLink, cluster=ACCESS, user=user)
    assert made.jobs_denied() is False
    made.deny("Обновление", "C0DE")
    assert seen(cluster) == ("C0DE", "Обновление", True)
    made.allow("C0DE", jobs_denied=False)
    assert seen(cluster) == (None, "", False)
    assert not {PASSWORD, OWNER.password, "C0DE"} & set(caplog.text.split())


def test_without_a_cluster_nobody_knows_of_jobs_and_none_can_be_brought_back(base, caplog):
    assert base.infobase().jobs_denied() is None
    with pytest.raises(InfobaseError) as refused:
        base.infobase().allow("C0DE", jobs_denied=False)
    assert refused.value.code == Code.SERVER_NOT_FOUND
    assert caplog.text == ""


def test_a_cluster_that_refuses_is_no_way_to_lock(cluster, caplog):
    wrong = Cluster(ACCESS.address, "Торговля", "admin", "не-тот")
    assert cluster.infobase(cluster=wrong).jobs_denied() is None
    assert "AUTH_FAILED" in caplog.text
    assert "не-тот" not in caplog.text
