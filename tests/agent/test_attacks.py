"""What a thief of the server, a mirror or a network can do: nothing, and it is said in words."""

import time

import pytest

from agent.clock import Timing, instant
from tests.factories.cfe import ROOT_UUID, STRANGER, flip, good_cfe
from tests.simulators.bench import ACCEPT, EXTENSION
from tests.simulators.exchange import KEY, Release, raw
from tests.simulators.licence_server import LicenceServer
from tests.simulators.vendor_repository import VendorRepository
from wire.trust import TargetStatus

DAY = 24 * 60 * 60


def refused(bench, ran, reason, words):
    """Nothing was written, the reason is there for programs and for people."""
    assert (ran.exit, ran.result["code"]) == (20, "SIGNATURE_BAD")
    assert ran.result["data"]["reason"] == reason
    assert words in ran.result["text"]
    untouched(bench, ran)


def untouched(bench, ran):
    assert ran.result["changed"] is False
    assert bench.extensions() == []
    assert "WRITING" not in {event["state"] for event in ran.of("step")}


# Bytes


@pytest.mark.parametrize(
    "change",
    [
        flip(700, 3),
        lambda data: data + b"\0",
        lambda data: data * 2,
        lambda _: good_cfe(version="2.3.0"),
        lambda _: good_cfe(name="Чужое"),
    ],
    ids=["same length", "one byte longer", "twice as long", "another version", "another file"],
)
def test_swapped_bytes_are_refused(bench, server, change):
    data = server.releases[0].data
    other = change(data)
    server.before("GET artifacts", raw(200, other.ljust(len(data), b"\0")))
    ran = bench.install()
    refused(bench, ran, "HASH_MISMATCH", "файл не совпадает с подписанным")
    assert ("он длиннее" in ran.result["text"]) is (len(other) > len(data))
    assert not list((bench.home / "cache").glob("*.cfe"))
    assert (server.reports[0]["code"], server.reports[0]["failed_state"]) == (
        "SIGNATURE_BAD", "DOWNLOADED",
    )  # fmt: skip
    server.queued.clear()
    assert bench.install().exit == 0


def test_the_reason_is_spoken_in_english_too(bench, server):
    server.before("GET artifacts", raw(200, server.releases[0].data + b"1"))
    assert "is not the one that was signed" in bench.install("--lang", "en").result["text"]


@pytest.mark.parametrize(
    ("field", "data"),
    [
        ("onec_name", good_cfe(name="ДругоеИмя")),
        ("file_version", good_cfe(version="9.9.9")),
        ("purpose", good_cfe(purpose=2)),
        ("uuid", good_cfe(root_uuid=STRANGER)),
    ],
)
def test_a_signed_file_that_is_another_inside_is_refused(bench, server, field, data):
    server.releases = [Release(data=data, signed={"uuid": ROOT_UUID})]
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (20, "MANIFEST_MISMATCH")
    assert ran.result["data"]["field"] == field
    assert "подписано" in ran.result["text"]
    untouched(bench, ran)


def test_a_signed_file_that_is_damaged_is_refused(bench, server):
    server.releases = [Release(data=good_cfe()[:700])]
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (34, "BAD_FILE")
    untouched(bench, ran)


# Metadata


def test_earlier_metadata_are_refused(bench, server):
    server.sign()
    old = dict(server.repository.files)
    server.repository.publish()
    assert bench.do("install", EXTENSION, "--plan-only").exit == 0
    server.repository.files = old
    server.trust_said = lambda: {"repository": server.repository.id, "timestamp_version": 1}
    refused(bench, bench.install(), "METADATA_ROLLBACK", "прежние сведения о релизах")


def frozen(server):
    """A mirror that stopped five days ago, as an agent without any state sees it."""
    server.sign()
    old = dict(server.repository.files)
    server.repository.version += 5 * 24 * 60
    server.repository.publish()
    new, server.repository.files = server.repository.files, old
    return new


def test_frozen_metadata_are_a_stale_mirror(bench, server, pauses):
    frozen(server)
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (20, "STALE_MIRROR")
    assert "(5 дн.)" in ran.result["text"]
    assert server.count("GET tuf") == 6  # asked again once
    assert pauses == [2.0]
    untouched(bench, ran)


def test_a_mirror_that_has_caught_up_at_the_second_try_is_trusted(bench, server, monkeypatch):
    new = frozen(server)
    monkeypatch.setattr(Timing, "sleep", lambda *_: setattr(server.repository, "files", new))
    assert bench.install().exit == 0


def test_expired_metadata_are_refused_with_their_age(bench, server):
    server.sign()
    server.repository.sign_timestamp(days=-3)
    ran = bench.install()
    refused(bench, ran, "METADATA_EXPIRED", "просрочены на 3 дн.")
    assert "Часы" not in ran.result["text"]


