"""Which release fits and may be had, worked out the long way from plain facts.

Nothing of the product is used: names, versions and rules are read here once more, every release
is compared with every rule, and all reasons are collected before the first one is told.
"""

import hashlib
import re
import unicodedata

CHANNELS = ["stable", "rc", "beta", "dev"]
ORDER = [
    "DENIED_BY_RULE",
    "CONFIGURATION_UNSUPPORTED",
    "EDITION_UNSUPPORTED",
    "VERSION_TOO_OLD",
    "VERSION_TOO_NEW",
    "VERSION_EXCLUDED",
    "INFOBASE_KIND_UNSUPPORTED",
    "PLATFORM_TOO_OLD",
    "PLATFORM_EXCLUDED",
    "COMPATIBILITY_MODE_TOO_LOW",
    "VERSION_UNKNOWN",
    "VERSION_NOT_TESTED",
    "PLATFORM_UNKNOWN",
    "COMPATIBLE",
    "PRODUCT_MISSING",
    "ENTITLEMENT_SUSPENDED",
    "ENTITLEMENT_WITHDRAWN",
    "ENTITLEMENT_NOT_STARTED",
    "ENTITLEMENT_EXPIRED",
    "TRIAL_EXPIRED",
    "UPDATES_EXPIRED",
    "FEATURE_REQUIRED",
    "CHANNEL_NOT_ALLOWED",
    "ROLLOUT_PENDING",
    "UPGRADE_VIA",
    "RELEASE_PAUSED",
    "RELEASE_WITHDRAWN",
    "EXTENSION_CONFLICT",
    "REQUIRED_EXTENSION_MISSING",
]
DOUBTS = {"VERSION_UNKNOWN", "VERSION_NOT_TESTED", "PLATFORM_UNKNOWN"}


def fold(name):
    kept = [
        symbol
        for symbol in unicodedata.normalize("NFC", name)
        if not symbol.isspace() and unicodedata.category(symbol) != "Cf"
    ]
    return unicodedata.normalize("NFC", "".join(kept).casefold())


def family_of(name):
    name = fold(name)
    if re.fullmatch(r".+базовая[0-9]*", name):
        return re.sub(r"базовая[0-9]*$", "", name), "base"
    if name.endswith("корп") and name != "корп":
        return name[: -len("корп")], "corp"
    return name, "prof"


def numbers(text):
    """Four parts in their bounds, or None: then the version is unknown."""
    if text is None or not re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,5}){3}", text, re.ASCII):
        return None
    parts = [int(part) for part in text.split(".")]
    return parts if parts[0] <= 32767 and max(parts[1:]) <= 65535 else None


def padded(text):
    parts = [int(part) for part in text.split(".")]
    return parts + [0] * (4 - len(parts))


def within(version, end):
    """Not above an upper end, which may be short or end in a star."""
    parts = [int(part) for part in end.removesuffix(".*").split(".")]
    return version[: len(parts)] <= parts


def excluded(version, text):
    if text.endswith(".*"):
        parts = [int(part) for part in text[:-2].split(".")]
        return version[: len(parts)] == parts
    return version == padded(text)


def mode_of(text, platform):
    """(mode, readable) of what 1C calls it."""
    if text is None:
        return None, True
    if text.casefold() in ("неиспользовать", "dontuse"):
        return platform, True
    found = re.fullmatch(r"(?:версия|version)([0-9_]+)|([0-9.]+)", text, re.IGNORECASE)
    if found is None:
        return None, False
    return padded((found[1] or found[2]).replace("_", ".")), True


class Base:
    """An infobase as it was told."""

    def __init__(self, told):
        self.family, self.edition = family_of(told["configuration"]["name"])
        self.version = numbers(told["configuration"]["version"])
        given = told.get("platform_version")
        self.platform = numbers(given)
        self.mode, readable = mode_of(told.get("compatibility_mode"), self.platform)
        self.platform_unknown = (given is not None and self.platform is None) or not readable
        self.kind = told.get("infobase_kind")


