"""`podkluch coupon generate`: batches whose codes are seen once."""

import csv
import json
import stat

import pytest
from sqlalchemy import text

from app.coupons.service import batches
from tests.app.cli.leaks import traces
from wire import codes


def operations_of(stored):
    with stored.connect() as connection:
        return connection.scalar(text("SELECT operations FROM coupons LIMIT 1"))


@pytest.fixture
def generate(podkluch, product):
    """Generates coupons of the product."""

    def generate(*options, code=0):
        return podkluch("coupon", "generate", "--product", product["code"], *options, code=code)

    return generate


def test_people_see_every_code_on_its_line(generate):
    lines = generate("--count", 3).stdout.splitlines()
    assert lines[0] == "Купоны выпущены"
    assert lines[-1] == "Коды показаны только сейчас: сохраните их."
    for line in lines[-4:-1]:
        assert codes.normalise(line, codes.CodeKind.COUPON).text == line


def test_programs_get_the_codes_in_json(generate):
    made = json.loads(generate("--count", 2, "--json", "--lang", "en").stdout)
    assert len(set(made["codes"])) == made["count"] == 2
    assert made["description"].startswith("Adds “Склад”, ")
    assert (made["max_redemptions"], made["valid_until"]) == (1, None)


def test_the_codes_are_left_nowhere(generate, podkluch, stored):
    (code,) = json.loads(generate("--json").stdout)["codes"]
    assert traces(stored, podkluch.data, code) == []


@pytest.mark.parametrize(
    ("options", "operation"),
    [
        ([], {"term": {"days": 365}}),
        (["--days", 30], {"term": {"days": 30}}),
        (["--until", "2030-12-31"], {"term": {"until": "2030-12-31"}}),
        (["--perpetual"], {"term": {"perpetual": True}}),
        (["--seats", 5, "--quantity", 2], {"seats": 5, "quantity": 2, "term": {"days": 365}}),
        (["--seats", "unlimited"], {"seats": None, "term": {"days": 365}}),
        (["--channel", "beta"], {"channel": "beta", "term": {"days": 365}}),
    ],
)
def test_options_become_one_operation(generate, stored, options, operation):
    generate(*options)
    assert operations_of(stored) == [{"op": "add_product", "product": "sklad"} | operation]


def test_operations_may_come_from_a_file(podkluch, product, stored, tmp_path):
    listed = [
        {"op": "add_product", "product": product["code"], "term": {"days": 10}},
        {"op": "add_product", "product": product["code"], "term": {"days": 20}},
    ]
    path = tmp_path / "operations.json"
    path.write_text(json.dumps({"operations": listed}), encoding="utf-8")
    podkluch("coupon", "generate", "--operations", path)
    assert operations_of(stored) == listed


@pytest.mark.parametrize(
    ("options", "pointer"),
    [
        (["--days", 0], "/operations/0/term/days"),
        (["--days", 1, "--perpetual"], "/operations/0/term"),
        (["--seats", "many"], "/operations/0/seats"),
        (["--until", "tomorrow"], "/operations/0/term/until"),
        (["--count", 0], "/count"),
        (["--key", "x"], "/bound_key_id"),
    ],
)
def test_what_makes_no_coupon_is_refused_by_its_place(generate, stored, options, pointer):
    problem = json.loads(generate(*options, "--json", code=1).stdout)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert operations_of(stored) is None


@pytest.mark.parametrize("options", [["--days", 1], ["--seats", 1], []])
def test_operations_come_by_a_file_or_by_options(podkluch, product, tmp_path, options):
    path = tmp_path / "operations.json"
    path.write_text('{"operations": []}')
    told = ["--operations", path, "--product", product["code"]] if not options else []
    told = told or ["--operations", path, *options]
    podkluch("coupon", "generate", *told, code=2)


def test_without_a_product_it_is_an_error_of_usage(podkluch):
    podkluch("coupon", "generate", "--days", 3, code=2)


