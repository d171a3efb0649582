"""The command `redeem`: a coupon applied to the key, after showing what it does."""

from agent import show
from agent.codes import Code, exit_of_server_code
from agent.console import NOTHING_DONE, Result, failed
from agent.context import Context
from agent.errors import Failure, Refusal, spoken
from wire import codec
from wire.coupons import RedemptionPreviewRequest, RedemptionRequest
from wire.problems import Sentence
from wire.reports import Outcome

_FORBIDDEN = 403  # HTTP class of a preview that says no
_ASKED = Sentence("Активировать купон?", "Redeem the coupon?")
_DONE = Sentence("Купон активирован.", "The coupon is redeemed.")
_AGAIN = Sentence("Этот ключ уже активировал этот купон.", "This key has redeemed it before.")


def redeem(context: Context) -> Result:
    """Apply a coupon; with --dry-run only say what it would do."""
    client = context.client()
    coupon = context.coupon()
    preview = client.preview(RedemptionPreviewRequest(coupon))
    context.accepted()
    data = codec.to_dict(preview)
    if not preview.possible:
        text = Sentence(preview.description, preview.description)
        exit_ = exit_of_server_code(preview.code, _FORBIDDEN)
        return failed(Refusal(preview.code, exit_, text), context.lang, data)
    context.console.line(preview.description)
    show.effects(context.console, preview.effects)
    if context.common.dry_run:
        return Result(code=preview.code, text=spoken(NOTHING_DONE, context.lang), data=data)
    if context.console.is_interactive and not (
        context.common.yes or context.console.ask("redeem", spoken(_ASKED, context.lang))
    ):
        raise Failure(Code.CONSENT_REQUIRED, question=_ASKED)
    done = client.redeem(RedemptionRequest(coupon, preview.before_digest)).redemption
    return Result(
        outcome=Outcome.NOOP if done.replayed else Outcome.DONE,
        text=spoken(_AGAIN if done.replayed else _DONE, context.lang),
        changed=not done.replayed,
        data={"redemption": codec.to_dict(done)},
    )
