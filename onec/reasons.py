"""Why a release is offered or not: every code with its Russian and English sentence, as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from string import Formatter
from typing import Any, Final, Literal

Language = Literal["ru", "en"]


class Action(StrEnum):
    """What the person can do next; the closed list of hints."""

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


class Code(StrEnum):
    """Codes in the order in which a release is examined: who stands later got further."""

    DENIED_BY_RULE = "DENIED_BY_RULE"
    CONFIGURATION_UNSUPPORTED = "CONFIGURATION_UNSUPPORTED"
    EDITION_UNSUPPORTED = "EDITION_UNSUPPORTED"
    VERSION_TOO_OLD = "VERSION_TOO_OLD"
    VERSION_TOO_NEW = "VERSION_TOO_NEW"
    VERSION_EXCLUDED = "VERSION_EXCLUDED"
    INFOBASE_KIND_UNSUPPORTED = "INFOBASE_KIND_UNSUPPORTED"
    PLATFORM_TOO_OLD = "PLATFORM_TOO_OLD"
    PLATFORM_EXCLUDED = "PLATFORM_EXCLUDED"
    COMPATIBILITY_MODE_TOO_LOW = "COMPATIBILITY_MODE_TOO_LOW"
    VERSION_UNKNOWN = "VERSION_UNKNOWN"
    VERSION_NOT_TESTED = "VERSION_NOT_TESTED"
    PLATFORM_UNKNOWN = "PLATFORM_UNKNOWN"
    COMPATIBLE = "COMPATIBLE"
    PRODUCT_MISSING = "PRODUCT_MISSING"
    ENTITLEMENT_SUSPENDED = "ENTITLEMENT_SUSPENDED"
    ENTITLEMENT_WITHDRAWN = "ENTITLEMENT_WITHDRAWN"
    ENTITLEMENT_NOT_STARTED = "ENTITLEMENT_NOT_STARTED"
    ENTITLEMENT_EXPIRED = "ENTITLEMENT_EXPIRED"
    TRIAL_EXPIRED = "TRIAL_EXPIRED"
    UPDATES_EXPIRED = "UPDATES_EXPIRED"
    FEATURE_REQUIRED = "FEATURE_REQUIRED"
    CHANNEL_NOT_ALLOWED = "CHANNEL_NOT_ALLOWED"
    ROLLOUT_PENDING = "ROLLOUT_PENDING"
    UPGRADE_VIA = "UPGRADE_VIA"
    RELEASE_PAUSED = "RELEASE_PAUSED"
    RELEASE_WITHDRAWN = "RELEASE_WITHDRAWN"
    EXTENSION_CONFLICT = "EXTENSION_CONFLICT"
    REQUIRED_EXTENSION_MISSING = "REQUIRED_EXTENSION_MISSING"

    @property
    def reach(self) -> int:
        """How far the examination came before this code ended it."""
        return _REACH[self]

    @property
    def action(self) -> Action:
        """What the person can do about it."""
        return REASONS[self].action


_REACH: Final = {code: place for place, code in enumerate(Code)}


@dataclass(frozen=True, slots=True)
class Reason:
    """Templates of one code; a field names a parameter and, after the colon, how it is shown."""

    ru: str
    en: str
    action: Action


REASONS: Final[Mapping[Code, Reason]] = {
    Code.COMPATIBLE: Reason("Подходит", "Compatible", Action.NONE),
    Code.VERSION_NOT_TESTED: Reason(
        "Проверено до {tested}, у вас {found}", "Tested up to {tested}, found {found}", Action.NONE
    ),
    Code.VERSION_UNKNOWN: Reason(
        "Версия конфигурации не распознана", "Configuration version not recognised", Action.NONE
    ),
    Code.PLATFORM_UNKNOWN: Reason(
        "Версия платформы не распознана", "Platform version not recognised", Action.NONE
    ),
    Code.CONFIGURATION_UNSUPPORTED: Reason(
        "Конфигурация {name} не поддерживается",
        "Configuration {name} is not supported",
        Action.CONTACT_VENDOR,
    ),
    Code.EDITION_UNSUPPORTED: Reason(
        "Редакция «{edition:edition}» не поддерживается",
        "Edition {edition:edition} is not supported",
        Action.CONTACT_VENDOR,
    ),
    Code.VERSION_TOO_OLD: Reason(
        "Нужна версия конфигурации от {from}, у вас {found}",
        "Needs configuration {from} or later, found {found}",
        Action.UPDATE_CONFIGURATION,
    ),
    Code.VERSION_TOO_NEW: Reason(
        "Поддерживается до {to}, у вас {found}",
        "Supported up to {to}, found {found}",
        Action.CONTACT_VENDOR,
    ),
    Code.VERSION_EXCLUDED: Reason(
        "Версия {found} исключена вендором",
        "Version {found} is excluded",
        Action.UPDATE_CONFIGURATION,
    ),
    Code.INFOBASE_KIND_UNSUPPORTED: Reason(
        "Нужна база вида «{kind:kind}»", "Needs a {kind:kind} infobase", Action.CONTACT_VENDOR
    ),
    Code.PLATFORM_TOO_OLD: Reason(
        "Нужна платформа от {min}, у вас {found}",
        "Needs platform {min}, found {found}",
        Action.UPDATE_PLATFORM,
    ),
    Code.PLATFORM_EXCLUDED: Reason(
        "Платформа {found} исключена", "Platform {found} is excluded", Action.UPDATE_PLATFORM
    ),
    Code.COMPATIBILITY_MODE_TOO_LOW: Reason(
        "Нужен режим совместимости от {min}, сейчас {found}",
        "Needs compatibility mode {min}, found {found}",
        Action.UPDATE_CONFIGURATION,
    ),
    Code.DENIED_BY_RULE: Reason(
        "Запрещено правилом: {note}", "Denied by a rule: {note}", Action.CONTACT_VENDOR
    ),
    Code.UPGRADE_VIA: Reason(
        "Сначала установите {version}", "Install {version} first", Action.INSTALL_STEP
    ),
    Code.ROLLOUT_PENDING: Reason(
        "Релиз выдаётся постепенно, очередь ещё не дошла",
        "Staged rollout, not yet your turn",
        Action.WAIT,
    ),
    Code.EXTENSION_CONFLICT: Reason(
        "Сначала удалите: {names}", "Remove first: {names}", Action.INSTALL_STEP
    ),
    Code.REQUIRED_EXTENSION_MISSING: Reason(
        "Сначала установите: {names}", "Install first: {names}", Action.INSTALL_STEP
    ),
    Code.PRODUCT_MISSING: Reason(
        "В ключе нет продукта «{product}»", "The key has no product {product}", Action.BUY
    ),
    Code.ENTITLEMENT_SUSPENDED: Reason(
        "Продукт «{product}» приостановлен", "{product} is suspended", Action.CONTACT_VENDOR
    ),
    Code.ENTITLEMENT_WITHDRAWN: Reason(
        "Продукт «{product}» изъят из ключа", "{product} was withdrawn", Action.CONTACT_VENDOR
    ),
    Code.ENTITLEMENT_NOT_STARTED: Reason(
        "Действует с {from:date}", "Starts on {from:date}", Action.WAIT
    ),
    Code.ENTITLEMENT_EXPIRED: Reason(
        "Срок «{product}» закончился {until:date}",
        "{product} expired on {until:date}",
        Action.RENEW,
    ),
    Code.TRIAL_EXPIRED: Reason(
        "Триал «{product}» закончился {until:date}",
        "The trial of {product} ended on {until:date}",
        Action.BUY,
    ),
    Code.UPDATES_EXPIRED: Reason(
        "Обновления действовали до {until:date}, релиз вышел {published:date}",
        "Updates ended {until:date}, released {published:date}",
        Action.RENEW,
    ),
    Code.FEATURE_REQUIRED: Reason(
        "Нужна опция «{feature}»", "Feature {feature} is required", Action.BUY
    ),
    Code.CHANNEL_NOT_ALLOWED: Reason(
        "Канал {channel} не разрешён ключу",
        "Channel {channel} is not allowed",
        Action.CONTACT_VENDOR,
    ),
    Code.RELEASE_PAUSED: Reason(
        "Выдача релиза приостановлена", "The release is paused", Action.WAIT
    ),
    Code.RELEASE_WITHDRAWN: Reason(
        "Релиз отозван: {reason}", "The release was withdrawn: {reason}", Action.CONTACT_VENDOR
    ),
}

HINTS: Final[Mapping[Action, Mapping[Language, str]]] = {
    Action.FIX_INPUT: {"ru": "Проверьте введённое", "en": "Check the input"},
    Action.SIGN_IN: {"ru": "Войдите заново", "en": "Sign in again"},
    Action.RENEW: {"ru": "Продлите подписку", "en": "Renew"},
    Action.BUY: {"ru": "Получите купон у вендора", "en": "Get a coupon from the vendor"},
    Action.CONTACT_VENDOR: {
        "ru": "Обратитесь к вендору, назовите номер запроса",
        "en": "Contact the vendor with the request number",
    },
    Action.RELEASE_SEAT: {"ru": "Освободите место", "en": "Release a seat"},
    Action.REBIND: {
        "ru": "Перенесите привязку на эту базу",
        "en": "Move the activation to this infobase",
    },
    Action.UPDATE_CONFIGURATION: {
        "ru": "Обновите конфигурацию",
        "en": "Update the configuration",
    },
    Action.UPDATE_PLATFORM: {"ru": "Обновите платформу", "en": "Update the platform"},
    Action.INSTALL_STEP: {"ru": "Выполните указанный шаг", "en": "Do the named step"},
    Action.ACCEPT_EULA: {"ru": "Примите соглашение", "en": "Accept the agreement"},
    Action.RETRY: {"ru": "Повторите", "en": "Try again"},
    Action.WAIT: {"ru": "Подождите", "en": "Wait"},
    Action.REFRESH: {"ru": "Обновите данные и повторите", "en": "Reload and retry"},
    Action.NONE: {"ru": "", "en": ""},
}

_NEAREST: Final[Mapping[Language, str]] = {
    "ru": "Ближайший релиз {}: {}",
    "en": "Nearest release {}: {}",
}
_WORDS: Final[Mapping[str, Mapping[Language, Mapping[str, str]]]] = {
    "edition": {
        "ru": {"base": "базовая", "prof": "ПРОФ", "corp": "КОРП"},
        "en": {"base": "Basic", "prof": "PROF", "corp": "CORP"},
    },
    "kind": {"ru": {"file": "файловая", "server": "серверная"}, "en": {}},
}
_ABSENT: Final = "—"


def sentence(code: Code, params: Mapping[str, object], language: Language) -> str:
    """The reason for a person; a parameter that is not there shows as a dash, never as an error."""
    return _filled(_template(code, language), params, language)


def nearest(version: str, code: Code, params: Mapping[str, object], language: Language) -> str:
    """The sentence for a list where nothing fits: the nearest release and what it lacks."""
    template = _template(code, language)
    inner = template[0].lower() + template[1:]  # before filling: a product keeps its capital
    return _NEAREST[language].format(version, _filled(inner, params, language))


def hint(action: Action, language: Language) -> str:
    """The next step as one sentence; empty where there is none."""
    return HINTS[action][language]


def _template(code: Code, language: Language) -> str:
    reason = REASONS[code]
    return reason.ru if language == "ru" else reason.en


def _filled(template: str, params: Mapping[str, object], language: Language) -> str:
    text = _FORMATTERS[language].vformat(template, (), params)
    return text.removesuffix(f": {_ABSENT}")  # a rule without a note is just a rule


class _Shown(Formatter):
    """Fills a template for the readers of one language."""

    def __init__(self, language: Language) -> None:
        self._language: Language = language

    def get_value(
        self,
        key: int | str,
        args: Sequence[Any],  # noqa: ARG002 - the base class's signature
        kwargs: Mapping[str, Any],
    ) -> object:
        return kwargs.get(str(key))

    def format_field(self, value: object, format_spec: str) -> str:
        if isinstance(value, list | tuple):
            value = ", ".join(map(str, value))
        if value is None or value == "":
            return _ABSENT
        if format_spec == "date":
            return self._date(value)
        words = _WORDS[format_spec][self._language] if format_spec else {}
        return words.get(str(value), str(value))

    def _date(self, value: object) -> str:
        if not isinstance(value, date):
            try:
                value = date.fromisoformat(str(value))
            except ValueError:
                return str(value)
        return value.strftime("%d.%m.%Y") if self._language == "ru" else value.strftime("%Y-%m-%d")


_FORMATTERS: Final[Mapping[Language, Formatter]] = {"ru": _Shown("ru"), "en": _Shown("en")}