@pytest.mark.parametrize(
    ("seconds", "words"), [(-5 * 3600, "на 5 ч"), (400 * DAY + 60, "на 400 дн."), (600, "")]
)
def test_a_wrong_clock_is_named_before_the_date_is_blamed(bench, server, seconds, words):
    server.sign()
    server.repository.sign_timestamp(days=-3)
    server.time_said = instant(time.time() - seconds)
    text = bench.install().result["text"]
    assert ("Часы компьютера отличаются" in text) is bool(words)
    assert words in text


def test_an_expired_root_is_named_as_expired(bench, server):
    server.sign()
    server.repository.add_root(days=-2)
    refused(bench, bench.install(), "METADATA_EXPIRED", "просрочены на 2 дн.")


def test_a_release_signed_by_the_online_key_is_refused(bench, server):
    server.sign()
    server.repository.publish(server.repository.keys.online)
    words = "подпись сведений о релизах не подтверждена: список релизов подписан не ключом выпуска"
    refused(bench, bench.install(), "METADATA_UNSIGNED", words)
    assert [report["code"] for report in server.reports] == ["SIGNATURE_BAD"]
    assert server.reports[0]["failed_state"] == "AUTHORIZED"
    assert words in server.reports[0]["message"]
    [told] = bench.do("status").result["data"]["operations"]
    assert (told["outcome"], told["code"]) == ("failed", "SIGNATURE_BAD")


def test_a_mere_plan_of_what_is_refused_is_no_operation(bench, server):
    server.sign()
    server.repository.publish(server.repository.keys.online)
    refused(bench, bench.install("--plan-only"), "METADATA_UNSIGNED", "не ключом выпуска")
    assert server.reports == []


def test_what_is_installed_already_is_doubted_without_an_operation(bench, server):
    assert bench.install().exit == 0
    server.repository.publish(server.repository.keys.online)
    ran = bench.install()
    assert ran.result["data"]["reason"] == "METADATA_UNSIGNED"
    assert len(server.reports) == 1


def test_a_release_in_the_online_keys_own_folder_is_refused(bench, server, monkeypatch):
    monkeypatch.setattr(Release, "target", "trust/api-keys.json")
    server.sign()
    repository = server.repository
    repository.online.targets.update(repository.releases.targets)
    repository.publish()
    refused(bench, bench.install(), "TARGET_MISSING", "не подписывал")


def test_metadata_of_another_vendor_are_refused(bench, server):
    server.sign()
    other = VendorRepository(1)
    other.version = server.repository.version
    other.publish()
    server.repository.files = other.files
    server.repository.version = other.version
    refused(bench, bench.install(), "METADATA_UNSIGNED", "timestamp.json подписан чужим ключом")


def test_another_vendors_repository_is_not_trusted_by_its_name(bench, server):
    server.repository = VendorRepository(1)
    refused(bench, bench.install(), "REPOSITORY_UNKNOWN", server.repository.id)


@pytest.mark.parametrize("command", ["install", "download"])
def test_a_server_that_names_no_signatures_is_refused(bench, server, command, tmp_path):
    server.trust_said = lambda: None
    ran = bench.do(command, EXTENSION, *(["--out", tmp_path] if command == "download" else ACCEPT))
    refused(bench, ran, "TRUST_MISSING", "не назвал хранилище")
    assert server.count("POST activations") == 0


