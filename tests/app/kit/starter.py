"""Starts an embedded database in a process of its own, prints its URL, ends it when stdin ends."""

import codecs
import os
import sys
from pathlib import Path

from app.kit import embedded, postgres


def become_ordinary() -> None:
    """What root has to give up to be anybody; nothing for whoever is that already."""
    if postgres.is_root():
        codecs.lookup("ascii")  # afterwards nothing of an interpreter in root's home can be loaded
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)


def main(folder: str, *options: str) -> None:
    if "--ordinary" in options:
        become_ordinary()
    if "--loopback" in options:
        embedded.UNIX_SOCKETS = False
    with embedded.start(Path(folder), durable=False) as database:
        sys.stdout.write(f"{database.url}\n")
        sys.stdout.flush()
        sys.stdin.read()


main(*sys.argv[1:])