def test_a_coupon_may_be_for_one_customer_or_one_key(generate, podkluch, customer, stored):
    key = podkluch.json("key", "issue", "--customer", customer["id"])
    generate("--customer", customer["external_ref1"])
    generate("--key", key["id"])
    with stored.connect() as connection:
        rows = connection.execute(
            text("SELECT bound_customer_id::text, bound_key_id::text FROM coupons ORDER BY id")
        ).all()
    assert rows == [(customer["id"], None), (None, key["id"])]


def test_a_batch_keeps_what_was_said_of_it(generate, stored):
    dates = ("--valid-from", "2026-01-01", "--valid-until", "2030-12-31")
    invoice = ("--invoice-number", "А-17", "--invoice-date", "2026-02-03")
    generate("--name", "Весна", "--comment", "для склада", *dates, *invoice)
    with stored.connect() as connection:
        batch = connection.execute(text("SELECT * FROM coupon_batches")).one()
        coupon = connection.execute(text("SELECT * FROM coupons")).one()
    assert (batch.name, batch.comment, batch.invoice_number) == ("Весна", "для склада", "А-17")
    assert batch.invoice_date.isoformat() == "2026-02-03"
    assert coupon.valid_from.isoformat() == "2026-01-01"
    assert coupon.valid_until.isoformat() == "2030-12-31"


def test_codes_can_go_to_a_file_of_this_user_alone(generate, tmp_path):
    out = tmp_path / "коды.csv"
    told = generate("--count", 1500, "--out", out, "--comment", "=1+1", "--json").stdout
    made = json.loads(told)
    assert made["file"] == str(out)
    assert "codes" not in made
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert out.read_bytes().startswith(b"\xef\xbb\xbfcode;description;")
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert len({row["code"] for row in rows}) == 1500
    assert {row["comment"] for row in rows} == {"'=1+1"}
    assert list(tmp_path.glob("*.part")) == []


def test_a_file_that_is_there_already_is_never_written_over(generate, stored, tmp_path):
    out = tmp_path / "codes.csv"
    out.write_text("мои коды", encoding="utf-8")
    generate("--out", out, code=2)
    assert out.read_text(encoding="utf-8") == "мои коды"
    assert operations_of(stored) is None


def test_a_batch_whose_file_cannot_be_written_does_not_exist(generate, stored, tmp_path):
    refused = generate("--out", tmp_path / "absent" / "codes.csv", code=3)
    assert "codes.csv.part" in refused.stderr
    assert operations_of(stored) is None


def test_the_codes_are_on_the_disk_before_the_batch_is_committed(
    generate, stored, tmp_path, monkeypatch
):
    class PowerCutError(Exception):
        pass

    def cut(*_):
        raise PowerCutError

    monkeypatch.setattr("app.audit.guard.write_pending", cut)  # the last act before the commit
    generate("--out", tmp_path / "codes.csv", code=1)
    (aside,) = tmp_path.glob("*.part")
    assert aside.read_text(encoding="utf-8-sig").count("VEKTUPD-") == 1
    assert operations_of(stored) is None


@pytest.mark.parametrize(("most", "asked"), [(None, 10_001), (2, 3)])
def test_more_than_the_vendors_limit_is_refused(podkluch, generate, stored, most, asked):
    if most:
        podkluch("vendor", "update", "--coupon-batch-max", most)
    assert generate("--count", asked, code=1).stderr.startswith("COUPON_BATCH_TOO_LARGE: ")
    assert operations_of(stored) is None


@pytest.mark.parametrize("count", [0, -1, 100_001, 1_000_000])
def test_none_fewer_and_a_million_coupons_are_refused(podkluch, generate, stored, count):
    podkluch("vendor", "update", "--coupon-batch-max", 100_000)
    problem = json.loads(generate("--count", count, "--json", code=1).stdout)
    assert [error["pointer"] for error in problem["errors"]] == ["/count"]
    assert operations_of(stored) is None


