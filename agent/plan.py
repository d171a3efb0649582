"""What an installation would change: a pure function of what is known, nothing is done here."""

import unicodedata
from dataclasses import dataclass, field, replace
from enum import StrEnum

from agent.codes import Code
from agent.consents import FLAGS, TEXTS, Consent, Question
from agent.errors import Failure, filled
from agent.infobase import InfobaseFacts, Properties, StoredExtension
from agent.journal import KnownRelease, State
from agent.policies import BackupMode, wants_own_copy
from onec.configuration import Configuration, Edition
from onec.version import Version, VersionError
from wire.extensions import EulaText, Offer, OfferAction, OfferedArtifact, Verdict
from wire.problems import Sentence
from wire.reports import Operation


class Action(StrEnum):
    """What installing the release means for this infobase."""

    INSTALL = "install"
    UPGRADE = "upgrade"
    REPAIR = "repair"
    DOWNGRADE = "downgrade"
    REPLACE_UNKNOWN = "replace_unknown"
    UNINSTALL = "uninstall"
    ROLLBACK = "rollback"  # a kept copy written back because somebody asked for it
    NOOP = "noop"

    @property
    def operation(self) -> Operation:
        """The same in the words of a report."""
        return Operation.UPGRADE if self is Action.REPLACE_UNKNOWN else Operation(self.value)


KEEPS_BYTES = frozenset({Action.REPAIR, Action.ROLLBACK})
"""What may write properties alone: the bytes can be the same before and after."""


@dataclass(frozen=True, slots=True)
class Signature:
    """By whom a release is vouched for, and what else of it is signed."""

    repository: str
    root_version: int
    root_fingerprint: str
    uuid: str  # of the root object inside the .cfe
    is_ordered: bool = False  # the vendor withdrew what is installed in favour of this


@dataclass(frozen=True, slots=True)
class Known:
    """What the infobase and the journal say about the extension on offer."""

    infobase: str  # id
    facts: InfobaseFacts
    extensions: list[StoredExtension]
    release: KnownRelease | None  # of the one installed, by its HashSum
    consented_unsafe: bool  # somebody agreed to it for this extension before
    signature: Signature | None = None  # of the release on offer
    backup: BackupMode = BackupMode.NONE  # of the whole infobase


@dataclass(frozen=True, slots=True)
class Eula:
    """The agreement that somebody must accept first."""

    id: str
    number: int
    sha256: str
    locale: str


@dataclass(frozen=True, slots=True)
class Plan:
    """One release for one infobase, with everything the story needs to be told again."""

    action: Action
    infobase: str  # id
    facts: InfobaseFacts
    extension: str  # code
    onec_name: str
    title: str
    product: str  # code
    release_id: str  # empty where nobody knows it, as all of the artifact
    version: str  # the vendor's order of releases
    file_version: str
    purpose: str
    artifact: OfferedArtifact
    wanted: Properties
    before: StoredExtension | None
    eula: Eula | None  # to be accepted
    untested: bool
    restart_required: bool
    conflicts_with: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    warnings: list[Sentence] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    post_install_steps: list[str] = field(default_factory=list)
    signature: Signature | None = None  # None: not by way of a server, or before it signed
    is_exclusive: bool = False  # the vendor says that nobody else may be in the infobase
    with_data: bool = False  # the data of the extension may go with it
    infobase_backup: BackupMode = BackupMode.NONE  # how the whole infobase is kept before
    source: str | None = None  # operation whose copy is written back


STORY = (
    State.AUTHORIZED,
    State.DOWNLOADED,
    State.FILE_VERIFIED,
    State.HOST_READY,
    State.CONNECTED,
    State.PROBED,
    State.PRECHECKED,
    State.BACKED_UP,
    State.WRITING,
    State.WRITTEN,
    State.REREAD_OK,
    State.VERIFIED_NEW_SESSION,
)
"""The states of an installation, in order; REPORTED ends it."""
RETURN = STORY[STORY.index(State.FILE_VERIFIED) :]
"""Those of a rollback that a person asked for: its file is a copy kept here."""
PARTING = STORY[STORY.index(State.HOST_READY) :]
"""Those of a removal: there is no file."""


