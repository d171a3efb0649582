"""Changes that know a format: inside packed entries, and of a member of a JSON document."""

import json
import random
import zlib
from typing import Any

from onec.cfe import BadCfe
from tests.corpus.values import VALUES
from tests.factories.cfe import raw_entries, rebuilt
from tests.fuzz.engine import Mutation, cut, double, flip, move, put

_SMALL = [value for value in VALUES if len(json.dumps(value)) < 1_000]


def packed(change: Mutation) -> Mutation:
    """A change of what an entry of a .cfe holds, packed anew with true sums."""

    def inside(chance: random.Random, data: bytes) -> bytes:
        try:
            entries = raw_entries(data)
            name = chance.choice(sorted(entries))
            content = zlib.decompress(entries[name], -15)
        except (BadCfe, zlib.error, LookupError):
            return flip(chance, data)
        packer = zlib.compressobj(1, zlib.DEFLATED, -15)
        new = packer.compress(change(chance, content)) + packer.flush()
        return rebuilt(entries | {name: new})

    return inside


PACKED = tuple(packed(change) for change in (flip, put, cut, double, move))


def member(chance: random.Random, data: bytes) -> bytes:
    """A JSON document with one node replaced, taken out or doubled."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return flip(chance, data)
    return json.dumps(_changed(chance, document), ensure_ascii=chance.random() < 0.5).encode(
        errors="surrogatepass"
    )


def _changed(chance: random.Random, node: Any) -> Any:
    """Goes down by chance and changes the node where it stops."""
    names = (
        list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    )
    if not names or chance.random() < 0.15:
        return chance.choice(_SMALL)
    name, copy = chance.choice(names), dict(node) if isinstance(node, dict) else list(node)
    way = chance.random()
    if way < 0.1:
        del copy[name]
    elif way < 0.2 and isinstance(copy, list):
        copy.insert(name, copy[name])
    else:
        copy[name] = _changed(chance, copy[name])
    return copy


JSON = (member,)
