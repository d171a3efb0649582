"""A route raises exactly what it declares."""

import pytest

from tests.factories.refusals import SITUATIONS
from tests.factories.requests import calls
from tests.raising import ALWAYS, declared, raised

pytestmark = pytest.mark.long
OF_TRANSFERS = {"four running transfers": "DOWNLOAD_LIMIT"}
"""What a server never meets whose bucket sends the bytes: no transfer of its own runs."""


def test_routes_raise_what_they_declare_and_nothing_else(client, connection, stage):
    unmet = OF_TRANSFERS if "fleet" in connection.info else {}
    undeclared, never_raised, refused = {}, {}, set()
    for route, call in calls(stage).items():
        if call.method == "HEAD":  # its refusals are those of GET, and have no body to tell them
            continue
        found = list(raised(client, connection, stage, call, SITUATIONS))
        promised = declared(client.app, route)
        undeclared |= {(route, name): code for name, code in found if code not in promised}
        told = {code for _, code in found} | set(unmet.values())
        never_raised[route] = promised - told
        refused |= {name for name, _ in found}
    assert undeclared == {}
    assert never_raised == dict.fromkeys(never_raised, ALWAYS)
    assert refused == set(SITUATIONS) - set(unmet), (
        "a situation that nothing refuses would prove nothing"
    )
