"""Real extension files say what their manifest says of them."""

import json
import os
from pathlib import Path

import pytest

from onec.cfe import BadCfe, Origin, read_cfe

FIELDS = (
    "sha256",
    "size",
    "name",
    "synonym",
    "vendor",
    "version",
    "prefix",
    "compatibility",
    "purpose",
)


@pytest.mark.corpus
def test_every_real_file_equals_its_manifest():
    folder = Path(os.environ["TEST_CFE_CORPUS"])
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest
    for expected in manifest:
        data = (folder / expected["file"]).read_bytes()
        if not expected["valid"]:
            with pytest.raises(BadCfe):
                read_cfe(data)
            continue
        cfe = read_cfe(data)
        assert {field: getattr(cfe, field) for field in FIELDS} == {
            field: expected[field] for field in FIELDS
        }
        assert not [each for each in cfe.objects if each.origin is Origin.UNKNOWN]
        assert cfe.format_known
