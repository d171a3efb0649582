import os
import signal

import pytest

from app.demo.interrupts import INTERRUPTED
from onec.cfe import read_cfe
from onec.cfe_writer import make_cfe
from tests.app.demo.programs import Demo, steps
from wire.trust import read_fingerprint

pytestmark = pytest.mark.long

NAMES = [
    "database", "server", "vendor", "trust", "product", "extension", "eula", "releases",
    "customer", "key", "coupon", "check", "dry_run", "redeem", "list", "signature",
    "eula_required", "accept_eula", "activate", "download", "verify", "install", "restart",
    "report", "tampered", "refusal", "token", "reversal", "rotation", "release", "audit",
]  # fmt: skip


def test_it_tells_the_whole_job_on_a_given_file_and_leaves_nothing_behind(demo: Demo, tmp_path):
    file = tmp_path / "Мой файл.cfe"
    file.write_bytes(make_cfe("МоёРасширение", "Моё", "2020-12-11", 'ООО "Я"', "Мо_", purpose=2))
    code, out, errors = demo.run("exit", "--json", "--cfe", str(file))
    told = {str(step["step"]): str(step["detail"]) for step in steps(out)}
    assert [step for step in steps(out) if not step["ok"]] == []
    assert (code, list(told), errors) == (0, NAMES, "")
    assert all(step.keys() == {"step", "ok", "detail"} for step in steps(out))
    assert "«2020-12-11», это не номер версии, поэтому наша версия — 1.0.0" in told["releases"]
    for words in ("1.0.0: подходит", "1.1.0: не проверен", "2.0.0: отклонён (VERSION_TOO_OLD)"):
        assert words in told["list"]
    assert f"bytes={file.stat().st_size // 2}-" in told["download"]
    assert "206" in told["download"]
    assert read_cfe(file.read_bytes()).sha256 in told["verify"]
    assert "«МоёРасширение» версии «2020-12-11»" in told["install"]
    assert "3010" in told["restart"]
    fingerprint = told["trust"].splitlines()[0].split()[-1]
    assert read_fingerprint(fingerprint) == fingerprint
    assert "Демонстрационный корень доверия" in told["trust"]
    for step in ("signature", "restart"):
        assert fingerprint in told[step]
    assert "SIGNATURE_BAD" in told["tampered"]
    assert "Ключ по-прежнему пуст" in told["dry_run"]
    assert "снова пуст" in told["reversal"]
    assert "KEY_REVOKED" in told["rotation"]
    assert "COUPON_EXHAUSTED" in told["audit"]
    assert demo.left() == []


def test_a_damaged_file_ends_it_at_the_upload_with_a_reason(demo: Demo, tmp_path):
    file = tmp_path / "damaged.cfe"
    file.write_bytes(make_cfe("Имя", "Имя", "1.0", "Я", "И_")[:2000])
    code, out, errors = demo.run("exit", "--cfe", str(file))
    assert code == 1
    assert "✔ Лицензионное соглашение" in out
    last = out[out.index("✘") :]
    assert last.startswith("✘ Три релиза из файлов .cfe")
    assert "Ожидалось: «podkluch release publish» выполнится" in last
    assert "ARTIFACT_INVALID" in last
    assert "Файл повреждён" in last
    assert "server.log" in errors
    assert "Traceback" not in out + errors
    assert demo.left() == []


@pytest.mark.fault
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_nothing_behind(demo: Demo, number: signal.Signals):
    with demo.start("exit", "--json") as process:
        told = []
        for line in process.stdout:
            told += steps(line)
            if told[-1]["step"] in {"database", "interrupted"}:
                os.killpg(process.pid, number)
        errors = process.stderr.read()
    assert process.returncode == INTERRUPTED
    assert next(step["step"] for step in told if step["ok"]) == "database"
    assert [step["step"] for step in told if not step["ok"]] == ["interrupted"]
    assert "Traceback" not in errors
    assert demo.left() == []


def test_a_file_that_is_not_there_is_a_wrong_option(demo: Demo):
    code, out, errors = demo.run("exit", "--cfe", "nowhere.cfe")
    assert (code, out) == (2, "")
    assert "нет такого файла: nowhere.cfe" in errors
