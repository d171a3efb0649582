"""A vendor's own program: a token of a role, and requests with it."""

import uuid
from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response

from app.accounts.schemas import PERMISSIONS, TOKEN_SCOPES, CreateToken, Permission, Role
from app.accounts.service.tokens import create_token
from app.audit.actor import SYSTEM
from app.kit.db import UnitOfWork
from tests.factories.world import bearer

VENDOR_API = "/api/v1/vendor"


def a_token(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    role: str = "owner",
    scopes: tuple[str, ...] | None = None,
) -> str:
    """The text of a fresh token, by default with every scope that its role can have."""
    wanted = (
        PERMISSIONS[Role(role)] & TOKEN_SCOPES
        if scopes is None
        else {Permission(scope) for scope in scopes}
    )
    command = CreateToken(name=f"CRM {role}", role=Role(role), scopes=sorted(wanted))
    return create_token(session, vendor_id, command, actor=SYSTEM).text


class Automation:
    """Requests to the vendor's routes with one token."""

    def __init__(self, client: TestClient, token: str) -> None:
        self.client, self.token = client, token

    def get(self, path: str, **query: Any) -> Response:
        return self.send("GET", path, params=query)

    def post(self, path: str, **body: Any) -> Response:
        return self.send("POST", path, json=body)

    def patch(self, path: str, version: object = None, **body: Any) -> Response:
        """A change on top of a version; None reads the present one first."""
        tag = self.get(path).headers["etag"] if version is None else f'"{version}"'
        return self.send("PATCH", path, json=body, headers={"If-Match": tag})

    def put(self, path: str, version: object, **body: Any) -> Response:
        """The whole of a thing anew, on top of a version."""
        return self.send("PUT", path, json=body, headers={"If-Match": f'"{version}"'})

    def upload(self, path: str, data: bytes, version: object = None, **headers: str) -> Response:
        """The bytes of a file: PUT on top of a version, POST without one."""
        told = {"If-Match": f'"{version}"'} if version is not None else {}
        method = "POST" if version is None else "PUT"
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send(method, path, content=data, headers=told)

    def send(self, method: str, path: str, **request: Any) -> Response:
        headers = bearer(self.token) | request.pop("headers", {})
        return self.client.request(method, VENDOR_API + path, headers=headers, **request)

    def pages(self, path: str, **query: Any) -> list[list[dict[str, Any]]]:
        """All pages of a list, by its cursors; each link must lead where the cursor does."""
        found, answer = [], self.get(path, **query)
        while True:
            page = answer.raise_for_status().json()
            found.append(page["data"])
            if page["next_cursor"] is None:
                assert "link" not in answer.headers
                return found
            linked = answer.links["next"]["url"]
            answer = self.get(path, **query, cursor=page["next_cursor"])
            assert self.client.get(linked, headers=bearer(self.token)).json() == answer.json()
