"""ХранилищеОбщихНастроек: small values of each user."""

from agent.codes import Code
from agent.simulated.members import ComObject, always, given, method
from agent.simulated.values import text_of

_OURS = "Podkluch/Podkluch/InfobaseId"


class Settings(ComObject):
    """The storage; those in `settings_refused` (`*` is everybody) are not let in."""

    names = ("ХранилищеОбщихНастроек", "CommonSettingsStorage")

    @method("Сохранить", "Save", 3, 5, alias=always("infobase_id"))
    def save(self, *args: object) -> None:
        place, value = self._place(args, 4), text_of(self.world, given(args, 2), 3)
        with self.world.store.change() as state:
            if place == _OURS:
                state.infobase_id = value
            else:
                state.settings[place] = value

    @method("Загрузить", "Load", 2, 4, alias=always("infobase_id"))
    def load(self, *args: object) -> str | None:
        state, place = self.world.state, self._place(args, 3)
        return state.infobase_id if place == _OURS else state.settings.get(place)

    def _place(self, args: tuple[object, ...], at: int) -> str:
        """Whose value and which; the user is argument `at`, left out it is our own."""
        user = given(args, at)
        name = self.world.user if user is None else text_of(self.world, user, at + 1)
        if {name, "*"} & set(self.world.state.settings_refused):
            self.world.refuse(Code.NO_RIGHTS)
        key, setting = (text_of(self.world, given(args, i), i + 1) for i in (0, 1))
        return f"{name}/{key}/{setting}"
