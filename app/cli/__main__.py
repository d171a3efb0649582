"""The command `podkluch`: nouns and verbs, each loaded only when it is called."""

import io
import sys
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from app.cli.terminal import EPILOG

NOUNS: Final = (
    "vendor",
    "user",
    "token",
    "customer",
    "feature",
    "product",
    "extension",
    "eula",
    "release",
    "key",
    "coupon",
    "cfe",
    "compat",
    "master",
    "trust",
)
VERBS: Final = (
    "serve",
    "worker",
    "migrate",
    "check",
    "sweep",
    "sign",
    "backup",
    "restore",
    "drill",
)


class _Lazy(TyperGroup):
    """`podkluch cfe inspect` must not wait until the database layer is loaded."""

    def list_commands(self, ctx: Any) -> list[str]:
        del ctx
        return [*NOUNS, *VERBS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        del ctx
        if cmd_name not in (*NOUNS, *VERBS):
            return None
        found: typer.Typer = import_module(f"app.cli.{cmd_name}").app
        found.rich_markup_mode = None  # its tables cut the names of long options
        command = get_group(found) if cmd_name in NOUNS else get_command(found)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=_Lazy,
    no_args_is_help=True,
    epilog=EPILOG,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_show_locals=False,  # a traceback must not print a code
)


@app.callback()
def podkluch() -> None:
    """Подключ: ключи, купоны и релизы расширений 1С:Предприятия."""


def main() -> None:
    """Runs the command line; output is UTF-8, whatever the console's code page."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    app(prog_name="podkluch")


if __name__ == "__main__":
    main()
