"""An `agent.toml` that somebody damaged or edited leads to a refusal, never to an install."""

import pytest

from tests.simulators.bench import ACCEPT, EXTENSION
from tests.simulators.exchange import KEY
from tests.simulators.licence_server import LicenceServer

SOUND = 'server = "{server}"\n'
MUTATIONS = [
    "", "server = 1\n", 'server = ["{server}"]\n', 'server = ""\n', 'server = "{server}\n',
    f"{SOUND}{SOUND}", f"{SOUND}\0", f"{SOUND}]\n", 'server = "ftp://licences.example"\n',
    'server = "http://licences.example"\n', 'server = "{server}?a=1"\n',
    f'{SOUND}ca_file = "/nowhere.pem"\n', f"{SOUND}ca_file = 5\n", f"{SOUND}proxy = {{{{}}}}\n",
    f"{SOUND}lang = true\n", f'{SOUND}lang = "de"\n', f'{SOUND}vault = "everybody"\n',
    f"{SOUND}timeouts = 5\n", f"{SOUND}[timeouts]\nserver = 0\n",
    f"{SOUND}[timeouts]\nwrite = -1\n",
    f"{SOUND}[timeouts]\nconnect = nan\n", f'{SOUND}[timeouts]\ncreate = "soon"\n',
    f'{SOUND}lock_mode = "always"\n', f'{SOUND}backup_mode = "maybe"\n', f"{SOUND}groups = 5\n",
    f'{SOUND}[groups.A]\nwindov = "22:00-05:00"\n', f'{SOUND}[groups.A]\nwindow = "22:00"\n',
    f'{SOUND}[backup]\ncommand = "copy"\n', f"{SOUND}[backup]\nfolder = 1\n",
]  # fmt: skip


def install(bench, settings: bytes):
    """By what the file says: no option names the server."""
    (bench.home / "agent.toml").write_bytes(settings)
    given = ("--json", "--yes", "--key-stdin", "--simulated", bench.base)
    return bench.run("install", EXTENSION, *ACCEPT, *given, stdin=f"{KEY}\n")


def test_a_sound_file_leads_to_an_install(bench, server):
    assert install(bench, SOUND.format(server=server.url).encode()).exit == 0
    assert len(bench.extensions()) == 1


@pytest.mark.parametrize("text", MUTATIONS)
def test_a_damaged_file_leads_to_a_refusal(bench, server, text):
    ran = install(bench, text.format(server=server.url).encode())
    assert (ran.exit, ran.result["code"]) == (2, "USAGE")
    assert bench.extensions() == []


def test_a_file_in_another_encoding_leads_to_a_refusal(bench, server):
    ran = install(bench, SOUND.format(server=server.url).encode("utf-16"))
    assert (ran.exit, ran.result["code"]) == (2, "USAGE")
    assert bench.extensions() == []


def test_a_server_that_somebody_put_there_is_not_trusted(bench):
    """It signs by a root of its own, and another one is pinned for this vendor."""
    with LicenceServer() as other:
        ran = install(bench, SOUND.format(server=other.url).encode())
    assert (ran.exit, ran.result["code"]) == (20, "SIGNATURE_BAD")
    assert bench.extensions() == []
