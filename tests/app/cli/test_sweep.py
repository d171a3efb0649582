"""`podkluch sweep`: what people and programs read of it."""

from sqlalchemy import text

OVER = """
INSERT INTO throttle_buckets (name, tokens, updated_at)
SELECT 'unknown_key:600:' || n, 0, now() - interval '1 hour' * n FROM generate_series(0, 47) AS n
"""


def test_it_says_how_much_it_deleted(podkluch, vendor, stored):
    assert vendor["slug"]
    with stored.begin() as connection:
        connection.execute(text(OVER))
    assert podkluch.json("sweep") == {"deleted": 23, "released": 0}
    assert podkluch("sweep").stdout.splitlines() == ["Удалено записей: 0, освобождено мест: 0."]
    assert podkluch("sweep", "--lang", "en").stdout.splitlines() == [
        "Rows deleted: 0, seats released: 0."
    ]
