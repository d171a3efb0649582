"""A real SMTP server of the test, which keeps what it is given or refuses it."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from app.accounts.models import Vendor
from app.accounts.schemas.people import SetMail, SmtpServer
from app.accounts.service import mailing
from app.audit.actor import SYSTEM
from app.kit.db import UnitOfWork
from tests.waiting import PATIENCE


@dataclass
class Postbox:
    """What arrived; `refusing` is the answer to every letter instead of taking it."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    refusing: str = ""
    password: str = "letter box"

    async def handle_DATA(self, _server, _session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Takes a letter."""
        if self.refusing:
            return self.refusing
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 OK"

    def admits(self, _server, _session, _envelope, _mechanism, data: LoginPassword) -> AuthResult:
        """Whether user and password are the right ones."""
        # Not `handled`: the server itself says that a password is wrong.
        return AuthResult(success=data.password.decode() == self.password, handled=False)

    def text(self) -> str:
        """The words of the last letter."""
        return self.letters[-1].get_body(("plain",)).get_content().replace("\r\n", "\n")


@contextmanager
def postbox() -> Iterator[Postbox]:
    """A server on a free port of this host, for as long as the `with` lasts."""
    box, loop = Postbox(), asyncio.new_event_loop()

    def protocol() -> SMTP:
        return SMTP(
            box, hostname="localhost", loop=loop, authenticator=box.admits, auth_require_tls=False
        )

    # All of it in that thread: a browser's loop may be running in this one.
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    opening = loop.create_server(protocol, "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(opening, loop).result(PATIENCE)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        asyncio.run_coroutine_threadsafe(_closed(server), loop).result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _closed(server: asyncio.Server) -> None:
    server.close()
    await server.wait_closed()


def give_mail(session: UnitOfWork, vendor: Vendor, box: Postbox) -> None:
    """The vendor sends by this server from now on."""
    server = SmtpServer(
        host="127.0.0.1",
        port=box.port,
        security="none",
        username="vector",
        sender="keys@vector.example",
        sender_name="ООО «Вектор»",
    )
    command = SetMail(server=server, password=box.password)
    mailing.set_mail(session, vendor, command, actor=SYSTEM)
