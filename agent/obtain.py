"""The command `download`: the checked file of a release, in a folder."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from agent.consents import Answers, Consent
from agent.console import Result
from agent.context import Context
from agent.download import Wanted, fetch
from agent.ending import signature, signed_by
from agent.errors import fill, storage_failure
from agent.files import write_whole
from agent.journal import State
from agent.plan import Plan, describe, questions
from agent.prepare import Wish, agree, choose_for, only_planned, require_license
from agent.rights import Rights
from agent.spool import put_download
from agent.steps import check_file
from wire.extensions import Download
from wire.problems import Sentence
from wire.problems import Sentence as Help
from wire.reports import DownloadCompletion

_FOR_A_FILE = frozenset({Consent.EULA, Consent.UNTESTED})
_UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_FETCHED = Sentence(
    "Файл проверен и сохранён: {path}. {signature}",
    "The file was checked and saved: {path}. {signature}",
)


@dataclass(frozen=True, slots=True)
class DownloadOptions:
    """Where to, which release, and decisions given in advance."""

    out: Annotated[Path, Help("Папка для файла", "Folder for the file")] = Path()
    release: Annotated[
        str | None, Help("Версия релиза вместо лучшей", "A version in place of the best one")
    ] = None
    accept_untested: Annotated[
        bool, Help("Согласиться на непроверенный релиз", "Agree to a release that was not tested")
    ] = False
    accept_eula: Annotated[
        str | None,
        Help("Принять соглашение с этим SHA-256", "Accept the agreement of this SHA-256"),
    ] = None


def download(context: Context, name: str, options: DownloadOptions) -> Result:
    """Fetch the file of a release, checked, into a folder."""
    context.console.extension = name
    infobase = context.infobase()
    environment = context.look(infobase)
    require_license(context, environment.infobase)
    chosen = choose_for(context, environment, Wish(name, options.release, options.accept_untested))
    plan = describe(chosen.offer, chosen.eula, chosen.known)
    asked = [
        one for one in questions(plan, chosen.offer, chosen.known) if one.consent in _FOR_A_FILE
    ]
    if context.common.dry_run:
        return only_planned(context, replace(plan, questions=asked))
    answers = Answers(accept_eula=options.accept_eula, accept_untested=options.accept_untested)
    agree(context, asked, answers, chosen.eula)
    rights = Rights(context.client(), context.vault, plan, infobase.label, chosen.signed.receive)
    granted, data = _fetch(context, rights)
    path = options.out.absolute() / file_name(
        granted.artifact.filename, f"{plan.extension}-{plan.version}.cfe"
    )
    _save(path, data)
    context.send_reports()
    return Result(
        text=fill(_FETCHED, context.lang, path=path, signature=signature(plan, context.lang)),
        changed=True,
        data=_described(plan, path),
    )


def file_name(announced: str, otherwise: str) -> str:
    """The announced name, as far as it is the name of an extension file and nothing more."""
    name = _UNFIT.sub("_", announced).strip(" .")
    return name if name.lower().endswith(".cfe") else otherwise


def _fetch(context: Context, rights: Rights) -> tuple[Download, bytes]:
    """The bytes, checked, and the right that they came by, which the server shall hear of."""
    plan, granted = rights.plan, rights.obtain()

    def renew() -> Download:
        nonlocal granted
        granted = rights.download()
        return granted

    with context.console.progress(State.DOWNLOADED, plan.artifact.size) as progress:
        wanted = Wanted(plan.artifact, granted, renew, rights.receive, progress)
        data = fetch(rights.client, context.home / "cache", wanted).read_bytes()
    check_file(plan, data)
    with context.journal.transaction() as db:
        arrived = DownloadCompletion(granted.download_id, plan.artifact.sha256, len(data))
        put_download(db, rights.client.server, arrived)
    return granted, data


def _save(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data, 0o644)
    except OSError as error:
        raise storage_failure(error, path, len(data)) from error


def _described(plan: Plan, path: Path) -> dict[str, object]:
    return {
        "file": str(path),
        "extension": plan.extension,
        "version": plan.version,
        "file_version": plan.file_version,
        "artifact_sha256": plan.artifact.sha256,
        "size": plan.artifact.size,
        **signed_by(plan),
    }
