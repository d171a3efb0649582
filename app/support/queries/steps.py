"""What support does about a reason: the next step in a vendor's words, not in an agent's."""

from collections.abc import Mapping
from typing import Final

from app.kit.i18n import Sentence
from onec.reasons import HINTS, Action


def step(code: str, action: Action) -> Sentence:
    """The next step: what the customer is to do, or what we are."""
    own = _OF_CODE.get(code) or _OF_ACTION.get(action)
    return own or Sentence(HINTS[action]["ru"], HINTS[action]["en"])


def said(code: str, text: Sentence) -> Sentence:
    """The reason itself; some tell the agent's user to do something, and support is told so."""
    return _SAID.get(code, text)


_RULE: Final = Sentence(
    "Добавьте релизу правило, если он на этом проверен, или ответьте клиенту, "
    "что это не поддерживается",
    "Add a rule to the release if it was tested there, or tell the customer that this is not "
    "supported",
)
_OF_CODE: Final[Mapping[str, Sentence]] = {
    "CONFIGURATION_UNSUPPORTED": _RULE,
    "EDITION_UNSUPPORTED": _RULE,
    "VERSION_TOO_NEW": _RULE,
    "INFOBASE_KIND_UNSUPPORTED": _RULE,
    "DENIED_BY_RULE": Sentence(
        "Так решает правило релиза: поправьте правило или ответьте клиенту",
        "A rule of the release says so: change the rule or answer the customer",
    ),
    "RELEASE_WITHDRAWN": Sentence(
        "Опубликуйте исправленный релиз или посоветуйте клиенту вернуться на прежний",
        "Publish a mended release, or advise the customer to go back to the previous one",
    ),
    "RELEASE_PAUSED": Sentence(
        "Снимите релиз с паузы, когда он готов", "Resume the release when it is ready"
    ),
    "INSTALLED_WITHDRAWN": Sentence(
        "Этот релиз стоит в базе: посоветуйте клиенту установить предложенный",
        "This release is installed here: advise the customer to install the one that is offered",
    ),
    "VERSION_NOT_TESTED": Sentence(
        "Клиент может согласиться на непроверенную версию; проверите её — поднимите «Проверено до»",
        'The customer may agree to an untested version; raise "Tested up to" once you tested it',
    ),
    "ROLLOUT_PENDING": Sentence(
        "Подождите или поднимите долю баз в публикации релиза",
        "Wait, or raise the share of infobases in the release's publication",
    ),
    "CHANNEL_NOT_ALLOWED": Sentence(
        "Разрешите канал ключу купоном или изменением состава",
        "Allow the key this channel by a coupon or a change of its products",
    ),
    "ARTIFACT_QUARANTINED": Sentence(
        "Файл релиза повреждён в хранилище: администратор сервера выполняет podkluch check",
        "The release's file is damaged in the store: the server's operator runs podkluch check",
    ),
}
_OF_ACTION: Final[Mapping[Action, Sentence]] = {
    Action.CONTACT_VENDOR: Sentence(
        "Решить можете вы: посмотрите, кто и почему это сделал, в истории ниже",
        "It is for us to decide: the story below says who did it and why",
    ),
    Action.BUY: Sentence("Активируйте на ключе купон", "Activate a coupon on the key"),
    Action.RENEW: Sentence(
        "Продлите: активируйте на ключе купон с новым сроком",
        "Renew: activate a coupon with a new term on the key",
    ),
    Action.RELEASE_SEAT: Sentence(
        "Освободите место лишней базы или добавьте места купоном",
        "Release the seat of an infobase that is gone, or add seats by a coupon",
    ),
    Action.UPDATE_CONFIGURATION: Sentence(
        "Клиенту нужно обновить конфигурацию", "The customer has to update the configuration"
    ),
    Action.UPDATE_PLATFORM: Sentence(
        "Клиенту нужно обновить платформу 1С", "The customer has to update the 1C platform"
    ),
    Action.ACCEPT_EULA: Sentence(
        "Клиент принимает соглашение в агенте при установке",
        "The customer accepts the agreement in the agent when installing",
    ),
    Action.NONE: Sentence("", ""),
}
_SAID: Final[Mapping[str, Sentence]] = {
    "EULA_REQUIRED": Sentence(
        "Клиент ещё не принял лицензионное соглашение",
        "The customer has not accepted the licence agreement yet",
    ),
    "EULA_OUTDATED": Sentence(
        "Соглашение изменилось, новое клиент ещё не принял",
        "The agreement changed, and the customer has not accepted the new one yet",
    ),
}
