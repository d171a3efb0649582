import pytest

from agent.codes import Code
from agent.errors import Failure
from agent.locks import held, machine_wide


def test_a_second_one_is_refused_while_the_first_works(tmp_path):
    path = tmp_path / "x.lock"
    with (
        machine_wide("Podkluch-test", path, 0),
        pytest.raises(Failure) as failed,
        machine_wide("Podkluch-test", path, 0),
    ):
        pytest.fail("both hold it")
    assert failed.value.code == Code.BUSY_LOCAL


def test_after_the_first_one_the_next_one_has_it(tmp_path):
    for _ in range(2):
        with machine_wide("Podkluch-test", tmp_path / "x.lock", 0):
            pass


def test_an_error_inside_frees_it(tmp_path):
    with pytest.raises(ZeroDivisionError), held(tmp_path / "x.lock"):
        raise ZeroDivisionError
    with held(tmp_path / "x.lock"):
        pass
