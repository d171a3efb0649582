"""Sessions of the infobase as 1C lists them."""

from agent.simulated.members import ComObject, prop
from agent.simulated.world import World


class Person(ComObject):
    """A user of the infobase."""

    names = ("ПользовательИнформационнойБазы", "InfoBaseUser")
    is_plain = True

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world)
        self._name = name

    @prop("Имя", "Name")
    def name(self) -> str:
        return self._name


class RunningSession(ComObject):
    """A СеансИнформационнойБазы."""

    names = ("СеансИнформационнойБазы", "InfoBaseSession")
    is_plain = True

    def __init__(
        self, world: World, application: str, computer: str, user: str, number: int
    ) -> None:
        super().__init__(world)
        self._facts = application, computer, user, number

    @prop("ИмяПриложения", "ApplicationName")
    def application(self) -> str:
        return self._facts[0]

    @prop("ИмяКомпьютера", "ComputerName")
    def computer(self) -> str:
        return self._facts[1]

    @prop("Пользователь", "User")
    def user(self) -> object:
        name = self._facts[2]
        return Person(self.world, name) if name else None

    @prop("НомерСеанса", "SessionNumber")
    def number(self) -> int:
        return self._facts[3]
