"""Which release fits which infobase: one rule, a set of rules, and what a deny rule needs."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onec.compatibility import Effect, Environment, Rule, Verdict, check, evaluate
from onec.configuration import Edition, canonical
from onec.connection import InfobaseKind
from onec.platform import PlatformMinimum, compatibility_mode
from onec.reasons import Code
from onec.version import MAX_KEY, Version, VersionRange

ACCOUNTING = "БухгалтерияПредприятия"
VERSION = "3.0.150.34"


def rule(**changes):
    """The rule of the vectors: accounting, 3.0.150.0 … 3.0.170.*, tested 3.0.160.20."""
    values = {
        "configuration": canonical(ACCOUNTING),
        "version_from": Version.parse("3.0.150.0"),
        "version_to": VersionRange.up_to("3.0.170.*"),
        "tested_to": VersionRange.up_to("3.0.160.20"),
        "excluded": (VersionRange.exclusion("3.0.155.12"),),
    }
    return Rule(**(values | changes))


def anything(**conditions):
    """A rule without the vectors' conditions."""
    return Rule(**({"editions": frozenset(Edition)} | conditions))


def environment(name=ACCOUNTING, version=VERSION, **facts):
    return Environment.of(name, version, **facts)


VECTORS = [
    (ACCOUNTING, "3.0.150.34", "COMPATIBLE"),
    ("\ufeff бухгалтерияпредприятия \u00a0", "3.0.150.34", "COMPATIBLE"),
    (ACCOUNTING, "3.0.150.0", "COMPATIBLE"),
    (ACCOUNTING, "3.0.9.10", "VERSION_TOO_OLD"),
    (ACCOUNTING, "3.0.149.99", "VERSION_TOO_OLD"),
    (ACCOUNTING, "3.0.160.20", "COMPATIBLE"),
    (ACCOUNTING, "3.0.160.21", "VERSION_NOT_TESTED"),
    (ACCOUNTING, "3.0.170.9999", "VERSION_NOT_TESTED"),
    (ACCOUNTING, "3.0.171.0", "VERSION_TOO_NEW"),
    (ACCOUNTING, "3.0.155.12", "VERSION_EXCLUDED"),
    (ACCOUNTING, "3.0.155.120", "COMPATIBLE"),
    (ACCOUNTING, "3.0.0155.13", "COMPATIBLE"),
    (ACCOUNTING + "Базовая", "3.0.150.34", "EDITION_UNSUPPORTED"),
    (ACCOUNTING + "Базовая1", "3.0.150.34", "EDITION_UNSUPPORTED"),
    (ACCOUNTING + "КОРП", "3.0.150.34", "EDITION_UNSUPPORTED"),
    (ACCOUNTING + "_Отрасль", "3.0.150.34", "CONFIGURATION_UNSUPPORTED"),
    (ACCOUNTING, "", "VERSION_UNKNOWN"),
    (ACCOUNTING, "abc", "VERSION_UNKNOWN"),
    (ACCOUNTING, "3.0.150", "VERSION_UNKNOWN"),
]
VERDICTS = {
    "COMPATIBLE": Verdict.COMPATIBLE,
    "VERSION_UNKNOWN": Verdict.UNTESTED,
    "VERSION_NOT_TESTED": Verdict.UNTESTED,
}


@pytest.mark.parametrize(("name", "version", "code"), VECTORS)
def test_the_vectors_get_their_verdicts(name, version, code):
    for finding in (
        check(rule(), environment(name, version)),
        evaluate([rule()], environment(name, version)),
    ):
        assert finding.code == code
        assert finding.verdict is VERDICTS.get(code, Verdict.INCOMPATIBLE)


def test_a_prefix_excludes_what_an_exact_version_does_not():
    prefix = rule(excluded=(VersionRange.exclusion("3.0.155.*"),))
    assert check(prefix, environment(version="3.0.155.120")).code is Code.VERSION_EXCLUDED


@pytest.mark.parametrize(
    ("suffix", "edition"),
    [("Базовая", Edition.BASE), ("Базовая1", Edition.BASE), ("КОРП", Edition.CORP)],
)
def test_a_ticked_edition_fits(suffix, edition):
    ticked = rule(editions=frozenset({edition}))
    assert check(ticked, environment(ACCOUNTING + suffix)).code is Code.COMPATIBLE
    assert check(ticked, environment()).code is Code.EDITION_UNSUPPORTED


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_both_unicode_forms_of_a_name_match_one_rule(form):
    trade = rule(configuration=canonical("УправлениеТорговлей"))
    name = unicodedata.normalize(form, "УправлениеТорговлей")
    assert check(trade, environment(name)).code is Code.COMPATIBLE


