"""What support reads of the demo afterwards, and the proof that nobody has changed it."""

from app.demo.processes import Answer, expect, together
from app.demo.stage import Stage

_EXPECTED = (
    ("license_key.issued", "ok", None),
    ("coupon.redeemed", "ok", None),
    ("activation.created", "ok", None),
    ("eula.accepted", "ok", None),
    ("download.issued", "ok", None),
    ("download.started", "ok", None),
    ("download.completed", "ok", None),
    ("extension.installed", "ok", None),
    ("coupon.redeemed", "denied", "COUPON_EXHAUSTED"),
)


def history(stage: Stage) -> str:
    """What support reads, and the proof that nobody has changed it."""
    events, checked = together(
        lambda: stage.programs.run("app.demo", "story"),
        lambda: stage.programs.podkluch("check", "--full"),
    )
    found = [(each["action"], each["outcome"], each["reason"]) for each in events]
    missing = [each for each in _EXPECTED if each not in found]
    expect(not missing, "в истории есть все события", f"нет {missing}")
    chain = next(each for each in checked["checks"] if each["name"] == "audit")
    expect(checked["ok"], "podkluch check не найдёт ошибок", checked)
    lines = [_line(each) for each in events]
    return "\n".join([*lines, f"Цепочка цела: событий {chain['examined']}, ошибок 0"])


def _line(event: Answer) -> str:
    result = "сделано" if event["outcome"] == "ok" else f"отказ, {event['reason']}"
    when, what = event["at"][11:19], _ACTIONS.get(event["action"], event["action"])
    return f"{when}  {event['actor']:<18} {what}: {event['subject']} - {result}"


_ACTIONS = {
    "customer.created": "новый клиент",
    "license_key.issued": "выпуск ключа",
    "coupon_batch.generated": "выпуск купонов",
    "entitlement.granted": "продукт в ключ",
    "coupon.redeemed": "активация купона",
    "activation.created": "привязка к базе",
    "eula.accepted": "принятие соглашения",
    "download.issued": "разрешение скачать",
    "download.started": "начало скачивания",
    "download.completed": "файл получен",
    "extension.installed": "установка",
}
