-- The sets of the dataset; every number is a row, the oldest first. Dollars mark what is filled in.

CREATE FUNCTION pg_temp.ident(kind text, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql RETURN
    ('01900000-00' || kind || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid;
CREATE FUNCTION pg_temp.mixed(n bigint) RETURNS bigint IMMUTABLE LANGUAGE sql RETURN
    ((n * 2654435761) % 4294967296) >> 16;
-- 400 days, evenly; the last row is an hour old.
CREATE FUNCTION pg_temp.at(n bigint, total bigint) RETURNS timestamptz STABLE LANGUAGE sql RETURN
    now() - interval '1 hour' - (total - n) * (interval '400 days' / total);
-- The q-th customer of the main vendor, from 0.
CREATE FUNCTION pg_temp.main_customer(q bigint) RETURNS bigint IMMUTABLE LANGUAGE sql RETURN
    CASE WHEN $vendors = 1 THEN 1 + q ELSE 1 + q + q / 9 END;
-- The q-th key of the main vendor, from 0.
CREATE FUNCTION pg_temp.main_key(q bigint) RETURNS bigint IMMUTABLE LANGUAGE sql RETURN
    2 * pg_temp.main_customer(q / 2) - 1 + q % 2;
-- The first of the products in a key of the main vendor.
CREATE FUNCTION pg_temp.main_line(key bigint) RETURNS bigint IMMUTABLE LANGUAGE sql RETURN
    1 + pg_temp.mixed(key) % 10;
-- A release of the first product in a key of the main vendor.
CREATE FUNCTION pg_temp.main_release(key bigint, n bigint) RETURNS bigint IMMUTABLE LANGUAGE sql
    RETURN n % ($main_releases / 10) * 10 + pg_temp.main_line(key);

CREATE TEMP TABLE whose AS
SELECT c, CASE WHEN $vendors = 1 OR c % 10 > 0 THEN 1 ELSE 2 + (c / 10 - 1) % greatest($vendors - 1, 1)
    END AS number
FROM generate_series(1::bigint, $customers) AS c;
CREATE TEMP TABLE held AS
SELECT n, c, vendors.id AS vendor_id, vendors.prefix, vendors.lines, vendors.first_line
FROM generate_series(1::bigint, $keys) AS n JOIN whose ON c = (n + 1) / 2 JOIN bench_vendors AS vendors USING (number);
ANALYZE held, bench_codes;

INSERT INTO distributors (id, vendor_id, created_at, name, email, external_guid, status, row_version)
SELECT pg_temp.ident('09', n), '$vendor', pg_temp.at(n, 60), 'Партнёр ' || n, 'p@example.com',
    'bench-' || n, 'active', 1
FROM generate_series(1::bigint, 60) AS n;

INSERT INTO customers (id, vendor_id, created_at, company, name_norm, search_text, contact_name,
    phone, email, comment, status, tags, row_version, responsible, distributor_id, inn)
SELECT pg_temp.ident('10', c), vendors.id, pg_temp.at(c, $customers), 'ООО «Клиент ' || c || '»',
    'ооо «клиент ' || lpad(c::text, 9, '0') || '»', 'клиент ' || c || ' ' || 7700000000 + c, '',
    '+7 900 ' || lpad(c::text, 7, '0'), 'a' || c || '@example.com', '',
    CASE WHEN c % 500 = 4 THEN 'archived' ELSE 'active' END, '{}', 1, 'Менеджер ' || c % 20,
    CASE WHEN number = 1 AND c % 10 = 1 THEN pg_temp.ident('09', 1 + c / 10 % 60) END,
    (7700000000 + c)::text
FROM whose JOIN bench_vendors AS vendors USING (number);

INSERT INTO license_keys (id, vendor_id, created_at, customer_id, status, suspend_reason, comment,
    hint, rights_version, row_version, held, lasts_until, starts_last)
SELECT pg_temp.ident('20', n), vendor_id, pg_temp.at(n, $keys), pg_temp.ident('10', c),
    CASE WHEN n % 50 = 7 THEN 'suspended' ELSE 'active' END,
    CASE WHEN n % 50 = 7 THEN 'Долг' END, '', prefix || '-…-' || tail, 3, 1, 3,
    current_date + 30 + (n % 700)::int, (pg_temp.at(n, $keys))::date
FROM held JOIN bench_codes USING (n);

INSERT INTO license_key_codes (id, vendor_id, created_at, key_id, digest, hint, kind)
SELECT pg_temp.ident('21', n), vendor_id, pg_temp.at(n, $keys), pg_temp.ident('20', n), digest,
    prefix || '-…-' || tail, 'native'
FROM held JOIN bench_codes USING (n);

INSERT INTO entitlements (id, vendor_id, created_at, key_id, product_id, status, source, starts_on,
    valid_until, updates_until, seats, active_count, channel, is_trial, row_version)
SELECT pg_temp.ident('22', 3 * n - 2 + step), vendor_id, pg_temp.at(n, $keys),
    pg_temp.ident('20', n),
    pg_temp.ident('01', first_line + (pg_temp.mixed(n) + step) % lines),
    'active', 'manual', (pg_temp.at(n, $keys))::date, current_date + 30 + (n % 700)::int, NULL, 3,
    CASE WHEN step = 0 AND n % 20 <> 3 THEN 1 ELSE 0 END, 'stable', false, 1
FROM held CROSS JOIN generate_series(0, 2) AS step;

INSERT INTO infobases (id, vendor_id, created_at, uid, label, kind, configuration_name,
    configuration_version, platform_version, agent_version, last_seen_at)
SELECT pg_temp.ident('40', n), vendor_id, pg_temp.at(n, $keys), pg_temp.ident('41', n),
    'База ' || n, CASE WHEN n % 3 = 0 THEN 'server' ELSE 'file' END,
    (ARRAY['БухгалтерияПредприятия', 'УправлениеТорговлей', 'Розница', 'Своя'])[1 + n % 4],
    '3.0.' || 140 + n % 37 || '.1', '8.3.' || 20 + n % 11 || '.1100', '1.0.0',
    pg_temp.at(n, $keys)
FROM held;

INSERT INTO activations (id, vendor_id, created_at, entitlement_id, infobase_id, key_id, product_id,
    machine, windows_user, status, last_seen_at, released_at, release_cause, installed_release_id)
SELECT pg_temp.ident('42', n), vendor_id, pg_temp.at(n, $keys), pg_temp.ident('22', 3 * n - 2),
    pg_temp.ident('40', n), pg_temp.ident('20', n),
    pg_temp.ident('01', first_line + pg_temp.mixed(n) % lines), 'PC-' || n, 'user', CASE WHEN n % 20 = 3 THEN 'released' ELSE 'active' END,
    pg_temp.at(n, $keys), CASE WHEN n % 20 = 3 THEN now() END,
    CASE WHEN n % 20 = 3 THEN 'agent' END,
    CASE WHEN first_line = 1 AND n % 3 > 0 THEN pg_temp.ident('05', pg_temp.main_release(n, n)) END
FROM held;

INSERT INTO installation_tokens (id, vendor_id, created_at, activation_id, digest)
SELECT pg_temp.ident('43', n), vendor_id, pg_temp.at(n, $keys), pg_temp.ident('42', n),
    sha256(('token' || n)::bytea)
FROM held;

INSERT INTO coupon_batches (id, vendor_id, created_at, name, preset, count, created_by,
    invoice_number, comment, distributor_id, products)
SELECT pg_temp.ident('30', n), '$vendor', pg_temp.at(n, $batches), 'Партия ' || n,
    CASE WHEN n % 10 = 0 THEN 'extend_trial' ELSE 'add_product' END, 100, 'bench', 'С-' || n, '',
    CASE WHEN n % 10 = 1 THEN pg_temp.ident('09', 1 + n / 10 % 60) END,
    ARRAY[pg_temp.ident('01', 1 + n % 10)]
FROM generate_series(1::bigint, $batches) AS n;

INSERT INTO coupons (id, vendor_id, created_at, batch_id, digest, hint, operations,
    max_redemptions, redemption_count, comment, status, row_version)
SELECT pg_temp.ident('31', n), '$vendor', pg_temp.at(n, $coupons),
    pg_temp.ident('30', 1 + (n - 1) / 100), sha256(('coupon' || n)::bytea),
    '$prefix' || 'UPD-…-' || lpad(to_hex(n), 5, '0'),
    jsonb_build_array(jsonb_build_object('op', 'add_product',
        'product', 'p' || 1 + (1 + (n - 1) / 100) % 10,
        'term', '{"days": 365}'::jsonb, 'seats', 3)),
    1, CASE WHEN n % 2 = 0 THEN 1 ELSE 0 END, '',
    CASE WHEN n % 100 = 1 THEN 'disabled' ELSE 'active' END, 1
FROM generate_series(1::bigint, $coupons) AS n;

INSERT INTO redemptions (id, vendor_id, created_at, coupon_id, key_id, customer_id, actor, effects)
SELECT pg_temp.ident('32', n), '$vendor', pg_temp.at(n, $coupons / 2), pg_temp.ident('31', 2 * n),
    pg_temp.ident('20', pg_temp.main_key(n)), pg_temp.ident('10', (pg_temp.main_key(n) + 1) / 2),
    'bench', '[]'
FROM generate_series(1::bigint, $coupons / 2) AS n;

INSERT INTO downloads (id, vendor_id, created_at, digest, artifact_id, release_id, extension_id,
    key_id, customer_id, activation_id, status, expires_at, started_at, completed_at, bytes, ip,
    user_agent)
SELECT pg_temp.ident('50', n), '$vendor', at, sha256(('download' || n)::bytea),
    pg_temp.ident('06', release), pg_temp.ident('05', release),
    pg_temp.ident('04', pg_temp.main_line(key)), pg_temp.ident('20', key),
    pg_temp.ident('10', (key + 1) / 2), pg_temp.ident('42', key),
    CASE WHEN n % 50 = 0 THEN 'aborted' WHEN n % 9 = 0 THEN 'issued' ELSE 'completed' END,
    at + interval '1 day', CASE WHEN n % 50 = 0 OR n % 9 > 0 THEN at + interval '1 second' END,
    CASE WHEN n % 50 > 0 AND n % 9 > 0 THEN at + interval '9 seconds' END, 1000000 + release,
    '198.51.' || n % 250 || '.0/24', 'podkluch-agent'
FROM generate_series(1::bigint, $downloads) AS n
CROSS JOIN LATERAL (SELECT pg_temp.main_key(n * 7919 % $main_keys) AS key,
    pg_temp.at(n, $downloads) AS at) AS asked
CROSS JOIN LATERAL (SELECT pg_temp.main_release(key, n) AS release) AS found;

INSERT INTO install_reports (id, vendor_id, created_at, operation_id, key_id, infobase_id,
    extension_id, release_id, activation_id, operation, outcome, code, message, version,
    configuration_name, configuration_version, durations_ms, consents, occurred_at, is_current)
SELECT pg_temp.ident('51', n), '$vendor', at, pg_temp.ident('52', n), pg_temp.ident('20', key),
    pg_temp.ident('40', key), pg_temp.ident('04', pg_temp.main_line(key)),
    pg_temp.ident('05', release), pg_temp.ident('42', key),
    CASE WHEN n % 200 = 0 THEN 'uninstall' WHEN n % 2 = 0 THEN 'upgrade' ELSE 'install' END,
    CASE WHEN n % 40 = 0 THEN 'failed' WHEN n % 90 = 0 THEN 'rolled_back' ELSE 'done' END,
    CASE WHEN n % 40 = 0 THEN 'INFOBASE_LOCKED' WHEN n % 90 = 0 THEN 'NOT_ACTIVE' END, '',
    '1.' || 1 + (release - 1) / 10,
    (ARRAY['БухгалтерияПредприятия', 'УправлениеТорговлей', 'Розница', 'Своя'])[1 + n % 4],
    '3.0.' || 140 + n % 37 || '.1', '{}', '[]', at, n + $main_keys > $reports
FROM generate_series(1::bigint, $reports) AS n
CROSS JOIN LATERAL (SELECT pg_temp.main_key(n * 7919 % $main_keys) AS key,
    pg_temp.at(n, $reports) AS at) AS asked
CROSS JOIN LATERAL (SELECT pg_temp.main_release(key, n) AS release) AS found;

INSERT INTO license_checks (id, vendor_id, created_at, key_id, infobase_uid, day, kind, answer, code,
    valid, refusals, ip)
SELECT pg_temp.ident('54', n), '$vendor', at, pg_temp.ident('20', key), pg_temp.ident('41', key),
    at::date, CASE WHEN n % 4 = 0 THEN 'offers' ELSE 'check' END, n::text,
    CASE WHEN n % 9 = 0 THEN 'EXPIRED' ELSE 'ACTIVE' END, n % 9 > 0, '[]',
    '198.51.' || n % 250 || '.0/24'
FROM generate_series(1::bigint, $reports) AS n
CROSS JOIN LATERAL (SELECT pg_temp.main_key(n * 104729 % $main_keys) AS key,
    pg_temp.at(n, $reports) AS at) AS asked;

-- What the verbs recorded comes after all this.
UPDATE audit_events SET seq = seq + $events WHERE vendor_id = '$vendor';
UPDATE audit_heads SET seq = seq + $events WHERE vendor_id = '$vendor';
INSERT INTO audit_events (id, vendor_id, seq, at, actor_kind, actor_id, actor_label, action, outcome,
    reason, subject_kind, subject_id, subject_label, data, ip, request_id, prev_hash, hash)
SELECT pg_temp.ident('60', n), '$vendor', n, pg_temp.at(n, $events), 'installer',
    pg_temp.ident('20', key), 'DEMO-…-' || n % 1000,
    (ARRAY['download.issued', 'activation.created', 'coupon.redeemed', 'download.completed',
        'extension.upgraded', 'infobase.reported', 'license_key.issued'])[1 + n % 7],
    CASE WHEN n % 30 = 1 THEN 'denied' ELSE 'ok' END,
    CASE WHEN n % 30 = 1 THEN 'SEATS_EXHAUSTED' END,
    CASE WHEN n % 3 = 0 THEN 'activation' ELSE 'license_key' END,
    CASE WHEN n % 3 = 0 THEN pg_temp.ident('42', key) ELSE pg_temp.ident('20', key) END,
    'База ' || n % 1000, '{}', '198.51.' || n % 250 || '.0/24', 'request-' || n,
    sha256((n - 1)::text::bytea), sha256(n::text::bytea)
FROM generate_series(1::bigint, $events) AS n
CROSS JOIN LATERAL (SELECT pg_temp.main_key(n * 7919 % $main_keys) AS key) AS asked;
