"""A route of programs raises exactly what it declares."""

from collections.abc import Mapping

import pytest

from tests.factories.office_calls import program_calls
from tests.factories.office_refusals import COMMON, OF_NOUN
from tests.factories.refusals import SITUATIONS as OF_AGENTS
from tests.factories.requests import Call
from tests.factories.situations import Situation
from tests.raising import ALWAYS, declared, raised

pytestmark = pytest.mark.long

OF_NGINX = {"a file without its length": "LENGTH_REQUIRED"}
"""What a server behind nginx never meets: nginx takes the whole file first, and counts."""
OPEN_TO_ALL = {
    f"GET /vendor/{noun}": {"PERMISSION_DENIED"}
    for noun in (
        *("products", "products/{product_id}", "features", "features/{feature_id}"),
        *("extensions", "extensions/{extension_id}", "eulas", "eulas/{eula_id}", "configurations"),
        *("releases", "releases/{release_id}", "releases/{release_id}/rules"),
        *("downloads", "install-reports", "infobases", "eula-acceptances"),
        "compatibility/observed",
    )
} | {"POST /vendor/compatibility/evaluate": {"PERMISSION_DENIED"}}
"""What programs of every role may read: there is nobody yet to be denied it."""


def situations(call: Call) -> Mapping[str, Situation]:
    """Whoever redeems meets all that agents meet with coupons."""
    redeems = call.json is not None and "coupon" in call.json
    noun = call.path.split("/")[2]
    return (OF_AGENTS if redeems else {}) | COMMON | OF_NOUN.get(noun, {})


def test_routes_raise_what_they_declare_and_nothing_else(client, connection, office):
    unmet = OF_NGINX if "fleet" in connection.info else {}
    undeclared, never_raised, refused = {}, {}, set()
    for route, call in program_calls(office).items():
        found = list(raised(client, connection, office, call, situations(call)))
        promised = declared(client.app, route)
        undeclared |= {(route, name): code for name, code in found if code not in promised}
        told = {code for _, code in found} | set(unmet.values())
        never_raised[route] = promised - told - ALWAYS
        refused |= {name for name, _ in found}
    assert undeclared == {}
    assert {route: codes for route, codes in never_raised.items() if codes} == OPEN_TO_ALL
    known = set(COMMON).union(*OF_NOUN.values())
    assert known - refused == set(unmet), "a situation that nothing refuses would prove nothing"