def failures(rule, base):
    """Every condition of a rule that does not hold, then every doubt."""
    yield from of_configuration(rule, base)
    if base.version:
        yield from of_version(rule, base.version)
    kind = rule.get("infobase_kind", "any")
    if kind != "any" and base.kind and base.kind != kind:
        yield "INFOBASE_KIND_UNSUPPORTED"
    if base.platform:
        yield from of_platform(rule, base.platform)
    least = rule.get("min_compatibility_mode")
    if least and base.mode and base.mode < mode_of(least, None)[0]:
        yield "COMPATIBILITY_MODE_TOO_LOW"
    if base.version is None:
        yield "VERSION_UNKNOWN"
    elif "tested_to" in rule and not within(base.version, rule["tested_to"]):
        yield "VERSION_NOT_TESTED"
    if base.platform_unknown:
        yield "PLATFORM_UNKNOWN"


def of_configuration(rule, base):
    name = rule.get("configuration_name")
    if name is not None and fold(name) != base.family:
        yield "CONFIGURATION_UNSUPPORTED"
    if base.edition not in rule.get("editions", ["prof"]):
        yield "EDITION_UNSUPPORTED"


def of_version(rule, version):
    if "version_from" in rule and version < padded(rule["version_from"]):
        yield "VERSION_TOO_OLD"
    if "version_to" in rule and not within(version, rule["version_to"]):
        yield "VERSION_TOO_NEW"
    if any(excluded(version, text) for text in rule.get("excluded", [])):
        yield "VERSION_EXCLUDED"


def of_platform(rule, platform):
    minimum = sorted(padded(text) for text in rule.get("platform_min", []))
    same = [entry for entry in minimum if entry[:3] == platform[:3]]
    if minimum and platform < (same or minimum)[0]:
        yield "PLATFORM_TOO_OLD"
    for span in rule.get("platform_excluded", []):
        if platform >= padded(span["from"]) and within(platform, span["to"]):
            yield "PLATFORM_EXCLUDED"


def proves(rule, base):
    """Whether a deny row meets the infobase with nothing left to doubt."""
    if any(code not in DOUBTS or code == "VERSION_NOT_TESTED" for code in failures(rule, base)):
        return False
    asks_version = {"version_from", "version_to", "tested_to"} & set(rule) or rule.get("excluded")
    asks_platform = rule.get("platform_min") or rule.get("platform_excluded")
    return not (
        (asks_version and base.version is None)
        or (asks_platform and base.platform is None)
        or (rule.get("min_compatibility_mode") and base.mode is None)
        or (rule.get("infobase_kind", "any") != "any" and base.kind is None)
    )


def fits(rules, base):
    """(verdict, code, number of the deciding rule)."""
    for number, rule in enumerate(rules, 1):
        if rule.get("effect") == "deny" and proves(rule, base):
            return "incompatible", "DENIED_BY_RULE", number
    judged = [
        (next(failures(rule, base), "COMPATIBLE"), number)
        for number, rule in enumerate(rules, 1)
        if rule.get("effect") != "deny"
    ]
    if not judged:
        return "incompatible", "CONFIGURATION_UNSUPPORTED", None
    code, number = max(judged, key=lambda found: (ORDER.index(found[0]), -found[1]))
    if code == "COMPATIBLE":
        return "compatible", code, number
    return ("untested" if code in DOUBTS else "incompatible"), code, number


def entitled(product, today):
    """What is wrong with a product in the key, or None."""
    if product["status"] != "active":
        return f"ENTITLEMENT_{product['status'].upper()}"
    if product["starts_on"] > today:
        return "ENTITLEMENT_NOT_STARTED"
    if product["valid_until"] is not None and product["valid_until"] < today:
        if product["is_trial"]:
            return "TRIAL_EXPIRED"
        return "ENTITLEMENT_EXPIRED" if product["after_expiry"] == "block" else None
    return None


def refusals(release, line, world, present, step):
    """Everything that keeps the key from a release, in no order."""
    product = world["key"]["products"].get(line["product"])
    if product is None:
        return {"PRODUCT_MISSING"}
    found = {entitled(product, world["today"]), *of_the_key(release, product, world)}
    if not in_rollout(release, world) and present is not release:
        found.add("ROLLOUT_PENDING")
    least = release["min_from_version"]
    if least and isinstance(present, dict) and padded(present["version"]) < padded(least):
        found.add(("UPGRADE_VIA", step or least))
    if release["status"] != "published":
        found.add(f"RELEASE_{release['status'].upper()}")
    return (found | set(of_neighbours(release, world["asked"]))) - {None}


