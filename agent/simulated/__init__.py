"""1C kept in a folder: real objects of COM's shape over one infobase, `infobase.json`.

`connector` gives the object that `V83.COMConnector` would be. Only `configuration` (name, version)
and `platform_version` must be in the file; the rest has defaults: see `state.Simulation`.

`faults` names calls and what happens to them: a word, for every call, or a list of words used up
one by one, null for a call that succeeds. A call is a member of 1C in either language
(`"Записать"`; `"РасширениеКонфигурации.Записать"` to tell objects apart), one of the agent's own
(create, which is the connector itself, connect, facts, extensions, issues, read, write with data,
set_properties without, delete, presence, infobase_id, lock, refresh), or `*`, whatever comes next.
Words, several joined by `+`:

- a code of `texts.TEXTS`: 1C refuses with the text that stands for it;
- `[before|after] fail TEXT`: 1C refuses in these words, without the effect or with it;
- `[before|after] lost` (also lost_before, lost_after): the connection breaks and stays broken;
- `[before|after] com 0x80010108`: COM itself fails;
- `[before|after] hang SECONDS`: no answer for so long;
- `crash before`, `crash after`: the process that holds the session is gone at once;
- for a write: garbled, duplicate, unstored, unset (a broken effect);
- for presence: absent, disabled.
"""

from pathlib import Path

from agent.com.dispatch import Raw
from agent.simulated import faults
from agent.simulated.connector import Connector
from agent.simulated.state import Store


def connector(folder: Path) -> Raw:
    """The COM connector of the 1C in `folder`, in the shape of pywin32's PyIDispatch."""
    made = Connector(Store(folder))
    fate = faults.take(made.world.store, faults.Keys(frozenset(), "create"))
    faults.suffer(made.world, fate, "before")
    return made