@pytest.mark.parametrize(
    "text", ["NaN", "3.0.x.34", "3.0.150.34.1", "3.0", "inf.0.0.0", "-1.0.0.0"]
)
def test_what_cannot_be_compared_never_means_fits(text):
    assert check(rule(), environment(version=text)).verdict is Verdict.UNTESTED
    assert check(anything(), environment(version=text)).verdict is Verdict.UNTESTED
    assert check(anything(), environment(platform=text)).code is Code.PLATFORM_UNKNOWN


def test_reasons_show_versions_as_typed():
    too_old = check(rule(), environment(version="3.0.0149.99"))
    assert too_old.params == {"from": "3.0.150.0", "found": "3.0.0149.99"}
    too_new = check(rule(), environment(version="3.0.171.0"))
    assert too_new.params == {"to": "3.0.170.*", "found": "3.0.171.0"}
    untested = check(rule(), environment(version="3.0.160.21"))
    assert untested.params == {"tested": "3.0.160.20", "found": "3.0.160.21"}


def test_other_reasons_name_what_is_wrong():
    assert check(rule(), environment("Розница")).params == {"name": "Розница"}
    assert check(rule(), environment(ACCOUNTING + "КОРП")).params == {"edition": "corp"}
    assert check(rule(), environment(version="3.0.155.12")).params == {"found": "3.0.155.12"}
    server = anything(infobase_kind=InfobaseKind.SERVER)
    assert check(server, environment(infobase_kind=InfobaseKind.FILE)).params == {"kind": "server"}


PLATFORMS = anything(
    platform_min=PlatformMinimum.parse(["8.3.24.1548", "8.3.25.1286"]),
    platform_excluded=(VersionRange.between("8.3.27", "8.3.27.1000"),),
    min_mode=compatibility_mode("8.3.14"),
)


@pytest.mark.parametrize(
    ("platform", "code"),
    [
        ("8.3.24.1500", "PLATFORM_TOO_OLD"),
        ("8.3.24.1548", "COMPATIBLE"),
        ("8.3.25.1285", "PLATFORM_TOO_OLD"),
        ("8.3.25.1300", "COMPATIBLE"),
        ("8.3.26.1", "COMPATIBLE"),
        ("8.3.23.2040", "PLATFORM_TOO_OLD"),
        ("8.3.27.1000", "PLATFORM_EXCLUDED"),
        ("8.3.27.1001", "COMPATIBLE"),
        ("8.3.24", "PLATFORM_UNKNOWN"),
        ("", "PLATFORM_UNKNOWN"),
        (None, "COMPATIBLE"),
    ],
)
def test_a_platform_is_checked_by_branch_and_by_excluded_ranges(platform, code):
    assert check(PLATFORMS, environment(platform=platform)).code == code


def test_a_platform_too_old_names_the_entry_of_its_branch():
    finding = check(PLATFORMS, environment(platform="8.3.25.1285"))
    assert finding.params == {"min": "8.3.25.1286", "found": "8.3.25.1285"}


@pytest.mark.parametrize(
    ("mode", "platform", "code"),
    [
        ("Версия8_3_14", None, "COMPATIBLE"),
        ("Версия8_3_13", None, "COMPATIBILITY_MODE_TOO_LOW"),
        ("Version8_3_13", "8.3.25.1300", "COMPATIBILITY_MODE_TOO_LOW"),
        ("8.3.24", "8.3.25.1300", "COMPATIBLE"),
        ("НеИспользовать", "8.3.25.1300", "COMPATIBLE"),
        ("DontUse", None, "COMPATIBLE"),
        ("DontUse", "8.3.x", "PLATFORM_UNKNOWN"),
        ("Версия", None, "PLATFORM_UNKNOWN"),
        ("8.3.24", "8.3.x", "PLATFORM_UNKNOWN"),
        ("", "8.3.25.1300", "PLATFORM_UNKNOWN"),
    ],
)
def test_a_mode_is_a_version_and_unused_it_is_the_platform(mode, platform, code):
    assert check(PLATFORMS, environment(mode=mode, platform=platform)).code == code


def test_an_unused_mode_of_an_old_platform_is_too_low():
    old = anything(min_mode=compatibility_mode("8.3.14"))
    finding = check(old, environment(mode="НеИспользовать", platform="8.3.10.2699"))
    assert finding.code is Code.COMPATIBILITY_MODE_TOO_LOW
    assert finding.params == {"min": "8.3.14", "found": "8.3.10.2699"}


