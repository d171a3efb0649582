"""Many requests at one moment, each on a connection of its own, and what they were answered."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Self

import httpx2

from tests.bench.asking import sending
from tests.bench.load import Request

BUSY = 503


class Crowd:
    """Clients of one server."""

    def __init__(self, url: str, most: int) -> None:
        self.runner, self.busy = asyncio.Runner(), 0
        limits = httpx2.Limits(max_connections=most, max_keepalive_connections=most)
        self.client = httpx2.AsyncClient(base_url=url, limits=limits, timeout=120)

    def rush(self, requests: Sequence[Request]) -> Counter[int]:
        """How often each status was the answer."""
        return Counter(self.runner.run(self._all(requests)))

    async def _all(self, requests: Sequence[Request]) -> list[int]:
        return await asyncio.gather(*map(self._one, requests))

    async def _one(self, wanted: Request) -> int:
        """An answer that is final: a busy server asks for the same once more."""
        while True:
            answer = await self.client.request(**sending(wanted))
            if answer.status_code != BUSY:
                return answer.status_code
            self.busy += 1
            await asyncio.sleep(float(answer.headers["retry-after"]))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.runner.run(self.client.aclose())
        self.runner.close()
