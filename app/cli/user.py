"""`podkluch user`: people of the cabinet, where a browser cannot help them."""

from typing import Annotated

import typer

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.queries import Colleague
from app.accounts.schemas import Role
from app.accounts.schemas.people import InviteUser
from app.accounts.service import own_account, people, second_factors
from app.accounts.service.signing_in import by_email
from app.cli.runtime import VendorSlug, actor, unit_of_work, vendor_of
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal
from app.kit.db import KitSession
from app.kit.i18n import N_, Sentence
from app.kit.problems import NotFound, command

app = typer.Typer(help="Пользователи кабинета.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="Почта пользователя.")]
RoleOption = Annotated[
    str, typer.Option(help="owner, admin, manager, release, support или auditor.")
]
Locale = Annotated[str, typer.Option(help="Язык кабинета для него: ru или en.")]


@app.command(epilog=EPILOG)
def invite(
    *,
    email: Email,
    role: RoleOption = Role.OWNER.value,
    locale: Locale = "ru",
    vendor: VendorSlug = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Пригласить: письмом, а без почты — ссылкой, которая показывается один раз."""
    with Terminal(lang, as_json=as_json) as terminal:
        wanted = command(InviteUser, email=email, role=role, locale=locale)
        with unit_of_work() as session:
            owner = vendor_of(session, vendor)
            made = people.invite(session, owner.id, wanted, by=None, actor=actor())
        terminal.show(
            Sentence("Пользователь приглашён", "User invited"),
            {"email": wanted.email, "role": wanted.role, "link": made.address},
        )


@app.command("list", epilog=EPILOG)
def list_(*, vendor: VendorSlug = None, as_json: AsJson = False, lang: Lang = "ru") -> None:
    """Показать пользователей вендора."""
    with Terminal(lang, as_json=as_json) as terminal:
        with unit_of_work() as session:
            everybody = accounts.colleagues(session, vendor_of(session, vendor).id)
            found = [_described(each) for each in everybody]
        if terminal.as_json:
            terminal.write({"users": found})
            return
        for described in found:
            email = str(described.pop("email"))
            terminal.show(Sentence(email, email), described)
        if not found:
            terminal.say(Sentence("Пользователей нет.", "There are no users."))


@app.command("reset-password", epilog=EPILOG)
def reset_password(*, email: Email, as_json: AsJson = False, lang: Lang = "ru") -> None:
    """Показать ссылку, по которой пользователь задаст новый пароль: один раз, 24 часа."""
    with Terminal(lang, as_json=as_json) as terminal:
        with unit_of_work() as session:
            fresh = own_account.reset_link(session, _user(session, email), actor=actor())
        terminal.show(
            Sentence("Ссылка для нового пароля", "A link for a new password"),
            {"email": email, "link": fresh.address},
        )


@app.command("reset-second-factor", epilog=EPILOG)
def reset_second_factor(*, email: Email, as_json: AsJson = False, lang: Lang = "ru") -> None:
    """Снять второй фактор у того, кто его потерял; сеансы завершатся."""
    with Terminal(lang, as_json=as_json) as terminal:
        with unit_of_work() as session:
            second_factors.remove(session, _user(session, email).id, actor=actor())
        terminal.show(
            Sentence(
                "Второй фактор снят: при входе его настроят заново",
                "The second factor is removed: it is set up anew at the next sign-in",
            ),
            {"email": email},
        )


def _user(session: KitSession, email: str) -> User:
    found = by_email(session, email)
    if found is None:
        raise NotFound(N_("Nobody signs in with this address"))
    return found


def _described(one: Colleague) -> dict[str, object]:
    return {
        "email": one.user.email,
        "person": one.name,
        "role": one.membership.role,
        "second_factor": one.has_second_factor,
        "last_signed_in_at": one.last_signed_in_at,
    }
