"""The data folder of a server to look at: its settings file, and how to start over."""

import json
import shutil
import sys
from pathlib import Path
from typing import Final

from pydantic_settings import SettingsConfigDict

from app.demo import seed
from app.kit import embedded
from app.kit.config import Settings
from app.kit.resources import folder
from wire.enrolment import SUFFIX

DEFAULT: Final = folder("templates").parent / "var"
LOG: Final = "server.log"
INFOBASE: Final = "demo-infobase"
CONNECTION: Final = f"demo{SUFFIX}"
_SETTINGS: Final = "podkluch.toml"
_MADE: Final = ("artifacts", INFOBASE, CONNECTION, seed.FILE, LOG)
_YES: Final = {"да", "д", "yes", "y"}


def settings(place: Path) -> Settings:
    """The settings of the folder's file and of the environment; the folder is the data folder."""

    class Here(Settings):
        model_config = SettingsConfigDict(toml_file=place / _SETTINGS)

    return Here(data=place)


def prepare(place: Path) -> None:
    """Makes the folder and, if it has none, a settings file that only this user can read."""
    place.mkdir(parents=True, exist_ok=True)
    file = place / _SETTINGS
    if file.exists():
        return
    file.touch(mode=0o600)
    file.write_text(
        "# Настройки сервера этой папки; переменные окружения PODKLUCH_<ИМЯ> важнее.\n"
        "# Settings of this folder's server; environment variables PODKLUCH_<NAME> win.\n"
        f"data = {json.dumps(str(place), ensure_ascii=False)}\n",
        encoding="utf-8",
    )


def is_cleared(place: Path, *, sure: bool) -> bool:
    """Deletes database, files and demo data; False if that was not confirmed."""
    database = place / "postgres"
    found = [path for path in (database, *(place / name for name in _MADE)) if _is_there(path)]
    if not found:
        return True
    sys.stdout.write("Будет удалено / will be deleted:\n")
    sys.stdout.writelines(f"  {path}\n" for path in found)
    if not sure and not _confirmed():
        return False
    embedded.remove(database)  # first: a running one is refused, and nothing is deleted then
    for path in found:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return True


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        sys.stderr.write("Подтвердить некому, добавьте --yes / nobody to ask, add --yes\n")
        return False
    return input("Удалить? / Delete? (да/нет) ").strip().casefold() in _YES