def states(story: tuple[State, ...], facts: InfobaseFacts) -> list[str]:
    """The same as a plan names them, with what only some infobases need."""
    named = [state.value for state in story]
    if facts.has_bsp:
        named.insert(named.index(State.REREAD_OK) + 1, State.REFRESHED.value)
    return named


def make_plan(offer: Offer, eula: EulaText | None, known: Known) -> Plan:
    """Plan the offer, or raise the Failure that would stop it anyway."""
    plan = describe(offer, eula, known)
    if plan.action is Action.NOOP:
        return plan
    names = {item.name for item in known.extensions}
    conflicts = sorted(names & set(plan.conflicts_with))
    check_infobase(plan, known.facts, conflicts)
    return replace(
        plan,
        steps=states(STORY, known.facts),
        warnings=_warnings(offer, known),
        questions=questions(plan, offer, known),
    )


def describe(offer: Offer, eula: EulaText | None, known: Known) -> Plan:
    """What would be written over what, before anything is checked or asked."""
    before = installed(known.extensions, offer.extension.onec_name)
    wanted = wanted_properties(offer, before)
    install = offer.install
    return Plan(
        action=choose_action(offer, before, known.release, wanted),
        infobase=known.infobase,
        facts=known.facts,
        extension=offer.extension.code,
        onec_name=offer.extension.onec_name,
        title=offer.extension.title,
        product=offer.product,
        release_id=offer.release.id,
        version=offer.release.version,
        file_version=offer.release.file_version,
        purpose=install.purpose.value,
        artifact=offer.artifact,
        wanted=wanted,
        before=before,
        eula=Eula(eula.id, eula.number, eula.sha256, eula.locale) if eula else None,
        untested=offer.verdict is Verdict.UNTESTED,
        restart_required=install.restart_required,
        conflicts_with=install.conflicts_with,
        post_install_steps=install.post_install_steps,
        signature=known.signature,
        is_exclusive=install.exclusive_required,
        infobase_backup=known.backup,
    )


def installed(extensions: list[StoredExtension], name: str) -> StoredExtension | None:
    """The extension of that name; 1C keeps at most one."""
    return next((item for item in extensions if item.name == name), None)


def same_text(one: str, other: str) -> bool:
    """Whether two texts are one to people; a server keeps free text trimmed and composed."""
    return unicodedata.normalize("NFC", one).strip() == unicodedata.normalize("NFC", other).strip()


def wanted_properties(offer: Offer, before: StoredExtension | None) -> Properties:
    """How the extension shall be set; what an administrator chose is kept where it can be."""
    safe_off = offer.install.safe_mode_off_required
    warnings_off = offer.install.unsafe_action_protection_off
    if before is None:
        return Properties(
            active=True,
            safe_mode=not safe_off,
            unsafe_operation_warnings=not warnings_off,
            use_default_roles=False,
        )
    old = before.properties
    return replace(
        old,
        safe_mode=old.safe_mode and not safe_off,
        security_profile=None if safe_off else old.security_profile,
        unsafe_operation_warnings=old.unsafe_operation_warnings and not warnings_off,
    )


def choose_action(
    offer: Offer, before: StoredExtension | None, known: KnownRelease | None, wanted: Properties
) -> Action:
    """Compare by our own record of the HashSum, else by what the server recognised."""
    if before is None:
        return Action.INSTALL
    if known is None:
        return _recognised(offer, before)
    if known.artifact_sha256 == offer.artifact.sha256:
        return Action.NOOP if before.properties == wanted else Action.REPAIR
    try:
        theirs, ours = Version.parse(offer.release.version), Version.parse(known.version)
    except VersionError:
        return Action.REPLACE_UNKNOWN
    if theirs == ours:
        return Action.REPAIR
    return Action.UPGRADE if theirs > ours else Action.DOWNGRADE


