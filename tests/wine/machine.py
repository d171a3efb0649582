"""What only Windows does for the agent: run there, each function answers in JSON."""

import contextlib
import json
import subprocess
import sys
import winreg
from dataclasses import asdict
from pathlib import Path

import pywintypes
import win32api
import win32con
import win32event

from agent import windows
from agent.access import readers, weaknesses
from agent.errors import Failure
from agent.events import Event, tell
from agent.guard import made, require_ours
from agent.locks import held, machine_wide
from agent.pe import read_program_file
from agent.registry import V83, Root, open_hive, read
from agent.vault import Vault, open_vault
from agent.windows import Dpapi, Scope

SECRET = "тайный-пароль"
WAITS = [sys.executable, "-c", "import sys; sys.stdin.read()"]
CLASS = rf"Software\Classes\CLSID\{V83.clsid}"


def vault(home: str, scope: str) -> dict[str, object]:
    """Kept by one process, read by the next."""
    folder = made(Path(home))
    kept = open_vault(folder, Scope(scope))
    kept.keep_password("база", SECRET)
    kept.keep_key("https://a.example", "DEMO-ABEKM-HCTPX-01234-567C7")
    again = open_vault(folder, Scope(scope))
    raw = (folder / "vault.json").read_text("utf-8")
    return {
        "password": again.password("база"),
        "hidden": SECRET not in raw and "DEMO" not in raw and "база" not in raw,
        "account": json.loads(raw)["account"],
    }


def stolen(home: str) -> dict[str, object]:
    """The file and the account, but not the entropy."""
    folder = made(Path(home))
    open_vault(folder).keep_password("база", SECRET)
    try:
        Vault(folder / "vault.json", Dpapi(Scope.USER, b"another"))
    except Failure as failure:
        return {"code": failure.code, "text": failure.diagnostics("ru")}
    return {}


def mutexes(folder: str) -> dict[str, object]:
    """Two agents, one trust folder; the second one asks while the first one works."""
    question = "import sys; from machine import asks; asks(sys.argv[1])"  # another process
    with machine_wide("Podkluch-test", Path(folder) / "x.lock", 1):
        busy = _asked(question, folder)
    return {"while": busy, "after": _asked(question, folder)}


def asks(folder: str) -> None:
    try:
        with machine_wide("Podkluch-test", Path(folder) / "x.lock", 0.2):
            sys.stdout.write("mine")
    except Failure as failure:
        sys.stdout.write(failure.code)


def files(folder: str) -> str:
    """The lock of an infobase, twice in one process."""
    path = Path(folder) / "база.lock"
    with held(path):
        try:
            with held(path):
                return "both"
        except Failure as failure:
            return failure.code


def jobs() -> dict[str, object]:
    """A child that would wait for ever."""
    with subprocess.Popen(WAITS, stdin=subprocess.PIPE) as child:
        job = windows.job()
        job.add(child.pid)
        lives = child.poll() is None
        job.close()
        child.wait(20)
        return {"lived": lives, "ended": child.returncode is not None}


def orphan() -> None:
    """A child in a job, whose parent is killed from outside."""
    with subprocess.Popen(WAITS, stdin=subprocess.PIPE) as child:
        job = windows.job()
        job.add(child.pid)
        sys.stdout.write(f"{child.pid}\n")
        sys.stdout.flush()
        sys.stdin.read()


def ended(pid: str) -> bool:
    """Whether a process ends, or has ended."""
    try:
        process = win32api.OpenProcess(win32con.SYNCHRONIZE, 0, int(pid))
    except pywintypes.error:
        return True
    return win32event.WaitForSingleObject(process, 20_000) == win32event.WAIT_OBJECT_0


def access(home: str) -> dict[str, object]:
    """A folder as it is made, and after it was closed."""
    folder = made(Path(home))
    require_ours(folder)
    windows.close_to_others(folder)
    found, own = windows.access_of(folder), windows.own_sid()
    serious = [weak.text.en for weak in weaknesses(found, own) if weak.is_serious]
    return {"own": own, "owner": found.owner, "serious": serious, "readers": readers(found, own)}


def facts() -> dict[str, object]:
    """What only asking tells."""
    return {
        "account": windows.account(),
        "administrator": windows.is_administrator(),
        "clicked": windows.is_double_clicked(),
        "pages": asdict(windows.code_pages()),
    }


def events() -> str:
    """Each number once, and the source that shows their texts."""
    windows.register_event_source()
    for event in Event:
        windows.report_event(int(event), "information", "Установлено «Склад»")
        tell(event, "Установлено")
    source = r"SYSTEM\CurrentControlSet\Services\EventLog\Application\Podkluch"
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, source) as key:
        return str(winreg.QueryValueEx(key, "EventMessageFile")[0])


def registrations() -> dict[str, object]:
    """What is registered, with one more for the user and one in the narrow view."""
    hive = open_hive()
    narrow = winreg.KEY_WRITE | winreg.KEY_WOW64_32KEY
    _put(winreg.HKEY_CURRENT_USER, winreg.KEY_WRITE | winreg.KEY_WOW64_64KEY, r"C:\own.dll")
    _put(winreg.HKEY_LOCAL_MACHINE, narrow, r"%SystemRoot%\narrow.dll")
    try:
        found = read(hive, V83)
    finally:
        for key in (rf"{CLASS}\InprocServer32", CLASS):  # an empty one is answered otherwise
            winreg.DeleteKeyEx(winreg.HKEY_CURRENT_USER, key, winreg.KEY_WOW64_64KEY)
            winreg.DeleteKeyEx(winreg.HKEY_LOCAL_MACHINE, key, winreg.KEY_WOW64_32KEY)
    dll = found.of(Root.MACHINE, 64).dll
    return {
        "found": {f"{one.root} {one.bits}": one.dll for one in found.found},
        "after": len(read(hive, V83).found),
        "machine": read_program_file(Path(dll)).machine,
    }


def _put(root: int, rights: int, dll: str) -> None:
    with winreg.CreateKeyEx(root, rf"{CLASS}\InprocServer32", 0, rights) as key:
        winreg.SetValueEx(key, "", 0, winreg.REG_EXPAND_SZ, dll)


def _asked(question: str, folder: str) -> str:
    command = [sys.executable, "-X", "utf8", "-c", question, folder]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return done.stdout.decode()


def main(name: str, *arguments: str) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        answer = globals()[name](*arguments)
        sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
