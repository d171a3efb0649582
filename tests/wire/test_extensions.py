"""Offers, agreements and downloads as they look on the wire."""

from wire.codec import from_dict, to_dict
from wire.extensions import (
    Channel,
    Download,
    DownloadRequest,
    EulaAcceptanceRequest,
    EulaAcceptanceResponse,
    EulaResponse,
    InfobaseKind,
    Information,
    OfferAction,
    OfferList,
    OfferQuery,
    Verdict,
)

INFOBASE = {"id": "6f1f0a3e-9c1b-4a57-8d2e-3b7a5c90e412"}
CONFIGURATION = {"name": "БухгалтерияПредприятия", "version": "3.0.150.34"}
SERVER_TIME = "2026-11-22T09:00:00.000Z"
TRUST = {"repository": "q83vEjRWeJC-rwABAgMEBQ", "timestamp_version": 29922300}
RESERVED = {"server_time": SERVER_TIME, "trust": TRUST}
EXTENSION = {
    "code": "warehouse-helper",
    "onec_name": "СкладскойПомощник",
    "title": "Складской помощник",
}
TARGET = "ext/warehouse-helper/2.4.0/warehouse-helper.cfe"
SHA256 = "9f2c" * 16

INFORMATION = {
    "name": "Podkluch",
    "version": "1.0.0",
    "api_versions": ["v1"],
    "minimum_agent_version": "1.0.0",
    "limits": {
        "body_bytes": 1048576,
        "upload_bytes": 67108864,
        "reports": 100,
        "downloads": 100,
        "inventories": 50,
    },
    "server_time": SERVER_TIME,
    "trust": None,
}
OFFER_QUERY = {
    "configuration": CONFIGURATION,
    "platform_version": "8.3.25.1286",
    "compatibility_mode": "Версия8_3_24",
    "infobase_kind": "server",
    "infobase": INFOBASE,
    "channel": "stable",
    "extension": None,
    "show_untested": False,
    "show_all": False,
    "installed": [{"onec_name": "СкладскойПомощник", "version": "2.3.1", "artifact_sha256": None}],
}
OFFER = {
    "extension": EXTENSION,
    "product": "warehouse-helper",
    "release": {
        "id": "0198c2a4-7b1e-7c3d-9f21-5a6b7c8d9e0f",
        "version": "2.4.0",
        "file_version": "2.4.0",
        "channel": "stable",
        "published_at": "2026-11-10T08:00:00.000Z",
        "critical": False,
        "notes": "Печать ценников из поступления",
    },
    "action": "upgrade",
    "best": True,
    "verdict": "compatible",
    "code": "COMPATIBLE",
    "reason": "Подходит",
    "params": {},
    "available": True,
    "matched_rule": 1,
    "artifact": {"sha256": SHA256, "size": 184320, "target": TARGET},
    "install": {
        "purpose": "customization",
        "safe_mode_off_required": True,
        "unsafe_action_protection_off": False,
        "exclusive_required": True,
        "restart_required": True,
        "backup_required": False,
        "conflicts_with": ["Бэкофис"],
        "requires": [],
        "migration_notes": None,
        "post_install_steps": [],
    },
    "eula": {
        "id": "0198c2a4-0000-7000-8000-000000000011",
        "sha256": "77aa" * 16,
        "accepted": False,
    },
    "activation": {"needed": True, "id": None, "seats_free": 1},
    "trial_available": False,
    "trial_product": None,
}
NEAREST = {
    "extension": EXTENSION,
    "release": {"version": "2.4.0"},
    "code": "VERSION_TOO_OLD",
    "reason": "Нужна версия конфигурации от 3.0.150.0, у вас 3.0.149.99",
    "params": {"from": "3.0.150.0", "found": "3.0.149.99"},
    "action_hint": "update_configuration",
}
OFFER_LIST = {
    "configuration": {
        **CONFIGURATION,
        "family": "БухгалтерияПредприятия",
        "edition": "prof",
        "version_known": True,
    },
    "data": [OFFER],
    "nearest": [NEAREST],
    **RESERVED,
}
EULA = {
    "eula": {
        "id": "0198c2a4-0000-7000-8000-000000000011",
        "product": "warehouse-helper",
        "number": 2,
        "effective_from": "2026-11-01",
        "locale": "ru",
        "text": "Лицензионное соглашение…",
        "sha256": "77aa" * 16,
    },
    **RESERVED,
}
EULA_ACCEPTANCE_REQUEST = {
    "eula_id": "0198c2a4-0000-7000-8000-000000000011",
    "sha256": "77aa" * 16,
    "locale": "ru",
    "infobase": INFOBASE,
    "accepted_by": "VASILEK\\Администратор",
}
EULA_ACCEPTANCE = {
    "eula_acceptance": {
        "id": "0198c2a4-0000-7000-8000-000000000012",
        "eula_id": "0198c2a4-0000-7000-8000-000000000011",
        "locale": "ru",
        "sha256": "77aa" * 16,
        "accepted_at": "2026-11-22T09:00:02.000Z",
    },
    **RESERVED,
}
DOWNLOAD_REQUEST = {
    "release_id": "0198c2a4-7b1e-7c3d-9f21-5a6b7c8d9e0f",
    "infobase": INFOBASE,
    "configuration": CONFIGURATION,
    "platform_version": "8.3.25.1286",
    "compatibility_mode": "Версия8_3_24",
    "infobase_kind": "server",
    "accept_untested": False,
}
DOWNLOAD = {
    "download_id": "0198c2a4-0000-7000-8000-000000000013",
    "secret": "pkd_demo",
    "url": f"/api/v1/artifacts/{SHA256}",
    "expires_at": "2026-11-23T09:10:00.000Z",
    "artifact": {
        "sha256": SHA256,
        "size": 184320,
        "filename": "СкладскойПомощник_2.4.0.cfe",
        "target": TARGET,
    },
    **RESERVED,
}