def _recognised(offer: Offer, before: StoredExtension) -> Action:
    """What the server says, unless the versions inside the two files speak against it.

    A stolen server could call an earlier release, signed long ago, an upgrade.
    """
    said = {
        OfferAction.CURRENT: Action.REPAIR,  # the same text in the file proves no bytes
        OfferAction.UPGRADE: Action.UPGRADE,
        OfferAction.DOWNGRADE: Action.DOWNGRADE,
    }.get(offer.action, Action.REPLACE_UNKNOWN)
    if said is Action.REPLACE_UNKNOWN or same_text(offer.release.file_version, before.version):
        return said
    try:
        theirs, ours = Version.parse(offer.release.file_version), Version.parse(before.version)
    except VersionError:
        return Action.REPLACE_UNKNOWN
    return Action.DOWNGRADE if theirs < ours else said


def check_infobase(plan: Plan, facts: InfobaseFacts, conflicts: list[str]) -> None:
    """Raise the Failure that makes the plan impossible; `conflicts` are in the infobase."""
    if Configuration.of(facts.configuration).edition is Edition.BASE:
        raise Failure(Code.BASIC_VERSION)
    before = plan.before
    changes_safe_mode = before is None or before.properties.safe_mode != plan.wanted.safe_mode
    may_change = facts.may_administer or not changes_safe_mode or plan.wanted.safe_mode
    if not facts.may_administer_extensions or not may_change:
        raise Failure(Code.NO_RIGHTS)
    if before is not None and before.from_master_node:
        raise Failure(Code.FROM_MASTER_NODE)
    if conflicts:
        raise Failure(Code.EXTENSION_CONFLICT, names=", ".join(conflicts))


def _warnings(offer: Offer, known: Known) -> list[Sentence]:
    found = []
    if known.facts.configuration_changed:
        found.append(
            Sentence(
                "основная конфигурация изменена и отличается от конфигурации базы данных",
                "the main configuration was changed and differs from the database's",
            )
        )
    if known.signature and known.signature.is_ordered:
        found.append(
            Sentence(
                "вендор отозвал установленный релиз и вернул этот",
                "the vendor withdrew the installed release and went back to this one",
            )
        )
    if offer.install.exclusive_required:
        found.append(
            Sentence(
                "может понадобиться монопольный доступ: попросите всех выйти из 1С",
                "exclusive access may be needed: ask everybody to leave 1C",
            )
        )
    if offer.install.migration_notes:
        found.append(Sentence(offer.install.migration_notes, offer.install.migration_notes))
    return found


def questions(plan: Plan, offer: Offer, known: Known) -> list[Question]:
    """What somebody must agree to before this plan may be done."""
    asked = {
        Consent.EULA: plan.eula is not None,
        Consent.UNSAFE: _goes_unsafe(plan, offer, known),
        Consent.UNTESTED: plan.untested,
        Consent.DOWNGRADE: plan.action is Action.DOWNGRADE and not _is_ordered(plan),
        Consent.REPLACE_UNKNOWN: plan.action is Action.REPLACE_UNKNOWN,
        Consent.BACKUP: wants_own_copy(known.backup, is_required=offer.install.backup_required),
    }
    names = {
        "reason": offer.reason,
        "version": plan.version,
        "found": plan.before.version if plan.before else "",
        "number": plan.eula.number if plan.eula else "",
        "sha256": plan.eula.sha256 if plan.eula else "",
    }
    found = []
    for consent in (consent for consent, is_asked in asked.items() if is_asked):
        is_eula = consent is Consent.EULA and plan.eula
        subject = plan.eula.sha256 if is_eula and plan.eula else plan.release_id
        text, flag = filled(TEXTS[consent], **names), FLAGS[consent].format(subject=subject)
        found.append(Question(consent, subject, text, flag))
    return found


def _is_ordered(plan: Plan) -> bool:
    return plan.signature is not None and plan.signature.is_ordered


def _goes_unsafe(plan: Plan, offer: Offer, known: Known) -> bool:
    """Protection goes off, and it was on until now or nobody agreed to that here."""
    install = offer.install
    if not (install.safe_mode_off_required or install.unsafe_action_protection_off):
        return False
    was = plan.before.properties if plan.before else None
    return was is None or not known.consented_unsafe or was != plan.wanted
