"""License checks and activations as they look on the wire."""

from wire.codec import from_dict, to_dict
from wire.licenses import (
    ActivationRequest,
    ActivationResponse,
    LicenseCheckRequest,
    LicenseCheckResponse,
)

INFOBASE_ID = "6f1f0a3e-9c1b-4a57-8d2e-3b7a5c90e412"
RESERVED = {
    "server_time": "2026-11-22T09:00:00.000Z",
    "trust": {"repository": "q83vEjRWeJC-rwABAgMEBQ", "timestamp_version": 29922300},
}
CHECK_REQUEST = {"infobase": {"id": INFOBASE_ID}, "products": ["warehouse-helper"]}
CHECK = {
    "valid": True,
    "code": "EXPIRING",
    "text": "Истекает через 9 дней",
    "key": {"hint": "DEMO-…-567C7", "customer": "ООО «Василёк»"},
    "entitlements": [
        {
            "product": {"code": "warehouse-helper", "name": "Складской помощник"},
            "status": "EXPIRING",
            "text": "Истекает через 9 дней",
            "valid_until": "2026-12-01",
            "updates_until": None,
            "window_end": "2026-12-01",
            "days_left": 9,
            "trial": False,
            "seats": {"max": 3, "used": 2},
            "channel": "stable",
            "activated_here": True,
            "features": [
                {"code": "scanner", "name": "Сканер штрихкодов", "quantity": 5, "unit": "user"}
            ],
        }
    ],
    "features": [{"code": "scanner", "quantity": 5}],
    "trials_available": ["price-tags"],
    **RESERVED,
}
NOT_FOUND = {
    "valid": False,
    "code": "KEY_NOT_FOUND",
    "text": "Ключ не найден",
    "key": None,
    "entitlements": [],
    "features": [],
    "trials_available": [],
    "server_time": "2026-11-22T09:00:00.000Z",
    "trust": None,
}
ACTIVATION_REQUEST = {
    "product": "warehouse-helper",
    "infobase": {"id": INFOBASE_ID, "label": "Бухгалтерия ООО Василёк", "kind": "server"},
    "machine": "SRV-1C",
    "windows_user": "VASILEK\\Администратор",
    "agent_version": "1.0.0",
    "configuration": {"name": "БухгалтерияПредприятия", "version": "3.0.150.34"},
    "platform_version": "8.3.25.1286",
}
ACTIVATION = {
    "activation": {
        "id": "0198c2a4-aaaa-7000-8000-000000000001",
        "product": "warehouse-helper",
        "label": "Бухгалтерия ООО Василёк",
        "activated_at": "2026-11-22T09:00:01.000Z",
    },
    "installation_token": "pki_demo",
    "seats": {"max": 3, "used": 3},
    **RESERVED,
}


def test_a_check_may_name_nothing():
    request = from_dict(LicenseCheckRequest, {})
    assert (request.infobase, request.products) == (None, [])


def test_a_check_may_name_infobase_and_products():
    assert to_dict(from_dict(LicenseCheckRequest, CHECK_REQUEST)) == CHECK_REQUEST


def test_a_good_key_is_described_without_its_secret():
    check = from_dict(LicenseCheckResponse, CHECK)
    assert check.entitlements[0].seats.used == 2
    assert to_dict(check) == CHECK


def test_no_has_the_same_members_as_yes():
    check = from_dict(LicenseCheckResponse, NOT_FOUND)
    assert (check.valid, check.key, check.trust) == (False, None, None)
    assert to_dict(check) == NOT_FOUND
    assert {*NOT_FOUND} == {*CHECK}


def test_a_code_made_later_is_read():
    assert from_dict(LicenseCheckResponse, {**NOT_FOUND, "code": "NEW_ONE"}).code == "NEW_ONE"


def test_an_activation_takes_a_seat_and_gives_a_token():
    assert to_dict(from_dict(ActivationRequest, ACTIVATION_REQUEST)) == ACTIVATION_REQUEST
    response = from_dict(ActivationResponse, ACTIVATION)
    assert to_dict(response) == ACTIVATION
    assert "pki_demo" not in repr(response)


def test_an_unlimited_product_has_no_highest_seat():
    unlimited = {**ACTIVATION, "seats": {"max": None, "used": 70}}
    assert from_dict(ActivationResponse, unlimited).seats.max is None
