import pytest

from agent import config
from agent.com.timeouts import NAMES, Timeouts
from agent.errors import Failure


def settings(tmp_path, text):
    path = tmp_path / "agent.toml"
    path.write_text(text, "utf-8")
    return config.load(path)


def test_nobody_has_to_set_them(tmp_path):
    assert settings(tmp_path, "").onec == Timeouts()
    assert Timeouts().of("create") == 900


@pytest.mark.parametrize("name", NAMES)
def test_each_can_be_set_alone(tmp_path, name):
    found = settings(tmp_path, f"[timeouts]\n{name} = 7\nserver = 20.5\n")
    assert getattr(found.onec, name) == 7.0
    assert found.timeout == 20.5


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "true", '"5"', "[5]", "86401"])
@pytest.mark.parametrize("name", ["create", "server"])
def test_what_is_no_time_is_refused(tmp_path, name, value):
    with pytest.raises(Failure) as refused:
        settings(tmp_path, f"[timeouts]\n{name} = {value}\n")
    assert f"timeouts.{name}" in refused.value.diagnostics("ru")
