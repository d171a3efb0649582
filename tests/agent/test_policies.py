"""agent.toml, as an administrator or an enemy may have changed it: nothing of it leads to more."""

import pytest
import time_machine

from tests.simulators.bench import ACCEPT, EXTENSION
from tests.simulators.exchange import KEY

OPEN = '[groups."Ночь"]\nwindow = "22:00-05:00"\n'
NOON = "2026-11-22T12:00:00+00:00"

# What was a window, a wait or a backup before; each must be refused, by the name that is wrong.
WRONG = {
    'window = "22:00-05:00"\n[groups."Ночь"]\nwindow = 5': "window",
    '[groups."Ночь"]\nwindow = "22:00"': "window",
    '[groups."Ночь"]\nwindow = "25:00-26:00"': "window",
    '[groups."Ночь"]\nwindow = ""': "window",
    '[groups."Ночь"]\nwindow = "05:00-05:00"': "window",
    '[groups."Ночь"]\nwindw = "22:00-05:00"': "windw",
    '[groups."Ночь"]\nwait_after_test = -1': "wait_after_test",
    '[groups."Ночь"]\nwait_after_test = nan': "wait_after_test",
    '[groups."Ночь"]\nwait_after_test = true': "wait_after_test",
    '[groups."Ночь"]\nlock_mode = "kill"': "lock_mode",
    '[groups."Ночь"]\nbackup_mode = "zip"': "backup_mode",
    '[groups."Ночь"]\nring = "test"': "ring",
    'groups = "Ночь"': "groups",
    'groups = {"Ночь" = 1}': "groups",
    'backup_mode = ["none"]': "backup_mode",
    "backup = 1": "backup",
    '[backup]\ncommand = "rm -rf /"': "command",
    "[backup]\ncommand = [1]": "command",
    '[backup]\nallow_password_on_cmdline = "false"': "allow_password_on_cmdline",
    "[backup]\ntimeout = inf": "timeout",
    '[backup]\npassword = "x"': "password",
    "[timeouts]\nserver = nan": "timeouts.server",
    'server = "https://a"\nserver = "https://b"': "agent.toml",
    '[groups."Ночь"\nwindow = "22:00-05:00"': "agent.toml",
    "\x00": "agent.toml",
}

# What can be read and gives nothing: the group is closed, gone or another one, the server another.
NARROW = {
    OPEN: "WINDOW_CLOSED",
    OPEN + "[trust]\nverify = false\n": "WINDOW_CLOSED",
    f"insecure = true\nskip_ring = true\nwindow = 'any'\n{OPEN}": "WINDOW_CLOSED",
    OPEN.replace("Ночь", "ночь"): "USAGE",
    OPEN.replace("groups", "Groups"): "USAGE",
    "": "USAGE",
    'server = "http://lic.example.ru"\n[groups."Ночь"]\n': "USAGE",
    'server = "file:///etc"\n[groups."Ночь"]\n': "USAGE",
    'server = "https://127.0.0.1:9"\n[groups."Ночь"]\n': "NETWORK",
}


@pytest.fixture
def scheduled(bench):
    """A run by night of a registered infobase, as the scheduler starts it."""
    bench.home.mkdir(exist_ok=True)
    file = bench.home / "agent.toml"
    file.write_text(OPEN, "utf-8")
    added = bench.run(
        "infobases", "add", "Б", "--simulated", bench.base, "--group", "Ночь", "--ring", "test"
    )
    assert added.exit == 0

    def run(text, *options):
        file.write_text(text, "utf-8")
        words = ("update", EXTENSION, "--to-group", "Ночь", "--yes", *ACCEPT, *options)
        with time_machine.travel(NOON):
            return bench.run(*words, "--json", "--key-stdin", stdin=f"{KEY}\n")

    return run


@pytest.mark.parametrize("text", list(WRONG))
def test_a_wrong_entry_stops_the_run_by_its_name(bench, scheduled, text):
    ran = scheduled(text, "--server", bench.server.url)
    assert (ran.exit, ran.result["code"]) == (2, "USAGE")
    assert WRONG[text] in ran.result["text"]
    assert "agent.toml" in ran.result["text"]
    assert (bench.extensions(), bench.server.requests) == ([], [])


@pytest.mark.parametrize("text", list(NARROW))
def test_what_can_be_read_opens_no_way_round(bench, scheduled, text):
    named = () if "server" in text else ("--server", bench.server.url)
    ran = scheduled(text, *named)
    assert (ran.result["code"], ran.result["changed"]) == (NARROW[text], False)
    assert (bench.extensions(), bench.server.count("POST downloads")) == ([], 0)


@pytest.mark.parametrize(
    "line",
    ["verify = false", "trust = 'off'", "root_fingerprint = ''", "[pins]\nroot = ''", "yes = true"],
)
def test_nothing_in_it_makes_a_release_trusted_that_is_not(bench, scheduled, server, line):
    server.repository.releases.targets.clear()
    server.sign = lambda: None  # the vendor signed nothing
    text = f"{line}\n" + '[groups."Ночь"]\n' if "[" not in line else f'[groups."Ночь"]\n{line}\n'
    ran = scheduled(text, "--server", server.url)
    assert (ran.exit, ran.result["changed"], bench.extensions()) == (20, False, [])
