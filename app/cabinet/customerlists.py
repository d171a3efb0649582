"""What lists and forms of customers offer to choose from."""

import uuid

from app.cabinet.lists import Filter, ListKind
from app.cabinet.states import LOOKS
from app.customers import queries
from app.kit.db import KitSession
from app.kit.i18n import N_

KIND = ListKind(
    filters=(
        Filter("q", N_("Words")),
        Filter(
            "status", N_("State"), {code: look.word for code, look in LOOKS["customer"].items()}
        ),
        Filter("distributor_id", N_("Distributor")),
        Filter("responsible", N_("Responsible")),
        Filter("has_expiring", N_("Something ends soon"), {"true": N_("yes")}),
        Filter("inn", N_("INN")),
        Filter("email", N_("E-mail")),
    ),
    sorts=("company", "created_at"),
    columns=(
        ("inn", N_("INN")),
        ("contact", N_("Contact")),
        ("keys", N_("Keys")),
        ("last_seen", N_("Agent last heard of")),
        ("responsible", N_("Responsible")),
        ("created_at", N_("Added")),
    ),
    sort="company",
)
TABS = (
    ("keys", "", N_("Keys")),
    ("products", "/products", N_("Products")),
    ("infobases", "/infobases", N_("Infobases")),
    ("downloads", "/downloads", N_("Downloads")),
    ("history", "/history", N_("History")),
)


def options(session: KitSession, vendor_id: uuid.UUID) -> dict[str, object]:
    """What a customer may be given."""
    return {"partners": queries.distributor_names(session, vendor_id)}
