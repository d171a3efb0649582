"""Letters: a template becomes a message, a message leaves by SMTP (RFC 5321)."""

import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from typing import Final, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.kit.i18n import Language
from app.kit.resources import folder

PATIENCE: Final = 20
"""Seconds for each step of the talk with a server; a job is held for a minute."""
Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server and who writes by it; the password is in no repr."""

    host: str
    port: int
    security: Security
    sender: str
    sender_name: str = ""
    username: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Server({self.host}:{self.port})"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a letter."""

    name: str
    content: bytes
    media_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Content:
    """What a letter says."""

    subject: str
    text: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Envelope:
    """Whom a letter goes to; the same id at every attempt lets servers drop a second copy."""

    recipient: str
    copy_to: str | None
    id: str
    at: datetime


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(folder("templates") / "mail"),
        autoescape=False,  # noqa: S701 - plain text: there is nothing to escape
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def write(template: str, language: Language, **params: object) -> Content:
    """The letter `templates/mail/<template>.<language>.txt`; its first line is the subject."""
    text = _environment().get_template(f"{template}.{language}.txt").render(params)
    subject, _, body = text.partition("\n")
    return Content(" ".join(subject.split()), body.strip() + "\n")


def send(server: Server, content: Content, envelope: Envelope) -> None:
    """Hands a letter over; OSError or smtplib.SMTPException says why it was not."""
    message = _message(server, content, envelope)
    context = ssl.create_default_context()
    if server.security == "tls":
        talk: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=PATIENCE, context=context
        )
    else:
        talk = smtplib.SMTP(server.host, server.port, timeout=PATIENCE)
    with talk:
        if server.security == "starttls":
            talk.starttls(context=context)
        if server.username:
            talk.login(server.username, server.password)
        talk.send_message(message)


def _message(server: Server, content: Content, envelope: Envelope) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = content.subject
    message["From"] = Address(server.sender_name, addr_spec=server.sender)
    message["To"] = Address(addr_spec=envelope.recipient)
    if envelope.copy_to:
        message["Cc"] = Address(addr_spec=envelope.copy_to)
    message["Date"] = format_datetime(envelope.at)
    message["Message-ID"] = f"<{envelope.id}@{server.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notices back
    message.set_content(content.text)
    for file in content.attachments:
        main, _, sub = file.media_type.partition("/")
        message.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name)
    return message
