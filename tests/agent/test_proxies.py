import pytest

from agent.errors import Failure
from agent.proxies import entered
from agent.vault import Vault


@pytest.fixture
def vault(tmp_path):
    return Vault(tmp_path / "vault.json")


def nobody(_question):
    return ""


def test_a_proxy_without_a_user_is_used_as_it_stands(vault):
    assert entered("http://proxy:3128", vault, nobody) == "http://proxy:3128"
    assert entered(None, vault, nobody) is None


def test_the_password_is_asked_for_once(vault, tmp_path):
    asked = []

    def person(question):
        asked.append(question.ru)
        return "п@роль/1"

    whole = "http://DOM%5Civan:%D0%BF%40%D1%80%D0%BE%D0%BB%D1%8C%2F1@proxy:3128"
    assert entered("http://DOM%5Civan@proxy:3128", vault, person) == whole
    assert entered("http://DOM%5Civan@proxy:3128", Vault(tmp_path / "vault.json"), nobody) == whole
    assert asked == ["Пароль прокси proxy:3128:"]


@pytest.mark.parametrize(
    "named", ["http://u:secret-word@proxy:1", "proxy:3128", "socks5://p:1", "http://", "http://p:x"]
)
def test_a_password_in_the_address_or_no_address_is_refused(vault, named):
    with pytest.raises(Failure) as failed:
        entered(named, vault, nobody)
    assert failed.value.code == "USAGE"
    assert "secret-word" not in failed.value.diagnostics("ru") + repr(failed.value.params)


def test_without_anybody_to_ask_the_way_is_said(vault):
    with pytest.raises(Failure) as failed:
        entered("http://u@proxy:1", vault, nobody)
    assert "консоли" in failed.value.diagnostics("ru")


def test_a_command_refuses_a_password_on_its_line(bench):
    ran = bench.run(
        "check", "--json", "--server", "https://licences.example", "--proxy", "http://u:pw-word@p:1"
    )
    assert ran.exit == 2
    assert "pw-word" not in ran.out + ran.err + (bench.home / "logs" / "agent.log").read_text()
