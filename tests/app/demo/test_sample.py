import json
from pathlib import Path

import pytest

from app.catalog.schemas.rules import EnvironmentFacts, RuleSet
from app.demo.sample import CONFIGURATION, PLATFORM, Sample, make_infobase, of_file
from onec.cfe import read_cfe
from onec.cfe_writer import make_cfe
from onec.compatibility import evaluate


def test_each_release_gets_the_verdict_it_is_named_for(tmp_path: Path):
    facts = {"configuration": CONFIGURATION, "platform_version": PLATFORM}
    environment = EnvironmentFacts.model_validate(facts).compiled()
    for planned in Sample().releases():
        _, rules = planned.put(tmp_path)
        compiled = RuleSet.model_validate_json(rules.read_bytes()).compiled()
        assert evaluate(compiled, environment).verdict.value == planned.verdict


def test_the_other_releases_are_made_with_the_name_vendor_and_prefix_of_the_file(tmp_path: Path):
    file = tmp_path / "given.cfe"
    file.write_bytes(make_cfe("Имя", {"ru": ""}, "1.6.0+2021", 'ООО "Я"', "И_", purpose=0))
    sample = of_file(file)
    given, *others = sample.releases()
    assert (sample.title, given.file) == ("Имя", file)
    for other in others:
        found = read_cfe(other.content())
        assert (found.name, found.vendor, found.prefix) == ("Имя", 'ООО "Я"', "И_")
        assert found.purpose == "Patch"


@pytest.mark.parametrize(
    ("in_the_file", "ours"),
    [
        ("2.4", ["2.4", "2.5.0", "3.0.0"]),
        ("3.1.2.7", ["3.1.2.7", "3.2.0", "4.0.0"]),
        ("2020-12-11", ["1.0.0", "1.1.0", "2.0.0"]),
        ("", ["1.0.0", "1.1.0", "2.0.0"]),
        ("32767.1", ["1.0.0", "1.1.0", "2.0.0"]),
    ],
)
def test_our_versions_follow_the_one_in_the_file_where_it_is_one(in_the_file: str, ours: list[str]):
    releases = Sample(file_version=in_the_file).releases()
    assert [planned.version for planned in releases] == ours


def test_a_file_that_cannot_be_read_is_left_for_the_server_to_refuse(tmp_path: Path):
    file = tmp_path / "empty.cfe"
    file.write_bytes(b"")
    sample = of_file(file)
    assert sample == Sample(given=file)
    assert sample.releases()[0].file == file


def test_an_infobase_that_is_there_keeps_what_it_holds(tmp_path: Path):
    make_infobase(tmp_path / "base")
    state = tmp_path / "base" / "infobase.json"
    assert json.loads(state.read_text(encoding="utf-8"))["platform_version"] == PLATFORM
    state.write_text("{}", encoding="utf-8")
    make_infobase(tmp_path / "base")
    assert state.read_text(encoding="utf-8") == "{}"
