"""People who work for a vendor, and the browser that they sit at."""

import base64
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape

from fastapi.testclient import TestClient
from httpx2 import Response

from app.accounts.models import SecondFactor, User
from app.accounts.schemas import Role
from app.accounts.schemas.people import CreateUser
from app.accounts.service import people, second_factors
from app.audit.actor import SYSTEM
from app.kit import totp
from app.kit.db import UnitOfWork, new_id

PASSWORD = "зелёный чай в 7 утра"
HERE = {"Sec-Fetch-Site": "same-origin", "Accept-Language": "en"}


@dataclass
class Person:
    """Somebody with a password and, if `secret` is there, an authenticator."""

    id: uuid.UUID
    email: str
    vendor_id: uuid.UUID
    secret: bytes | None = None
    recovery_codes: list[str] = field(default_factory=list)

    def code(self, session: UnitOfWork) -> str:
        """What the authenticator shows at the server's time."""
        return totp.code_at(self.secret, int(session.now().timestamp()))


def a_person(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    role: Role | str = Role.OWNER,
    *,
    factor: bool = True,
    email: str = "",
) -> Person:
    """Somebody of a role, whose second factor is set up; commit before they sign in."""
    email = email or f"{role}@example.com"
    command = CreateUser(
        email=email, name=f"Person {role}", password=PASSWORD, role=role, locale="en"
    )
    made = people.create_user(session, vendor_id, command, actor=SYSTEM)
    person = Person(made.user_id, email, vendor_id)
    if factor:
        give_factor(session, person)
    return person


def give_factor(session: UnitOfWork, person: Person) -> None:
    """Sets up an authenticator, none of whose codes was used yet."""
    offered = second_factors.offer(session, person.id)
    person.secret = base64.b32decode(offered.letters.replace(" ", ""))
    person.recovery_codes = second_factors.confirm(
        session, person.id, person.code(session), session_id=new_id(), actor=SYSTEM
    )
    session.get_one(SecondFactor, person.id).last_step = 0
    session.flush()


def user_of(session: UnitOfWork, person: Person) -> User:
    """The row as it is now."""
    return session.get_one(User, person.id, populate_existing=True)


@dataclass
class Browser:
    """A browser at the cabinet: its pages are English, its posts come from our own pages."""

    client: TestClient
    session: UnitOfWork
    vendor_id: str = ""
    """The vendor that its forms are made for."""

    def get(self, path: str, **more: object) -> Response:
        """Follows redirects, as browsers do."""
        return self.client.get(f"/cabinet{path}", headers=HERE, **more)

    def post(self, path: str, data: Mapping[str, object] | None = None, **more: object) -> Response:
        """Sends a form, which says for which vendor it is unless `data` does."""
        own = {"vendor_id": self.vendor_id} if self.vendor_id and "content" not in more else {}
        told = own | dict(data or {})
        return self.client.post(f"/cabinet{path}", data=told, headers=HERE, **more)

    def password(
        self,
        person: Person,
        password: str = PASSWORD,
        *,
        follow_redirects: bool = True,
        **more: str,
    ) -> Response:
        """The first step of signing in."""
        self.vendor_id = str(person.vendor_id)
        told = {"email": person.email, "password": password} | more
        return self.post("/sign-in", told, follow_redirects=follow_redirects)

    def code(self, person: Person, *, follow_redirects: bool = True, **more: str) -> Response:
        """The second step, with what the authenticator shows."""
        told = {"otp_code": person.code(self.session)} | more
        return self.post("/sign-in/code", told, follow_redirects=follow_redirects)

    def sign_in(self, person: Person) -> "Browser":
        """Both steps; where they lead to is not opened."""
        answer = self.password(person, follow_redirects=False)
        if person.secret is not None:
            answer = self.code(person, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        return self

    @property
    def cookie(self) -> str:
        """The session's secret."""
        return self.client.cookies["podkluch_dev"]

    def come_with(self, cookie: str) -> None:
        """Another browser that has got hold of a secret."""
        self.forget()
        self.client.cookies.set("podkluch_dev", cookie)

    def forget(self) -> None:
        """Drops the cookies: another browser."""
        self.client.cookies.clear()


def said(answer: Response) -> str:
    """What a page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def hidden(answer: Response) -> dict[str, str]:
    """The hidden fields of the forms of a page, but for those in its header."""
    own = answer.text.partition("<main")[2]
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', own)
    return {unescape(name): unescape(value) for name, value in found}
