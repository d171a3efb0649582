"""`podkluch restore`: a server from its backup, or the rest of one that PostgreSQL recovered."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from app.cli.check import examined
from app.cli.files import read_json
from app.cli.keyfolder import DOCUMENT_MAX
from app.cli.runtime import Runtime, actor, opened, refusals
from app.cli.terminal import EPILOG, REFUSED, AsJson, Lang, Terminal
from app.kit.i18n import Sentence, fill
from app.trust.schemas import TrustBundle
from app.upkeep.backup.place import Backup
from app.upkeep.backup.restoring import Restoration, Restored, Wish

app = typer.Typer(add_completion=False)

Folder = Annotated[Path, typer.Argument(exists=True, file_okay=False, metavar="DIR")]
KeepDatabase = Annotated[
    bool,
    typer.Option(
        "--keep-database", help="Базу уже восстановил сам PostgreSQL: файлы и версии к ней."
    ),
]
Roots = Annotated[
    list[Path] | None,
    typer.Option(
        "--root",
        exists=True,
        dir_okay=False,
        help="Файл последнего `trust renew --out`, если корень подписан после копии.",
    ),
]
SkipDamaged = Annotated[
    bool, typer.Option("--skip-damaged", help="Обойтись без испорченных файлов релизов.")
]
OtherMaster = Annotated[
    bool, typer.Option("--other-master", help="Слова MASTER утеряны: запечатанное не открыть.")
]


@app.command(epilog=EPILOG)
def restore(  # noqa: PLR0913 - one parameter per option
    folder: Folder,
    *,
    keep_database: KeepDatabase = False,
    root: Roots = None,
    skip_damaged: SkipDamaged = False,
    other_master: OtherMaster = False,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Восстановить сервер из копии: в пустую базу, затем полная проверка.

    DIR — папка копий (берётся последняя) или одна копия. Прерванное закончит та же команда.
    """
    with (
        Terminal(lang, as_json=as_json) as terminal,
        opened(create=True) as runtime,
        refusals(),
    ):
        bundles = [read_json(path, TrustBundle, DOCUMENT_MAX) for path in root or ()]
        backup = Backup.found(folder)
        wish = Wish(keep_database, bundles, skip_damaged, other_master)
        work = Restoration(runtime.url, runtime.engine, runtime.kit, backup, wish)
        done = work.run(terminal.progress, actor=actor())
        _finish(terminal, runtime, backup, done)


def _finish(terminal: Terminal, runtime: Runtime, backup: Backup, done: Restored) -> None:
    document = examined(terminal, runtime, full=True, repair=True)
    if terminal.as_json:
        terminal.write(
            {
                "backup": backup.folder,
                "taken_at": backup.manifest.taken_at,
                "files": done.files,
                "damaged": [file.sha256 for file in done.damaged],
                "vendors": [
                    {"slug": each.slug, "seq": each.seq, "at": each.at, "unsigned": each.unsigned}
                    for each in done.vendors
                ],
                "check": document,
            }
        )
    _tell(terminal, backup, done)
    if not document["ok"]:
        raise typer.Exit(REFUSED)


def _tell(terminal: Terminal, backup: Backup, done: Restored) -> None:
    terminal.say(
        Sentence(
            f"Восстановлено из {backup.folder}, файлов возвращено: {done.files}. До какого места:",
            f"Restored from {backup.folder}, {done.files} files brought back. Up to:",
        )
    )
    for each in done.vendors:
        local = each.at.astimezone(ZoneInfo(each.zone)) if each.at else None
        at = fill("{at}", terminal.language, {"at": local})
        terminal.say(
            Sentence(f"  {each.slug}: событие {each.seq}, {at}", f"  {each.slug}: {each.seq}, {at}")
        )
        if each.unsigned:
            terminal.say(
                Sentence(
                    "    ✘ ключи подписи не открыть: замените их, `podkluch trust rotate`",
                    "    ✘ its signing keys stay closed: replace them, `podkluch trust rotate`",
                )
            )
    terminal.say(
        Sentence(
            "Если корень подписывали после этого времени: `podkluch trust renew`.",
            "If a root was signed after that time: `podkluch trust renew`.",
        )
    )
