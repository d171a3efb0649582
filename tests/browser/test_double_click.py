"""Two clicks that arrive at one moment: one batch, and both people at the same place."""

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from threading import Barrier

import httpx2
import pytest

from tests.browser.site import Site
from tests.waiting import PATIENCE

pytestmark = pytest.mark.browser
ROW = {
    "preset": "add_product",
    "rows-0-product": "warehouse-helper",
    "rows-0-term": "days",
    "rows-0-days": "30",
    "count": "3",
    "name": "Двойной щелчок",
}
HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
CLICKS = 4


def at(site: Site) -> httpx2.Client:
    """A browser of the signed-in owner, without its window."""
    return httpx2.Client(
        base_url=site.base,
        cookies={"podkluch_dev": site.cookies["light-en"]},
        headers={"Sec-Fetch-Site": "same-origin"},
        timeout=PATIENCE,
    )


def test_clicks_at_one_moment_make_one_batch(site):
    with at(site) as client:
        asked = ROW | {"do": "check", "vendor_id": site.ids["vendor_id"]}
        shown = client.post("/cabinet/coupons/generate", data=asked).text
        form = HIDDEN.findall(shown.partition("<main")[2].partition('value="create"')[0])
        told = {name: unescape(value) for name, value in form} | {"do": "create"}
        start = Barrier(CLICKS)

        def click(_: int) -> httpx2.Response:
            with at(site) as browser:
                browser.get("/cabinet/coupons/generate")  # so that they are connected
                start.wait()
                return browser.post("/cabinet/coupons/generate", data=told)

        with ThreadPoolExecutor(CLICKS) as pool:
            answers = list(pool.map(click, range(CLICKS)))
        assert sorted(answer.status_code for answer in answers) == [200, 303, 303, 303]
        [made] = [answer for answer in answers if answer.status_code == 200]
        batch = re.search(r"/cabinet/coupons/batches/[0-9a-f-]{36}", made.text)[0]
        places = {answer.headers["location"] for answer in answers if answer is not made}
        assert places == {batch}
        listed = client.get("/cabinet/coupons/batches").text
        assert listed.count(">Двойной щелчок<") == 1
