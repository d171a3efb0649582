"""How the server refuses: the problem document, its codes and the next step."""

from dataclasses import dataclass, field
from enum import StrEnum


class ProblemCode(StrEnum):
    """Codes an agent decides by; any other is treated by its HTTP class."""

    # good answers
    OK = "OK"
    ACTIVE = "ACTIVE"
    EXPIRING = "EXPIRING"
    # the credential
    AUTH_REQUIRED = "AUTH_REQUIRED"
    TOKEN_INVALID = "TOKEN_INVALID"  # noqa: S105 - the name of a code
    KEY_MALFORMED = "KEY_MALFORMED"
    KEY_NOT_FOUND = "KEY_NOT_FOUND"
    KEY_EMPTY = "KEY_EMPTY"
    KEY_CHANGED = "KEY_CHANGED"
    BINDING_MISMATCH = "BINDING_MISMATCH"
    # rights that ended
    ENTITLEMENT_EXPIRED = "ENTITLEMENT_EXPIRED"
    TRIAL_EXPIRED = "TRIAL_EXPIRED"
    UPDATES_EXPIRED = "UPDATES_EXPIRED"
    # coupons
    COUPON_MALFORMED = "COUPON_MALFORMED"
    # matching
    NOT_COMPATIBLE = "NOT_COMPATIBLE"
    UPGRADE_VIA = "UPGRADE_VIA"
    RELEASE_PAUSED = "RELEASE_PAUSED"
    RELEASE_WITHDRAWN = "RELEASE_WITHDRAWN"
    # the agreement
    EULA_REQUIRED = "EULA_REQUIRED"
    EULA_OUTDATED = "EULA_OUTDATED"
    # bytes
    DOWNLOAD_NOT_FOUND = "DOWNLOAD_NOT_FOUND"
    DOWNLOAD_EXPIRED = "DOWNLOAD_EXPIRED"
    DOWNLOAD_LIMIT = "DOWNLOAD_LIMIT"
    DIGEST_MISMATCH = "DIGEST_MISMATCH"
    RANGE_INVALID = "RANGE_INVALID"
    # worth another try later
    RATE_LIMITED = "RATE_LIMITED"
    BUSY = "BUSY"
    MAINTENANCE = "MAINTENANCE"
    DATABASE_UNAVAILABLE = "DATABASE_UNAVAILABLE"


class ActionHint(StrEnum):
    """The next step, from a closed list."""

    FIX_INPUT = "fix_input"
    SIGN_IN = "sign_in"
    RENEW = "renew"
    BUY = "buy"
    CONTACT_VENDOR = "contact_vendor"
    RELEASE_SEAT = "release_seat"
    REBIND = "rebind"
    UPDATE_CONFIGURATION = "update_configuration"
    UPDATE_PLATFORM = "update_platform"
    INSTALL_STEP = "install_step"
    ACCEPT_EULA = "accept_eula"
    RETRY = "retry"
    WAIT = "wait"
    REFRESH = "refresh"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field that was refused; its value is never repeated."""

    pointer: str  # RFC 6901; names nobody knows are "?"
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class ProblemDocument:
    """A refusal: RFC 9457, `application/problem+json`."""

    type: str  # address of the explanation
    title: str  # the kind of refusal, for people
    status: int  # HTTP
    detail: str  # this case, for people
    instance: str  # path of the request
    code: str  # a ProblemCode, or one made later
    action: str  # an ActionHint, or one made later
    params: dict[str, object]  # typed data of the case
    request_id: str  # to name to the vendor
    errors: list[FieldProblem] = field(default_factory=list)  # fields of a 422


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence in both languages."""

    ru: str
    en: str


# What a person reads for each hint; NONE says nothing.
HINTS: dict[ActionHint, Sentence] = {
    ActionHint.FIX_INPUT: Sentence("Проверьте введённое", "Check the input"),
    ActionHint.SIGN_IN: Sentence("Войдите заново", "Sign in again"),
    ActionHint.RENEW: Sentence("Продлите подписку", "Renew"),
    ActionHint.BUY: Sentence("Получите купон у вендора", "Get a coupon from the vendor"),
    ActionHint.CONTACT_VENDOR: Sentence(
        "Обратитесь к вендору, назовите номер запроса",
        "Contact the vendor with the request number",
    ),
    ActionHint.RELEASE_SEAT: Sentence("Освободите место", "Release a seat"),
    ActionHint.REBIND: Sentence(
        "Перенесите привязку на эту базу", "Move the activation to this infobase"
    ),
    ActionHint.UPDATE_CONFIGURATION: Sentence("Обновите конфигурацию", "Update the configuration"),
    ActionHint.UPDATE_PLATFORM: Sentence("Обновите платформу", "Update the platform"),
    ActionHint.INSTALL_STEP: Sentence("Выполните указанный шаг", "Do the named step"),
    ActionHint.ACCEPT_EULA: Sentence("Примите соглашение", "Accept the agreement"),
    ActionHint.RETRY: Sentence("Повторите", "Try again"),
    ActionHint.WAIT: Sentence("Подождите", "Wait"),
    ActionHint.REFRESH: Sentence("Обновите данные и повторите", "Reload and retry"),
}
