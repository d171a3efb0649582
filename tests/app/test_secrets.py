"""No secret of a whole story is anywhere but in the answer that gave it out."""

import json
import logging
from io import StringIO

import pytest

from app.kit.telemetry import configure_logging
from tests.factories.calls import Installer
from tests.factories.contents import contents
from wire import codes

SHORTEST = 10
"""Symbols of a code's body that may never be found together; a hint shows five."""


@pytest.fixture
def log(caplog):
    """What the server writes, as an operator sees it."""
    caplog.set_level(logging.WARNING, "httpx2")  # the test's own client names what it asks for
    root, written = logging.getLogger(), StringIO()
    handlers, level = root.handlers, root.level
    configure_logging()
    root.handlers[0].setStream(written)
    yield written.getvalue
    root.handlers, root.level = handlers, level


def story(world, session, client):
    """Everything that gives a secret out, and everything that is done with it; the secrets."""
    used, idle = world.coupon(count=2)
    eula, release = world.eula(), world.release()
    _, spare = world.another_key()
    session.commit()
    agent = Installer(client, world.code)
    given = [world.code, spare, used, idle]
    agent.preview(used)
    agent.redeem(used)
    agent.redeem(used)
    agent.check()
    agent.offers(show_all=True)
    for _ in range(2):
        agent.activate()
        given.append(agent.token)
    agent.accept(eula.id, eula.sha256_ru)
    download = agent.ask(release.id).json()
    given.append(download["secret"])
    agent.fetch(download)
    told = "Ошибка: " + " ".join(given)
    agent.report(agent.a_report(outcome="failed", message=told, release_id=str(release.id)))
    return given, agent


def refusals(given, agent):
    """Every secret where it does not belong, and near misses of it; the bodies that come back."""
    typos = [code[:-1] + ("0" if code[-1] != "0" else "1") for code in given]
    bodies: list[str] = []
    for secret in (*given, *typos, *map(str.lower, given)):
        answers = (
            agent.post("offers", secret, configuration={"name": "Розница", "version": "1"}),
            agent.post("downloads", secret, release_id=secret, infobase={"id": secret}),
            agent.post("redemptions", agent.key, coupon=secret, before_digest=secret),
            agent.post("redemptions/preview", agent.key, coupon=secret),
            agent.post("activations", agent.key, product=secret, infobase={"id": secret}),
            agent.fetch({"url": "/api/v1/artifacts/" + "0" * 64, "secret": secret}),
            agent.client.get(f"/api/v1/eulas/{secret}?locale={secret}"),
        )
        bodies += [answer.text for answer in answers]
    return bodies


def fragments(secret):
    """Pieces of a secret that nobody meets by chance."""
    # A token may hold a hyphen of its own, a code holds no underscore.
    body = secret.partition("_")[2] if secret.startswith("pk") else secret.partition("-")[2]
    plain = body.replace("-", "")
    return {secret, body, plain, *(text[: SHORTEST + 1] for text in (body, plain))}


def test_no_secret_is_kept_logged_or_told_back(world, session, client, connection, log):
    given, agent = story(world, session, client)
    answers = refusals(given, agent)
    kept = json.dumps(contents(connection), ensure_ascii=False)
    logged = log()
    assert logged.count('"event": "request"') > 100
    for secret in given:
        for piece in fragments(secret) | {piece.lower() for piece in fragments(secret)}:
            assert piece not in kept
            assert piece not in logged
            assert not any(piece in answer for answer in answers)


def test_what_is_kept_finds_the_secret_again(world, session, client, connection):
    """The search above would find a secret that is there: hints and digests are."""
    given, _ = story(world, session, client)
    kept = json.dumps(contents(connection), ensure_ascii=False)
    for secret in given[:4]:
        kind = codes.CodeKind.COUPON if "UPD-" in secret else codes.CodeKind.KEY
        code = codes.normalise(secret, kind)
        assert code.hint in kept
        assert code.digest.hex() in kept
    assert "[secret]" in kept