def test_a_vendor_with_a_raised_limit_makes_more_than_ten_thousand(podkluch, generate, tmp_path):
    podkluch("vendor", "update", "--coupon-batch-max", 100_000)
    out = tmp_path / "codes.csv"
    generate("--count", 10_001, "--out", out)
    with out.open(encoding="utf-8-sig", newline="") as file:
        assert len({row["code"] for row in csv.DictReader(file, delimiter=";")}) == 10_001


def test_a_batch_like_another_differs_only_in_what_is_named(generate, podkluch, stored):
    dates = ("--valid-from", "2026-01-01", "--valid-until", "2030-12-31", "--comment", "Акция")
    made = json.loads(generate("--count", 2, "--seats", 7, *dates, "--json").stdout)
    twin = podkluch.json("coupon", "generate", "--like", made["id"], "--name", "Ещё")
    assert len({*made["codes"], *twin["codes"]}) == 4
    same = "SELECT DISTINCT operations, valid_from, valid_until, comment FROM coupons"
    with stored.connect() as connection:
        assert len(connection.execute(text(same)).all()) == 1
        batches = connection.execute(text("SELECT name, comment FROM coupon_batches ORDER BY id"))
        assert [tuple(row) for row in batches] == [("sklad × 2", "Акция"), ("Ещё", "Акция")]
    podkluch("coupon", "generate", "--like", made["id"], "--days", 3, code=2)


def test_codes_of_a_batch_are_exported_again_for_a_day(generate, podkluch, stored, tmp_path):
    made = json.loads(generate("--count", 3, "--json").stdout)
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    shown = podkluch.json("coupon", "export", made["id"], "--out", first)
    assert (shown["count"], shown["file"]) == (3, str(first))
    with first.open(encoding="utf-8-sig", newline="") as file:
        assert {row["code"] for row in csv.DictReader(file, delimiter=";")} == {*made["codes"]}
    with stored.begin() as connection:
        connection.execute(
            text("UPDATE coupon_batches SET created_at = created_at - interval '25 hours'")
        )
        told = "SELECT count(*) FROM audit_events WHERE action = 'coupon_batch.exported'"
        assert connection.scalar(text(told)) == 1
    late = podkluch("coupon", "export", made["id"], "--out", second, code=1)
    assert late.stderr.startswith("SECRET_EXPIRED: ")
    assert not second.exists()


def test_codes_are_exported_for_nobody_else(generate, podkluch, tmp_path, monkeypatch):
    made = json.loads(generate("--json").stdout)
    monkeypatch.setattr("getpass.getuser", lambda: "somebody-else")
    out = tmp_path / "codes.csv"
    refused = podkluch("coupon", "export", made["id"], "--out", out, code=1)
    assert refused.stderr.startswith("PERMISSION_DENIED: ")
    assert list(tmp_path.glob("codes.csv*")) == []


def test_a_table_that_cannot_be_finished_is_not_left_half(generate, stored, tmp_path, monkeypatch):
    def cut(file, rows):
        file.write(next(rows).code)
        raise KeyboardInterrupt

    monkeypatch.setattr("app.cli.codes.write_csv", cut)
    generate("--count", 2, "--out", tmp_path / "codes.csv", code=130)
    assert list(tmp_path.glob("codes.csv*")) == []
    assert operations_of(stored) is None


def test_the_bar_is_for_people_at_a_terminal(monkeypatch, generate):
    monkeypatch.setattr("rich.console.Console.is_terminal", True)
    assert "Выпуск купонов" in generate("--count", 2).stderr
    assert generate("--count", 2, "--json").stderr == ""


def test_the_work_tells_of_its_progress(monkeypatch, generate):
    heard = []
    real = batches.generate

    def generate_watched(*arguments, progress, **rest):
        def both(number):
            heard.append(number)
            progress(number)

        return real(*arguments, progress=both, **rest)

    monkeypatch.setattr(batches, "generate", generate_watched)
    generate("--count", 2500)
    assert heard == [1000, 1000, 500]
