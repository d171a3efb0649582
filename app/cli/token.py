"""`podkluch token`: credentials of the vendor's automation."""

import uuid
from typing import Annotated

import typer

from app.accounts import queries as accounts
from app.accounts.models import ApiToken
from app.accounts.schemas import CreateToken, Permission, Role
from app.accounts.service import tokens
from app.cli.runtime import VendorSlug, actor, unit_of_work, vendor_of
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal, given
from app.kit.i18n import Sentence
from app.kit.problems import command

app = typer.Typer(help="Токены API: доступ для CRM и других программ.", no_args_is_help=True)

Name = Annotated[str, typer.Option(help="Для чего токен: «CRM, купоны».")]
OfRole = Annotated[Role, typer.Option("--role", help="Роль, больше прав которой у него не будет.")]
Scopes = Annotated[
    list[Permission],
    typer.Option("--scope", help="Право токена; повторите для каждого."),
]
Days = Annotated[int | None, typer.Option(help="Сколько дней действует: 366, не больше.")]
Networks = Annotated[
    list[str] | None,
    typer.Option("--allow", metavar="NETWORK", help="Адрес или сеть, откуда его принимать."),
]
TokenId = Annotated[uuid.UUID, typer.Argument(metavar="ID", help="id токена из `token list`.")]


@app.command(epilog=EPILOG)
def create(  # noqa: PLR0913 - one parameter per option
    *,
    name: Name,
    role: OfRole,
    scope: Scopes,
    vendor: VendorSlug = None,
    days: Days = None,
    allow: Networks = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Выпустить токен. Сам токен показывается один раз."""
    asked = given({"name": name, "role": role, "scopes": scope, "days": days})
    with Terminal(lang, as_json=as_json) as terminal:
        wanted = command(CreateToken, asked, allowed_addresses=allow or [])
        with unit_of_work() as session:
            owner = vendor_of(session, vendor)
            fresh = tokens.create_token(session, owner.id, wanted, actor=actor())
        terminal.show(
            Sentence("Токен выпущен", "Token made"), {"token": fresh.text} | _described(fresh.token)
        )
        terminal.say(
            Sentence(
                "Токен показан только сейчас: сохраните его там, где он нужен.",
                "The token is shown only now: keep it where it is needed.",
            )
        )


@app.command("list", epilog=EPILOG)
def list_(*, vendor: VendorSlug = None, as_json: AsJson = False, lang: Lang = "ru") -> None:
    """Показать токены вендора, новые сверху."""
    with Terminal(lang, as_json=as_json) as terminal:
        with unit_of_work() as session:
            owner = vendor_of(session, vendor)
            found = [_described(token) for token in accounts.tokens(session, owner.id)]
        if terminal.as_json:
            terminal.write({"tokens": found})
            return
        for described in found:
            name = str(described.pop("name"))
            terminal.show(Sentence(name, name), described)
        if not found:
            terminal.say(Sentence("Токенов нет.", "There are no tokens."))


@app.command(epilog=EPILOG)
def revoke(
    token: TokenId, *, vendor: VendorSlug = None, as_json: AsJson = False, lang: Lang = "ru"
) -> None:
    """Отозвать токен: со следующего запроса он не действует."""
    with Terminal(lang, as_json=as_json) as terminal:
        with unit_of_work() as session:
            owner = vendor_of(session, vendor)
            revoked = tokens.revoke_token(session, owner.id, token, actor=actor())
        terminal.show(Sentence("Токен отозван", "Token revoked"), _described(revoked))


def _described(token: ApiToken) -> dict[str, object]:
    """All that is known of a token: never its text."""
    return {
        "id": token.id,
        "name": token.name,
        "hint": f"pkt_…{token.hint}",
        "role": token.role,
        "scopes": token.scopes,
        "allowed_addresses": token.allowed_addresses,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
    }
