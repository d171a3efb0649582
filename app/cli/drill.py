"""`podkluch drill`: the restoration rehearsed, on a server made for it or with a real backup."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app.cli.runtime import load_settings, read_keyring, refusals
from app.cli.terminal import EPILOG, REFUSED, AsJson, Lang, Terminal
from app.drill.course import LIMIT, Course, Step
from app.drill.proving import Proof, prove
from app.kit.i18n import Sentence

app = typer.Typer(add_completion=False)

Source = Annotated[
    Path | None,
    typer.Option(
        "--from",
        exists=True,
        file_okay=False,
        metavar="DIR",
        help="Проверить последнюю настоящую копию: восстановить её в отдельную базу.",
    ),
]
Operations = Annotated[
    int, typer.Option(min=4, help="Сколько действий сделать после копии до аварии.")
]


@app.command(epilog=EPILOG)
def drill(
    *,
    source: Source = None,
    operations: Operations = 200,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Учения: копия, работа, авария, восстановление двумя способами и сверка; или --from DIR.

    Всё делается в отдельной папке, рабочий сервер не затрагивается.
    """
    with Terminal(lang, as_json=as_json) as terminal, refusals():
        if source is not None:
            master = load_settings().master_file
            read_keyring(master)
            _tell_proof(terminal, prove(source, master, terminal.progress))
            return
        course = Course(operations)
        steps = []
        for step in course.run():
            steps.append(step)
            _tell(terminal, step)
        _tell_figures(terminal, course, steps)


def _tell(terminal: Terminal, step: Step) -> None:
    ru, en = (f"{step.seconds:6.1f} с  ✔ ", f"{step.seconds:6.1f} s  ✔ ")
    terminal.say(
        Sentence(f"{ru}{step.title.ru}: {step.detail.ru}", f"{en}{step.title.en}: {step.detail.en}")
    )


def _tell_figures(terminal: Terminal, course: Course, steps: list[Step]) -> None:
    found = course.figures()
    within = found.seconds <= LIMIT
    if terminal.as_json:
        told = [{"step": step.name, "seconds": round(step.seconds, 2)} for step in steps]
        figures = asdict(found) | {"limit_seconds": LIMIT, "within": within}
        terminal.write({"steps": told, "figures": figures})
    rows = (
        ("Потеряно подтверждённых событий, из копии", "Acknowledged events lost, by the dump"),
        ("Потеряно подтверждённых событий, по WAL", "Acknowledged events lost, by WAL"),
        ("Восстановление из копии", "Restoration from the dump"),
        ("Восстановление по WAL", "Restoration by WAL"),
    )
    values = (
        Sentence(f"{found.lost_by_dump} (после копии)", f"{found.lost_by_dump} (after the backup)"),
        Sentence(f"{found.lost_by_wal}", f"{found.lost_by_wal}"),
        Sentence(f"{found.restored_by_dump:.1f} с", f"{found.restored_by_dump:.1f} s"),
        Sentence(f"{found.restored_by_wal:.1f} с", f"{found.restored_by_wal:.1f} s"),
    )
    for (ru, en), value in zip(rows, values, strict=True):
        terminal.say(Sentence(f"  {ru:<44}{value.ru}", f"  {en:<44}{value.en}"))
    verdict = Sentence("да", "yes") if within else Sentence("НЕТ", "NO")
    terminal.say(
        Sentence(
            f"  {'Не дольше 15 мин':<44}{verdict.ru} ({found.seconds / 60:.2f} мин)",
            f"  {'Within 15 min':<44}{verdict.en} ({found.seconds / 60:.2f} min)",
        )
    )
    if not within:
        raise typer.Exit(REFUSED)


def _tell_proof(terminal: Terminal, proof: Proof) -> None:
    told = proof.backup.manifest
    if terminal.as_json:
        terminal.write(
            {
                "backup": proof.backup.folder,
                "taken_at": told.taken_at,
                "files": proof.done.files,
                "examined": proof.examined,
                "vendors": [{"slug": each.slug, "seq": each.seq} for each in proof.done.vendors],
                "seconds": round(proof.seconds, 2),
                "within": proof.seconds <= LIMIT,
            }
        )
    count, took = proof.done.files, f"{proof.seconds:.1f}"
    terminal.say(
        Sentence(
            f"Копия {proof.backup.folder} годна: файлов {count}, сверено событий и "
            f"файлов {proof.examined}, ошибок нет, {took} с",
            f"The backup {proof.backup.folder} is good: {count} files, {proof.examined} events "
            f"and files read, no faults, {took} s",
        )
    )
    for each in proof.done.vendors:
        terminal.say(
            Sentence(f"  {each.slug}: событие {each.seq}", f"  {each.slug}: event {each.seq}")
        )
