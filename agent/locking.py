"""The options that say what to do about people who are in the infobase."""

from dataclasses import dataclass
from typing import Annotated

from agent.errors import usage
from agent.policies import LockMode
from agent.story import LockPolicy
from wire.problems import Sentence as Help


@dataclass(frozen=True, slots=True)
class LockOptions:
    """Whether users may be kept out, for how long they are waited for, and what they read."""

    lock_mode: Annotated[
        LockMode | None,
        Help(
            "Если в базе работают: none — назвать кто, ask — закрыть вход и ждать,"
            " terminate — затем завершить их сеансы",
            "Where people work in the infobase: none names them, ask lets nobody in and waits,"
            " terminate then ends their sessions",
        ),
    ] = None
    lock_wait: Annotated[
        float | None,
        Help("Сколько секунд ждать, пока все выйдут", "Seconds to wait until everybody left"),
    ] = None
    lock_message: Annotated[
        str | None, Help("Что прочтут те, кого не пускают", "What those read who are not let in")
    ] = None

    def policy(self, usual: LockPolicy | None = None) -> LockPolicy:
        """What was asked for; the rest as is usual for the infobase."""
        usual = usual or LockPolicy()
        if self.lock_wait is not None and self.lock_wait < 0:
            raise usage(
                "--lock-wait не может быть отрицательным", "--lock-wait must not be negative"
            )
        return LockPolicy(
            mode=self.lock_mode or usual.mode,
            wait=usual.wait if self.lock_wait is None else self.lock_wait,
            message=self.lock_message or usual.message,
        )
