"""Very many rows of one vendor, made by statements over whole sets."""

import json
import uuid

from sqlalchemy import Connection, text

from tests.factories.world import World

_IDENT = """
CREATE FUNCTION pg_temp.ident(kind int, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql RETURN (
    '0190000' || kind || '-' || lpad(to_hex(n / 65536), 4, '0') || '-7000-8000-'
    || lpad(to_hex(n % 65536), 12, '0'))::uuid
"""
_CUSTOMERS = """
INSERT INTO customers (id, vendor_id, created_at, company, name_norm, search_text, contact_name,
    phone, email, comment, status, tags, row_version, responsible)
SELECT pg_temp.ident(1, n), :vendor, now() - n * interval '1 minute', 'ООО «Клиент ' || n || '»',
    'ооо «клиент ' || lpad(n::text, 9, '0') || '»', 'клиент ' || n, '', '',
    'a' || n || '@example.com', '', CASE WHEN n % 50 = 0 THEN 'blocked' ELSE 'active' END,
    '{}', 1, 'Менеджер ' || n % 20
FROM generate_series(1, 20000) AS n
"""
_KEYS = """
INSERT INTO license_keys (id, vendor_id, created_at, customer_id, status, comment, hint,
    rights_version, row_version)
SELECT pg_temp.ident(2, n), :vendor, now(), pg_temp.ident(1, 1 + (n - 1) / 5),
    CASE WHEN n % 100 = 0 THEN 'suspended' ELSE 'active' END, '',
    'DEMO-•-' || lpad(to_hex(n), 5, '0'), 0, 1
FROM generate_series(1, 100000) AS n
"""
_CODES = """
INSERT INTO license_key_codes (id, vendor_id, created_at, key_id, digest, hint, kind)
SELECT pg_temp.ident(3, n), :vendor, now(), pg_temp.ident(2, n), sha256(('key' || n)::bytea),
    'DEMO-•-' || lpad(to_hex(n), 5, '0'), 'native'
FROM generate_series(1, 100000) AS n
"""
_ENTITLEMENTS = """
INSERT INTO entitlements (id, vendor_id, created_at, key_id, product_id, status, source, starts_on,
    valid_until, seats, active_count, channel, is_trial, row_version)
SELECT pg_temp.ident(4, n), :vendor, now(), pg_temp.ident(2, n), :product, 'active', 'coupon',
    current_date, current_date + n % 700 - 300, 3, n % 4, 'stable', false, 1
FROM generate_series(1, 100000) AS n
"""
_BATCHES = """
INSERT INTO coupon_batches (id, vendor_id, created_at, name, preset, count, invoice_number, comment,
    created_by)
SELECT pg_temp.ident(5, n), :vendor, now() - n * interval '1 hour', 'Партия ' || n,
    CASE WHEN n % 10 = 0 THEN 'extend_trial' ELSE 'add_product' END, 100, 'С-' || n, '', 'x'
FROM generate_series(1, 1000) AS n
"""
_COUPONS = """
INSERT INTO coupons (id, vendor_id, created_at, batch_id, digest, hint, operations,
    max_redemptions, redemption_count, comment, status, row_version)
SELECT pg_temp.ident(6, n), :vendor, now() - n * interval '1 minute',
    pg_temp.ident(5, 1 + (n - 1) / 100), sha256(('coupon' || n)::bytea),
    'DEMOUPD-•-' || lpad(to_hex(n), 5, '0'), CAST(:operations AS jsonb), 1, 0, '',
    CASE WHEN n % 100 = 0 THEN 'disabled' ELSE 'active' END, 1
FROM generate_series(1, 100000) AS n
"""
TABLES = ("customers", "license_keys", "license_key_codes", "entitlements", "coupons")
"""The tables that are large then."""


def ident(kind: int, number: int) -> uuid.UUID:
    """The id of the n-th row of a kind; ids grow with n."""
    return uuid.UUID(f"0190000{kind}{number // 65536:04x}70008000{number % 65536:012x}")


def make_crowd(connection: Connection, world: World) -> None:
    """100,000 keys with codes and products, a fifth as many customers, 100,000 coupons."""
    operation = {"op": "add_product", "product": world.product.code, "term": {"days": 9}}
    vendor = {"vendor": world.vendor.id}
    connection.execute(text(_IDENT))
    connection.execute(text(_CUSTOMERS), vendor)
    connection.execute(text(_KEYS), vendor)
    connection.execute(text(_CODES), vendor)
    connection.execute(text(_ENTITLEMENTS), vendor | {"product": world.product.id})
    connection.execute(text(_BATCHES), vendor)
    connection.execute(text(_COUPONS), vendor | {"operations": json.dumps([operation])})
    for table in (*TABLES, "coupon_batches"):
        connection.execute(text(f"ANALYZE {table}"))
