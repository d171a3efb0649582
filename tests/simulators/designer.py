"""A Designer for tests: a small program that takes the arguments of 1cv8 and does as it is told."""

import json
import sys
from pathlib import Path

_PROGRAM = """#!{python}
import json, sys, time
from pathlib import Path

told = json.loads(Path({told!r}).read_text("utf-8"))
given = sys.argv[1:]
Path({seen!r}).write_text(json.dumps(given), "utf-8")
value = lambda name: given[given.index(name) + 1]
if told.get("hangs"):
    Path({seen!r} + ".started").touch()
    time.sleep(600)
if told.get("writes", True):
    Path(value("/DumpIB")).write_bytes(b"1CIBDmpF" + b"x" * told.get("size", 100))
if told.get("out") is not None:
    Path(value("/Out")).write_bytes(told["out"].encode(told.get("encoding", "utf-8-sig")))
if told.get("result") is not None:
    Path(value("/DumpResult")).write_bytes(told["result"].encode("utf-8-sig"))
sys.exit(told.get("code", 0))
"""


class FakeDesigner:
    """`tell` says how the next run ends; `seen` is what it was started with."""

    def __init__(self, folder: Path):
        self.path, self._told, self._seen = folder / "1cv8", folder / "told", folder / "seen"
        self.path.write_text(
            _PROGRAM.format(python=sys.executable, told=str(self._told), seen=str(self._seen))
        )
        self.path.chmod(0o755)
        self.tell()

    def tell(self, **told):
        self._told.write_text(json.dumps({"result": "0", "out": "", **told}), "utf-8")

    @property
    def seen(self):
        return json.loads(self._seen.read_text("utf-8")) if self._seen.exists() else None