def of_the_key(release, product, world):
    end = product["updates_until"] or product["valid_until"]
    if end is not None and release["published_on"] > end:
        yield "UPDATES_EXPIRED"
    held = {
        code
        for other in world["key"]["products"].values()
        if entitled(other, world["today"]) is None
        for code in other["features"]
    }
    if set(release["required_features"]) - held:
        yield "FEATURE_REQUIRED"
    asked = CHANNELS.index(world["asked"]["channel"])
    if CHANNELS.index(release["channel"]) > min(CHANNELS.index(product["channel"]), asked):
        yield "CHANNEL_NOT_ALLOWED"


def in_rollout(release, world):
    text = f"{release['id']}:{world['asked']['infobase'] or world['key']['id']}"
    place = int(hashlib.sha256(text.encode()).hexdigest()[:16], 16) % 100
    return place < release["rollout_percent"]


def of_neighbours(release, asked):
    if asked["installed"] is None:
        return
    names = {fold(item["onec_name"]) for item in asked["installed"]}
    if any(fold(name) in names for name in release["conflicts_with"]):
        yield "EXTENSION_CONFLICT"
    if any(fold(name) not in names for name in release["requires"]):
        yield "REQUIRED_EXTENSION_MISSING"


def present_in(line, world):
    """The release that is there, True for one that nothing is known of, None for none."""
    asked = world["asked"]
    if asked["installed"] is None:
        seat = line["product"] in world["key"]["products"]
        recorded = world["key"]["recorded"][line["code"]] if seat else None
        return next((row for row in line["releases"] if row["id"] == recorded), None)
    same = [item for item in asked["installed"] if fold(item["onec_name"]) == fold(line["name"])]
    if not same:
        return None
    by_bytes = [row for row in line["releases"] if row["sha256"] == same[0]["artifact_sha256"]]
    by_text = [row for row in line["releases"] if row["file_version"] == same[0]["version"]]
    known = by_bytes or by_text
    return known[0] if len(known) == 1 else True


def direction(release, present):
    if present is None or present is True:
        return "install" if present is None else "replace_unknown"
    old, new = padded(present["version"]), padded(release["version"])
    return "upgrade" if new > old else "downgrade" if new < old else "current"


def judged(line, world):
    """Rows of one extension, the highest version first."""
    base, present = Base(world["environment"]), present_in(line, world)
    rows, step = [], None
    for release in sorted(line["releases"], key=lambda row: padded(row["version"])):
        row = a_row(release, fits(release["rules"], base), world["asked"])
        refused = refusals(release, line, world, present, step)
        conclude(row, refused, direction(release, present))
        row["advised"] = is_advised(release, present)
        row["present"] = present is release
        step = release["version"] if row["action"] == "upgrade" else step
        rows.append(row)
    rows.reverse()
    mark_best(rows)
    return rows


def a_row(release, found, asked):
    verdict, code, number = found
    wanted = ["compatible", "untested"] if asked["untested"] else ["compatible"]
    return {
        "version": release["version"],
        "verdict": verdict,
        "code": code,
        "via": None,
        "rule": number,
        "usable": verdict in wanted,
        "best": False,
    }


def conclude(row, refused, action):
    codes = {item if isinstance(item, str) else item[0]: item for item in refused}
    first = min(codes, key=ORDER.index, default=None)
    if first is not None and row["verdict"] != "incompatible":
        row["code"] = first
    if row["code"] == "UPGRADE_VIA":
        row["via"] = codes["UPGRADE_VIA"][1]
    row["available"] = not refused
    row["usable"] = row["usable"] and not refused
    row["action"] = action if row["usable"] else "blocked"


def is_advised(release, present):
    taken_back = isinstance(present, dict) and present["status"] == "withdrawn"
    return taken_back and present["rollback_to"] == release["id"]


def mark_best(rows):
    usable = [row for row in rows if row["usable"]]
    forward = [row for row in usable if row["action"] != "downgrade"]
    for wanted in (forward, [row for row in usable if row["advised"]], usable):
        if wanted:
            wanted[0]["best"] = True
            return


def nearest(rows):
    """The code and version that a list names where nothing leads forward."""
    if any(row["usable"] and row["action"] != "downgrade" for row in rows):
        return None
    refused = [row for row in rows if not row["usable"]]
    best = max(
        refused,
        key=lambda row: (ORDER.index(row["code"]), row["present"], padded(row["version"])),
    )
    return best["version"], best["code"]