@pytest.mark.parametrize("name", ["timestamp.json", "2.root.json"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff" * 500, b'{"signed": {}}'])
def test_garbage_is_refused(bench, server, name, body):
    server.before(f"GET tuf/{name}", raw(200, body))
    refused(bench, bench.install(), "METADATA_INVALID", "повреждены")
    assert bench.install().exit == 0


def test_a_release_that_nobody_signed_is_refused(bench, server):
    server.sign()
    server.repository.releases.targets.clear()
    server.repository.publish()
    refused(bench, bench.install(), "TARGET_MISSING", "не подписывал")


def test_a_withdrawn_release_is_refused(bench, server):
    server.releases = [Release(signed={"status": TargetStatus.WITHDRAWN})]
    refused(bench, bench.install(), "TARGET_WITHDRAWN", "отозвал")


# Endless and slow


def test_an_endless_timestamp_stops_at_its_limit(bench, server):
    sent = []

    def endless(exchange):
        exchange.handler.send_response(200)
        exchange.handler.send_header("Content-Length", str(200 * 1024 * 1024))
        exchange.handler.end_headers()
        exchange.handler.close_connection = True
        chunk = b" " * 65_536
        try:
            for _ in range(3200):
                exchange.handler.wfile.write(chunk)
                sent.append(len(chunk))
        except OSError:  # the agent left
            return

    server.before("GET tuf/timestamp.json", endless)
    refused(bench, bench.install(), "HASH_MISMATCH", "длиннее допустимого, файл timestamp.json")
    assert sum(sent) < 20 * 1024 * 1024  # what the sockets hold, not what there was
    assert bench.install().exit == 0


def test_dripping_metadata_are_left(bench, monkeypatch):
    clock = iter(range(0, 10**9, 61))
    monkeypatch.setattr(Timing, "now", lambda _: next(clock))
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (10, "DOWNLOAD_TOO_SLOW")
    untouched(bench, ran)


def test_a_server_without_the_files_is_no_network(bench, server):
    server.sign()
    server.repository.files.clear()
    ran = bench.install()
    assert (ran.exit, ran.result["code"]) == (10, "NETWORK")
    assert "HTTP 404" in ran.result["text"]
    untouched(bench, ran)


def test_a_broken_connection_is_tried_again(bench, server, pauses):
    server.before("GET tuf/timestamp.json", raw(503, b""), raw(502, b""))
    assert bench.install().exit == 0
    assert pauses == [0.5, 1.0]


# Recovery: what the vendor does about it, and agents go on by themselves


@pytest.mark.parametrize(
    "stolen", [("online",), ("release",), ("online", "release"), ("root",), ("root", "online")]
)
def test_agents_follow_replaced_keys(bench, server, stolen):
    assert bench.install().exit == 0
    server.releases.append(Release("2.5.0"))
    server.sign()
    server.repository.replace(*stolen)
    ran = bench.install()
    assert ran.exit == 0
    assert [version for _, version, _ in bench.extensions()] == ["2.5.0"]
    (warning,) = [event for event in ran.of("warn") if event["code"] == "ROOT_CHANGED"]
    assert "версия 2" in warning["text"]
    assert ran.result["data"]["signature"]["root_version"] == 2
    again = bench.do("install", EXTENSION, "--plan-only")
    assert not again.of("warn")


def test_metadata_of_a_replaced_key_are_refused(bench, server):
    server.sign()
    thief = server.repository.keys.release
    server.repository.replace("release")
    server.repository.publish(thief)
    refused(bench, bench.install(), "METADATA_UNSIGNED", "не подтверждена")


def test_a_version_wound_up_by_a_thief_does_not_outlive_his_key(bench, server):
    server.sign()
    honest = server.repository.version
    server.repository.version = 10**9
    server.repository.publish()
    assert bench.do("install", EXTENSION, "--plan-only").exit == 0
    server.repository.version = honest
    server.repository.top = None
    server.repository.replace("online")
    assert bench.install().exit == 0


def test_a_root_that_the_old_one_did_not_sign_is_refused(bench, server):
    server.sign()
    server.repository.keys = VendorRepository(2).keys
    server.repository.add_root()
    server.repository.publish()
    words = "новый корень доверия не подписан прежним"
    refused(bench, bench.install(), "METADATA_UNSIGNED", words)


def test_keys_that_the_root_did_not_name_are_refused(bench, server):
    server.sign()
    server.repository.keys.root = VendorRepository(2).keys.root
    server.repository.top = None
    server.repository.publish()
    words = "ключи вендора назвал не корень доверия"
    refused(bench, bench.install(), "METADATA_UNSIGNED", words)


def test_another_server_of_the_settings_cannot_install(bench, server):
    server.sign()
    with LicenceServer() as thief:
        thief.repository = VendorRepository(3)
        arguments = [thief.url if item == server.url else item for item in bench.arguments()]
        ran = bench.run("install", EXTENSION, "--yes", *arguments, stdin=f"{KEY}\n")
    assert (ran.exit, ran.result["code"]) == (14, "CONSENT_REQUIRED")
    untouched(bench, ran)


@pytest.fixture
def thief():
    """A server that promises the same repository and signs with keys of its own."""
    with LicenceServer(Release("6.6.6")) as running:
        yield running


@pytest.mark.fault
@pytest.mark.parametrize(
    "settings",
    [
        'server = "{thief}"', 'server = "{thief}/"', "server = '{thief}'",
        'server = "{thief}"\nproxy = "{thief}"', 'server = "{thief}"\nlang = "en"',
        'server = "{thief}"\n[timeouts]\nserver = 5', 'server = "http://localhost:1"',
        'server = "http://thief.example"', 'server = "https://user:word@thief.example"',
        'server = "ftp://thief.example"', 'server = "file:///etc"', 'server = ""', "server = 5",
        'server = ["{thief}"]', "server", "[server]", "\0", "\xff", 'ca_file = "/nowhere"',
        'server = "{thief}"\nca_file = "/nowhere"', "[timeouts]\nserver = -1",
        'server = "{thief}"\nroot = "ours"\npins = "."',
    ],
)  # fmt: skip
def test_no_change_of_the_settings_leads_to_an_install(bench, thief, settings):
    bench.home.mkdir(exist_ok=True)
    (bench.home / "agent.toml").write_text(settings.replace("{thief}", thief.url), "latin-1")
    ran = bench.run(
        "install", EXTENSION, *ACCEPT, "--yes", "--json", "--key-stdin",
        "--simulated", bench.base, stdin=f"{KEY}\n",
    )  # fmt: skip
    assert ran.exit in {2, 10, 20}
    assert bench.extensions() == []
