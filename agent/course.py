"""The steps of each action, in order; a state is written down before its work is done."""

from collections.abc import Callable
from dataclasses import dataclass

from agent import lockout, removal, steps
from agent.journal import State
from agent.plan import Action
from agent.story import Story
from wire.problems import Sentence


def _always(_story: Story) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Step:
    """One state: how it is called for people, what is done in it, and where it is skipped."""

    state: State
    text: Sentence
    do: Callable[[Story], None]
    is_needed: Callable[[Story], bool] = _always


@dataclass(frozen=True, slots=True)
class Course:
    """Before `write` nothing is changed; in `after` the change is confirmed."""

    before: tuple[Step, ...]
    write: tuple[Step, ...]
    after: tuple[Step, ...]


LOCK = Step(State.LOCKED, Sentence("Вход в базу закрыт", "Nobody else is let in"), lockout.keep_out)
UNLOCK = Step(
    State.UNLOCKED,
    Sentence("Вход в базу открыт", "Everybody is let in again"),
    lockout.let_in,
    lambda story: story.access_code is not None,
)
_FETCH = (
    Step(State.AUTHORIZED, Sentence("Права у сервера", "Rights from the server"), steps.authorize),
    Step(State.DOWNLOADED, Sentence("Скачивание", "Download"), steps.download),
    Step(State.FILE_VERIFIED, Sentence("Проверка файла", "File check"), steps.verify_file),
)
_COPY = (Step(State.FILE_VERIFIED, Sentence("Проверка копии", "Copy check"), steps.verify_copy),)
_ENTRANCE = (
    Step(State.HOST_READY, Sentence("Соединитель 1С", "The 1C connector"), steps.find_host),
    Step(
        State.CONNECTED,
        Sentence("Подключение к базе", "Connection to the infobase"),
        steps.connect,
    ),
    Step(State.PROBED, Sentence("База не изменилась", "The infobase is unchanged"), steps.probe),
)
_LOCK_IF_NEEDED = Step(LOCK.state, LOCK.text, LOCK.do, lockout.is_needed)
_BACKUP = (  # the lock comes first: a whole infobase is copied while nobody is in it
    _LOCK_IF_NEEDED,
    Step(State.BACKED_UP, Sentence("Резервная копия", "Backup"), steps.back_up),
)
_PRECHECK = Step(
    State.PRECHECKED, Sentence("Проверка применимости", "Applicability"), steps.precheck
)
_WRITE = (
    Step(State.WRITING, Sentence("Запись расширения", "Writing the extension"), steps.write),
    Step(State.WRITTEN, Sentence("1С приняла запись", "1C took it"), steps.written),
)
_REMOVE = (
    Step(State.WRITING, Sentence("Удаление расширения", "Removing the extension"), removal.remove),
    Step(State.WRITTEN, Sentence("1С удалила расширение", "1C removed it"), steps.written),
)
_SETTLE = (
    Step(
        State.REFRESHED,
        Sentence("Параметры работы расширений", "Parameters of extensions"),
        steps.refresh,
        steps.keeps_parameters,
    ),
    UNLOCK,
)
_NEW_SESSION = Sentence("Проверка в новом сеансе", "Check in a new session")
_AFTER_WRITE = (
    Step(State.REREAD_OK, Sentence("Проверка записанного", "Reading back"), steps.reread),
    *_SETTLE,
    Step(State.VERIFIED_NEW_SESSION, _NEW_SESSION, steps.verify_new_session),
)
_AFTER_REMOVAL = (
    Step(State.REREAD_OK, Sentence("Проверка удаления", "Looking again"), removal.reread),
    *_SETTLE,
    Step(State.VERIFIED_NEW_SESSION, _NEW_SESSION, removal.verify_new_session),
)
INSTALLATION = Course((*_FETCH, *_ENTRANCE, _PRECHECK, *_BACKUP), _WRITE, _AFTER_WRITE)
ROLLBACK = Course((*_COPY, *_ENTRANCE, _PRECHECK, *_BACKUP), _WRITE, _AFTER_WRITE)
REMOVAL = Course(
    (
        *_ENTRANCE,
        Step(State.PRECHECKED, Sentence("Можно ли удалить", "Whether it may go"), removal.precheck),
        *_BACKUP,
    ),
    _REMOVE,
    _AFTER_REMOVAL,
)


def course_of(action: Action) -> Course:
    """The way of an action from its plan to its report."""
    return {Action.UNINSTALL: REMOVAL, Action.ROLLBACK: ROLLBACK}.get(action, INSTALLATION)
