"""A release in the cabinet, from its file to its publication, by a browser."""

import uuid

from tests.factories.people import Browser, hidden
from tests.factories.world import World

RULE = {
    "rules-0-effect": "allow",
    "rules-0-configuration_name": "БухгалтерияПредприятия",
    "rules-0-editions": "prof",
    "rules-0-version_from": "3.0.150.0",
    "rules-0-version_to": "3.0.170.*",
    "rules-0-tested_to": "3.0.160.20",
    "rules-0-excluded": "3.0.155.12",
    "rules-0-infobase_kind": "any",
}
SECOND = {
    "rules-1-effect": "allow",
    "rules-1-configuration_name": "Розница",
    "rules-1-editions": "prof",
    "rules-1-infobase_kind": "any",
}


def send_file(desk: Browser, world: World, data: bytes, **fields: str):
    """The answer to the form of a new release."""
    path = f"/extensions/{world.extension.id}/releases/new"
    carried = hidden(desk.get(path)) | fields
    return desk.post(path, carried, files={"file": ("any name.cfe", data)})


def id_of(answer) -> uuid.UUID:
    """The release whose card was answered."""
    return uuid.UUID(answer.url.path.rstrip("/").split("/")[3])


def a_draft(desk: Browser, world: World, version: str = "2.4.0") -> str:
    """The path of a fresh draft's card below the cabinet."""
    answer = send_file(desk, world, world.cfe(version))
    assert answer.status_code == 200, answer.text
    return f"/releases/{id_of(answer)}"


def save(desk: Browser, card: str, **fields: object):
    """The draft's own form with everything that it needs."""
    told = {"notes_ru": "Новое", "restart_required": "on", "exclusive_required": "on"}
    told |= {"number": "2.4.0", "channel": "stable"}
    return desk.post(card, hidden(desk.get(card)) | told | fields)


def rule(desk: Browser, card: str, do: str = "save", **fields: object):
    """A button of the editor."""
    path = f"{card}/compatibility"
    return desk.post(path, hidden(desk.get(path)) | RULE | {"do": do} | fields)
