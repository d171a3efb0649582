"""The commands `install` and `download`: choose, plan, ask, then do."""

import logging
import re
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from agent import show
from agent.apply import apply, recover
from agent.clock import utc_now
from agent.codes import Code, Exit
from agent.commands import check_license, refusal_of
from agent.consents import Answers, Consent, Question
from agent.console import NOTHING_DONE, Result
from agent.context import Context
from agent.download import Wanted, fetch
from agent.ending import summary
from agent.errors import Failure, fill, spoken, storage_failure
from agent.files import sha256_of_bytes, write_whole
from agent.journal import Operation, State
from agent.offers import Choice, Environment, choose, query_for
from agent.plan import Action, Known, Plan, describe, installed, make_plan, questions
from agent.rights import Rights
from agent.spool import put_download
from agent.steps import check_file
from agent.story import Story, Tools
from wire import codec
from wire.extensions import EulaText, Offer
from wire.problems import Sentence
from wire.problems import Sentence as Help
from wire.reports import DownloadCompletion, Outcome

logger = logging.getLogger(__name__)
_LONGEST_WAY = 10  # releases that must be installed one after the other
_FOR_A_FILE = frozenset({Consent.EULA, Consent.UNTESTED})
_UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_WENT_WELL = frozenset({Outcome.DONE, Outcome.DONE_RESTART_REQUIRED})
_GO_ON = Sentence("Установить?", "Install?")
_RECOVERED = Sentence(
    "{name}: прерванная операция завершена. {text}",
    "{name}: an interrupted operation was finished. {text}",
)
_FETCHED = Sentence(
    "Файл проверен и сохранён: {path}. Подпись не проверяется",
    "The file was checked and saved: {path}. The signature is not verified",
)


@dataclass(frozen=True, slots=True)
class InstallOptions:
    """Which release, and decisions given in advance."""

    release: Annotated[
        str | None, Help("Версия релиза вместо лучшей", "A version in place of the best one")
    ] = None
    plan_only: Annotated[bool, Help("Показать план и выйти", "Show the plan and leave")] = False
    show_untested: Annotated[
        bool, Help("Учитывать непроверенные релизы", "Consider releases that were not tested")
    ] = False
    accept_untested: Annotated[
        bool, Help("Согласиться на непроверенный релиз", "Agree to a release that was not tested")
    ] = False
    allow_downgrade: Annotated[
        bool, Help("Разрешить возврат на прежнюю версию", "Allow an earlier version")
    ] = False
    accept_eula: Annotated[
        str | None,
        Help("Принять соглашение с этим SHA-256", "Accept the agreement of this SHA-256"),
    ] = None
    consent_unsafe: Annotated[
        bool, Help("Разрешить работу без безопасного режима", "Allow it to run outside safe mode")
    ] = False