def test_an_absent_kind_skips_its_check():
    server = anything(infobase_kind=InfobaseKind.SERVER)
    assert check(server, environment()).code is Code.COMPATIBLE
    assert check(server, environment(infobase_kind=InfobaseKind.SERVER)).code is Code.COMPATIBLE
    wrong = check(server, environment(infobase_kind=InfobaseKind.FILE))
    assert wrong.code is Code.INFOBASE_KIND_UNSUPPORTED


# Everything is wrong at first; each step mends one thing and uncovers the next reason.
STAIRS = [
    ({"name": "РозницаКОРП"}, "CONFIGURATION_UNSUPPORTED"),
    ({"name": ACCOUNTING + "КОРП"}, "EDITION_UNSUPPORTED"),
    ({"name": ACCOUNTING}, "VERSION_TOO_OLD"),
    ({"version": "3.0.171.0"}, "VERSION_TOO_NEW"),
    ({"version": "3.0.165.1"}, "VERSION_EXCLUDED"),
    ({"version": "3.0.161.0"}, "INFOBASE_KIND_UNSUPPORTED"),
    ({"infobase_kind": InfobaseKind.SERVER}, "PLATFORM_TOO_OLD"),
    ({"platform": "8.3.27.1"}, "PLATFORM_EXCLUDED"),
    ({"platform": "8.3.28.1"}, "COMPATIBILITY_MODE_TOO_LOW"),
    ({"mode": "Версия", "version": "?"}, "VERSION_UNKNOWN"),
    ({"version": "3.0.161.0"}, "VERSION_NOT_TESTED"),
    ({"version": "3.0.160.0"}, "PLATFORM_UNKNOWN"),
    ({"mode": "Версия8_3_20"}, "COMPATIBLE"),
]


def test_the_first_failure_wins_and_doubts_come_last():
    strict = rule(
        excluded=(VersionRange.exclusion("3.0.165.*"),),
        infobase_kind=InfobaseKind.SERVER,
        platform_min=PLATFORMS.platform_min,
        platform_excluded=PLATFORMS.platform_excluded,
        min_mode=PLATFORMS.min_mode,
    )
    facts = {
        "name": "?",
        "version": "3.0.1.1",
        "infobase_kind": InfobaseKind.FILE,
        "platform": "8.3.20.1",
        "mode": "Версия8_3_10",
    }
    reached = []
    for step, code in STAIRS:
        facts |= step
        finding = check(strict, environment(**facts))
        assert finding.code == code
        reached.append(finding.code.reach)
    assert reached == sorted(set(reached))


def test_an_excluded_version_range_beats_the_doubt_about_the_platform():
    finding = check(rule(), environment(version="3.0.155.12", platform="8.3"))
    assert finding.code is Code.VERSION_EXCLUDED


def test_a_matching_deny_beats_any_allow():
    deny = anything(effect=Effect.DENY, configuration=canonical(ACCOUNTING), note="ломает обмен")
    finding = evaluate([rule(), deny], environment())
    assert finding.verdict is Verdict.INCOMPATIBLE
    assert (finding.code, finding.matched_rule) == (Code.DENIED_BY_RULE, 2)
    assert finding.params == {"note": "ломает обмен"}


def test_a_deny_that_does_not_match_changes_nothing():
    deny = rule(effect=Effect.DENY, version_from=Version.parse("3.0.155"))
    finding = evaluate([deny, rule()], environment())
    assert (finding.code, finding.matched_rule) == (Code.COMPATIBLE, 2)


@pytest.mark.parametrize(
    ("condition", "facts"),
    [
        ({"version_from": Version.parse("3.0")}, {"version": "abc"}),
        ({"version_to": VersionRange.up_to("4")}, {"version": ""}),
        ({"excluded": (VersionRange.exclusion("3.1.*"),)}, {"version": "3.0"}),
        ({"tested_to": VersionRange.up_to("4")}, {"version": "3.0"}),
        ({"platform_min": PlatformMinimum.parse(["8.3.10"])}, {}),
        ({"platform_min": PlatformMinimum.parse(["8.3.10"])}, {"platform": "8.3"}),
        ({"platform_excluded": (VersionRange.between("8.5", "8.5"),)}, {}),
        ({"min_mode": compatibility_mode("8.3.10")}, {}),
        ({"min_mode": compatibility_mode("8.3.10")}, {"mode": "DontUse"}),
        ({"min_mode": compatibility_mode("8.3.10")}, {"mode": "?"}),
        ({"infobase_kind": InfobaseKind.FILE}, {}),
    ],
)
def test_a_deny_needs_every_condition_proven(condition, facts):
    deny = anything(effect=Effect.DENY, **condition)
    assert evaluate([deny, anything()], environment(**facts)).code is not Code.DENIED_BY_RULE
    proven = {
        "version": "3.0.1.1",
        "platform": "8.3.20.1",
        "mode": "8.3.20",
        "infobase_kind": InfobaseKind.FILE,
    }
    assert evaluate([deny, anything()], environment(**proven)).code is Code.DENIED_BY_RULE


