"""One app takes over from another behind nginx, and nobody notices."""

import re

import httpx2
import pytest

from tests.deployment.client import healthy
from tests.nginx.server import serving
from tests.waiting import PATIENCE, until

pytestmark = [pytest.mark.nginx, pytest.mark.fault]


def has_served(app: str) -> bool:
    """Whether anything but our own look at its counters came there, by whatever route."""
    told = httpx2.get(f"http://{app}/metrics", timeout=PATIENCE).text
    return bool(re.search(r'podkluch_requests_total{route="(?!/metrics")', told))


def test_an_upgrade_costs_no_request(shipped, client, tmp_path) -> None:
    host = shipped.host
    with host.running("app") as first, host.running("app") as second:
        before, after = (str(app["url"]).removeprefix("http://") for app in (first, second))
        with (
            serving(tmp_path / "nginx", [before], shipped.artifacts) as nginx,
            healthy(client, nginx.url) as seen,
        ):
            until(lambda: has_served(before))
            nginx.turn_to([before, after])
            until(lambda: has_served(after))
            first["process"].terminate()
            until(lambda: first["process"].poll() is not None)
            served = len(seen)
            until(lambda: len(seen) > served + 10)
        assert set(seen) == {"good"}
        assert first["process"].returncode == 0