def test_the_server_tells_its_limits():
    information = from_dict(Information, INFORMATION)
    assert information.limits.body_bytes == 1 << 20
    assert information.trust is None
    assert to_dict(information) == INFORMATION


def test_an_offer_query_names_the_environment():
    query = from_dict(OfferQuery, OFFER_QUERY)
    assert query.infobase_kind is InfobaseKind.SERVER
    assert query.installed[0].version == "2.3.1"
    assert to_dict(query) == OFFER_QUERY


def test_a_configuration_is_all_that_an_offer_query_needs():
    query = from_dict(OfferQuery, {"configuration": CONFIGURATION})
    assert (query.platform_version, query.compatibility_mode, query.infobase_kind) == (None,) * 3
    assert (query.channel, query.show_untested, query.show_all) == (Channel.STABLE, False, False)
    assert (query.infobase, query.extension, query.installed) == (None,) * 3


def test_an_offer_list_says_what_fits_and_why_the_rest_does_not():
    offers = from_dict(OfferList, OFFER_LIST)
    assert offers.data[0].verdict is Verdict.COMPATIBLE
    assert offers.data[0].action is OfferAction.UPGRADE
    assert offers.nearest[0].params["found"] == "3.0.149.99"
    assert to_dict(offers) == OFFER_LIST


def test_an_offer_may_need_no_agreement():
    free = {**OFFER_LIST, "data": [{**OFFER, "eula": None}]}
    assert from_dict(OfferList, free).data[0].eula is None


def test_an_agreement_comes_as_text_and_digest():
    assert to_dict(from_dict(EulaResponse, EULA)) == EULA


def test_an_acceptance_names_exactly_one_text():
    request = from_dict(EulaAcceptanceRequest, EULA_ACCEPTANCE_REQUEST)
    assert to_dict(request) == EULA_ACCEPTANCE_REQUEST
    assert to_dict(from_dict(EulaAcceptanceResponse, EULA_ACCEPTANCE)) == EULA_ACCEPTANCE


def test_a_download_opens_one_artifact():
    assert to_dict(from_dict(DownloadRequest, DOWNLOAD_REQUEST)) == DOWNLOAD_REQUEST
    download = from_dict(Download, DOWNLOAD)
    assert to_dict(download) == DOWNLOAD
    assert "pkd_demo" not in repr(download)


def test_an_untested_release_is_fetched_only_when_asked_for():
    asked = {name: DOWNLOAD_REQUEST[name] for name in ("release_id", "infobase", "configuration")}
    assert from_dict(DownloadRequest, asked).accept_untested is False
