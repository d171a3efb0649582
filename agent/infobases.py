"""The commands `infobases …`: which infobases there are, how each is entered and treated."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, TypeVar

from agent import identity
from agent.clustering import ClusterOptions, clustered, described_cluster, keep_administrator
from agent.codes import Code
from agent.console import NOTHING_DONE, Result
from agent.context import Context
from agent.errors import Failure, filled, spoken, usage
from agent.offers import Environment
from agent.places import connection, simulated
from agent.policies import BackupMode, LockMode, Policy, Ring
from agent.register import Registered, check_alias, cluster_password_name, password_name
from wire.problems import Sentence
from wire.problems import Sentence as Help
from wire.reports import Outcome

E = TypeVar("E", bound=StrEnum)
_NONE = Sentence(
    "Ни одной базы не зарегистрировано: infobases import или infobases add ИМЯ",
    "No infobase is registered: infobases import or infobases add NAME",
)
_ADDED = Sentence("База «{name}» добавлена.", 'Infobase "{name}" is registered.')
_CHANGED = Sentence("База «{name}» изменена.", 'Infobase "{name}" is changed.')
_REMOVED = Sentence(
    "База «{name}» забыта. Место в лицензии остаётся за ней.",
    'Infobase "{name}" is forgotten. It keeps its seat of the licence.',
)
_TWICE = Sentence(
    "Эта база уже зарегистрирована как «{other}». Если это её копия, добавьте --copy",
    'This infobase is registered as "{other}". If it is a copy, add --copy',
)


_BUILD = re.compile(r"[0-9]{1,5}(\.[0-9]{1,5}){3}")
_HEADS = (
    Sentence("База", "Infobase"),
    Sentence("Где", "Where"),
    Sentence("Группа", "Group"),
    Sentence("Кольцо", "Ring"),
    Sentence("Блокировка", "Lock"),
    Sentence("Копия", "Backup"),
)
_RINGS = {
    Ring.TEST: Sentence("тестовая", "test"),
    Ring.PRODUCTION: Sentence("рабочая", "production"),
}


@dataclass(frozen=True, slots=True)
class ReachOptions:
    """Where the infobase is and who enters it."""

    connection_string: Annotated[
        str | None,
        Help(
            "Строка соединения без пароля или папка базы",
            "Connection string without a password, or the folder of the infobase",
        ),
    ] = None
    copy: Annotated[
        bool,
        Help("Это копия другой базы: ей нужно своё место", "It is a copy and needs its own seat"),
    ] = False
    user: Annotated[str | None, Help("Пользователь 1С", "User of 1C")] = None
    os_auth: Annotated[
        bool, Help("Входить учётной записью Windows", "Enter by the Windows account")
    ] = False
    password_stdin: Annotated[
        bool,
        Help(
            "Пароль 1С — следующая строка ввода (после ключа)",
            "The 1C password is the next line of stdin (after the key)",
        ),
    ] = False
    platform: Annotated[
        str | None,
        Help("Точная версия платформы, 8.3.25.1286", "The exact platform build, 8.3.25.1286"),
    ] = None


@dataclass(frozen=True, slots=True)
class TreatmentOptions:
    """To which group it belongs and how it is changed; an empty text takes a value away."""

    group: Annotated[str | None, Help("Группа из agent.toml", "A group of agent.toml")] = None
    ring: Annotated[
        str | None,
        Help("test — ставить сначала сюда, или production", "test: goes first; or production"),
    ] = None
    lock_mode: Annotated[str | None, Help("none, ask или terminate", "none, ask or terminate")] = (
        None
    )
    backup_mode: Annotated[
        str | None,
        Help(
            "none, confirm, dumpib, file_copy или command",
            "none, confirm, dumpib, file_copy or command",
        ),
    ] = None


def list_infobases(context: Context) -> Result:
    """Every registered infobase."""
    found = context.register.all()
    if not found:
        return Result(
            outcome=Outcome.NOOP, text=spoken(_NONE, context.lang), data={"infobases": []}
        )
    context.console.table(
        [spoken(head, context.lang) for head in _HEADS], [_row(context, one) for one in found]
    )
    return Result(data={"infobases": [described(context, one) for one in found]})


def add(
    context: Context,
    alias: str,
    reach: ReachOptions,
    treatment: TreatmentOptions,
    cluster: ClusterOptions,
) -> Result:
    """Look into an infobase and remember it under a name."""
    alias = check_alias(alias)
    if context.register.find(alias) is not None:
        raise usage(
            f"База «{alias}» уже есть: измените её (infobases edit) или выберите другое имя",
            f'Infobase "{alias}" is there already: infobases edit, or another name',
        )
    one = clustered(treated(context, placed(context, alias, reach), treatment), cluster)
    if context.common.dry_run:
        return told(context, one, NOTHING_DONE)
    password = password_of(context, one, reach)
    one = replace(one, infobase=look_into(context, one, password, reach).infobase)
    context.register.keep(one)
    keep_password(context, one, password)
    keep_administrator(context, one, cluster)
    return replace(told(context, one, filled(_ADDED, name=alias)), changed=True)


def edit(
    context: Context,
    alias: str,
    reach: ReachOptions,
    treatment: TreatmentOptions,
    cluster: ClusterOptions,
) -> Result:
    """Change how an infobase is entered and treated, not where it is."""
    before = context.register.named(alias)
    if reach.connection_string is not None or reach.copy or context.common.simulated:
        raise usage(
            "Другое место задаёт infobases move: за базой переедет и её место в лицензии",
            "infobases move names another place: the seat of the licence moves along",
        )
    one = clustered(treated(context, entered(before, reach), treatment), cluster)
    if context.common.dry_run:
        return told(context, one, NOTHING_DONE)
    enters_anew = reach.user is not None or reach.os_auth or reach.password_stdin
    password = password_of(context, one, reach) if enters_anew else None
    context.register.keep(one)
    if enters_anew:
        keep_password(context, one, password)
    is_asked = keep_administrator(context, one, cluster)
    if one == before and not enters_anew and not is_asked:
        return told(context, one, NOTHING_DONE)
    return replace(told(context, one, filled(_CHANGED, name=one.alias)), changed=True)


def remove(context: Context, alias: str) -> Result:
    """Forget the name and the password; the journal stays."""
    one = context.register.named(alias)
    if context.common.dry_run:
        return told(context, one, NOTHING_DONE)
    context.register.drop(alias)
    context.vault.forget(password_name(alias))
    context.vault.forget(cluster_password_name(alias))
    return replace(told(context, one, filled(_REMOVED, name=one.alias)), changed=True)


def placed(context: Context, alias: str, reach: ReachOptions) -> Registered:
    """An infobase where the options say it is."""
    if context.common.simulated:
        return entered(simulated(context.common.simulated, alias), reach)
    if reach.connection_string is None:
        raise usage(
            "Укажите, где база: --connection-string 'File=\"папка\";' или папка",
            "Say where the infobase is: --connection-string 'File=\"folder\";' or a folder",
        )
    return entered(Registered(alias, connection(reach.connection_string)), reach)


def entered(one: Registered, reach: ReachOptions) -> Registered:
    """The infobase as the options say it is entered."""
    if reach.os_auth and reach.user:
        raise usage("Либо --user, либо --os-auth", "Either --user or --os-auth")
    user = "" if reach.os_auth else reach.user or one.connection.user
    platform = one.platform if reach.platform is None else reach.platform or None
    if reach.platform and _BUILD.fullmatch(reach.platform) is None:
        raise usage(
            f"Версия платформы — четыре числа, как 8.3.25.1286, а не «{reach.platform}»",
            f'A platform build is four numbers, as in 8.3.25.1286, not "{reach.platform}"',
        )
    return replace(one, connection=replace(one.connection, user=user), platform=platform)


def treated(context: Context, one: Registered, options: TreatmentOptions) -> Registered:
    """The infobase as the options say it is treated; what they do not name stays."""
    group = one.group if options.group is None else options.group or None
    if options.group and options.group not in context.settings.groups:
        raise usage(
            f"Группы «{options.group}» нет в {context.settings.path}: опишите её там,"
            f' [groups."{options.group}"]',
            f'There is no group "{options.group}" in {context.settings.path}: add'
            f' [groups."{options.group}"] there',
        )
    ring = one.ring
    if options.ring is not None:
        ring = _chosen(Ring, "--ring", options.ring) or Ring.PRODUCTION
    lock, backup = one.policy.lock_mode, one.policy.backup_mode
    if options.lock_mode is not None:
        lock = _chosen(LockMode, "--lock-mode", options.lock_mode)
    if options.backup_mode is not None:
        backup = _chosen(BackupMode, "--backup-mode", options.backup_mode)
    return replace(one, group=group, ring=ring, policy=Policy(lock, backup))


def look_into(
    context: Context, one: Registered, password: str | None, reach: ReachOptions
) -> Environment:
    """The infobase by its own id; refused where another name has that one already."""
    decide = identity.as_copy if reach.copy else None
    with context.at(one):
        target = one.target(password)
        found = context.look(context.open(target), decide, reads_id=True)
    for other in context.register.all():
        if other.infobase == found.infobase and other.alias != one.alias:
            raise Failure(Code.CONSENT_REQUIRED, question=filled(_TWICE, other=other.alias))
    return found


def password_of(context: Context, one: Registered, reach: ReachOptions) -> str | None:
    """The password of its 1C user; None where nobody enters by one."""
    user = one.connection.user
    if not user:
        return None
    return context.given_password(user, from_stdin=reach.password_stdin)


def keep_password(context: Context, one: Registered, password: str | None) -> None:
    """Keep the password in the vault; nowhere else is it written."""
    if password:
        context.vault.keep_password(password_name(one.alias), password)
    else:
        context.vault.forget(password_name(one.alias))


def told(context: Context, one: Registered, text: Sentence) -> Result:
    """The infobase as a program wants it, with a word for people."""
    return Result(text=spoken(text, context.lang), data={"infobase": described(context, one)})


def described(context: Context, one: Registered) -> dict[str, object]:
    """Everything about an infobase but its password."""
    policy = context.policy_of(one)
    return {
        "alias": one.alias,
        "id": one.infobase,
        "connection": str(one.connection),
        "simulated": str(one.simulated) if one.simulated else None,
        "has_password": context.vault.password(password_name(one.alias)) is not None,
        "platform": one.platform,
        "group": one.group,
        "ring": one.ring.value,
        "lock_mode": policy.lock_mode,
        "backup_mode": policy.backup_mode,
        **described_cluster(context, one),
    }


def _row(context: Context, one: Registered) -> list[str]:
    policy = context.policy_of(one)
    where = str(one.simulated or one.connection)
    ring = spoken(_RINGS[one.ring], context.lang) if one.group else ""
    lock, backup = policy.lock_mode or "", policy.backup_mode or ""
    return [one.alias, where, one.group or "", ring, lock, backup]


def _chosen(kind: type[E], option: str, text: str) -> E | None:
    """One of the words of an option; an empty text is none of them."""
    words = ", ".join(kind)
    try:
        return kind(text) if text else None
    except ValueError as error:
        raise usage(f"{option} бывает {words}", f"{option} is one of {words}") from error
