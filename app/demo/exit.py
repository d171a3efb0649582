"""`demo --exit`: the whole main job by real processes, step by step, and nothing left behind."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from app.demo import interrupts
from app.demo.client import Client
from app.demo.crm import Crm
from app.demo.interrupts import INTERRUPTED
from app.demo.narrator import Narrator
from app.demo.processes import expect
from app.demo.sample import Sample, of_file
from app.demo.stage import Stage
from app.demo.trail import history
from app.demo.vendor import Vendor


class Step(NamedTuple):
    """One line of the demo; `do` returns what there is to see."""

    name: str
    title: str
    do: Callable[[], str]


def main(file: Path | None, *, as_json: bool) -> int:
    """Runs the demo; its return code."""
    interrupts.as_exceptions()
    narrator, began = Narrator(as_json=as_json), time.monotonic()
    narrator.begin()
    with Stage() as stage:
        try:
            code = _tell(stage, of_file(file) if file else Sample(), narrator)
        except KeyboardInterrupt:
            interrupts.over()
            code = INTERRUPTED
            narrator.interrupted(time.monotonic() - began)
    if code == 0:
        narrator.end(time.monotonic() - began)
    return code


def _tell(stage: Stage, sample: Sample, narrator: Narrator) -> int:
    for step in _steps(stage, sample):
        began = time.monotonic()
        try:
            detail = step.do()
        except Exception as error:  # noqa: BLE001 - whatever goes wrong is how the step ended
            took = time.monotonic() - began
            narrator.failed(step.name, step.title, error, took, stage.log_tail())
            return 1
        narrator.done(step.name, step.title, detail, time.monotonic() - began)
    return 0


def _steps(stage: Stage, sample: Sample) -> Iterator[Step]:
    vendor = Vendor(stage, sample)
    client, crm = Client(stage, vendor), Crm(stage, vendor)
    yield Step("database", "База данных: свой PostgreSQL, схема", lambda: _database(stage))
    yield Step("server", "Сервер", lambda: _server(stage))
    yield Step("vendor", "Вендор", vendor.appear)
    yield Step("trust", "Корень доверия вендора", vendor.make_root)
    yield Step("product", "Продукт", vendor.make_product)
    yield Step("extension", "Расширение", vendor.make_extension)
    yield Step("eula", "Лицензионное соглашение", vendor.publish_eula)
    yield Step("releases", "Три релиза из файлов .cfe", vendor.publish_releases)
    yield Step("customer", "Клиент", vendor.make_customers)
    yield Step("key", "Пустой лицензионный ключ", vendor.issue_keys)
    yield Step("coupon", "Купон", vendor.generate_coupon)
    yield Step("check", "Агент: ключ исправен, но пуст", client.find_key_empty)
    yield Step("dry_run", "Пробный прогон купона: сейчас и станет", client.try_coupon)
    yield Step("redeem", "Агент: купон активирован", client.redeem)
    yield Step("list", "Агент: что подходит базе", client.list_offers)
    yield Step("signature", "Агент: подпись релиза проверена", client.trust_vendor)
    yield Step("eula_required", "Агент: без согласия не ставит", client.be_asked)
    yield Step("accept_eula", "Агент: соглашение принято", client.accept_eula)
    yield Step("activate", "Агент: привязка к базе", client.activate)
    yield Step("download", "Агент: скачивание с обрывом и продолжением", client.download)
    yield Step("verify", "Агент: файл проверен", client.verify)
    yield Step("install", "Агент: установлено в базу", client.install)
    yield Step("restart", "Агент: просит перезапустить 1С", client.hear_of_restart)
    yield Step("report", "Отчёт об установке", client.report)
    yield Step("tampered", "Подменённый файл: отказ до записи в базу", client.refuse_tampered)
    yield Step("refusal", "Тот же купон в чужой ключ", client.be_refused)
    yield Step("token", "Программа вендора: токен", crm.appear)
    yield Step("reversal", "Активация отменена: ключ такой, как был", crm.reverse)
    yield Step("rotation", "Ключ заменён новым кодом", crm.rotate)
    yield Step("release", "Место базы освобождено", crm.release)
    yield Step("audit", "История для поддержки (время UTC)", lambda: history(stage))


def _database(stage: Stage) -> str:
    stage.start_database()
    return f"Схема {stage.programs.podkluch('migrate')['after']}"


def _server(stage: Stage) -> str:
    stage.start_server()
    status, said = stage.rest("GET", "/health/ready")
    expect(said == {"status": "ok"}, "/health/ready: сервер готов", f"{status} {said}")
    _, information = stage.rest("GET", "/api/v1/information")
    return f"{information['name']} {information['version']} на {stage.url}"
