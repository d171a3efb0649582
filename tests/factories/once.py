"""The application with one more route: it issues a key to the caller's customer, once or more."""

from fastapi import APIRouter, FastAPI, Response
from pydantic import BaseModel
from sqlalchemy import Connection, Engine

from app.api.auth import KeyHolder
from app.audit.actor import SYSTEM
from app.kit.asgi import StrictRoute
from app.kit.db import Kit, SessionDep
from app.kit.idempotency import Once
from app.kit.problems import Conflict
from app.licensing.schemas import IssueKey
from app.licensing.service import keys
from app.main import create_app

PATH = "/api/v1/issued-keys"


class Wish(BaseModel):
    """What the answer has to look like; the key is issued all the same."""

    comment: str = ""
    padding: int = 0
    status: int = 201
    refused: bool = False


class Issued(BaseModel):
    """The fresh code, which no other answer will hold."""

    code: str
    comment: str
    padding: str


def app_that_issues_once(engine: Engine | Connection, kit: Kit) -> FastAPI:
    """An application of its own with `POST /api/v1/issued-keys` and `…/too`."""
    return and_issues_once(create_app(engine, kit))


def and_issues_once(app: FastAPI) -> FastAPI:
    """The same application, with those two routes."""
    router = APIRouter(route_class=StrictRoute)

    @router.post(PATH, status_code=201)
    @router.post(f"{PATH}/too", status_code=201)
    def issue(
        session: SessionDep, caller: KeyHolder, wish: Wish, response: Response, _: Once
    ) -> Issued:
        command = IssueKey(customer_id=caller.customer_id, comment=wish.comment)
        issued = keys.issue(session, caller.vendor_id, command, actor=SYSTEM)
        if wish.refused:
            raise Conflict
        response.status_code = wish.status
        return Issued(code=issued.code, comment=wish.comment, padding="x" * wish.padding)

    app.include_router(router)
    return app
