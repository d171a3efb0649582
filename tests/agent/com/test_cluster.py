import pytest

from agent.com.cluster import ClusterSession
from agent.com.dispatch import Disp
from agent.com.errors import ComError
from agent.com.protocol import Cluster
from agent.errors import InfobaseError
from agent.infobase import OpenSession
from agent.simulated import connector
from tests.agent.com.bases import PASSWORD

ACCESS = Cluster("tcp://srv1c:1540", "ТОРГОВЛЯ", "admin", PASSWORD)
OTHER = {"application": "1CV8C", "computer": "ПК\u202e", "user": "Анна", "number": 40}


@pytest.fixture
def cluster(base):
    administrator = {"user": "admin", "password": PASSWORD}
    access = {"server": "srv1c:1541", "ref": "Торговля", "administrator": administrator}
    base.set(kind="server", sessions=[OTHER], cluster=access)
    return base


def reached(base, access=ACCESS):
    return ClusterSession(Disp(connector(base.folder)), access)


def test_it_knows_all_sessions_of_the_infobase(cluster):
    assert reached(cluster).sessions() == [OpenSession("1CV8C", "ПК", "Анна", 40)]


def test_ending_one_leaves_the_others(cluster):
    cluster.set(sessions=[OTHER, OTHER | {"number": 41}])
    assert reached(cluster).terminate(40)
    assert [one["number"] for one in cluster.state["sessions"]] == [41]


def test_a_refusal_that_is_no_missing_session_is_told(cluster):
    cluster.set(faults={"TerminateSession": "NO_RIGHTS"})
    with pytest.raises(ComError):
        reached(cluster).terminate(40)


def test_an_infobase_that_the_cluster_does_not_know_is_said(cluster):
    with pytest.raises(InfobaseError) as refused:
        reached(cluster, Cluster(ACCESS.address, "Другая", "admin", PASSWORD)).sessions()
    assert "Другая" in refused.value.diagnostics("ru")
