"""What a person must agree to before anything is changed, and how the answer is given."""

from dataclasses import dataclass
from enum import StrEnum

from agent.codes import Code, Exit
from agent.errors import Refusal
from wire.problems import Sentence


class Consent(StrEnum):
    """Kinds of agreement, as reports name them."""

    EULA = "eula"
    UNSAFE = "unsafe"
    UNTESTED = "untested"
    DOWNGRADE = "downgrade"
    REPLACE_UNKNOWN = "replace_unknown"
    BACKUP = "backup"
    DATA_LOSS = "data_loss"


@dataclass(frozen=True, slots=True)
class Question:
    """One decision; `flag` gives it on the command line."""

    consent: Consent
    subject: str  # what exactly is agreed to: the text's SHA-256, the release
    text: Sentence
    flag: str


@dataclass(frozen=True, slots=True)
class Answers:
    """Decisions given in advance."""

    accept_eula: str | None = None  # SHA-256 of the text
    consent_unsafe: bool = False
    accept_untested: bool = False
    allow_downgrade: bool = False
    with_data: bool = False
    yes: bool = False  # to what has no flag of its own

    def give(self, question: Question) -> bool:
        """Whether this question is answered with yes."""
        if question.consent is Consent.EULA:
            return (self.accept_eula or "").strip().lower() == question.subject
        own = {
            Consent.UNSAFE: self.consent_unsafe,
            Consent.UNTESTED: self.accept_untested,
            Consent.DOWNGRADE: self.allow_downgrade,
            Consent.DATA_LOSS: self.with_data,
        }
        return own.get(question.consent, self.yes)


def declined() -> Refusal:
    """A person at a terminal said no; nobody needs to hear of flags then."""
    return Refusal(Code.CONSENT_REQUIRED, Exit.DECISION, _DECLINED)


ROOT_FLAG = "--root-fingerprint"
FLAGS = {
    Consent.EULA: "--accept-eula {subject}",
    Consent.UNSAFE: "--consent-unsafe",
    Consent.UNTESTED: "--accept-untested",
    Consent.DOWNGRADE: "--allow-downgrade",
    Consent.REPLACE_UNKNOWN: "--yes",
    Consent.BACKUP: "--yes",
    Consent.DATA_LOSS: "--with-data",
}
_DECLINED = Sentence(
    "Без вашего согласия ничего не сделано, база не изменена",
    "Without your consent nothing was done, the infobase is unchanged",
)
TEXTS = {
    Consent.EULA: Sentence(
        "Принимаете лицензионное соглашение № {number} (SHA-256 {sha256})?",
        "Do you accept licence agreement no. {number} (SHA-256 {sha256})?",
    ),
    Consent.UNSAFE: Sentence(
        "Расширению нужно работать без безопасного режима 1С, с полными правами. Согласны?",
        "The extension must run outside 1C's safe mode, with full rights. Do you agree?",
    ),
    Consent.UNTESTED: Sentence(
        "Вендор не проверял этот релиз с вашей конфигурацией: {reason}. Всё равно установить?",
        "The vendor did not test this release with your configuration: {reason}. Go on anyway?",
    ),
    Consent.DOWNGRADE: Sentence(
        "Установлена более новая версия. Вернуться на {version}?",
        "A later version is installed. Go back to {version}?",
    ),
    Consent.REPLACE_UNKNOWN: Sentence(
        "Установлена версия «{found}», серверу она не известна. Заменить её?",
        'Version "{found}" is installed, the server does not know it. Replace it?',
    ),
    Consent.BACKUP: Sentence(
        "Вендор просит сначала сделать резервную копию базы. Она сделана?",
        "The vendor asks for a backup of the infobase first. Is it made?",
    ),
    Consent.DATA_LOSS: Sentence(
        "Расширение «{name}» хранит данные в базе, вместе с ним они станут недоступны. Удалить?",
        'Extension "{name}" keeps data in the infobase that go with it. Remove it?',
    ),
}
