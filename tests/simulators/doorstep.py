"""A computer where nobody ran the agent yet: a folder, an infobase, a vendor's server."""

import base64
import json
from pathlib import Path

from tests.simulators.exchange import BOOKKEEPING, KEY
from tests.simulators.keyboard import CTRL_C, Keyboard
from tests.simulators.licence_server import LicenceServer

WHERE, KEY_IS, WHAT = "Файл подключения или адрес сервера:", "пришлёт вендор):", "Что установить?"
AGREE, GO_ON = "Принимаете лицензионное соглашение", "Установить? (да/нет)"
FACTS = {
    "configuration": {"name": BOOKKEEPING, "version": "3.0.150.34"},
    "platform_version": "8.3.25.1286",
}
# Before Ctrl+C the program stands still in one state; in those that may not be interrupted it
# goes on as soon as it has answered.
_STAND_STILL = """
import threading, time
from agent.console import Console
heard, step, warn = threading.Event(), Console.step, Console.warn
def stand_still(self, state, *texts, **params):
    step(self, state, *texts, **params)
    if state == {state!r}:
        print("<here>", flush=True)
        {wait}
def answer(self, *given, **data):
    warn(self, *given, **data)
    heard.set()
Console.step, Console.warn = stand_still, answer
"""


class Doorstep:
    """What a test needs around one walk after the other."""

    def __init__(self, folder: Path, server: LicenceServer):
        self.server, self.folder = server, folder
        self.home, self.here = folder / "home", folder / "here"
        self.here.mkdir()
        self.base = self.add_base("Бухгалтерия")

    def add_base(self, name, **changes):
        base = self.folder / "bases" / name
        base.mkdir(parents=True)
        (base / "infobase.json").write_text(json.dumps({**FACTS, **changes}), "utf-8")
        return base

    def put_file(self, name="Ромашка.podkluch", content=None):
        path = self.here / name
        path.write_bytes(content or self.server.repository.connection(self.server.url))
        return path

    def start(self, *arguments, base=True, **more):
        """The program at a new terminal, with the infobase unless the walk is to find one."""
        named = ("--simulated", self.base) if base else ()
        more.setdefault("PODKLUCH_HOME", str(self.home))
        return Keyboard(*named, *arguments, folder=self.here, **more)

    def come_to_the_list(self, **more):
        """A walk as far as the list of extensions."""
        self.put_file()
        return self.start(**more).answers((KEY_IS, KEY)).sees(WHAT)

    def still_at(self, state, *, harmless, press=CTRL_C, also=""):
        """A walk that stands still in a state of the installation, where a key is pressed."""
        wait = "time.sleep(600)" if harmless else "assert heard.wait(600)"
        prelude = _STAND_STILL.format(state=state, wait=wait) + also
        keys = self.come_to_the_list(prelude=prelude)
        keys.types("1").answers((AGREE, "да"), (GO_ON, "да"))
        return keys.sees("<here>").presses(press)

    def extensions(self, base=None):
        """(name, version, bytes) of what an infobase holds."""
        state = json.loads(((base or self.base) / "infobase.json").read_text("utf-8"))
        return [
            (row["name"], row["version"], base64.b64decode(row["data"]))
            for row in state.get("extensions", [])
        ]

    def pins(self):
        return list((self.home / "pins").glob("*.podkluch"))
