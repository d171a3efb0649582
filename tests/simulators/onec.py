"""A simulated 1C for one test: its folder, its state, and sessions at the level of IDispatch."""

import json
from pathlib import Path

import pytest

from agent.com.dispatch import Disp
from agent.com.errors import ComError
from agent.simulated import connector
from tests.factories.cfe import good_cfe

NAME = "СкладскойПомощник"
SOMEBODY = {"application": "1CV8C", "computer": "PC-7", "user": "Иванова", "number": 3}


class OneC:
    """One infobase in a folder, by its own connector."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / "infobase.json"
        self.file.write_text("{}")
        self.write(
            configuration={"name": "БухгалтерияПредприятия", "version": "3.0.150.34"},
            platform_version="8.3.25.1286",
        )

    @property
    def state(self):
        return json.loads(self.file.read_text("utf-8"))

    def write(self, **changes):
        """Change the infobase from outside."""
        text = json.dumps({**self.state, **changes}, ensure_ascii=False)
        self.file.write_text(text, "utf-8")

    @property
    def connector(self) -> Disp:
        return Disp(connector(self.folder))

    def connect(self, more: str = "", place: str = "") -> Disp:
        """A session; `more` is the rest of the connection string."""
        return self.connector.call("Connect", (place or f'File="{self.folder}";') + more)

    def data(self, session: Disp, **changes) -> Disp:
        """A sound extension as ДвоичныеДанные."""
        path = self.folder / "given.cfe"
        path.write_bytes(good_cfe(**changes))
        return session.call("NewObject", "ДвоичныеДанные", str(path))

    def install(self, session: Disp, **changes) -> Disp:
        """Store a new extension; the object that was written."""
        made = session.get("РасширенияКонфигурации").call("Создать")
        made.call("Записать", self.data(session, **changes))
        return made

    def stored(self, session: Disp, name: str = NAME, *source: object) -> list[Disp]:
        """Extensions of that name, fetched anew."""
        wanted = session.call("NewObject", "Структура", "Имя", name)
        found = session.get("РасширенияКонфигурации").call("Получить", wanted, *source)
        return [found.call("Получить", at) for at in range(found.call("Количество"))]


def refused(call, *arguments) -> ComError:
    """What COM raised instead of an answer."""
    with pytest.raises(ComError) as failed:
        call(*arguments)
    return failed.value
