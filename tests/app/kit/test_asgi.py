"""What stands around every request."""

import json

import pytest
from starlette.datastructures import Headers

from app.kit.asgi import client_address, network_of, strict_json
from app.kit.config import Settings
from app.kit.problems import JsonInvalid
from tests.corpus.json_texts import COUNT, broken_texts

BROKEN = broken_texts()


def test_the_corpus_has_its_number_of_texts():
    assert len(BROKEN) == COUNT == len(set(BROKEN))


@pytest.mark.parametrize("body", BROKEN, ids=range(COUNT))
def test_it_refuses_what_is_no_json(body):
    with pytest.raises(JsonInvalid) as refused:
        strict_json(body)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -0.0,
        10**4000,
        1e308,
        5e-324,
        "",
        "Ж𝄞\0\x7f\u202e\ufeff\uffff",
        [],
        {},
        {"": {"": []}},
        {"a": 1, "A": 2},
    ],
)
def test_it_reads_what_is_json(value):
    assert strict_json(json.dumps(value).encode()) == value
    assert strict_json(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize("text", ["[" * 64 + "]" * 64, '{"a": ' * 64 + "1" + "}" * 64])
def test_it_reads_up_to_its_depth(text):
    assert json.dumps(strict_json(text.encode())) == text


def test_the_last_of_two_equal_names_counts():
    assert strict_json(b'{"a": 1, "a": 2}') == {"a": 2}


PROXIES = Settings(environment="test", trusted_proxies=("10.0.0.0/8", "::1/128", "2001:db8::/48"))
ADDRESSES = [
    # Without a proxy the peer is the client, whatever it says.
    ("203.0.113.77", [], "203.0.113.0/24"),
    ("203.0.113.77", ["198.51.100.1"], "203.0.113.0/24"),
    ("203.0.113.77", ["10.0.0.1"], "203.0.113.0/24"),
    ("2a00:1450:4001:82a::1", [], "2a00:1450:4001::/48"),
    ("::ffff:203.0.113.77", [], "203.0.113.0/24"),
    ("fe80::1%eth0", [], "fe80::/48"),
    # Behind a proxy the last hop that it vouches for.
    ("10.0.0.1", [], "10.0.0.0/24"),
    ("10.0.0.1", ["198.51.100.1"], "198.51.100.0/24"),
    ("10.0.0.1", ["198.51.100.1, 10.1.1.1"], "198.51.100.0/24"),
    ("10.0.0.1", ["192.0.2.66, 198.51.100.1"], "198.51.100.0/24"),
    ("10.0.0.1", ["192.0.2.66", "198.51.100.1"], "198.51.100.0/24"),
    ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.0/24"),
    ("::1", ["2001:db8:0:1::7, 2001:db8:0:2::1"], "2001:db8::/48"),
    ("2001:db8:0:1::7", ["2a00:1450:4001:82a::1"], "2a00:1450:4001::/48"),
    ("10.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.0/24"),
    # A hop that says nothing ends the way: left of it the client may have written.
    ("10.0.0.1", ["192.0.2.66, unknown"], "10.0.0.0/24"),
    ("10.0.0.1", ["192.0.2.66, 10.1.1.1, , 10.2.2.2"], "10.2.2.0/24"),
    ("10.0.0.1", ["192.0.2.66, 198.51.100.1:4711"], "10.0.0.0/24"),
    ("10.0.0.1", [""], "10.0.0.0/24"),
    ("10.0.0.1", [" \t, ,"], "10.0.0.0/24"),
    ("10.0.0.1", ["\xff" * 5000], "10.0.0.0/24"),
    ("10.0.0.1", ["10.0.0.1, " * 5000 + "198.51.100.1"], "198.51.100.0/24"),
    # No peer that has an address.
    ("testclient", ["198.51.100.1"], None),
    ("", [], None),
    (None, ["198.51.100.1"], None),
]


@pytest.mark.parametrize(("peer", "forwarded", "expected"), ADDRESSES)
def test_the_client_is_whom_a_trusted_proxy_names(peer, forwarded, expected):
    headers = Headers(raw=[(b"x-forwarded-for", line.encode("latin-1")) for line in forwarded])
    scope = {"client": (peer, 50000) if peer is not None else None}
    assert network_of(client_address(scope, headers, PROXIES), 48) == expected
