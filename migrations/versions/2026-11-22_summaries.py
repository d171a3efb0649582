"""What lists are narrowed by, kept beside them: terms of keys, products of batches.

Triggers keep it, so that it stays true while the release before, which knows nothing of it, works
on this schema as well.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kit.migrate import build_indexes, drop_indexes, in_parts

revision = "2026_11_22_summaries"
down_revision = "2026_11_22_by_hash"
branch_labels = None
depends_on = None

# The key is locked before anything is read: of two changes at once the second sees the first.
SUM_UP_KEYS = """
CREATE OR REPLACE FUNCTION sum_up_keys(ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM license_keys WHERE id = ANY(ids) ORDER BY id FOR NO KEY UPDATE;
    UPDATE license_keys SET
        held = terms.held, lasts_until = terms.lasts_until, starts_last = terms.starts_last
    FROM (
        SELECT key.id, count(*) FILTER (WHERE status <> 'withdrawn') AS held,
            max(coalesce(valid_until, '9999-12-31')) FILTER (WHERE status = 'active')
            AS lasts_until,
            max(starts_on) FILTER (WHERE status = 'active') AS starts_last
        FROM unnest(ids) AS key (id) LEFT JOIN entitlements ON key_id = key.id GROUP BY key.id
    ) AS terms
    WHERE license_keys.id = terms.id
    AND (license_keys.held, license_keys.lasts_until, license_keys.starts_last)
        IS DISTINCT FROM (terms.held, terms.lasts_until, terms.starts_last);
END
$$
"""
# All coupons of a batch are alike.
PRODUCTS = """
CREATE OR REPLACE FUNCTION products_of_batch(vendor uuid, batch uuid) RETURNS uuid[]
STABLE LANGUAGE sql AS $$
    SELECT ARRAY(
        SELECT id FROM products WHERE products.vendor_id = vendor AND to_jsonb(code) IN (
            SELECT jsonb_path_query(operations, path::jsonpath)
            FROM unnest(ARRAY['$[*].product', '$[*].after[*].product']) AS path, (
                SELECT operations FROM coupons
                WHERE coupons.vendor_id = vendor AND batch_id = batch LIMIT 1
            ) AS coupon
        )
        ORDER BY id
    )
$$
"""
SUM_UP_BATCHES = """
CREATE OR REPLACE FUNCTION sum_up_batches(ids uuid[]) RETURNS void LANGUAGE sql AS $$
    UPDATE coupon_batches SET products = products_of_batch(vendor_id, id)
    WHERE id = ANY(ids) AND products IS NULL
$$
"""
TRIGGERS = (
    """
CREATE OR REPLACE FUNCTION sum_up_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM sum_up_keys(ARRAY[coalesce(NEW.key_id, OLD.key_id)]);
    RETURN NULL;
END
$$
""",
    """
CREATE OR REPLACE TRIGGER sum_up_key AFTER INSERT OR DELETE
OR UPDATE OF status, starts_on, valid_until ON entitlements
FOR EACH ROW EXECUTE FUNCTION sum_up_key()
""",
    """
CREATE OR REPLACE FUNCTION sum_up_batch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM sum_up_batches(ARRAY(SELECT DISTINCT batch_id FROM made));
    RETURN NULL;
END
$$
""",
    """
CREATE OR REPLACE TRIGGER sum_up_batch AFTER INSERT ON coupons REFERENCING NEW TABLE AS made
FOR EACH STATEMENT EXECUTE FUNCTION sum_up_batch()
""",
)
FUNCTIONS = ("sum_up_key", "sum_up_keys", "sum_up_batch", "sum_up_batches", "products_of_batch")
TERMS = ("vendor_id", "status", "lasts_until", "starts_last", "held", "customer_id")
GOODS = "ix_coupon_batches_products"
INDEXES = {
    "ix_license_keys_empty": (
        "license_keys",
        ("vendor_id", "id", "status", "customer_id"),
        "held = 0",
    ),
    "ix_license_keys_terms": ("license_keys", TERMS, None),
    "ix_license_keys_vendor_id_starts_last": ("license_keys", ("vendor_id", "starts_last"), None),
    "ix_customers_vendor_id_status_id": ("customers", ("vendor_id", "status", "id"), None),
    "ix_customers_distributor_name": (
        "customers",
        ("vendor_id", "distributor_id", "name_norm", "id"),
        None,
    ),
}


def upgrade() -> None:
    op.add_column(
        "license_keys",
        sa.Column("held", sa.Integer(), nullable=False, server_default="0"),
        if_not_exists=True,
    )
    for name in ("lasts_until", "starts_last"):
        op.add_column("license_keys", sa.Column(name, sa.Date(), nullable=True), if_not_exists=True)
    of_products = postgresql.ARRAY(sa.Uuid())
    op.add_column(
        "coupon_batches", sa.Column("products", of_products, nullable=True), if_not_exists=True
    )
    op.create_index(
        GOODS, "coupon_batches", ["products"], if_not_exists=True, postgresql_using="gin"
    )
    for statement in (SUM_UP_KEYS, PRODUCTS, SUM_UP_BATCHES, *TRIGGERS):
        op.execute(statement)
    in_parts("license_keys", "SELECT sum_up_keys(:ids)")
    in_parts("coupon_batches", "SELECT sum_up_batches(:ids)")
    build_indexes(INDEXES)


def downgrade() -> None:
    drop_indexes(INDEXES)
    op.execute("DROP TRIGGER IF EXISTS sum_up_batch ON coupons")
    op.execute("DROP TRIGGER IF EXISTS sum_up_key ON entitlements")
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION IF EXISTS {name}")
    op.drop_column("coupon_batches", "products", if_exists=True)
    for name in ("starts_last", "lasts_until", "held"):
        op.drop_column("license_keys", name, if_exists=True)
