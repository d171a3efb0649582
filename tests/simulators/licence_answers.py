"""What the licence server for tests answers, truthfully or half so."""

import uuid

from tests.simulators.exchange import COUPON, EULA_TEXT, KEY, NOW, Answer, key_of, problem, sha


def information(exchange):
    exchange.answer(200, {
        "name": "Podkluch", "version": "1.0.0", "api_versions": ["v1"],
        "minimum_agent_version": "0.1.0",
        "limits": {"body_bytes": 1048576, "upload_bytes": 67108864, "reports": 100,
                   "downloads": 100, "inventories": 50},
    })  # fmt: skip


def license_checks(exchange):
    known = key_of(exchange) == KEY
    code = exchange.server.check_code if known else "KEY_NOT_FOUND"
    exchange.answer(200, {
        "valid": code == "ACTIVE", "code": code, "text": f"Ответ {code}",
        "key": {"hint": "DEMO-…-567C7", "customer": "ООО «Василёк»"} if known else None,
        "entitlements": [entitlement(exchange, code) for code in exchange.server.products]
        if known else [],
        "features": [], "trials_available": [],
    })  # fmt: skip


def entitlement(exchange, product):
    infobase = (exchange.json["infobase"] or {}).get("id")
    return {
        "product": {"code": product, "name": "Складской помощник"}, "status": "ACTIVE",
        "text": "Лицензия бессрочная", "valid_until": None, "updates_until": None,
        "window_end": None, "days_left": None, "trial": False,
        "seats": {"max": 3, "used": len(exchange.server.seats)}, "channel": "stable",
        "activated_here": (infobase, product) in exchange.server.seats, "features": [],
    }  # fmt: skip


def offers(exchange):
    server, query = exchange.server, exchange.json
    fits = query["configuration"]["name"] in server.known_configurations
    rows = [
        server.offer(release, query)
        for release in sorted(server.releases, key=lambda one: one.order, reverse=True)
        if query["extension"] in {None, release.extension}
    ]
    wanted = {"compatible", "untested"} if query["show_untested"] else {"compatible"}
    usable = [row for row in rows if fits and row["available"] and row["verdict"] in wanted]
    for extension in {row["extension"]["code"] for row in usable}:
        next(row for row in usable if row["extension"]["code"] == extension)["best"] = True
    nearest = [] if usable or not rows else [{
        "extension": rows[0]["extension"], "release": {"version": rows[0]["release"]["version"]},
        "code": rows[0]["code"] if fits else "CONFIGURATION_UNSUPPORTED",
        "reason": rows[0]["reason"] if fits else "Конфигурация не поддерживается",
        "params": {}, "action_hint": "contact_vendor",
    }]  # fmt: skip
    held = {one["version"] for one in query["installed"]}
    recalled = [
        row for row in rows
        if row["code"] == "RELEASE_WITHDRAWN" and row["release"]["file_version"] in held
    ]  # fmt: skip
    shown = rows if query["show_all"] and fits else usable + recalled
    exchange.answer(200, {
        "configuration": {"name": query["configuration"]["name"], "family": "", "edition": "prof",
                          "version": query["configuration"]["version"], "version_known": True},
        "data": shown, "nearest": nearest,
    })  # fmt: skip


def activations(exchange):
    if exchange.tail.endswith("/rebind"):
        rebind(exchange)
        return
    bound, message = exchange.server.bound, exchange.json
    seat = (message["infobase"]["id"], message["product"])
    known = next((number for number, taken in bound.items() if taken == seat), None)
    number = known or f"a-{len(bound) + 1}"
    bound[number] = seat
    exchange.answer(200 if known else 201, {
        "activation": {"id": number, "product": seat[1], "label": "", "activated_at": NOW},
        "installation_token": "pki_" + "T" * 43, "seats": {"max": 3, "used": len(bound)},
    })  # fmt: skip


def rebind(exchange):
    server, number = exchange.server, exchange.tail.removesuffix("/rebind")
    if not key_of(exchange).startswith("pki_") or number not in server.bound:
        problem(404, "ACTIVATION_NOT_FOUND")(exchange)
        return
    before, product = server.bound[number]
    seat = (exchange.json["infobase"]["id"], product)
    server.bound[number] = seat
    server.transfers += seat[0] != before
    exchange.answer(200, {
        "activation": {"id": number, "product": product, "label": "", "activated_at": NOW},
        "moved": seat[0] != before, "transfers": {"max": 3, "used": server.transfers},
        "seats": {"max": 3, "used": len(server.bound)},
    })  # fmt: skip


def release(exchange):
    exchange.server.bound.pop(exchange.tail, None)
    exchange.send(204)


def eulas(exchange):
    exchange.answer(200, {"eula": {
        "id": "eula-1", "product": "warehouse-helper", "number": 2, "effective_from": "2026-11-01",
        "locale": "ru", "text": EULA_TEXT, "sha256": sha(EULA_TEXT),
    }})  # fmt: skip


