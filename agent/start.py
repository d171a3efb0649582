"""Where the program begins: its commands, or the child process that holds a session of 1C."""

import sys

from agent.com.protocol import MODE


def main() -> None:
    """Run one of the two; a child loads nothing of what only the commands need."""
    if sys.argv[1:] == [MODE]:
        from agent.com.host import main as serve  # noqa: PLC0415 - never both

        serve()
    else:
        from agent.__main__ import main as command  # noqa: PLC0415 - never both

        command()


if __name__ == "__main__":
    main()
