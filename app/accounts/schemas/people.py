"""Commands of people: signing in, their own account, and those of others."""

import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, EmailStr, Field, StringConstraints

from app.accounts.schemas import CreateVendor, Role, known_zone
from app.kit.fields import Line, RequiredLine, Said, wrong
from app.kit.i18n import N_
from app.kit.passwords import LONGEST, SHORTEST
from app.kit.weak_passwords import is_common, resembles

_LABEL_MAX = 63


def _new_password(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    if not SHORTEST <= len(text) <= LONGEST:
        raise wrong("password_length", N_("A password has 12 to 128 characters"))
    if is_common(text):
        raise wrong("password_common", N_("This password is one of the first that are tried"))
    return text


Typed = Said
"""A secret as it was typed; what does not fit is simply wrong."""
NewPassword = Annotated[Typed, AfterValidator(_new_password)]
Email = Annotated[EmailStr, StringConstraints(max_length=200), AfterValidator(str.lower)]
Locale = Literal["ru", "en"]
TimeZone = Annotated[RequiredLine, AfterValidator(known_zone)]


def refuse_own_email(password: str, email: str) -> tuple[str, str] | None:
    """A code and a sentence, where the address gives the password away."""
    if resembles(password, email):
        return "password_email", N_("The password resembles the e-mail address")
    return None


class SignIn(BaseModel):
    """An attempt; the address need not be one."""

    email: Annotated[Typed, AfterValidator(str.strip)]
    password: Typed


class ShowCode(BaseModel):
    """Six digits, or a recovery code."""

    code: Typed


class RequestReset(BaseModel):
    """Somebody says that they forgot the password."""

    email: Annotated[Typed, AfterValidator(str.strip)]


class SetPassword(BaseModel):
    """The password from now on, by a one-time link."""

    password: NewPassword


class ChangePassword(BaseModel):
    """The password from now on, by whoever knows the old one."""

    current_password: Typed
    password: NewPassword


class AcceptInvitation(BaseModel):
    """What a new person says of themselves."""

    name: RequiredLine
    password: NewPassword


class CreateUser(BaseModel):
    """A person with a password, made by whoever runs the server."""

    email: Email
    name: RequiredLine
    password: NewPassword
    role: Role = Role.OWNER
    locale: Locale = "ru"
    time_zone: TimeZone = "Europe/Moscow"


class SetUp(BaseModel):
    """The first owner, and their vendor where there is none yet."""

    email: Email
    name: RequiredLine
    password: NewPassword
    locale: Locale = "ru"
    vendor: CreateVendor | None = None


class InviteUser(BaseModel):
    """Somebody who is to work for the vendor."""

    email: Email
    role: Role
    locale: Locale = "ru"


class ChangeRole(BaseModel):
    """What a person is to the vendor from now on."""

    role: Role


class UpdateProfile(BaseModel):
    """How a person is called and how pages look to them."""

    name: RequiredLine
    locale: Locale
    time_zone: TimeZone
    theme: Literal["auto", "light", "dark"] = "auto"
    density: Literal["comfortable", "compact"] = "comfortable"
    shortcuts: bool = False


class ChooseLooks(BaseModel):
    """The language or the theme, from the header of any page."""

    locale: Locale | None = None
    theme: Literal["auto", "light", "dark"] | None = None


def _host(text: str) -> str:
    """A name whose labels have 1 to 63 symbols (RFC 1035), or an address."""
    if not all(0 < len(label) <= _LABEL_MAX for label in text.removesuffix(".").split(".")):
        raise wrong("host", N_("This is no name of a server"))
    return text


class SmtpServer(BaseModel):
    """The server that a vendor's letters leave by."""

    host: Annotated[
        Line, StringConstraints(pattern=r"^[A-Za-z0-9.:_-]{1,200}$"), AfterValidator(_host)
    ]
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: Line = ""
    sender: Email
    sender_name: Line = ""


class SetMail(BaseModel):
    """A vendor's mail server; without a password the one that is known stays."""

    server: SmtpServer | None
    password: Typed | None = None
