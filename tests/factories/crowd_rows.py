"""What a crowd consists of: per table which row is copied, how often, and what differs.

Copies are numbered from 1, the oldest first; those of the first page belong to the things that
addresses name, so that their cards are full.
"""

# ruff: noqa: S608 - statements of a test, put together from its own words

import app.main  # noqa: F401 - so that all tables are known
from app.kit.db import Base

PAGE = 60
"""More than one page of a list."""
MANY = 100_000
CUSTOMERS = 20_000
STORY = 10_000
"""Events of the key with the longest story."""
EVENTS = 1_000_000
_RELEASES = 80 * PAGE
_PACE = "interval '8 minutes'"
_END = "current_date + (n % 700)::int - 300"


def _copies(table: str, kind: str, number: int, source: str, /, **changes: str) -> str:
    """`source` says which row is copied; `kind` begins the ids, so that others can name them."""
    given = {"id": f"pg_temp.ident('{kind}', n)", "created_at": f"now() - ({number} - n) * {_PACE}"}
    columns = [column.name for column in Base.metadata.tables[table].columns]
    told = ", ".join((given | changes).get(name, f"this.{name}") for name in columns)
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {told} FROM {table} AS this"
        f" CROSS JOIN generate_series(1, {number}) AS n WHERE this.{source}"
    )


def _first(name: str, other: str) -> str:
    """The thing that addresses name on the first page, then others."""
    return f"CASE WHEN n <= {PAGE} THEN CAST(:{name} AS uuid) ELSE {other} END"


def _second(name: str, other: str) -> str:
    """The same on the second page."""
    mine = f"n > {PAGE} AND n <= {2 * PAGE}"
    return f"CASE WHEN {mine} THEN CAST(:{name} AS uuid) ELSE {other} END"


def _digest(word: str) -> str:
    return f"sha256(('{word}' || n)::bytea)"


