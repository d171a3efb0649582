"""`python -m tests.evening`: plays an administrator's evening and writes docs/agent-evening.md.

A real server, the real agent at a real terminal, a simulated 1C. Nothing in it is typed by hand.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import Any

from app.demo.sample import CONFIGURATION, PLATFORM, Planned, Sample
from app.demo.stage import Stage
from app.demo.vendor import Vendor
from tests.simulators.doorstep import GO_ON, KEY_IS, WHAT
from tests.simulators.keyboard import Keyboard

_WIDTH = 100
FILE = Path(__file__).parents[1] / "docs" / "agent-evening.md"
BASE = "Бухгалтерия"
_SEEN_SERVER, _SEEN_FOLDER = "https://lic.example.ru", "~"
_ERASED, _STEERING = "\r\x1b[2K", re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_RESTART = 3010  # POSIX shows its low byte
_WAITING = "… ответа пока нет"
_HEAD = """\
# Вечер администратора

Запись настоящего агента в настоящем терминале шириной 80 знаков: сервер настоящий, 1С —
имитация (`--simulated`). Сделана командой `python -m tests.evening`, ничего не набрано руками;
заменены только адрес сервера, папка и лицензионный ключ. Агент работал на Linux, поэтому
`doctor` честно говорит, что соединителя 1С здесь нет. На настоящей Windows и на настоящей 1С
этот вечер ещё не повторяли.
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """One command, what is typed at its questions, and what the evening is about there."""

    title: str
    words: str
    arguments: tuple[str, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    faults: dict[str, Any] | None = None  # of the simulated 1C, from here on
    release: str | None = None  # published before


_INSTALL = ("install", Sample().code)
_AGREED = (("(да/нет)", "да"), (GO_ON, "да"))
SCENES = (
    Scene(
        "Первый запуск",
        "Рядом лежит файл подключения вендора, ключ пришёл письмом. Агент находит базу и"
        " показывает, что ей подходит; ставить пока не просим.",
        ("--simulated", "1C"),
        (
            (KEY_IS, "{key}"),
            ("Номер базы", "1"),
            ("Пользователь 1С", ""),
            (WHAT, "ещё"),
            (WHAT, ""),
        ),
    ),
    Scene("Всё ли в порядке", "Что мешает на этом компьютере.", ("doctor", "--infobase", BASE)),
    Scene("Что подходит", "Сервер и база запомнены.", ("list",)),
    Scene(
        "Установка",
        "Соглашение, план, шаги. 1С думает над записью семь секунд.",
        _INSTALL,
        _AGREED,
        faults={"write": ["before hang 7"]},
    ),
    Scene(
        "Сбой и возврат",
        "Вендор выпустил 1.0.1. 1С приняла файл, но обновить параметры расширений не смогла:"
        " агент записывает прежнюю версию обратно.",
        _INSTALL,
        ((GO_ON, "да"),),
        faults={"refresh": "fail Возникла непредвиденная ситуация"},
        release="1.0.1",
    ),
    Scene("Что было", "Журнал и то, что стоит в базе.", ("status", "--infobase", BASE)),
    Scene("Ещё раз", "Причину устранили, повторяем.", _INSTALL, ((GO_ON, "да"),), faults={}),
    Scene("Итог", "", ("status", "--infobase", BASE)),
)


class Evening:
    """The stage, the vendor, and the computer of the administrator."""

    def __init__(self, stage: Stage) -> None:
        self._vendor, self._stage = Vendor(stage, Sample()), stage
        self._here = stage.folder / "evening"
        self._base = self._here / "1C" / BASE
        self._base.mkdir(parents=True)
        self._change(configuration=CONFIGURATION, platform_version=PLATFORM, has_bsp=True)

    def prepare(self) -> None:
        """Everything that happened before this evening."""
        self._stage.start_database()
        self._stage.programs.podkluch("migrate")
        self._stage.start_server()
        vendor = self._vendor
        for step in (
            vendor.appear, vendor.make_root, vendor.make_product, vendor.make_extension,
            vendor.publish_eula, vendor.publish_releases, vendor.make_customers,
            vendor.issue_keys, vendor.generate_coupon,
        ):  # fmt: skip
            step()
        key, body = vendor.keys[0]["code"], {"coupon": vendor.coupon}
        _, seen = self._stage.rest("POST", "/api/v1/redemptions/preview", key, body)
        body["before_digest"] = seen["before_digest"]
        self._stage.rest("POST", "/api/v1/redemptions", key, body)
        vendor.connection.rename(self._here / vendor.connection.name)

    def play(self, scene: Scene) -> str:
        """What the terminal showed, and how the command ended."""
        if scene.faults is not None:
            self._change(faults=scene.faults)
        if scene.release is not None:
            self._publish(scene.release)
        home = {"PODKLUCH_HOME": str(self._here / "agent"), "LANG": "ru_RU.UTF-8"}
        with Keyboard(*scene.arguments, folder=self._here, lines=50, **home) as keys:
            for question, answer in scene.answers:
                keys.sees(question).types(answer.format(key=self._vendor.keys[0]["code"]))
            code = keys.ends()
            said = f"[код завершения {_RESTART if code == _RESTART & 255 else code}]"
            return f"{self._cleaned(chr(10).join(shown(keys.raw))).strip()}\n\n{said}"

    def _publish(self, version: str) -> None:
        planned = Sample().releases()[0]
        anew = Sample(file_version=version).releases()[0]
        assert isinstance(anew, Planned)
        self._vendor._publish(
            Planned("newer", version, "Ценники печатаются быстрее.", planned.rule, anew.file)
        )

    def _change(self, **changes: object) -> None:
        file = self._base / "infobase.json"
        state = json.loads(file.read_text("utf-8")) if file.exists() else {}
        file.write_text(json.dumps({**state, **changes}, ensure_ascii=False), "utf-8")

    def _cleaned(self, text: str) -> str:
        key = self._vendor.keys[0]
        for found, shown_as in (
            (self._stage.agents_url, _SEEN_SERVER),
            (str(self._here), _SEEN_FOLDER),
            (key["code"], key["hint"]),
        ):
            text = text.replace(found, shown_as)
        return text


def shown(raw: str) -> Iterator[str]:
    """The lines as they stand on the screen at last; of signs of life the last one is kept."""
    for line in raw.replace("\r\n", "\n").split("\n"):
        parts = [
            _STEERING.sub("", part).rstrip() for part in line.replace(_ERASED, "\r").split("\r")
        ]
        told = [part for part in parts if part.strip()]
        waited = [part for part in told if _WAITING in part][-1:]
        yield from waited
        yield next((part for part in reversed(told) if _WAITING not in part), "")


def recorded() -> Iterator[str]:
    """The document, piece by piece, as it is played."""
    with Stage() as stage:
        evening = Evening(stage)
        evening.prepare()
        yield _HEAD
        for scene in SCENES:
            words = f"\n{fill(scene.words, _WIDTH)}\n" if scene.words else ""
            command = " ".join(("podkluch-agent", *scene.arguments))
            played = evening.play(scene)
            yield f"\n## {scene.title}\n{words}\n```text\n> {command}\n{played}\n```\n"


if __name__ == "__main__":
    FILE.write_text("".join(recorded()), "utf-8")
