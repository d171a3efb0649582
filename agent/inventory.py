"""What an infobase holds, for people and for the server, and what changed behind our back."""

from dataclasses import dataclass
from enum import StrEnum

from agent.console import Console, Result
from agent.errors import fill
from agent.infobase import StoredExtension
from agent.journal import Journal
from agent.offers import Environment
from agent.spool import put_inventory
from agent.story import Story
from wire import codec
from wire.extensions import InfobaseReference
from wire.problems import Sentence
from wire.reports import Inventory, InventoryItem, Outcome

_SETTLED = frozenset({Outcome.DONE, Outcome.DONE_RESTART_REQUIRED, Outcome.ROLLED_BACK})


class Change(StrEnum):
    """How an extension differs from what the last operation left."""

    VANISHED = "vanished"
    BYTES = "bytes"
    PROPERTIES = "properties"


_TEXTS = {
    Change.VANISHED: Sentence(
        "{name}: расширение исчезло из базы", "{name}: the extension is gone"
    ),
    Change.BYTES: Sentence(
        "{name}: файл расширения изменили после установки",
        "{name}: its file was changed since it was installed",
    ),
    Change.PROPERTIES: Sentence(
        "{name}: свойства расширения изменили после установки",
        "{name}: its properties were changed since it was installed",
    ),
}


@dataclass(frozen=True, slots=True)
class Drift:
    """One extension that is not as we left it."""

    onec_name: str
    change: Change


def drift_of(journal: Journal, environment: Environment) -> list[Drift]:
    """Compare what is there with what the last operation on each extension left."""
    now = {one.name: one for one in environment.extensions}
    drifted = []
    for name, operation in journal.settled(environment.infobase).items():
        if operation.found is None:  # removed, or never brought
            continue
        left = codec.loads(StoredExtension, operation.found.encode())
        change = _change(left, now.get(name))
        if change is not None:
            drifted.append(Drift(name, change))
    return drifted


def tell(console: Console, found: list[Drift]) -> None:
    """The drift, to people and programs."""
    for one in found:
        text = fill(_TEXTS[one.change], console.lang, name=one.onec_name)
        console.drift(text, onec_name=one.onec_name, change=one.change.value)


def described(journal: Journal, environment: Environment) -> dict[str, object]:
    """The infobase and all it holds, each extension with the release that its bytes are."""
    return {
        "id": environment.infobase,
        **codec.to_dict(environment.facts),
        "sessions": [codec.to_dict(one) for one in environment.others],
        "extensions": [_item(journal, one) for one in environment.extensions],
    }


def _item(journal: Journal, one: StoredExtension) -> dict[str, object]:
    known = journal.release_of(one.hash_sum)
    release = {"id": known.release_id, "version": known.version} if known else None
    return {**codec.to_dict(one), "release": release}


def after(environment: Environment, story: Story, result: Result) -> Environment | None:
    """The infobase as an operation left it; None where nobody can tell."""
    if result.outcome not in _SETTLED and story.found is None:
        return None if result.changed else environment
    name = story.plan.onec_name
    rest = [one for one in environment.extensions if one.name != name]
    held = [*rest, story.found] if story.found else rest
    return Environment(environment.infobase, environment.facts, held, environment.others)


def keep(journal: Journal, server: str, environment: Environment) -> None:
    """Leave it for the server, which gets it with the next reports."""
    items = [InventoryItem(one.name, one.version, one.hash_sum) for one in environment.extensions]
    inventory = Inventory(InfobaseReference(environment.infobase), items)
    with journal.transaction() as db:
        put_inventory(db, server, inventory)


def _change(left: StoredExtension, found: StoredExtension | None) -> Change | None:
    if found is None:
        return Change.VANISHED
    if found.hash_sum != left.hash_sum:
        return Change.BYTES
    return Change.PROPERTIES if found.properties != left.properties else None
