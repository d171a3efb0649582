"""Routes about extensions and their releases, and about what was done with them."""

from onec.cfe_writer import make_cfe
from tests.factories.row import vendor
from tests.factories.world import BUH, FITTING

FILE = make_cfe("own_thing", "Наше", "3.1", "Вектор", "СП_")
DRAFT = "/releases/{draft_id}"
EXTENSION = {"code": "{new_extension}", "onec_name": "{new_onec_name}", "title_ru": "Наше"}
NEXT = {"extension": "{extension}", "rules": [BUH]}
BACK = {"withdrawn_reason_ru": "Портит документы"}

CATALOGUE = (
    vendor("GET /configurations", "catalog.read"),
    vendor(
        "POST /compatibility/evaluate",
        "catalog.read",
        FITTING | {"extension": "{extension}"},
        FITTING | {"extension": "{line}", "release_id": "{draft_id}", "rules": [BUH]},
    ),
    vendor(
        "GET /compatibility/observed",
        "installs.read",
        *({}, {"extension": "{extension}"}, {"release_id": "{release_id}"}),
    ),
    vendor(
        "GET /downloads",
        "downloads.read",
        *({}, {"key_id": "{key_id}"}, {"customer_id": "{holder_id}"}),
        *({"activation_id": "{activation_id}"}, {"release_id": "{release_id}"}),
        {"extension": "{extension}"},
    ),
    vendor("GET /eulas", "catalog.read", {}, {"product": "{product}"}),
    vendor("POST /eulas", "catalog.write", {"product": "{product}", "text_ru": "Наше"}),
    vendor("GET /eulas/{eula_id}", "catalog.read"),
    vendor(
        "GET /eula-acceptances",
        "installs.read",
        *({}, {"eula_id": "{eula_id}"}, {"key_id": "{key_id}"}, {"infobase_id": "{place_id}"}),
    ),
    vendor(
        "GET /extensions",
        "catalog.read",
        *({}, {"product": "{product}"}, {"onec_name": "{onec_name}"}),
    ),
    vendor(
        "POST /extensions",
        "catalog.write",
        EXTENSION | {"product": "{product}", "trial_product": "{trial}"},
    ),
    vendor("GET /extensions/{extension_id}", "catalog.read"),
    vendor(
        "PATCH /extensions/{extension_id}",
        "catalog.write",
        {"title_ru": "Наше"},
        {"onec_name": "{new_onec_name}"},
        {"product": "{product}", "trial_product": "{trial}"},
    ),
    vendor("GET /infobases", "installs.read", {}, {"uid": "{infobase_id}"}),
    vendor(
        "GET /install-reports",
        "installs.read",
        *({}, {"infobase_id": "{place_id}"}, {"key_id": "{key_id}"}),
        *({"release_id": "{release_id}"}, {"extension": "{extension}"}),
    ),
    vendor("GET /releases", "catalog.read", {}, {"extension": "{extension}"}),
    vendor(
        "POST /releases",
        "catalog.write",
        NEXT | {"version": "7.0"},
        NEXT | {"eula_id": "{eula_id}", "required_features": ["{feature}"]},
    ),
    vendor("GET /releases/{release_id}", "catalog.read"),
    vendor(
        "PATCH /releases/{release_id}",
        "catalog.write",
        {"notes_ru": "Наше"},
        {"eula_id": "{thing_eula_id}", "required_features": ["{feature}"]},
        place=DRAFT,
    ),
    vendor("DELETE /releases/{release_id}", "catalog.write", place=DRAFT),
    vendor(
        "PUT /releases/{release_id}/artifact",
        "catalog.write",
        place=f"{DRAFT}/artifact",
        sends=FILE,
    ),
    vendor(
        "POST /releases/{release_id}/documents",
        "catalog.write",
        {"filename": "a.pdf"},
        place=f"{DRAFT}/documents",
        sends=b"%PDF",
    ),
    vendor(
        "DELETE /releases/{release_id}/documents/{document_id}",
        "catalog.write",
        place=f"{DRAFT}/documents/{{document_id}}",
    ),
    vendor("GET /releases/{release_id}/rules", "catalog.read"),
    vendor(
        "PUT /releases/{release_id}/rules",
        "catalog.write",
        {"rules": [BUH]},
        place=f"{DRAFT}/rules",
    ),
    vendor("POST /releases/{release_id}/publish", "releases.publish", {}, place=f"{DRAFT}/publish"),
    vendor("POST /releases/{release_id}/pause", "releases.publish"),
    vendor(
        "POST /releases/{release_id}/resume",
        "releases.publish",
        place="/releases/{paused_id}/resume",
    ),
    vendor(
        "POST /releases/{release_id}/rollout",
        "releases.publish",
        {"rollout_percent": 100},
        place="/releases/{spread_id}/rollout",
    ),
    vendor(
        "POST /releases/{release_id}/promote",
        "releases.publish",
        {"channel": "stable"},
        place="/releases/{spread_id}/promote",
    ),
    vendor(
        "POST /releases/{release_id}/withdraw",
        "releases.publish",
        BACK,
        BACK | {"advice": "rollback_to", "rollback_to_id": "{back_id}"},
        place="/releases/{spread_id}/withdraw",
    ),
)
