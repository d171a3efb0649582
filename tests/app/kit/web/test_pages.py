from datetime import UTC, date, datetime

import pytest

from app.kit.web.html import asset, environment, local_date, local_time

NOON = datetime(2026, 11, 21, 11, 5, tzinfo=UTC)


def test_a_file_under_its_hash_is_kept_for_ever(client):
    assert "immutable" in client.get(asset("theme.css")).headers["cache-control"]
    assert client.get("/static/theme.css").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("zone", "language", "text"),
    [
        ("Europe/Moscow", "ru", "21.11.2026 14:05 МСК"),
        ("Europe/Moscow", "en", "2026-11-21 14:05 MSK"),
        ("Asia/Almaty", "ru", "21.11.2026 16:05 UTC+05"),
        ("UTC", "en", "2026-11-21 11:05 UTC"),
    ],
)
def test_instants_are_told_in_the_zone_of_the_reader(zone, language, text):
    assert local_time(NOON, zone, language) == text


def test_days_have_no_zone():
    assert local_date(date(2026, 11, 21), "ru") == "21.11.2026"
    assert local_date(date(2026, 11, 21), "en") == "2026-11-21"


def test_texts_are_escaped_once():
    template = environment().from_string("{{ _('{name} is added', name=name) }}")
    shown = template.render(language="en", name='<b>"&amp;')
    assert shown == "&lt;b&gt;&#34;&amp;amp; is added"
