"""Odd versions and names: what is no version is refused, what 1C keeps apart stays apart."""

from onec.configuration import Configuration, canonical
from onec.version import MAX_FIRST, MAX_PART, Version, VersionError, VersionRange
from tests.corpus import names, versions

DIGITS = frozenset("0123456789")


def is_version(text: str) -> bool:
    """The rule in other words than the parser's."""
    parts = text.split(".")
    if len(parts) > 4 or not all(1 <= len(part) <= 5 and DIGITS.issuperset(part) for part in parts):
        return False
    numbers = [int(part) for part in parts]
    return numbers[0] <= MAX_FIRST and max(numbers) <= MAX_PART


def test_the_corpus_has_its_number_of_versions():
    texts = versions.version_texts()
    assert len(set(texts)) == versions.COUNT
    assert 20 < sum(map(is_version, texts)) < 60


def test_exactly_the_versions_are_read():
    for text in versions.version_texts():
        try:
            read = Version.parse(text)
        except VersionError:
            assert not is_version(text), text
            assert Version.known(text) is None
        else:
            assert is_version(text), text
            assert (Version.known(text) is None) is (text.count(".") < 3)
            assert read in VersionRange.up_to(text)
            assert read in VersionRange.between(text, text)


def test_what_is_no_version_is_no_end_of_a_rule_either():
    for text in versions.version_texts():
        for read in (VersionRange.up_to, VersionRange.exclusion):
            try:
                found = read(text)
            except VersionError:
                continue
            assert is_version(text.removesuffix(".*")), text
            assert 0 <= found.from_key < found.end <= 2**63


def test_names_are_one_where_1c_takes_them_for_one():
    pairs = names.pairs()
    assert len(pairs) == names.COUNT
    wrong = [pair for pair in pairs if (canonical(pair[0]) == canonical(pair[1])) != pair[2]]
    assert wrong == []
    for name, other, same in pairs:
        one, two = Configuration.of(name), Configuration.of(other)
        assert ((one.key, one.edition) == (two.key, two.edition)) is same, (name, other)
