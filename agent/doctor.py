"""The command `doctor`: what is wrong on this computer, and what mends it; changes nothing."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Annotated

from agent import config, logs, proxies, windows
from agent.checks import Check, Verdict, good, line, refused, said, worst
from agent.clock import Timing, wall_clock
from agent.codes import Code, Exit
from agent.com.remote import narrow_host
from agent.config import Settings
from agent.console import Console, Result
from agent.context import Context, language_of, settings_of
from agent.doctor_base import of_base
from agent.doctor_bundle import write_bundle
from agent.doctor_com import Computer, of_com
from agent.doctor_home import of_home
from agent.doctor_machine import of_machine
from agent.doctor_network import of_network
from agent.enrol import read_connection
from agent.errors import AgentError, Failure, fill, spoken
from agent.files import private_folder
from agent.guard import mended, require_ours
from agent.options import Common
from agent.platforms import installed
from agent.registry import open_hive
from agent.transport import Route
from agent.vault import open_vault
from wire.problems import Sentence
from wire.problems import Sentence as Help
from wire.reports import Outcome

logger = logging.getLogger(__name__)
_PATIENCE = 20.0
_SUMMARY = Sentence(
    "Проверок: {all}, предупреждений: {warn}, ошибок: {fail}",
    "Checks: {all}, warnings: {warn}, failures: {fail}",
)
_ASIDE = Sentence(
    "Папку сделал кто-то другой, она отложена: {path}. Закрепите корень вендора и введите ключ"
    " заново",
    "Somebody else made the folder, it is put aside: {path}. Pin the vendor's root and give the"
    " key again",
)
_CLOSED = Sentence(
    "Папка агента {path} закрыта для всех, кроме администраторов",
    "The agent's folder {path} is closed to everybody but administrators",
)
_BUNDLE = Sentence("Архив для поддержки: {path}", "Bundle for support: {path}")


@dataclass(frozen=True, slots=True)
class DoctorOptions:
    """What to do besides looking."""

    fix_acl: Annotated[
        bool,
        Help("Закрыть папку агента от чужих", "Close the agent's folder to others"),
    ] = False
    bundle: Annotated[
        Path | None,
        Help(
            "Записать архив для поддержки, без секретов",
            "Write a bundle for support, without secrets",
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class Patient:
    """What there is to be looked at; settings that cannot be read are as if empty."""

    common: Common
    home: Path
    console: Console
    settings: Settings


def doctor(common: Common, console: Console, options: DoctorOptions) -> Result:
    """Look at everything, say it line by line; the worst finding decides the exit code."""
    home = config.home()
    checks = [_fix_acl(home)] if options.fix_acl else []
    settings = _settings(common, home, checks)
    with suppress(AgentError):  # that a language is unknown is one of the findings
        console.lang = language_of(common.lang or settings.lang)
    for check in checks:
        _show(console, check)
    patient = Patient(common, home, console, settings)
    with logs.written(private_folder(home / "logs")) if _is_ours(patient) else nullcontext():
        for name, family in _families(patient):
            for check in _carefully(name, family):
                checks.append(check)
                _show(console, check)
        return _result(patient, checks, options)


def _is_ours(patient: Patient) -> bool:
    """Whether anything may be written into the folder."""
    try:
        require_ours(patient.home, patient.settings.vault)
    except AgentError:
        return False
    return True


def _families(patient: Patient) -> Iterator[tuple[str, Callable[[], Iterator[Check]]]]:
    """Each part of the examination; one that breaks does not stop the others."""
    yield "agent", of_machine
    yield "home", lambda: of_home(patient.home, patient.settings)
    yield "network", lambda: of_network(_route(patient), open_hive())
    yield "com", lambda: of_com(computer())
    if patient.common.infobase is not None or patient.common.simulated is not None:
        yield "base", lambda: _infobase(patient)


def computer() -> Computer | None:
    """This computer as 1C's connector sees it; None where there is no registry."""
    hive = open_hive()
    if hive is None:
        return None
    return Computer(
        hive=hive,
        platforms=installed(config.onec_folders()),
        is_elevated=windows.is_administrator(),
        comhost32=narrow_host(),
    )