@dataclass(frozen=True, slots=True)
class DownloadOptions:
    """Where to, and decisions given in advance."""

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


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A plan with what people must read before they agree to it."""

    plan: Plan
    offer: Offer
    eula: EulaText | None
    is_step: bool  # a later release waits behind this one


def install(context: Context, name: str, options: InstallOptions) -> Result:
    """Bring the infobase to a release of the extension."""
    context.console.extension = name
    infobase = context.infobase()
    environment = context.look(infobase)
    if options.plan_only or context.common.dry_run:
        _check_license(context, environment)
        return _planned(context, _prepare(context, environment, name, options).plan)
    with context.alone_with(infobase, environment.infobase) as tools:
        recovered = _recover(tools, environment.infobase)
        if recovered is not None and _forbids(tools, recovered):
            return recovered
        _check_license(context, environment)
        for step in range(_LONGEST_WAY):
            if step or recovered:
                environment = context.look(infobase)
            prepared = _prepare(context, environment, name, options)
            result = _do(context, tools, prepared, options)
            if result.outcome not in _WENT_WELL or not prepared.is_step:
                break
    return result


def download(context: Context, name: str, options: DownloadOptions) -> Result:
    """Fetch the file of a release, checked, into a folder."""
    context.console.extension = name
    infobase = context.infobase()
    environment = context.look(infobase)
    _check_license(context, environment)
    wish = InstallOptions(release=options.release, accept_untested=options.accept_untested)
    offer = _choose(context, environment, name, wish).offer
    eula = _eula(context, offer)
    known = _known(context, environment, offer)
    plan = describe(offer, eula, known)
    asked = [one for one in questions(plan, offer, known) if one.consent in _FOR_A_FILE]
    if context.common.dry_run:
        return _planned(context, replace(plan, questions=asked))
    answers = Answers(accept_eula=options.accept_eula, accept_untested=options.accept_untested)
    _agree(context, asked, answers, eula)
    rights = Rights(context.client(), context.vault, plan, infobase.label)
    path = _fetch(context, rights, options.out)
    context.send_reports()
    data = {"file": str(path), "sha256": plan.artifact.sha256, "size": plan.artifact.size}
    return Result(
        text=fill(_FETCHED, context.lang, path=path),
        changed=True,
        data={**data, "version": plan.version, "signature_verified": False},
    )


def _check_license(context: Context, environment: Environment) -> None:
    refusal = refusal_of(check_license(context, environment.infobase))
    if refusal is not None:
        raise refusal


def _recover(tools: Tools, infobase: str) -> Result | None:
    """Finish what was interrupted; how the last of it ended, if there was something."""
    result = None
    for operation in tools.journal.unfinished(infobase):
        result = recover(tools, operation)
        text = fill(_RECOVERED, tools.console.lang, name=operation.onec_name, text=result.text)
        tools.console.warn("RECOVERED", text, operation_id=operation.id, outcome=result.outcome)
        if _forbids(tools, result):
            break
    return result


def _forbids(tools: Tools, recovered: Result) -> bool:
    """Nothing new may be begun: the infobase is not what it was, or nobody can tell."""
    is_open = bool(tools.journal.unfinished(str(tools.console.infobase)))
    return is_open or recovered.exit is Exit.ROLLBACK_FAILED


def _prepare(
    context: Context, environment: Environment, name: str, options: InstallOptions
) -> _Prepared:
    choice = _choose(context, environment, name, options)
    eula = _eula(context, choice.offer)
    plan = make_plan(choice.offer, eula, _known(context, environment, choice.offer))
    show.plan(context.console, plan)
    return _Prepared(plan, choice.offer, eula, choice.is_step)


def _choose(
    context: Context, environment: Environment, name: str, options: InstallOptions
) -> Choice:
    query = replace(
        query_for(context.journal, environment, name),
        show_all=True,  # watersheds and earlier versions are rows that do not fit
        show_untested=options.show_untested or options.accept_untested,
    )
    return choose(context.client().offers(query), name, options.release)


def _eula(context: Context, offer: Offer) -> EulaText | None:
    """The text that must be accepted, exactly as announced."""
    if offer.eula is None or offer.eula.accepted:
        return None
    eula = context.client().eula(offer.eula.id, context.lang).eula
    found = sha256_of_bytes(eula.text.encode())
    if found != eula.sha256:
        raise Failure(Code.MANIFEST_MISMATCH, field="eula", a=eula.sha256, b=found)
    return eula


def _known(context: Context, environment: Environment, offer: Offer) -> Known:
    name = offer.extension.onec_name
    before = installed(environment.extensions, name)
    return Known(
        infobase=environment.infobase,
        facts=environment.facts,
        extensions=environment.extensions,
        release=context.journal.release_of(before.hash_sum) if before else None,
        consented_unsafe=context.journal.consented(environment.infobase, name, Consent.UNSAFE),
    )


def _do(context: Context, tools: Tools, prepared: _Prepared, options: InstallOptions) -> Result:
    plan = prepared.plan
    if plan.action is Action.NOOP:
        noop = Failure(Code.NOOP, v=plan.file_version or plan.version)
        text = noop.diagnostics(context.lang)
        return Result(outcome=Outcome.NOOP, code=noop.code, text=text, data=summary(plan))
    answers = Answers(
        accept_eula=options.accept_eula,
        consent_unsafe=options.consent_unsafe,
        accept_untested=options.accept_untested,
        allow_downgrade=options.allow_downgrade,
        yes=context.common.yes,
    )
    _agree(context, plan.questions, answers, prepared.eula)
    if context.console.is_interactive and not context.common.yes:
        _confirm(context)
    rights = Rights(context.client(), context.vault, plan, tools.infobase.label)
    operation = Operation(
        id=str(uuid.uuid4()),
        infobase=plan.infobase,
        server=context.client().server,
        onec_name=plan.onec_name,
        plan=codec.dumps(plan).decode(),
        started_at=utc_now(),
    )
    result = apply(Story(tools, operation, plan, rights), plan.questions)
    context.send_reports()
    return result


def _confirm(context: Context) -> None:
    if not context.console.ask("install", spoken(_GO_ON, context.lang)):
        raise Failure(Code.CONSENT_REQUIRED, question=_GO_ON)


def _agree(
    context: Context, asked: list[Question], answers: Answers, eula: EulaText | None
) -> None:
    """Every question answered with yes, or CONSENT_REQUIRED naming the flags that do it."""
    console, refused = context.console, []
    for question in (one for one in asked if not answers.give(one)):
        data: dict[str, object] = {"subject": question.subject, "flag": question.flag}
        if question.consent is Consent.EULA and eula is not None:
            data["text"] = eula.text
            console.line(eula.text)
        if not console.ask(question.consent, spoken(question.text, console.lang), data):
            refused.append(question)
    if refused:
        raise Failure(
            Code.CONSENT_REQUIRED,
            question="; ".join(f"{spoken(q.text, console.lang)} {q.flag}" for q in refused),
        )


def _planned(context: Context, plan: Plan) -> Result:
    """The plan is all that was asked for."""
    return Result(
        outcome=Outcome.NOOP if plan.action is Action.NOOP else Outcome.DONE,
        text=spoken(NOTHING_DONE, context.lang),
        post_install_steps=plan.post_install_steps,
        data={"plan": codec.to_dict(plan), "signature_verified": False},
    )


def _fetch(context: Context, rights: Rights, folder: Path) -> Path:
    """Get the file, check it, put it into the folder under its name, tell the server."""
    plan, granted = rights.plan, rights.obtain()
    with context.console.progress(State.DOWNLOADED, plan.artifact.size) as progress:
        wanted = Wanted(plan.artifact, granted, rights.download, progress)
        data = fetch(rights.client, context.home / "cache", wanted).read_bytes()
    check_file(plan, data)
    name = file_name(granted.artifact.filename, f"{plan.extension}-{plan.version}.cfe")
    path = folder.absolute() / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, data, 0o644)
    except OSError as error:
        raise storage_failure(error, path, len(data)) from error
    with context.journal.transaction() as db:
        arrived = DownloadCompletion(granted.download_id, plan.artifact.sha256, len(data))
        put_download(db, rights.client.server, arrived)
    return path


def file_name(announced: str, otherwise: str) -> str:
    """The announced name, as far as it is the name of an extension file and nothing more."""
    name = _UNFIT.sub("_", announced).strip(" .")
    return name if name.lower().endswith(".cfe") else otherwise
