"""A key is revoked or a release withdrawn at one server: the next request to another is refused."""

import time

import httpx2
import pytest

from tests.factories.automation import VENDOR_API, a_token
from tests.factories.calls import PRODUCT
from tests.factories.world import FITTING, an_infobase, bearer

pytestmark = pytest.mark.fault

REVOKE = {"reason": "Возврат денег"}
WITHDRAW = {"withdrawn_reason_ru": "Ошибка в отчётах", "advice": "stop"}


class Agent:
    """One infobase with a seat and the right to a download; what it asks and is told."""

    def __init__(self, http, key, release_id):
        self.http, self.key, self.release_id = http, key, release_id
        self.here = an_infobase()
        told = {"product": PRODUCT, "infobase": self.here, "machine": "PC"}
        told |= {"windows_user": "user", "agent_version": "1.0.0"} | FITTING
        seat = self.post("activations", key, **told)
        self.token = seat.raise_for_status().json()["installation_token"]
        self.download = self.ask().raise_for_status().json()
        assert self.fetch().status_code == 206
        assert not is_not_offered(self.offers(), release_id)

    def post(self, path, credential, **body):
        return self.http.post(f"/api/v1/{path}", json=body, headers=bearer(credential))

    def ask(self):
        told = {"release_id": self.release_id, "infobase": {"id": self.here["id"]}, **FITTING}
        return self.post("downloads", self.token, **told)

    def fetch(self):
        headers = bearer(self.download["secret"]) | {"Range": "bytes=0-99"}
        return self.http.get(httpx2.URL(self.download["url"]).path, headers=headers)

    def offers(self):
        told = {"infobase": {"id": self.here["id"]}, **FITTING}
        return self.post("offers", self.key, **told)

    def check(self):
        return self.post("license-checks", self.key)


def is_barred(answer, _):
    """Refused, or told that the key is not good."""
    return answer.is_client_error or answer.json().get("valid") is False


def is_not_offered(answer, release):
    return release not in [row["release"]["id"] for row in answer.json()["data"]]


REVOKED = [(name, is_barred) for name in ("check", "offers", "ask", "fetch")]
WITHDRAWN = [("offers", is_not_offered), ("ask", is_barred), ("fetch", is_barred)]


def test_the_next_request_is_refused_everywhere(durable_stage, services, rounds, figures):
    with durable_stage.acting() as world:
        token, vendor = a_token(world.session, world.vendor.id), services[0].url + VENDOR_API
    keys = durable_stage.sold(2 * rounds(ci=2, campaign=50))
    with (
        httpx2.Client(base_url=services[1].url) as http,
        httpx2.Client(headers=bearer(token)) as staff,
    ):
        for number, code in enumerate(keys):
            with durable_stage.acting() as world:
                release = str(world.release(f"2.{number}").id)
            agent = Agent(http, code, release)
            if number % 2:
                path, asked = f"releases/{release}/withdraw", WITHDRAWN
            else:
                found = staff.post(f"{vendor}/license-keys/find", json={"code": code}).json()
                path, asked = f"license-keys/{found['data'][0]['id']}/revoke", REVOKED
            body = WITHDRAW if number % 2 else REVOKE
            staff.post(f"{vendor}/{path}", json=body).raise_for_status()
            require_refusals(agent, asked, figures)


def require_refusals(agent, asked, figures):
    """Each of its requests, the first one as soon as the act is acknowledged."""
    began, through = time.monotonic(), []
    for number, (name, is_refused) in enumerate(asked):
        answer = getattr(agent, name)()
        if number == 0:
            figures("refusal", 1_000 * (time.monotonic() - began))
        through += (
            []
            if is_refused(answer, agent.release_id)
            else [f"{name}: {answer.status_code} {answer.text}"]
        )
    figures("let_through", len(through), of=len(asked))
    assert through == []