def _carefully(name: str, family: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    try:
        yield from family()
    except AgentError as error:
        yield refused(f"{name}.error", error)
    except Exception as error:  # a doctor must not die of what it finds
        logger.exception("doctor: %s", name)
        why = f"{type(error).__name__}: {error}"
        yield refused(f"{name}.error", Failure(Code.UNEXPECTED, why=why, log="agent.log"))


def _settings(common: Common, home: Path, checks: list[Check]) -> Settings:
    """What agent.toml says, else nothing, and a finding about it."""
    try:
        settings = settings_of(common, home)
    except AgentError as error:
        checks.append(refused("agent.settings", error))
        return Settings(home / "agent.toml")
    if settings.path.exists():
        text = Sentence("Настройки {file} читаются", "Settings {file} can be read")
    else:
        text = Sentence("Файла настроек {file} нет", "There is no settings file {file}")
    checks.append(good("agent.settings", text, file=str(settings.path)))
    return settings


def _route(patient: Patient) -> Route | None:
    """The way to the server of the command line or the settings."""
    common, settings = patient.common, patient.settings
    filed = read_connection(common.connection).server if common.connection else None
    named = common.server or filed or settings.server
    if named is None:
        return None
    server = config.server_address(named)
    proxy = common.proxy or settings.proxy
    if proxy and _is_ours(patient):
        proxy = proxies.entered(proxy, open_vault(patient.home, settings.vault), _nobody)
    return Route(
        server=server,
        lang=patient.console.lang,
        timeout=common.timeout or settings.timeout or _PATIENCE,
        proxy=proxy,
        ca_file=common.ca_file or settings.ca_file,
    )


def _nobody(_question: Sentence) -> str:
    return ""


def _infobase(patient: Patient) -> Iterator[Check]:
    """The infobase, if the folder with its password can be believed."""
    require_ours(patient.home, patient.settings.vault)
    with closing(Context(patient.common, patient.home, patient.console)) as context:
        yield from of_base(context.infobase(), Timing())


def _fix_acl(home: Path) -> Check:
    """Close the folder; one that somebody else made is put aside."""
    stamp = f"{wall_clock().astimezone(UTC):%Y%m%d-%H%M%S}"
    try:
        aside = mended(home, stamp)
    except OSError as error:
        why = str(error)
        failed = Failure(Code.HOME_UNUSABLE, path=home, why=why)
        return refused("home.fixed", failed)
    if aside is not None:
        return good("home.fixed", _ASIDE, path=str(aside))
    return good("home.fixed", _CLOSED, path=str(home))


def _show(console: Console, check: Check) -> None:
    console.line(line(check, console.lang))
    if check.fix:
        console.line(f"     → {spoken(check.fix, console.lang)}")


def _result(patient: Patient, checks: list[Check], options: DoctorOptions) -> Result:
    lang = patient.console.lang
    counts = {
        verdict.value: sum(check.verdict is verdict for check in checks) for verdict in Verdict
    }
    text = fill(_SUMMARY, lang, all=len(checks), **counts)
    data: dict[str, object] = {"checks": [said(check, lang) for check in checks]}
    if options.bundle:
        write_bundle(options.bundle, patient.home, data["checks"])
        data["bundle"] = str(options.bundle)
        text = f"{text}. {fill(_BUNDLE, lang, path=options.bundle)}"
    exit = worst(checks)  # noqa: A001 - as in Result
    if exit is Exit.DONE:
        return Result(text=text, data=data)
    code = next((check.facts.get("code") for check in checks if check.exit is exit), None)
    return Result(
        exit=exit,
        outcome=Outcome.FAILED,
        code=str(code) if code else None,
        text=text,
        data=data,
    )
