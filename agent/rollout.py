"""`update --all` and `--to-group`: one infobase after the other, test ones first, in their time."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from agent import proof, show
from agent.clock import wall_clock
from agent.codes import Code, Exit
from agent.commands import check
from agent.console import Result, failed
from agent.context import Context
from agent.errors import AgentError, Failure, fill, usage
from agent.install import InstallOptions, install
from agent.locking import LockOptions
from agent.outcomes import gravest
from agent.plan import Plan
from agent.policies import Group, Ring
from agent.recovering import nothing_left, recover_all
from agent.register import Registered
from agent.story import LockPolicy
from agent.updating import update
from wire.problems import Sentence
from wire.problems import Sentence as Help

logger = logging.getLogger(__name__)
Work = Callable[[Registered], Result]
_NOBODY = Sentence(
    "Ни одной базы: зарегистрируйте их командой infobases add", "No infobases: see infobases add"
)
_EMPTY_GROUP = Sentence(
    "В группе «{group}» нет баз: infobases edit ИМЯ --group {group}",
    'Group "{group}" has no infobases: infobases edit NAME --group {group}',
)
_STOPPED = Sentence(
    "После неудачного отката остальные базы не тронуты: {names}",
    "After a failed rollback the other infobases were left alone: {names}",
)
_INFOBASE = Sentence("База «{name}»", 'Infobase "{name}"')
_DONE = Sentence("Баз: {n}, изменено: {changed}.", "Infobases: {n}, changed: {changed}.")


@dataclass(frozen=True, slots=True)
class RolloutOptions:
    """Which infobases, and whether the test ring may be passed by."""

    all: Annotated[
        bool, Help("Все базы по очереди, для запуска по расписанию", "Every infobase in turn")
    ] = False
    to_group: Annotated[
        str | None,
        Help("Базы группы: сначала тестовые", "Infobases of a group: test ones first"),
    ] = None
    skip_ring: Annotated[
        bool,
        Help("Не ждать проверки в тестовой базе", "Do not wait for a test infobase"),
    ] = False


@dataclass(frozen=True, slots=True)
class AllOption:
    """Whether a command is about every registered infobase."""

    all: Annotated[bool, Help("Все базы", "Every infobase")] = False


def roll_out(
    context: Context,
    name: str | None,
    which: RolloutOptions,
    how: tuple[InstallOptions, LockOptions],
) -> Result:
    """Update one infobase, those of a group or all, each as its group allows."""
    options, lock = how
    if not which.all and which.to_group is None:
        return update(context, name, options, usual(context, lock))
    _require_one_way(context, which)
    bases = _chosen(context, which.to_group)

    def work(one: Registered) -> Result:
        group = _group(context, one)
        _require_open(group)
        policy = usual(context, lock)
        context.permit = _gate(context, one, group, skip_ring=which.skip_ring)
        try:
            if name is not None and which.to_group is not None:
                return install(context, name, options, policy)
            return update(context, name, options, policy)
        finally:
            context.permit = lambda _plan: None

    return each(context, bases, work)


def check_all(context: Context, which: AllOption) -> Result:
    """Check one infobase or every one."""
    if not which.all:
        return check(context)
    _require_none_named(context)
    return each(context, _chosen(context, None), lambda _one: check(context))


def recover_each(context: Context) -> Result:
    """Finish what was interrupted in the infobase that is meant, else in all that are known."""
    if context.knows_infobase:
        return recover_all(context)
    left = [
        one
        for one in context.register.all()
        if one.infobase and context.journal.unfinished(one.infobase)
    ]
    if not left:
        return recover_all(context) if context.journal.is_cut_off() else nothing_left(context)
    return each(context, left, lambda _one: recover_all(context))


def usual(context: Context, lock: LockOptions) -> LockPolicy:
    """What was said on the command line about people in the infobase, else what is usual there."""
    mode = context.policy_of(context.here()).lock_mode
    return lock.policy(LockPolicy(mode=mode) if mode else None)


def each(context: Context, bases: list[Registered], work: Work) -> Result:
    """Do it in one infobase after the other; a failed rollback ends the row."""
    results: list[tuple[Registered, Result]] = []
    for one in bases:
        context.console.say(_INFOBASE.ru, _INFOBASE.en, name=one.alias)
        with context.at(one):
            result = _guarded(context, one, work)
        results.append((one, result))
        if result.exit is Exit.ROLLBACK_FAILED:
            break
    return _told(context, results, [one.alias for one in bases[len(results) :]])


def _guarded(context: Context, one: Registered, work: Work) -> Result:
    """Whatever one infobase does, the next one has its turn."""
    try:
        return work(one)
    except AgentError as error:
        logger.warning("%s: %s", one.alias, error.code)
        return failed(error, context.lang)
    except Exception as error:
        logger.exception("unexpected, infobase %s", one.alias)
        unexpected = Failure(Code.UNEXPECTED, why=type(error).__name__, log="agent.log")
        return failed(unexpected, context.lang)


def _told(context: Context, results: list[tuple[Registered, Result]], left: list[str]) -> Result:
    """One table for people; each result by its infobase for programs."""
    show.rollout(context.console, [(one.alias, result) for one, result in results])
    if left:
        text = fill(_STOPPED, context.lang, names=", ".join(left))
        context.console.warn("STOPPED", text, infobases=left)
    last = gravest([result for _, result in results])
    changed = sum(result.changed for _, result in results)
    text = fill(_DONE, context.lang, n=len(results), changed=changed)
    steps = dict.fromkeys(step for _, one in results for step in one.post_install_steps)
    return Result(
        exit=last.exit,
        outcome=last.outcome,
        code=last.code,
        text=text if last.exit in {Exit.DONE, Exit.RESTART} else f"{text} {last.text}",
        changed=bool(changed),
        post_install_steps=list(steps),
        data={"infobases": [_described(*pair) for pair in results], "left_alone": left},
    )


def _described(one: Registered, result: Result) -> dict[str, object]:
    return {
        "alias": one.alias,
        "group": one.group,
        "ring": one.ring.value,
        "outcome": result.outcome.value,
        "code": result.code,
        "exit_code": int(result.exit),
        "changed": result.changed,
        "text": result.text,
        "data": result.data,
    }


def _require_one_way(context: Context, which: RolloutOptions) -> None:
    _require_none_named(context)
    if which.all and which.to_group is not None:
        raise usage("Либо --all, либо --to-group", "Either --all or --to-group")
    if which.to_group is not None and which.to_group not in context.settings.groups:
        raise usage(
            f"Группы «{which.to_group}» нет в {context.settings.path}",
            f'There is no group "{which.to_group}" in {context.settings.path}',
        )


def _require_none_named(context: Context) -> None:
    if context.names_infobase:
        raise usage(
            "--all и --to-group не сочетаются с --infobase и --simulated",
            "--all and --to-group do not go with --infobase and --simulated",
        )


def _chosen(context: Context, group: str | None) -> list[Registered]:
    """Test infobases before the others; among equals by alias."""
    found = [one for one in context.register.all() if group in {None, one.group}]
    if not found:
        ru, en = (
            fill(_EMPTY_GROUP if group else _NOBODY, lang, group=group) for lang in ("ru", "en")
        )
        raise usage(ru, en)
    return sorted(found, key=lambda one: one.ring is not Ring.TEST)


def _group(context: Context, one: Registered) -> Group | None:
    """The group of an infobase; one that nobody describes any more stops everything."""
    if one.group is None:
        return None
    group = context.settings.groups.get(one.group)
    if group is None:
        path = context.settings.path
        raise usage(
            f"База «{one.alias}» в группе «{one.group}», которой нет в {path}",
            f'Infobase "{one.alias}" is in group "{one.group}", which {path} does not describe',
        )
    return group


def _require_open(group: Group | None) -> None:
    if group and group.window and not group.window.is_open(wall_clock().astimezone()):
        raise Failure(Code.WINDOW_CLOSED, window=group.window)


def _gate(
    context: Context, one: Registered, group: Group | None, *, skip_ring: bool
) -> Callable[[Plan], None]:
    """Lets a plan pass while the window is open, into production once a test infobase proved it."""

    def permit(plan: Plan) -> None:
        _require_open(group)  # the extension before it may have taken its time
        if group is None or one.ring is Ring.TEST or skip_ring:
            return
        tested = [
            other.infobase
            for other in context.register.all()
            if other.group == one.group and other.ring is Ring.TEST and other.infobase
        ]
        proof.require(context.journal, plan, group, tested)

    return permit
