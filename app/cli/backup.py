"""`podkluch backup`: database, files and signed metadata in one folder, while the server runs."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.runtime import opened, refusals
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal
from app.kit.i18n import Sentence
from app.upkeep.backup.making import Taken, take
from app.upkeep.backup.place import Place

app = typer.Typer(add_completion=False)

Folder = Annotated[Path, typer.Argument(file_okay=False, metavar="DIR")]
Keep = Annotated[
    int, typer.Option(min=0, help="Оставить столько последних копий; 0 — не удалять ничего.")
]


@app.command(epilog=EPILOG)
def backup(folder: Folder, *, keep: Keep = 0, as_json: AsJson = False, lang: Lang = "ru") -> None:
    """Сделать резервную копию: база, файлы релизов, подписанные сведения; сервер работает.

    Секрета MASTER и ключей корня в копии нет: их возвращают слова.
    """
    with Terminal(lang, as_json=as_json) as terminal, opened() as runtime, refusals():
        runtime.require_sound()
        place = Place.prepared(folder, runtime.kit.settings)
        made = take(
            runtime.url, runtime.engine, runtime.kit, place, keep=keep, watch=terminal.progress
        )
        _tell(terminal, made)


def _tell(terminal: Terminal, made: Taken) -> None:
    told = made.manifest
    if terminal.as_json:
        terminal.write(
            {
                "folder": made.folder,
                "taken_at": told.taken_at,
                "bytes": told.size,
                "files": len(told.files),
                "lacking": told.lacking,
                "thinned": made.thinned,
                "vendors": [mark.model_dump() for mark in told.vendors],
            }
        )
    files, size = len(told.files), told.size
    terminal.say(
        Sentence(
            f"Копия готова: {made.folder}, файлов {files}, всего {size} Б",
            f"The backup is made: {made.folder}, {files} files, {size} bytes in all",
        )
    )
    for sha256 in told.lacking:
        terminal.say(
            Sentence(
                f"  ✘ файла нет на самом сервере или он испорчен: {sha256}",
                f"  ✘ the server itself has lost or damaged a file: {sha256}",
            )
        )
