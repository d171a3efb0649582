"""Many requests for one row at once: those who wait never keep the one who holds it from ending."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import anyio.to_thread
import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import event

from app.kit.config import Settings
from app.kit.db import make_engine
from app.main import create_app
from tests.apart import run_apart
from tests.factories.kit import a_kit

pytestmark = pytest.mark.fault

THREADS, CLIENTS = 2, 12


@pytest.fixture
def app(stage, tmp_path) -> Iterator[FastAPI]:
    """A server with few threads, and a connection for each request."""
    settings = Settings(environment="test", data=tmp_path, threads=CLIENTS)
    engine = make_engine(stage.url, settings)
    event.listen(engine, "connect", be_patient)
    yield create_app(engine, a_kit(settings))
    engine.dispose()


def be_patient(connection, _record) -> None:
    """A slow machine is no fault, a row that nobody lets go is one."""
    connection.execute("SET lock_timeout = '60s'")
    connection.execute("SET statement_timeout = '60s'")
    connection.commit()


def sent(app: FastAPI, requests: list[tuple[str, dict[str, str], Any]]) -> list[httpx2.Response]:
    """All of them at one moment."""

    async def send() -> list[httpx2.Response]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://server") as client:
            posts = [
                client.post(path, headers=headers, content=json.dumps(body))
                for path, headers, body in requests
            ]
            return await asyncio.gather(*posts)

    return run_apart(send())


def redeeming(key: str, coupon: str, **headers: str) -> tuple[str, dict[str, str], Any]:
    told = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    return "/api/v1/redemptions", told | headers, {"coupon": coupon}


def test_a_popular_coupon_is_redeemed_by_all(stage, app) -> None:
    [coupon] = stage.coupons(max_redemptions=CLIENTS)
    answers = sent(app, [redeeming(key, coupon) for key in stage.keys(CLIENTS)])
    assert [answer.status_code for answer in answers] == [201] * CLIENTS
    assert stage.contradictions() == []


def test_one_key_takes_many_coupons_with_a_key_for_each_request(stage, app) -> None:
    [key] = stage.keys(1)
    posts = [
        redeeming(key, coupon, **{"idempotency-key": f"order-{number}"})
        for number, coupon in enumerate(stage.coupons(CLIENTS, term={"days": 1}))
    ]
    assert [answer.status_code for answer in sent(app, posts)] == [201] * CLIENTS
    assert stage.contradictions() == []


def test_twins_of_one_request_are_all_answered_with_its_answer(stage, app) -> None:
    [key], [coupon] = stage.keys(1), stage.coupons()
    twin = redeeming(key, coupon, **{"idempotency-key": "order-1"})
    answers = sent(app, [twin] * CLIENTS)
    assert {(answer.status_code, answer.content) for answer in answers} == {
        (201, answers[0].content)
    }
    assert stage.contradictions() == []
