"""`python -m app.demo`: serves with demo data, or shows the whole main job and exits."""

import argparse
import io
import sys
from importlib import import_module
from pathlib import Path

from app.demo import interrupts


def main(arguments: list[str] | None = None) -> int:
    """Runs one of the commands; its return code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    options = vars(_parser().parse_args(arguments))
    try:
        # Each is loaded only when it is called: the demo need not wait for the server's libraries.
        command = import_module(f"app.demo.{options.pop('command')}")
        code: int = command.main(**options)
    except KeyboardInterrupt:
        code = interrupts.INTERRUPTED
    interrupts.over()
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app.demo", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="Поднять сервер с данными для знакомства.")
    serve.add_argument("--host", default="127.0.0.1", help="Адрес, на котором слушать.")
    serve.add_argument("--port", type=_port, help="Порт; 0 — любой свободный. Обычно 8000.")
    serve.add_argument("--data", type=Path, help="Папка данных. Обычно var.")
    serve.add_argument("--no-demo", action="store_true", help="Без демонстрационных данных.")
    serve.add_argument("--fresh", action="store_true", help="Удалить данные и начать заново.")
    serve.add_argument("--yes", action="store_true", help="Удалять, не спрашивая.")
    leave = commands.add_parser("exit", help="Показать весь путь настоящими процессами и выйти.")
    leave.add_argument("--cfe", dest="file", type=_file, help="Ваш .cfe как подходящий релиз.")
    leave.add_argument("--json", dest="as_json", action="store_true", help="JSON на каждый шаг.")
    return parser


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) > 65_535:  # noqa: PLR2004 - TCP's
        raise argparse.ArgumentTypeError("порт — число от 0 до 65535")
    return int(text)


def _file(text: str) -> Path:
    path = Path(text).absolute()
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"нет такого файла: {text}")
    return path


if __name__ == "__main__":
    raise SystemExit(main())