def eula_acceptances(exchange):
    message = exchange.json
    if message["sha256"] != sha(EULA_TEXT):
        problem(409, "DIGEST_MISMATCH")(exchange)
        return
    exchange.server.accepted.add(message["infobase"]["id"])
    exchange.answer(201, {"eula_acceptance": {
        "id": "e-1", "eula_id": "eula-1", "locale": "ru", "sha256": message["sha256"],
        "accepted_at": NOW,
    }})  # fmt: skip


def downloads(exchange):
    server, message = exchange.server, exchange.json
    release = next(one for one in server.releases if one.id == message["release_id"])
    if not key_of(exchange).startswith("pki_"):
        problem(401, "TOKEN_INVALID")(exchange)
        return
    if release.needs_eula and message["infobase"]["id"] not in server.accepted:
        problem(403, "EULA_REQUIRED")(exchange)
        return
    secret = f"pkd_{len(server.downloads):043d}"
    server.downloads[secret] = release
    exchange.answer(201, {
        "download_id": str(uuid.uuid4()), "secret": secret,
        "url": f"/api/v1/artifacts/{release.sha256}", "expires_at": "2026-11-23T09:10:00.000Z",
        "artifact": {"sha256": release.sha256, "size": len(release.data),
                     "filename": f"{release.onec_name}_{release.version}.cfe",
                     "target": release.target},
    })  # fmt: skip


def send_artifact(exchange, *, cut=None, ranges=True, partial=206):
    release = exchange.server.downloads.get(key_of(exchange))
    if release is None or release.sha256 != exchange.tail:
        problem(404, "DOWNLOAD_NOT_FOUND")(exchange)
        return
    etag, size, first = f'"{release.sha256}"', len(release.data), 0
    asked = exchange.headers.get("Range")
    headers = {"ETag": etag, "Accept_Ranges": "bytes"}
    if asked and ranges and exchange.headers.get("If-Range") == etag:
        first = int(asked.removeprefix("bytes=").removesuffix("-"))
        if first >= size:
            problem(416, "RANGE_INVALID")(exchange)
            return
        headers["Content_Range"] = f"bytes {first}-{size - 1}/{size}"
    body = release.data[first:]
    headers["Content_Length"] = str(len(body))
    exchange.send(partial if first else 200, body if cut is None else body[:cut], **headers)
    if cut is not None:
        exchange.handler.close_connection = True


def cut_after(count) -> Answer:
    """Send that many bytes of the body, then break the connection."""
    return lambda exchange: send_artifact(exchange, cut=count)


def without_range(exchange):
    """Answer a range with the whole file, as some servers do."""
    send_artifact(exchange, ranges=False)


def with_status_200(exchange):
    """Answer a range rightly but with 200, as some object stores do."""
    send_artifact(exchange, partial=200)


def preview(exchange):
    possible = exchange.json["coupon"] == COUPON
    after = {"valid_until": "2027-11-22", "updates_until": None, "seats": 3,
             "channel": "stable", "features": []}  # fmt: skip
    exchange.answer(200, {
        "possible": possible, "code": "OK" if possible else "COUPON_NOT_FOUND",
        "description": "Купон добавит продукт" if possible else "Купон не найден",
        "effects": [{"operation": "add_product", "product": "warehouse-helper",
                     "effect": "applied", "before": None, "after": after}] if possible else [],
        "ends_trials": [], "before_digest": "b1946ac9" if possible else None,
    })  # fmt: skip


def redemptions(exchange):
    message, server = exchange.json, exchange.server
    replayed = message["coupon"] in server.redeemed
    server.redeemed[message["coupon"]] = message["before_digest"]
    exchange.answer(200 if replayed else 201, {"redemption": {
        "id": "r-1", "at": NOW, "replayed": replayed, "effects": [],
    }})  # fmt: skip


def install_reports(exchange):
    server, batch = exchange.server, exchange.json
    results = []
    for report in batch["reports"]:
        status = "duplicate" if report in server.reports else "stored"
        server.reports.append(report)
        results.append({"operation_id": report["operation_id"], "download_id": None,
                        "status": status, "code": None})  # fmt: skip
    for one in batch["downloads"]:
        server.completed.append(one)
        results.append({"operation_id": None, "download_id": one["download_id"],
                        "status": "stored", "code": None})  # fmt: skip
    server.inventories += batch["inventory"]
    exchange.answer(200, {"results": results})


def metadata(exchange):
    """A file of the signed repository; an absent one ends the client's walk over roots."""
    repository, (owner, _, name) = exchange.server.repository, exchange.tail.partition("/metadata/")
    body = repository.files.get(name) if owner == repository.id else None
    exchange.send(404 if body is None else 200, body or b"")


ROUTES = {
    "GET tuf": metadata,
    "GET information": information,
    "POST license-checks": license_checks,
    "POST offers": offers,
    "POST activations": activations,
    "DELETE activations": release,
    "GET eulas": eulas,
    "POST eula-acceptances": eula_acceptances,
    "POST downloads": downloads,
    "GET artifacts": send_artifact,
    "POST redemptions/preview": preview,
    "POST redemptions": redemptions,
    "POST install-reports": install_reports,
}
