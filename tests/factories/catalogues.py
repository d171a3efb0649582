"""Random catalogues, keys and infobases as plain facts, around every bound of every rule."""

import unicodedata
import uuid
from datetime import date, timedelta
from random import Random

TODAY = date(2026, 11, 22)
NAMES = ["УправлениеТорговлей", "БухгалтерияПредприятия", "Розница"]
SUFFIXES = ["", "", "Базовая", "КОРП", "_Отрасль"]
VERSIONS = [
    "3.0.9.10",
    "3.0.149.99",
    "3.0.150.0",
    "3.0.150.34",
    "3.0.155.12",
    "3.0.155.120",
    "3.0.0155.13",
    "3.0.160.20",
    "3.0.160.21",
    "3.0.170.9999",
    "3.0.171.0",
    "3.1.5.20",
    "11.5.17.43",
]
ODD = ["", "abc", "3.0.150", "3.0.150.70000", "3.0.150.30\u0661"]
ENDS = ["3.0", "3.0.150", "3.0.150.0", "3.0.155", "3.0.160.20", "3.0.170", "3.1", "11"]
PLATFORMS = ["8.3.23.2040", "8.3.24.1500", "8.3.24.1548", "8.3.25.1285", "8.3.25.1300", "8.3.26.1"]
MODES = ["Версия8_3_14", "Version8_3_24", "8.3.17", "НеИспользовать", "DontUse"]
FEATURES = ["scanner", "labels"]
EXTENSIONS = [("helper", "Помощник"), ("tags", "Ценники"), ("free", "Бесплатное")]


def often(random, share):
    return random.random() < share


def some(random, values, most=2):
    return random.sample(values, random.randint(0, min(most, len(values))))


def a_rule(random):
    rule = {"effect": "deny" if often(random, 0.2) else "allow"}
    choices = {
        "configuration_name": (0.8, lambda: random.choice(NAMES)),
        "editions": (0.4, lambda: some(random, ["base", "prof", "corp"], 3)),
        "version_from": (0.6, lambda: random.choice([*ENDS, "3.0.150.34"])),
        "version_to": (0.5, lambda: random.choice(ENDS) + random.choice(["", ".*"])),
        "excluded": (0.3, lambda: some(random, ["3.0.155.12", "3.0.155.*", "3.0.160.20"])),
        "tested_to": (0.4, lambda: random.choice(ENDS)),
        "platform_min": (0.3, lambda: some(random, ["8.3.24.1548", "8.3.25.1286"])),
        "platform_excluded": (0.2, lambda: [{"from": "8.3.23", "to": "8.3.24.1500"}]),
        "min_compatibility_mode": (0.2, lambda: random.choice(["8.3.14", "8.3.24"])),
        "infobase_kind": (0.3, lambda: random.choice(["file", "server", "any"])),
    }
    for name, (share, make) in choices.items():
        if often(random, share):
            rule[name] = make()
    if rule.get("version_to", "").count(".") > 3:  # a star stands for a number not given
        rule["version_to"] = rule["version_to"].removesuffix(".*")
    return rule


def a_release(random, version):
    return {
        "id": str(uuid.UUID(int=random.getrandbits(128), version=4)),
        "sha256": f"{random.getrandbits(256):064x}",
        "version": version,
        "file_version": random.choice([version, version, "1.0", ""]),
        "channel": random.choice(["stable"] * 4 + ["rc", "beta", "dev"]),
        "status": random.choice(["published"] * 6 + ["paused", "withdrawn"]),
        "published_on": TODAY + timedelta(random.choice([-400, -60, -30, -1, 0])),
        "min_from_version": random.choice([None] * 5 + ["1.2", "1.10", "2"]),
        "rollout_percent": random.choice([100] * 4 + [1, 10, 50, 99]),
        "required_features": some(random, FEATURES, 1) if often(random, 0.2) else [],
        "conflicts_with": some(random, ["Бэкофис", "Ценники"], 1) if often(random, 0.2) else [],
        "requires": ["помощник"] if often(random, 0.1) else [],
        "rollback_to": None,
        "rules": [a_rule(random) for _ in range(random.choice([0, 1, 1, 1, 2, 3]))],
    }


def a_line(random, code, name):
    versions = some(random, ["1.0", "1.2", "1.9.1", "1.10", "2.0.0.1", "2.1", "10"], 5)
    rows = [a_release(random, version) for version in versions]
    for row in rows:
        if row["status"] == "withdrawn" and often(random, 0.7):
            row["rollback_to"] = random.choice(rows)["id"]
            row["rollback_to"] = None if row["rollback_to"] == row["id"] else row["rollback_to"]
    return {"code": code, "name": name, "product": code, "releases": rows}


def a_product(random):
    def day(*choices):
        days = random.choice([*choices, None])
        return None if days is None else TODAY + timedelta(days)

    return {
        "status": random.choice(["active"] * 6 + ["suspended", "withdrawn"]),
        "starts_on": TODAY + timedelta(random.choice([-500, -500, -1, 0, 1])),
        "valid_until": day(-45, -1, 0, 30, 300),
        "updates_until": random.choice([None, None, day(-45, -1, 0, 300)]),
        "is_trial": often(random, 0.2),
        "after_expiry": random.choice(["keep_releases", "block"]),
        "channel": random.choice(["stable", "stable", "rc", "beta", "dev"]),
        "features": some(random, FEATURES),
    }


def an_environment(random):
    name = random.choice(NAMES) + random.choice(SUFFIXES)
    name = random.choice([name, name.lower(), unicodedata.normalize("NFD", name), f" {name}\u00a0"])
    told = {"configuration": {"name": name, "version": random.choice(VERSIONS * 2 + ODD)}}
    if often(random, 0.6):
        told["platform_version"] = random.choice([*PLATFORMS, "8.3"])
    if often(random, 0.4):
        told["compatibility_mode"] = random.choice([*MODES, "Режим"])
    if often(random, 0.6):
        told["infobase_kind"] = random.choice(["file", "server"])
    return told


def installed_in(random, lines):
    found = [{"onec_name": "Бэкофис", "version": "1", "artifact_sha256": None}]
    for line in lines:
        rows = line["releases"]
        if not rows or often(random, 0.4):
            continue
        row = random.choice(rows)
        found.append(
            {
                "onec_name": random.choice([line["name"], line["name"].upper()]),
                "version": random.choice([row["file_version"], "чужая"]),
                "artifact_sha256": random.choice([row["sha256"], None, "f" * 64]),
            }
        )
    return random.sample(found, random.randint(0, len(found)))


def a_world(random: Random) -> dict:
    """A catalogue, a key that opens some of it, and one question about it."""
    lines = [a_line(random, code, name) for code, name in EXTENSIONS]
    lines = [line for line in lines if line["releases"]]
    codes = [code for code, _ in EXTENSIONS]
    releases = [row["id"] for line in lines for row in line["releases"]]
    uid = str(uuid.UUID(int=random.getrandbits(128), version=4))
    return {
        "today": TODAY,
        "lines": lines,
        "key": {
            "id": str(uuid.UUID(int=random.getrandbits(128), version=4)),
            "products": {code: a_product(random) for code in codes if often(random, 0.85)},
            "recorded": {code: random.choice([None, *releases]) for code in codes},
        },
        "environment": an_environment(random),
        "asked": {
            "channel": random.choice(["stable", "rc", "beta", "dev", "dev"]),
            "untested": often(random, 0.5),
            "infobase": random.choice([uid, None]),
            "installed": installed_in(random, lines) if often(random, 0.7) else None,
        },
    }
