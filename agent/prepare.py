"""Before anything is done: is the key good, which offer, which agreement, who agrees."""

from contextlib import suppress
from dataclasses import dataclass, replace

from agent.codes import Code, Exit, Lang, exit_of_server_code
from agent.consents import Answers, Consent, Question, declined
from agent.console import NOTHING_DONE, Result
from agent.context import Context
from agent.ending import signed_by
from agent.enrol import repository_of
from agent.errors import AgentError, Failure, Refusal, fill, spoken
from agent.files import sha256_of_bytes
from agent.interrupts import stoppable
from agent.manifest import check_infobase, check_offer
from agent.offers import Environment, choose, query_for
from agent.plan import Known, Plan, Signature, describe, installed
from agent.policies import BackupMode
from agent.refusals import Reason, refused
from agent.trust import Said, Signed
from wire import codec
from wire.extensions import EulaText, InfobaseReference, Offer, OfferList, OfferQuery
from wire.licenses import LicenseCheckRequest, LicenseCheckResponse
from wire.problems import ProblemCode, Sentence
from wire.reports import Outcome
from wire.trust import target_path

_FORBIDDEN = 403  # HTTP class of a verdict that says no
_OTHER_TEXT = Sentence(
    "в --accept-eula назван другой текст: {found}", "--accept-eula names another text: {found}"
)
_UNKNOWN_KEY = frozenset({ProblemCode.KEY_MALFORMED, ProblemCode.KEY_NOT_FOUND})


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to have."""

    extension: str  # code
    release: str | None  # a version; None is the best one
    untested: bool  # releases that were not tested count


@dataclass(frozen=True, slots=True)
class Chosen:
    """The offer to take, with all that a plan of it needs."""

    offer: Offer
    eula: EulaText | None  # to be accepted
    known: Known
    signed: Signed
    is_step: bool  # a later release waits behind this one


class NotTrusted(Failure):
    """What the server offers is not what the vendor signed; `plan` is what it would have been."""

    def __init__(self, failure: Failure, plan: Plan) -> None:
        super().__init__(Code(failure.code), **failure.params)
        self.plan = plan


def check_license(context: Context, infobase: str | None) -> LicenseCheckResponse:
    """Ask about the key; a server that knows it is remembered."""
    reference = InfobaseReference(infobase) if infobase else None
    verdict = context.client().check_license(LicenseCheckRequest(reference))
    if verdict.code not in _UNKNOWN_KEY:
        context.accepted()
    return verdict


def refusal_of(verdict: LicenseCheckResponse) -> AgentError | None:
    """The error that a negative verdict means."""
    if verdict.valid:
        return None
    text = Sentence(verdict.text, verdict.text)
    return Refusal(verdict.code, exit_of_server_code(verdict.code, _FORBIDDEN), text)


def require_license(context: Context, infobase: str) -> None:
    """Raise the refusal of a key that gives nothing."""
    refusal = refusal_of(check_license(context, infobase))
    if refusal is not None:
        raise refusal


def choose_for(context: Context, environment: Environment, wish: Wish) -> Chosen:
    """Ask the server and take what was wished for; raises Refusal if there is nothing.

    NotTrusted if what it offers is not what the vendor signed.
    """
    query = replace(
        query_for(context.journal, environment, wish.extension),
        show_all=True,  # watersheds and earlier versions are rows that do not fit
        show_untested=wish.untested,
    )
    try:
        return _chosen(context, environment, wish, query)
    except Failure as mismatch:
        if mismatch.code != Code.MANIFEST_MISMATCH:
            raise
        # the vendor may have signed anew between the offer and the metadata
        return _chosen(context, environment, wish, query)


def _chosen(context: Context, environment: Environment, wish: Wish, query: OfferQuery) -> Chosen:
    offers = context.client().offers(query)
    choice = choose(offers, wish.extension, wish.release)
    offer = choice.offer
    known = _known(context, environment, offer.extension.onec_name)
    try:
        signed = _signed(context, offers, offer, known)
    except Failure as failure:
        if failure.exit is not Exit.NOT_TRUSTED:
            raise
        raise NotTrusted(failure, describe(offer, None, known)) from failure
    known = replace(known, signature=_signature(signed))
    return Chosen(offer, _eula(context, offer), known, signed, choice.is_step)


def agree(context: Context, asked: list[Question], answers: Answers, eula: EulaText | None) -> None:
    """Every question answered with yes, or CONSENT_REQUIRED naming the flags that do it."""
    console, refused = context.console, []
    for question in (one for one in asked if not answers.give(one)):
        data: dict[str, object] = {"subject": question.subject, "flag": question.flag}
        if question.consent is Consent.EULA and eula is not None:
            data["text"] = eula.text
            with stoppable():
                console.pages(eula.text)
        with stoppable():
            has_agreed = console.ask(question.consent, spoken(question.text, console.lang), data)
        if not has_agreed:
            if console.is_interactive:
                raise declined()
            refused.append(question)
    if refused:
        raise Failure(
            Code.CONSENT_REQUIRED,
            question="; ".join(_asked_of(q, answers, console.lang) for q in refused),
        )


def _asked_of(question: Question, answers: Answers, lang: Lang) -> str:
    """The question and the flag that answers it; an answer to another text is named as such."""
    named = answers.accept_eula if question.consent is Consent.EULA else None
    other = f" ({fill(_OTHER_TEXT, lang, found=named)})" if named else ""
    return f"{spoken(question.text, lang)} {question.flag}{other}"


def confirm(context: Context, kind: str, question: Sentence) -> None:
    """A person at a terminal has the last word."""
    if context.common.yes or not context.console.is_interactive:
        return
    with stoppable():
        if not context.console.ask(kind, spoken(question, context.lang)):
            raise declined()


def only_planned(context: Context, plan: Plan) -> Result:
    """The plan is all that was asked for."""
    return Result(
        outcome=Outcome.DONE,
        text=spoken(NOTHING_DONE, context.lang),
        post_install_steps=plan.post_install_steps,
        data={"plan": codec.to_dict(plan), **signed_by(plan)},
    )


def _signed(context: Context, offers: OfferList, offer: Offer, known: Known) -> Signed:
    """What the vendor signed, compared with the offer and the infobase."""
    if offers.trust is None:
        raise refused(Reason.TRUST_MISSING)
    said = Said(offers.trust, offers.server_time)
    version = known.release.version if known.release else None
    signed = repository_of(context, said).signed(
        said, offer.artifact.target, _path(offer.extension.code, version)
    )
    check_offer(signed, offer)
    check_infobase(signed.custom, offer, known.facts, known.extensions, version)
    return signed


def _signature(signed: Signed) -> Signature:
    return Signature(
        repository=signed.repository,
        root_version=signed.root.version,
        root_fingerprint=signed.root.fingerprint,
        uuid=signed.custom.uuid,
        is_ordered=signed.is_ordered,
    )


def _path(extension: str, version: str | None) -> str | None:
    """Where the release of a version is signed; None where nobody knows the version."""
    with suppress(ValueError):  # it came from a server of long ago
        return target_path(extension, version) if version else None
    return None


def _eula(context: Context, offer: Offer) -> EulaText | None:
    """The text that must be accepted, exactly as announced."""
    if offer.eula is None or offer.eula.accepted:
        return None
    eula = context.client().eula(offer.eula.id, context.lang).eula
    found = sha256_of_bytes(eula.text.encode())
    if found != eula.sha256:
        raise Failure(Code.MANIFEST_MISMATCH, field="eula", a=eula.sha256, b=found)
    return eula


def _known(context: Context, environment: Environment, name: str) -> Known:
    before = installed(environment.extensions, name)
    return Known(
        infobase=environment.infobase,
        facts=environment.facts,
        extensions=environment.extensions,
        release=context.journal.release_of(before.hash_sum) if before else None,
        consented_unsafe=context.journal.consented(environment.infobase, name, Consent.UNSAFE),
        backup=context.policy_of(context.here()).backup_mode or BackupMode.NONE,
    )
