"""Many requests at one moment, each on a connection of its own, and what they were answered."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Self

import httpx2

from tests.bench.asking import sending
from tests.bench.load import Request


class Crowd:
    """Clients of one server."""

    def __init__(self, url: str, most: int) -> None:
        self.runner = asyncio.Runner()
        limits = httpx2.Limits(max_connections=most, max_keepalive_connections=most)
        self.client = httpx2.AsyncClient(base_url=url, limits=limits, timeout=120)

    def rush(self, requests: Sequence[Request]) -> Counter[int]:
        """How often each status was the answer."""
        return Counter(self.runner.run(self._all(requests)))

    async def _all(self, requests: Sequence[Request]) -> list[int]:
        answers = await asyncio.gather(*(self.client.request(**sending(each)) for each in requests))
        return [answer.status_code for answer in answers]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.runner.run(self.client.aclose())
        self.runner.close()