def test_a_deny_without_a_version_bound_needs_no_version():
    deny = anything(effect=Effect.DENY, configuration=canonical(ACCOUNTING))
    unread = environment(version="abc", platform="?", mode="?")
    assert evaluate([deny, anything()], unread).code is Code.DENIED_BY_RULE


def test_a_deny_does_not_reach_above_what_was_tested():
    deny = anything(effect=Effect.DENY, tested_to=VersionRange.up_to("3.0.150"))
    allowed = evaluate([deny, anything()], environment(version="3.0.151.1"))
    assert allowed.code is Code.COMPATIBLE
    denied = evaluate([deny, anything()], environment(version="3.0.150.1"))
    assert denied.code is Code.DENIED_BY_RULE


def test_a_compatible_rule_wins_over_an_untested_one():
    untested = rule(tested_to=VersionRange.up_to("3.0.150.1"))
    finding = evaluate([untested, rule()], environment())
    assert (finding.code, finding.matched_rule) == (Code.COMPATIBLE, 2)


def test_an_untested_rule_wins_over_a_refusal():
    finding = evaluate([rule(), anything()], environment("Розница", "abc"))
    assert (finding.verdict, finding.matched_rule) == (Verdict.UNTESTED, 2)


def test_the_rule_that_got_furthest_tells_the_reason():
    retail = rule(configuration=canonical("Розница"))
    corp = rule(editions=frozenset({Edition.CORP}))
    newer = rule(version_from=Version.parse("3.0.151"))
    finding = evaluate([retail, corp, newer, retail], environment())
    assert (finding.code, finding.matched_rule) == (Code.VERSION_TOO_OLD, 3)


def test_of_equal_rules_the_first_tells_the_reason():
    early, late = (rule(version_from=Version.parse(start)) for start in ("3.0.151", "3.0.152"))
    finding = evaluate([early, late], environment())
    assert (finding.params["from"], finding.matched_rule) == ("3.0.151", 1)


@pytest.mark.parametrize("rules", [[], [anything(effect=Effect.DENY, configuration="розница")]])
def test_nothing_allowed_fits_nothing(rules):
    finding = evaluate(rules, environment())
    assert finding.code is Code.CONFIGURATION_UNSUPPORTED
    assert finding.params == {"name": ACCOUNTING}
    assert finding.matched_rule is None


def test_no_edition_ticked_fits_nothing():
    nothing = anything(editions=frozenset())
    assert check(nothing, environment()).code is Code.EDITION_UNSUPPORTED


def test_a_rule_gives_the_bounds_that_narrow_a_search():
    assert rule().version_keys == (
        Version.parse("3.0.150").key,
        Version.parse("3.0.171").key,
    )
    assert anything().version_keys == (0, MAX_KEY)


codes = st.sampled_from(["3.0.1.1", "3.0.2.1", "3.0.3.1", "abc"])
rules = st.builds(
    Rule,
    effect=st.sampled_from(Effect),
    configuration=st.sampled_from([None, "а", "б"]),
    version_from=st.none() | st.sampled_from(["3.0.1", "3.0.2"]).map(Version.parse),
    version_to=st.none() | st.sampled_from(["3.0.1", "3.0.2"]).map(VersionRange.up_to),
    tested_to=st.none() | st.sampled_from(["3.0.1", "3.0.2"]).map(VersionRange.up_to),
    infobase_kind=st.none() | st.sampled_from(InfobaseKind),
)


@given(st.lists(rules, max_size=5), st.sampled_from("АБВ"), codes)
def test_a_release_answers_as_its_rules_do_one_by_one(given_rules, name, version):
    asked = environment(name, version)
    finding = evaluate(given_rules, asked)
    allowed = [check(r, asked).verdict for r in given_rules if r.effect is Effect.ALLOW]
    if finding.code is Code.DENIED_BY_RULE:
        assert given_rules[finding.matched_rule - 1].effect is Effect.DENY
    elif Verdict.COMPATIBLE in allowed:
        assert finding.verdict is Verdict.COMPATIBLE
    elif Verdict.UNTESTED in allowed:
        assert finding.verdict is Verdict.UNTESTED
    else:
        assert finding.verdict is Verdict.INCOMPATIBLE
    if finding.matched_rule and finding.code is not Code.DENIED_BY_RULE:
        assert check(given_rules[finding.matched_rule - 1], asked).code is finding.code
