"""What fits an infobase and how its bytes are fetched: offers, EULA, downloads."""

from dataclasses import dataclass, field
from enum import StrEnum

from wire.trust import Trust


class InfobaseKind(StrEnum):
    """How an infobase is kept."""

    FILE = "file"
    SERVER = "server"


class Channel(StrEnum):
    """Maturity of a release, from the calmest up."""

    STABLE = "stable"
    RC = "rc"
    BETA = "beta"
    DEV = "dev"


class Verdict(StrEnum):
    """Whether a release fits the environment."""

    COMPATIBLE = "compatible"
    UNTESTED = "untested"
    INCOMPATIBLE = "incompatible"


class OfferAction(StrEnum):
    """What installing the offered release would be for this infobase."""

    INSTALL = "install"
    UPGRADE = "upgrade"
    CURRENT = "current"
    DOWNGRADE = "downgrade"
    REPLACE_UNKNOWN = "replace_unknown"
    BLOCKED = "blocked"


class Purpose(StrEnum):
    """Purpose of an extension, as 1C names it."""

    PATCH = "patch"
    CUSTOMIZATION = "customization"
    ADDON = "addon"


# The server


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may carry."""

    body_bytes: int  # a JSON body
    upload_bytes: int  # an uploaded file
    reports: int  # reports in a batch
    downloads: int  # completed downloads in a batch
    inventories: int  # inventories in a batch


@dataclass(frozen=True, slots=True)
class Information:
    """What the server says of itself to anybody."""

    name: str  # of the product
    version: str  # of the server
    api_versions: list[str]  # "v1"
    minimum_agent_version: str  # older agents are asked to update
    limits: Limits
    server_time: str
    trust: Trust | None


# Offers


@dataclass(frozen=True, slots=True)
class InfobaseReference:
    """Which infobase asks."""

    id: str  # random UUID that the agent made for it


@dataclass(frozen=True, slots=True)
class InstalledConfiguration:
    """The configuration an infobase runs, as 1C spells it."""

    name: str  # "БухгалтерияПредприятия"; any spelling is accepted
    version: str  # "3.0.150.34"; free text is allowed, it is then an unknown version


@dataclass(frozen=True, slots=True)
class InstalledExtension:
    """One extension that the infobase already holds."""

    onec_name: str  # name inside the .cfe
    version: str  # file version, as 1C shows it
    artifact_sha256: str | None = None  # of the bytes, where the agent wrote them itself


@dataclass(frozen=True, slots=True)
class OfferQuery:
    """An environment, and what is wanted for it; an absent fact skips its check."""

    configuration: InstalledConfiguration
    platform_version: str | None = None  # "8.3.25.1286"
    compatibility_mode: str | None = None  # "Версия8_3_24"
    infobase_kind: InfobaseKind | None = None
    infobase: InfobaseReference | None = None
    channel: Channel = Channel.STABLE  # the least mature channel to look at
    extension: str | None = None  # code of the only extension asked for
    show_untested: bool = False  # rows that were not tested with this version too
    show_all: bool = False  # rows that do not fit or are not available too, with reasons
    # null: not told, then what the seat reported last stands for it
    installed: list[InstalledExtension] | None = None


@dataclass(frozen=True, slots=True)
class RecognisedConfiguration:
    """The configuration of the query, as the server understood it."""

    name: str  # as typed
    family: str  # the name without its edition
    edition: str  # base, prof, corp
    version: str  # as typed
    version_known: bool  # four numeric parts


@dataclass(frozen=True, slots=True)
class OfferedExtension:
    """The extension of an offer."""

    code: str  # "warehouse-helper"
    onec_name: str  # name inside the .cfe
    title: str  # for people


@dataclass(frozen=True, slots=True)
class OfferedRelease:
    """The release of an offer."""

    id: str
    version: str  # ours, 1-4 numeric parts: the only order of releases
    file_version: str  # text inside the .cfe
    channel: Channel
    published_at: str
    critical: bool  # the vendor urges to install it
    notes: str  # what is new


@dataclass(frozen=True, slots=True)
class OfferedArtifact:
    """The file of an offer."""

    sha256: str  # of the bytes, lower-case hex
    size: int  # bytes
    target: str  # path in the TUF repository


@dataclass(frozen=True, slots=True)
class InstallInstructions:
    """What installing the release asks of the infobase and of people."""

    purpose: Purpose
    safe_mode_off_required: bool
    unsafe_action_protection_off: bool
    exclusive_required: bool  # nobody else in the infobase while it is written
    restart_required: bool  # sessions see it after a restart of 1C
    backup_required: bool  # of the whole infobase, before
    conflicts_with: list[str]  # 1C names to remove first
    requires: list[str]  # 1C names to install first
    migration_notes: str | None
    post_install_steps: list[str]


@dataclass(frozen=True, slots=True)
class OfferedEula:
    """The agreement that a download needs."""

    id: str
    sha256: str  # of the text in the language of the answer
    accepted: bool  # for this key and infobase


@dataclass(frozen=True, slots=True)
class OfferedActivation:
    """The seat that a download needs."""

    needed: bool  # this infobase has no seat yet
    id: str | None  # of the activation it has
    seats_free: int | None  # null: unlimited, or the product is not in the key


@dataclass(frozen=True, slots=True)
class Offer:
    """One release, its verdict for the environment and whether the key may have it."""

    extension: OfferedExtension
    product: str  # code of the product that gives it
    release: OfferedRelease
    action: OfferAction
    best: bool  # the one to take; at most one per extension
    verdict: Verdict
    code: str  # reason code
    reason: str  # the same for people
    params: dict[str, object]  # of the reason, values as typed
    available: bool  # the key may download it
    matched_rule: int | None  # number of the deciding rule, from 1
    artifact: OfferedArtifact
    install: InstallInstructions
    eula: OfferedEula | None  # null: no agreement is required
    activation: OfferedActivation
    trial_available: bool
    trial_product: str | None  # code of the product whose trial gives it


@dataclass(frozen=True, slots=True)
class NearestRelease:
    """The release that came closest."""

    version: str


@dataclass(frozen=True, slots=True)
class Nearest:
    """Why nothing of an extension is usable, by the release that came closest."""

    extension: OfferedExtension
    release: NearestRelease
    code: str
    reason: str
    params: dict[str, object]
    action_hint: str  # a value of wire.problems.ActionHint


@dataclass(frozen=True, slots=True)
class OfferList:
    """What the key and the environment may have."""

    configuration: RecognisedConfiguration
    data: list[Offer]  # highest version first
    nearest: list[Nearest]  # one per extension without a usable row
    server_time: str
    trust: Trust | None


# Agreements


@dataclass(frozen=True, slots=True)
class EulaText:
    """A licence agreement in one language."""

    id: str
    product: str  # code
    number: int  # grows with every new text
    effective_from: str  # date
    locale: str  # of the text: ru where there is no English one
    text: str
    sha256: str  # of the text in UTF-8


@dataclass(frozen=True, slots=True)
class EulaResponse:
    """The agreement asked for."""

    eula: EulaText
    server_time: str
    trust: Trust | None


@dataclass(frozen=True, slots=True)
class EulaAcceptanceRequest:
    """Somebody read exactly this text and agrees."""

    eula_id: str
    sha256: str  # of the text that was shown
    locale: str  # of the text that was shown
    infobase: InfobaseReference
    accepted_by: str  # Windows user, or whoever says yes


@dataclass(frozen=True, slots=True)
class EulaAcceptance:
    """The acceptance on record."""

    id: str
    eula_id: str
    locale: str
    sha256: str
    accepted_at: str


@dataclass(frozen=True, slots=True)
class EulaAcceptanceResponse:
    """The acceptance on record; the first one, where it was accepted before."""

    eula_acceptance: EulaAcceptance
    server_time: str
    trust: Trust | None


# Downloads


@dataclass(frozen=True, slots=True)
class DownloadRequest:
    """Asks for the right to fetch a release; the server matches it anew."""

    release_id: str
    infobase: InfobaseReference
    configuration: InstalledConfiguration
    platform_version: str | None = None
    compatibility_mode: str | None = None
    infobase_kind: InfobaseKind | None = None
    accept_untested: bool = False  # a person agreed to a version nobody tested


@dataclass(frozen=True, slots=True)
class DownloadArtifact:
    """The one file that a download opens."""

    sha256: str  # of the bytes, lower-case hex
    size: int  # bytes
    filename: str  # to show and to save under
    target: str  # path in the TUF repository


@dataclass(frozen=True, slots=True)
class Download:
    """The right to fetch one artifact, any number of times until it expires."""

    download_id: str
    secret: str = field(repr=False)  # Bearer credential of the artifact
    url: str  # path on the same server
    expires_at: str
    artifact: DownloadArtifact
    server_time: str
    trust: Trust | None
