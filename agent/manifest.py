"""What is signed about a release against what the server offers and what the infobase is."""

from collections.abc import Iterable, Iterator, Mapping

from agent.codes import Code
from agent.errors import Failure
from agent.infobase import InfobaseFacts, StoredExtension
from agent.refusals import Reason, refused
from agent.trust import Signed
from onec.compatibility import Effect, Environment, Finding, Rule, evaluate
from onec.configuration import Edition, canonical
from onec.connection import InfobaseKind
from onec.platform import PlatformMinimum, compatibility_mode
from onec.version import Version, VersionError, VersionRange
from wire.extensions import InstallInstructions, Offer
from wire.extensions import Verdict as Offered
from wire.trust import InstallFlag, TargetCustom, parse_target_path

_ANY = "any"
_SEVERITY = {Offered.COMPATIBLE: 0, Offered.UNTESTED: 1, Offered.INCOMPATIBLE: 2}

Difference = tuple[str, object, object]  # field, as signed, as received


def check_offer(signed: Signed, offer: Offer) -> None:
    """The offer says what was signed, or MANIFEST_MISMATCH names the first field that differs."""
    _refuse(_offer(signed, offer))


def check_infobase(
    custom: TargetCustom,
    offer: Offer,
    facts: InfobaseFacts,
    extensions: list[StoredExtension],
    installed_version: str | None,
) -> None:
    """The signed rules let the release into this infobase as readily as the server does.

    `installed_version` is the release found there, where it is known by its bytes.
    """
    _refuse(_infobase(custom, offer, facts, extensions))
    if custom.via and installed_version and _is_before(installed_version, custom.via):
        _refuse([("via", custom.via, installed_version)])


def verdict(custom: TargetCustom, facts: InfobaseFacts) -> Finding:
    """What the signed rules say of an infobase."""
    environment = Environment.of(
        facts.configuration,
        facts.configuration_version,
        platform=facts.platform_version,
        mode=facts.compatibility_mode,
        infobase_kind=InfobaseKind(facts.kind.value),
    )
    try:
        rules = [_rule(row) for row in custom.rules]
    except (VersionError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise refused(Reason.METADATA_INVALID) from error
    return evaluate(rules, environment)


def _offer(signed: Signed, offer: Offer) -> Iterator[Difference]:
    custom, release = signed.custom, offer.release
    path = parse_target_path(signed.path)
    yield "target", path.extension, offer.extension.code
    yield "target", path.version, release.version
    yield "ext", custom.ext, offer.extension.code
    yield "name", custom.name, offer.extension.onec_name
    yield "ver", custom.ver, release.version
    yield "file_ver", custom.file_ver, release.file_version
    yield "sha256", signed.sha256, offer.artifact.sha256
    yield "length", signed.size, offer.artifact.size
    yield "channel", custom.channel, release.channel.value
    yield "critical", custom.critical, release.critical
    yield "purpose", custom.purpose, offer.install.purpose.value
    yield "flags", _listed(custom.flags), _listed(_flags(offer.install))
    yield "conflicts", _listed(custom.conflicts), _listed(offer.install.conflicts_with)
    yield "requires", _listed(custom.requires), _listed(offer.install.requires)
    if custom.eula and offer.eula is None:
        yield "eula", custom.eula, "-"


def _infobase(
    custom: TargetCustom,
    offer: Offer,
    facts: InfobaseFacts,
    extensions: list[StoredExtension],
) -> Iterator[Difference]:
    found = verdict(custom, facts)
    if _SEVERITY[Offered(found.verdict.value)] > _SEVERITY[offer.verdict]:
        yield "rules", found.code.value, offer.verdict.value
    names = {item.name for item in extensions}
    missing = [name for name in custom.requires if name not in names]
    if missing:
        yield "requires", _listed(missing), "-"


def _refuse(differences: Iterable[Difference]) -> None:
    for field, signed, received in differences:
        if signed != received:
            raise Failure(Code.MANIFEST_MISMATCH, field=field, a=signed, b=received)


def _flags(install: InstallInstructions) -> list[str]:
    return [flag.value for flag in InstallFlag if getattr(install, flag.value)]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "-"


def _is_before(one: str, other: str) -> bool:
    try:
        return Version.parse(one) < Version.parse(other)
    except VersionError:
        return False


def _rule(row: Mapping[str, object]) -> Rule:
    """A signed row of rules; what it leaves out takes the default."""
    name, first = _text(row, "configuration_name"), _text(row, "version_from")
    mode, kind = _text(row, "min_compatibility_mode"), _text(row, "infobase_kind")
    return Rule(
        effect=Effect(_text(row, "effect") or Effect.ALLOW),
        configuration=canonical(name) if name else None,
        editions=frozenset(map(Edition, _texts(row, "editions") or [Edition.PROF])),
        version_from=Version.parse(first) if first else None,
        version_to=_up_to(_text(row, "version_to")),
        excluded=tuple(map(VersionRange.exclusion, _texts(row, "excluded"))),
        tested_to=_up_to(_text(row, "tested_to")),
        platform_min=PlatformMinimum.parse(_texts(row, "platform_min")),
        platform_excluded=tuple(_spans(row)),
        min_mode=compatibility_mode(mode) if mode else None,
        infobase_kind=InfobaseKind(kind) if kind and kind != _ANY else None,
        note=_text(row, "note") or "",
    )


def _text(row: Mapping[str, object], name: str) -> str | None:
    value = row.get(name)
    if value is None or isinstance(value, str):
        return value
    raise TypeError(name)


def _texts(row: Mapping[str, object], name: str) -> list[str]:
    value = row.get(name) or []
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    raise TypeError(name)


def _spans(row: Mapping[str, object]) -> Iterator[VersionRange]:
    spans = row.get("platform_excluded") or []
    if not isinstance(spans, list):
        raise TypeError("platform_excluded")
    for span in spans:
        yield VersionRange.between(span["from"], span["to"])


def _up_to(text: str | None) -> VersionRange | None:
    return VersionRange.up_to(text) if text else None
