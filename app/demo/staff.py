"""Who works for the demo's vendor: one person for each role, all with the same password."""

import secrets
import uuid
from collections.abc import Mapping
from typing import Final

from app.accounts import queries as accounts
from app.accounts.schemas import Role
from app.accounts.schemas.people import CreateUser
from app.accounts.service import people
from app.accounts.service.viewers import actor_of
from app.audit.actor import SYSTEM, Actor, Caller
from app.kit.db import UnitOfWork

Staff = Mapping[Role, Actor]
PEOPLE: Final[Mapping[Role, tuple[str, str]]] = {
    Role.OWNER: ("owner@example.com", "Владелец (демо)"),
    Role.MANAGER: ("manager@example.com", "Менеджер (демо)"),
    Role.RELEASE: ("release@example.com", "Выпуск релизов (демо)"),
    Role.SUPPORT: ("support@example.com", "Поддержка (демо)"),
    Role.AUDITOR: ("auditor@example.com", "Аудитор (демо)"),
}
"""E-mail and name by role; addresses of nobody (RFC 2606)."""
_OFFICE: Final = Caller(ip="192.0.2.0/24")  # RFC 5737: of nobody
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _LENGTH = 4, 4


def new_password() -> str:
    """Of this data folder alone: 79 bits, in groups that can be typed."""
    groups = ["".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(_GROUPS)]
    return "-".join(groups)


def hire(session: UnitOfWork, vendor_id: uuid.UUID, password: str) -> Staff:
    """Lets everybody in who is not there yet; how events name each of them."""
    known = {each.user.email: each.user for each in accounts.colleagues(session, vendor_id)}
    for role, (email, name) in PEOPLE.items():
        if email not in known:
            command = CreateUser(email=email, name=name, password=password, role=role)
            people.create_user(session, vendor_id, command, actor=SYSTEM)
    found = {each.user.email: each.user for each in accounts.colleagues(session, vendor_id)}
    return {role: actor_of(found[email], _OFFICE) for role, (email, _) in PEOPLE.items()}
