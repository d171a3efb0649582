"""What support reads of the demo afterwards, and the proof that nobody has changed it."""

from datetime import datetime
from typing import NamedTuple

import psycopg
from psycopg.rows import class_row

from app.demo.processes import expect
from app.demo.stage import Stage

# By hand and not by our models: their libraries take longer to load than the whole step.
_QUERY = """
    SELECT at, actor_label AS actor, action, subject_label AS subject, outcome, reason
    FROM audit_events WHERE subject_kind <> ALL(%s) ORDER BY vendor_id, seq
"""
_CATALOGUE = (
    *("vendor", "product", "extension", "release", "artifact", "eula"),
    *("trust_repository", "trust_key"),
)

_EXPECTED = (
    ("license_key.issued", "ok", None),
    ("coupon.redeemed", "ok", None),
    ("activation.created", "ok", None),
    ("eula.accepted", "ok", None),
    ("download.issued", "ok", None),
    ("download.started", "ok", None),
    ("download.completed", "ok", None),
    ("extension.installed", "ok", None),
    ("extension.install_failed", "ok", None),
    ("coupon.redeemed", "denied", "COUPON_EXHAUSTED"),
    ("redemption.reversed", "ok", None),
    ("license_key.rotated", "ok", None),
    ("activation.released", "ok", None),
)


class _Event(NamedTuple):
    at: datetime
    actor: str
    action: str
    subject: str
    outcome: str
    reason: str | None


def history(stage: Stage) -> str:
    """Every event of keys, coupons and infobases; `podkluch check` says that none was touched."""
    checked = stage.programs.podkluch("check", "--full")
    expect(checked["ok"], "podkluch check не найдёт ошибок", checked)
    chain = next(each for each in checked["checks"] if each["name"] == "audit")
    events = _events(stage)
    found = [(each.action, each.outcome, each.reason) for each in events]
    missing = [each for each in _EXPECTED if each not in found]
    expect(not missing, "в истории есть все события", f"нет {missing}")
    lines = [_line(each) for each in events]
    return "\n".join([*lines, f"Цепочка цела: событий {chain['examined']}, ошибок 0"])


def _events(stage: Stage) -> list[_Event]:
    with psycopg.connect(stage.database_url, row_factory=class_row(_Event)) as connection:
        return connection.execute(_QUERY, [list(_CATALOGUE)]).fetchall()


def _line(event: _Event) -> str:
    result = "сделано" if event.outcome == "ok" else f"отказ, {event.reason}"
    when, what = event.at.strftime("%H:%M:%S"), _ACTIONS.get(event.action, event.action)
    return f"{when}  {event.actor:<18} {what}: {event.subject} — {result}"


_ACTIONS = {
    "customer.created": "новый клиент",
    "license_key.issued": "выпуск ключа",
    "coupon_batch.generated": "выпуск купонов",
    "entitlement.granted": "продукт в ключ",
    "coupon.redeemed": "активация купона",
    "entitlement.withdrawn": "продукт изъят",
    "redemption.reversed": "отмена активации",
    "license_key.rotated": "замена кода ключа",
    "api_token.created": "выпуск токена",
    "activation.created": "привязка к базе",
    "activation.released": "место освобождено",
    "eula.accepted": "принятие соглашения",
    "download.issued": "разрешение скачать",
    "download.started": "начало скачивания",
    "download.completed": "файл получен",
    "extension.installed": "установка",
    "extension.install_failed": "отказ от установки",
}