_EXTENSION = _first("extension_id", f"pg_temp.ident('04', 1 + n % {PAGE})")
_RELEASE = _first("release_id", f"pg_temp.ident('05', 1 + n % {_RELEASES})")
_OF_RELEASE = {"release_id": "pg_temp.ident('05', n)", "extension_id": _EXTENSION}
CATALOGUE = (
    _copies("products", "01", PAGE + 1, "id = :product_id", code="'p' || n", name="'Товар ' || n"),
    _copies("features", "02", PAGE, "id = :feature_id", code="'f' || n"),
    _copies(
        "product_features",
        "03",
        PAGE,
        "product_id = :product_id",
        feature_id="pg_temp.ident('02', n)",
    ),
    _copies(
        "extensions",
        "04",
        PAGE,
        "id = :extension_id",
        product_id=f"pg_temp.ident('01', {PAGE + 1})",
        code="'e' || n",
        onec_name="'Расширение' || n",
        title_ru="'Расширение ' || n",
    ),
    _copies(
        "releases",
        "05",
        _RELEASES,
        "id = :release_id",
        extension_id=_EXTENSION,
        version="'0.' || n",
        version_key="n",
        status="CASE WHEN n % 7 = 0 THEN 'paused' ELSE 'published' END",
        channel="CASE WHEN n % 3 = 0 THEN 'beta' ELSE 'stable' END",
    ),
    _copies(
        "artifacts",
        "06",
        _RELEASES,
        "release_id = :release_id",
        sha256="encode(sha256(('file' || n)::bytea), 'hex')",
        **_OF_RELEASE,
    ),
    _copies(
        "rules_versions",
        "07",
        _RELEASES,
        "release_id = :release_id",
        release_id="pg_temp.ident('05', n)",
    ),
    _copies("compatibility_rules", "08", _RELEASES, "release_id = :release_id", **_OF_RELEASE),
)
PEOPLE = (
    _copies(
        "distributors",
        "09",
        PAGE,
        "id = :distributor_id",
        name="'Партнёр ' || n",
        external_guid="'guid' || n",
    ),
    _copies("users", "0a", PAGE, "id = :user_id", email="'u' || n || '@example.com'"),
    _copies("memberships", "0b", PAGE, "user_id = :user_id", user_id="pg_temp.ident('0a', n)"),
    _copies("api_tokens", "0c", PAGE, "id = :token_id", digest=_digest("token")),
    _copies(
        "user_sessions",
        "0d",
        PAGE,
        "id = (SELECT max(id::text)::uuid FROM user_sessions WHERE user_id = :owner_id)",
        digest=_digest("session"),
    ),
    f"""
    INSERT INTO customers (id, vendor_id, created_at, company, name_norm, search_text,
        contact_name, phone, email, comment, status, tags, row_version, responsible, distributor_id)
    SELECT pg_temp.ident('10', n), :vendor_id, now() - ({CUSTOMERS} - n) * {_PACE},
        'ООО «Клиент ' || n || '»', 'ооо «клиент ' || lpad(n::text, 9, '0') || '»',
        'клиент ' || n, '', '', 'a' || n || '@example.com', '',
        CASE WHEN n % 50 = 0 THEN 'blocked' ELSE 'active' END, '{{}}', 1, 'Менеджер ' || n % 20,
        CASE WHEN n <= {PAGE} THEN CAST(:distributor_id AS uuid) END
    FROM generate_series(1, {CUSTOMERS}) AS n
    """,
)
RIGHTS = (
    _copies(
        "license_keys",
        "20",
        MANY,
        "id = :key_id",
        customer_id=_first("customer_id", "pg_temp.ident('10', 1 + (n - 1) / 5)"),
        status="CASE WHEN n % 100 = 0 THEN 'suspended' ELSE 'active' END",
        hint="'DEMO-…-' || lpad(to_hex(n), 5, '0')",
        held=f"CASE WHEN n <= {PAGE} THEN 0 ELSE 1 END",
        lasts_until=f"CASE WHEN n > {PAGE} THEN {_END} END",
        starts_last=f"CASE WHEN n > {PAGE} THEN this.starts_last END",
    ),
    _copies(
        "license_key_codes",
        "21",
        MANY,
        "key_id = :key_id",
        key_id="pg_temp.ident('20', n)",
        digest=_digest("key"),
        hint="'DEMO-…-' || lpad(to_hex(n), 5, '0')",
    ),
    _copies(
        "entitlements",
        "22",
        MANY,
        "id = :entitlement_id",
        key_id=_first("key_id", "pg_temp.ident('20', n)"),
        product_id=f"CASE WHEN n <= {PAGE} THEN pg_temp.ident('01', n) WHEN n % 4 = 0"
        f" THEN pg_temp.ident('01', 1 + n % {PAGE + 1}) ELSE CAST(:product_id AS uuid) END",
        valid_until=_END,
        active_count="n % 4",
    ),
    _copies(
        "entitlement_changes",
        "23",
        MANY,
        "entitlement_id = :entitlement_id",
        entitlement_id=_first("entitlement_id", "pg_temp.ident('22', n)"),
        seq="1 + n",
        cause_id="pg_temp.ident('32', n)",
    ),
)
COUPONS = (
    _copies(
        "coupon_batches",
        "30",
        MANY // 100,
        "id = :batch_id",
        name="'Партия ' || n",
        preset="CASE WHEN n % 10 = 0 THEN 'extend_trial' ELSE 'add_product' END",
        invoice_number="'С-' || n",
        distributor_id=_first("distributor_id", "NULL"),
    ),
    _copies(
        "coupons",
        "31",
        MANY,
        "id = :coupon_id",
        batch_id=_first("batch_id", "pg_temp.ident('30', 1 + (n - 1) / 100)"),
        digest=_digest("coupon"),
        hint="'DEMOUPD-…-' || lpad(to_hex(n), 5, '0')",
        bound_key_id=_first("key_id", "NULL"),
        bound_customer_id=_second("customer_id", "NULL"),
        redemption_count="1 - n % 2",
        status="CASE WHEN n % 100 = 0 THEN 'disabled' ELSE 'active' END",
    ),
    _copies(
        "redemptions",
        "32",
        MANY // 2,
        "id = :redemption_id",
        coupon_id=_second("coupon_id", "pg_temp.ident('31', 2 * n)"),
        key_id=_first("key_id", "pg_temp.ident('20', n)"),
        customer_id=_first("customer_id", "pg_temp.ident('10', 1 + n % 20000)"),
    ),
)
_CONFIGURATION = (
    "(ARRAY['БухгалтерияПредприятия', 'УправлениеТорговлей', 'Розница', 'Своя'])[1 + n % 4]"
)
INFOBASES = (
    _copies(
        "infobases",
        "40",
        MANY,
        "uid = :uid",
        uid="pg_temp.ident('41', n)",
        label="'База ' || n",
        kind="CASE WHEN n % 3 = 0 THEN 'server' ELSE 'file' END",
        configuration_name=_CONFIGURATION,
        configuration_version="'3.0.' || 140 + n % 37 || '.1'",
        platform_version="'8.3.' || 20 + n % 11 || '.1100'",
        last_seen_at=f"now() - ({MANY} - n) * {_PACE}",
    ),
    _copies(
        "activations",
        "42",
        MANY,
        "id = :activation_id",
        entitlement_id=_first("entitlement_id", "pg_temp.ident('22', n)"),
        infobase_id=_second("infobase_id", "pg_temp.ident('40', n)"),
        key_id=_first("key_id", "pg_temp.ident('20', n)"),
        product_id=f"CASE WHEN n > {PAGE} AND n % 4 = 0"
        f" THEN pg_temp.ident('01', 1 + n % {PAGE + 1})"
        " ELSE CAST(:product_id AS uuid) END",
        status="CASE WHEN n % 20 = 0 THEN 'released' ELSE 'active' END",
        released_at="CASE WHEN n % 20 = 0 THEN now() END",
        installed_release_id=f"CASE WHEN n % 3 > 0 THEN {_RELEASE} END",
        last_seen_at=f"now() - ({MANY} - n) * {_PACE}",
    ),
)
_BY_WHOM = {
    "key_id": _first("key_id", "pg_temp.ident('20', n)"),
    "extension_id": _first(
        "extension_id", f"pg_temp.ident('04', 1 + (1 + n % {_RELEASES}) % {PAGE})"
    ),
    "release_id": _RELEASE,
    "activation_id": _first("activation_id", "pg_temp.ident('42', n)"),
}
DELIVERY = (
    _copies(
        "downloads",
        "50",
        MANY,
        "activation_id = :activation_id",
        digest=_digest("download"),
        customer_id=_first("customer_id", "pg_temp.ident('10', 1 + (n - 1) / 5)"),
        status="CASE WHEN n % 50 = 0 THEN 'aborted' WHEN n % 9 = 0 THEN 'issued'"
        " ELSE 'completed' END",
        ip="'198.51.' || n % 250 || '.0/24'",
        **_BY_WHOM,
    ),
    _copies(
        "install_reports",
        "51",
        MANY,
        "id = :report_id",
        operation_id="pg_temp.ident('52', n)",
        infobase_id=_first("infobase_id", "pg_temp.ident('40', n)"),
        operation="CASE WHEN n % 200 = 0 THEN 'uninstall' WHEN n % 2 = 0 THEN 'upgrade'"
        " ELSE 'install' END",
        outcome="CASE WHEN n % 40 = 0 THEN 'failed' WHEN n % 90 = 0 THEN 'rolled_back'"
        " ELSE 'done' END",
        code="CASE WHEN n % 40 = 0 THEN 'INFOBASE_LOCKED' WHEN n % 90 = 0 THEN 'NOT_ACTIVE' END",
        configuration_name=_CONFIGURATION,
        configuration_version="'3.0.' || 140 + n % 37 || '.1'",
        version=f"'0.' || 1 + n % {_RELEASES}",
        is_current=f"n > {PAGE}",
        **_BY_WHOM,
    ),
    _copies(
        "eula_acceptances",
        "53",
        CUSTOMERS,
        "infobase_id = :infobase_id",
        infobase_id="pg_temp.ident('40', n)",
        key_id="pg_temp.ident('20', n)",
        customer_id="pg_temp.ident('10', n)",
    ),
    f"""
    INSERT INTO license_checks (id, vendor_id, created_at, key_id, infobase_uid, day, kind, answer,
        code, valid, refusals, ip)
    SELECT pg_temp.ident('54', n), :vendor_id, now() - ({MANY} - n) * {_PACE},
        CASE WHEN n % 50 = 0 THEN CAST(:key_id AS uuid) ELSE pg_temp.ident('20', n) END,
        pg_temp.ident('41', n),
        current_date, CASE WHEN n % 4 = 0 THEN 'offers' ELSE 'check' END, n::text,
        CASE WHEN n % 9 = 0 THEN 'EXPIRED' ELSE 'ACTIVE' END, n % 9 > 0, '[]',
        '198.51.' || n % 250 || '.0/24'
    FROM generate_series(1, {MANY}) AS n
    """,
)
LOG = f"""
INSERT INTO audit_events (id, vendor_id, seq, at, actor_kind, actor_id, actor_label, action,
    outcome, reason, subject_kind, subject_id, subject_label, data, ip, request_id, prev_hash, hash)
SELECT pg_temp.ident('60', n), :vendor_id, n, now() - ({EVENTS} - n) * interval '1 minute',
    CASE WHEN n % 5 = 0 THEN 'user' ELSE 'installer' END,
    CASE WHEN n % 5 = 0 THEN CAST(:owner_id AS uuid) WHEN n % {EVENTS // STORY} = 1
        THEN CAST(:key_id AS uuid) ELSE pg_temp.ident('20', 1 + n % {MANY}) END,
    'DEMO-…-' || n % 1000,
    (ARRAY['download.issued', 'activation.created', 'coupon.redeemed', 'download.completed',
        'extension.upgraded', 'infobase.reported', 'license_key.issued'])[1 + n % 7],
    CASE WHEN n % 30 = 1 THEN 'denied' ELSE 'ok' END,
    CASE WHEN n % 30 = 1 THEN 'SEATS_EXHAUSTED' END,
    CASE WHEN n % 3 = 0 AND n % {EVENTS // STORY} <> 1 THEN 'activation' ELSE 'license_key' END,
    CASE WHEN n % {EVENTS // STORY} = 1 THEN CAST(:key_id AS uuid) WHEN n % 3 = 0
        THEN pg_temp.ident('42', 1 + n % {MANY}) ELSE pg_temp.ident('20', 1 + n % {MANY}) END,
    'База ' || n % 1000, '{{}}', '198.51.' || n % 250 || '.0/24', 'request-' || n,
    sha256((n - 1)::text::bytea), sha256(n::text::bytea)
FROM generate_series(1, {EVENTS}) AS n
"""
STATEMENTS = (*CATALOGUE, *PEOPLE, *RIGHTS, *COUPONS, *INFOBASES, *DELIVERY)
"""All but the log, in the order in which they name each other."""
LARGE = (
    "customers",
    "license_keys",
    "license_key_codes",
    "entitlements",
    "entitlement_changes",
    "coupons",
    "redemptions",
    "infobases",
    "activations",
    "downloads",
    "install_reports",
    "eula_acceptances",
    "license_checks",
    "audit_events",
)
"""Tables that no page may read through."""
