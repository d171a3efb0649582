"""What the console says once the server answers: where it is, and what to try."""

import os
import shlex
import sys
from pathlib import Path

from app.accounts.schemas import Role
from app.demo.folder import CONNECTION, INFOBASE, LOG
from app.demo.history.eight import TITLES
from app.demo.seed import Credentials
from app.demo.staff import PEOPLE
from app.kit.resources import folder


def banner(
    url: str,
    place: Path,
    fingerprint: str,
    credentials: Credentials | None,
    *,
    has_user: bool = True,
) -> str:
    """The whole text, Russian first; without credentials nothing is known of demo data."""
    parts = [
        f"Подключ работает: {url}",
        f"Podkluch is running. Остановить / stop: Ctrl+C. Журнал / log: {_shown(place / LOG)}",
        *_login(url, credentials.password if credentials else ""),
    ]
    if not has_user:
        parts += ["", f"Создайте владельца / create the first owner: {url}/cabinet/setup"]
    if fingerprint:
        parts += [f"Демонстрационный корень доверия / demo root of trust: {fingerprint}"]
    if credentials is not None:
        parts += ["", _codes(credentials), *_stories(credentials)]
        parts += ["", _commands(place, credentials)]
    return "\n".join(["", *parts, ""])


def _login(url: str, password: str) -> list[str]:
    """Who can sign in to the cabinet of the demo's vendor."""
    if not password:
        return []
    (owner, _), (support, _) = PEOPLE[Role.OWNER], PEOPLE[Role.SUPPORT]
    others = ", ".join(email for email, _ in PEOPLE.values() if email not in {owner, support})
    return [
        "",
        f"Кабинет / cabinet: {url}/cabinet",
        f"  владелец / owner                   {owner}",
        f"  поддержка / support                {support}",
        f"  другие роли / other roles          {others}",
        f"  пароль для всех / one password     {password}",
    ]


def _codes(credentials: Credentials) -> str:
    coupons = "\n".join(
        f"  купон / coupon                     {code}" for code in credentials.coupons
    )
    return (
        "Демонстрационные данные, только для этого компьютера / demo data, this computer only:\n"
        f"  ключ с продуктом / key with it     {credentials.key}\n"
        f"  пустой ключ / empty key            {credentials.empty_key}\n"
        f"{coupons}"
    )


def _stories(credentials: Credentials) -> list[str]:
    """Keys to ask support about, with what hinders each of them."""
    known = [f"  {TITLES.get(name, name):<34} {code}" for name, code in credentials.stories.items()]
    return ["", "Почему не ставится? / why is it not installed?", *known] if known else []


def _commands(place: Path, credentials: Credentials) -> str:
    agent, base = _agent(), f"--simulated {_shown(place / INFOBASE)}"
    known = f"--connection {_shown(place / CONNECTION)} --key-stdin"
    return (
        "Попробуйте в другом окне / try in another window:\n"
        "  # что подходит базе и почему не остальное / what fits, and why not the rest\n"
        f"  echo {credentials.key} | {agent} list --show-all {known} {base}\n"
        "  # установить, прочитав соглашение / read the agreement and install\n"
        f"  {agent} install {credentials.extension} {base}\n"
        "  # купон в пустой ключ / a coupon into the empty key\n"
        f"  (echo {credentials.empty_key}; echo {credentials.coupons[0]}) | {agent} redeem {known}"
    )


def _agent() -> str:
    """How this copy of the program starts the agent, here and now."""
    script = folder("templates").parent / "run.py"
    if not script.exists():
        return "podkluch-agent"
    return f"{'py' if os.name == 'nt' else 'python3'} {_shown(script)} exec podkluch-agent"


def _shown(path: Path) -> str:
    """The path as it can be pasted, from the current folder where that is shorter."""
    here = Path.cwd()
    if path.is_relative_to(here):
        path = path.relative_to(here)
    return str(path) if sys.platform == "win32" else shlex.quote(str(path))
