"""The proxy with its password, which no command line, setting or log holds."""

from collections.abc import Callable
from urllib.parse import SplitResult, quote, unquote, urlsplit

from agent.errors import filled, usage
from agent.vault import Vault
from wire.problems import Sentence

Ask = Callable[[Sentence], str]
"""Puts a question whose answer nobody sees; empty where nobody is there to answer."""

_SCHEMES = frozenset({"http", "https"})
_PASSWORD = Sentence("Пароль прокси {proxy}:", "Password of the proxy {proxy}:")


def entered(named: str | None, vault: Vault, ask: Ask) -> str | None:
    """The address with the password that the vault has or a person types once.

    Raises USAGE for an address with a password in it: everybody on the computer can read those.
    """
    if named is None:
        return None
    parts = _parts(named)
    if parts.password is not None:
        raise usage(
            "Пароль прокси не указывают в адресе: оставьте только имя (http://имя@прокси:порт),"
            " пароль агент спросит один раз и сохранит",
            "The password of a proxy must not be in its address: leave the name only"
            " (http://name@proxy:port); the agent asks for the password once and keeps it",
        )
    if not parts.username:
        return named
    place = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
    name = f"proxy:{parts.username}@{place}"
    password = vault.password(name) or ask(filled(_PASSWORD, proxy=place))
    if not password:
        raise usage(
            f"Прокси {place} просит пароль: запустите агент один раз в консоли и введите его",
            f"The proxy {place} wants a password: run the agent once in a console and type it",
        )
    vault.keep_password(name, password)
    user = quote(unquote(parts.username), safe="")
    return f"{parts.scheme}://{user}:{quote(password, safe='')}@{place}"


def _parts(named: str) -> SplitResult:
    try:
        parts = urlsplit(named)
        is_sound = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_sound = False
    if not is_sound:
        raise usage(
            "Адрес прокси должен выглядеть как http://имя:порт",
            "The address of a proxy must look like http://name:port",
        )
    return parts
