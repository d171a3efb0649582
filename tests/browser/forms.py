"""What is sent from the pages of the cabinet: forms that are refused, and pages that answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from playwright.sync_api import Page, Response

FILL = """([fields, act, blank]) => {
    const main = document.querySelector("main");
    const own = [...main.querySelectorAll("form[method=post]")];
    const sends = (form) => [...form.elements].find((each) => each.type === "submit");
    const button = act ? main.querySelector(`button[value="${act}"]`) : sends(own.at(-1));
    const form = button.form, texts = ["text", "email", "number", "date", "password", "url"];
    form.noValidate = true;
    for (const each of form.elements) {
        if (blank && (texts.includes(each.type) || each.type === "textarea")) each.value = "";
    }
    for (const [name, value] of Object.entries(fields)) {
        for (const each of form.querySelectorAll(`[name="${name}"]`)) {
            if (["radio", "checkbox"].includes(each.type)) each.checked = each.value === value;
            else each.value = value;
        }
    }
    setTimeout(() => form.requestSubmit(button), 0);
}"""


@dataclass(frozen=True)
class Sent:
    """A form of a page as somebody sends it; `acts` are the buttons pressed one after another."""

    path: str
    fields: Mapping[str, str] = field(default_factory=dict)
    acts: tuple[str, ...] = ("",)
    status: int = 200
    blank: bool = False

    def by(self, page: Page, ids: Mapping[str, str]) -> Response:
        """The last answer."""
        page.goto(self.path.format(**ids))
        told = {name: value.format(**ids) for name, value in self.fields.items()}
        for act in self.acts:
            with page.expect_navigation() as answer:
                page.evaluate(FILL, [told, act, self.blank])
        return answer.value


def refused(path: str, act: str = "", status: int = 422, **fields: str) -> Sent:
    """Every text of the form left empty but for these."""
    return Sent(path, fields, (act,), status, blank=True)


LONGER = {
    "rows-0-op": "extend_term",
    "rows-0-product": "{product}",
    "rows-0-term": "days",
    "rows-0-days": "30",
    "reason": "так решил заказчик",
}
REFUSED = (
    refused("/cabinet/profile"),
    refused("/cabinet/profile/password"),
    refused("/cabinet/profile/second-factor", status=409),
    refused("/cabinet/users/invite"),
    refused("/cabinet/coupons/batches/{batch_id}/send"),
    refused("/cabinet/coupons/{coupon_id}/send"),
    refused("/cabinet/trust/master"),
    refused("/cabinet/search"),
    refused("/cabinet/customers/import"),
    refused("/cabinet/customers/new"),
    refused("/cabinet/customers/{customer_id}/edit"),
    refused("/cabinet/customers/{customer_id}/block"),
    refused("/cabinet/customers/{customer_id}/archive", status=409),
    refused("/cabinet/customers/{customer_id}/merge"),
    refused("/cabinet/license-keys/suspend?keys={key_id}"),
    refused("/cabinet/license-keys/issue"),
    refused("/cabinet/license-keys/{key_id}/reveal", cause="other"),
    refused("/cabinet/license-keys/{key_id}/rotate"),
    refused("/cabinet/license-keys/{key_id}/suspend"),
    refused("/cabinet/license-keys/{key_id}/revoke"),
    refused("/cabinet/license-keys/{key_id}/move"),
    refused("/cabinet/license-keys/{key_id}/seats/{activation_id}/release"),
    refused("/cabinet/license-keys/{key_id}/products/{entitlement_id}/{act}"),
    refused("/cabinet/license-keys/{key_id}/change", "check"),
    refused("/cabinet/coupons/generate/key"),
    refused("/cabinet/coupons/generate", "check"),
    refused("/cabinet/coupons/generate?preset=custom", "check"),
    refused("/cabinet/coupons/generate?preset=extend_trial", "check"),
    refused("/cabinet/coupons/redeem"),
    refused("/cabinet/redemptions/{redemption_id}/reverse"),
    refused("/cabinet/coupons/disable?coupons={coupon_id}"),
    refused("/cabinet/coupons/{coupon_id}/disable"),
    refused("/cabinet/coupons/{coupon_id}/edit", comment="x" * 1_001),
    refused("/cabinet/coupons/{coupon_id}/reveal", cause="other"),
    refused("/cabinet/distributors/new"),
    refused("/cabinet/distributors/{distributor_id}"),
    refused("/cabinet/products/new"),
    refused("/cabinet/products/{product_id}"),
    refused("/cabinet/products/{product_id}/eula"),
    refused("/cabinet/products/{product_id}/trial", trial_kind="calendar_days"),
    refused("/cabinet/features"),
    refused("/cabinet/features/{feature_id}"),
    refused("/cabinet/support"),
    refused("/cabinet/support/{kind}/{ident}/note"),
    refused("/cabinet/api-tokens/new"),
    refused("/cabinet/settings/{part}"),
    refused("/cabinet/settings/keys"),
    refused("/cabinet/settings/retention"),
    refused("/cabinet/settings/mail", host="smtp.example.com"),
    refused("/cabinet/extensions/new"),
    refused("/cabinet/extensions/{extension_id}/edit"),
    refused("/cabinet/extensions/{extension_id}/pictures"),
    refused("/cabinet/extensions/{extension_id}/releases/new"),
    refused("/cabinet/releases/{draft_id}/replace"),
    refused("/cabinet/releases/{draft_id}/documents"),
    refused("/cabinet/releases/{draft_id}/publish", "publish"),
    refused("/cabinet/releases/{release_id}/publish", "rollout"),
    refused("/cabinet/releases/{release_id}/withdraw"),
    refused("/cabinet/releases/{release_id}/audience", "test"),
    refused("/cabinet/releases/{draft_id}", min_from_version="нет"),
)
"""Nothing was typed, or something that no rule allows."""
ANSWERED = (
    Sent("/cabinet/search", {"q": "long@example.com"}),
    Sent("/cabinet/support", {"q": "long@example.com"}),
    Sent("/cabinet/audit/verify"),
    Sent("/cabinet/customers/import", {"text": "company;email\nООО;t@example.com"}, ("check",)),
    Sent("/cabinet/customers/{customer_id}/merge", {"from": "{spare_id}"}, ("check",)),
    Sent("/cabinet/license-keys/issue", {"customer_id": "{customer_id}"}),
    Sent("/cabinet/license-keys/{key_id}/reveal"),
    Sent("/cabinet/license-keys/{key_id}/send"),
    Sent("/cabinet/settings/mail/test"),
    Sent("/cabinet/license-keys/{key_id}/change", LONGER, ("refresh", "check")),
    Sent("/cabinet/coupons/generate", {"rows-0-product": "{product}"}, ("check",)),
    Sent("/cabinet/coupons/generate", {"rows-0-product": "{product}"}, ("check", "create")),
    Sent("/cabinet/coupons/redeem", {"key": "{key}", "coupon": "{coupon}"}, ("check",)),
    Sent("/cabinet/coupons/{coupon_id}/reveal"),
    Sent("/cabinet/api-tokens/new", {"name": "Бот", "scopes": "customers.read"}),
    Sent("/cabinet/users/invite", {"email": "new-{language}@example.com"}),
    Sent("/cabinet/settings/retention", {"retention_days": "100"}),
    Sent("/cabinet/releases/{draft_id}/compatibility", acts=("add_row",)),
    Sent("/cabinet/releases/{release_id}/audience", {"configuration_name": "Розница"}, ("test",)),
)
"""Confirmations, secrets that are shown once, findings."""
OLD, FOREIGN = {"version": "0"}, {"vendor_id": "0192f0c1-2f3a-7c11-8e4d-000000000000"}
CONFLICTS = (
    Sent("/cabinet/customers/{customer_id}/edit", OLD | {"company": "Другое"}, status=409),
    Sent("/cabinet/distributors/{distributor_id}", OLD | {"name": "Другой"}, status=409),
    Sent("/cabinet/products/{product_id}", OLD | {"name": "Другой"}, status=409),
    Sent("/cabinet/coupons/{coupon_id}/edit", OLD | {"comment": "Другой"}, status=409),
    Sent("/cabinet/extensions/{extension_id}/edit", OLD | {"title_ru": "Другое"}, status=409),
    Sent("/cabinet/releases/{draft_id}", OLD | {"notes_ru": "Другое"}, status=409),
    Sent("/cabinet/releases/{draft_id}/compatibility", OLD, ("add_row", "save"), 409),
    Sent("/cabinet/customers/new", FOREIGN, status=409),
)
"""Somebody else was faster, or the person has another vendor in another tab."""
BUTTON = "is a button without a field"
FILE = "answers with a file"
PART = "answers with a part of a page"
UNREFUSED = {
    "/cabinet/setup": "opens only while nobody has ever signed in",
    "/cabinet/sign-in/code": "opens only between password and code",
    "/cabinet/step-up": "opens only for those who have a second factor",
    "/cabinet/password/new": "opens only by a letter",
    "/cabinet/invite": "opens only by a letter",
    "/cabinet/sign-out": BUTTON,
    "/cabinet/vendor": BUTTON,
    "/cabinet/profile/language": BUTTON,
    "/cabinet/profile/theme": BUTTON,
    "/cabinet/profile/sessions": BUTTON,
    "/cabinet/profile/recovery-codes": BUTTON,
    "/cabinet/users/{user_id}/invite": BUTTON,
    "/cabinet/users/{user_id}/enable": BUTTON,
    "/cabinet/users/{user_id}/sessions": BUTTON,
    "/cabinet/users/{user_id}/disable": BUTTON,
    "/cabinet/users/{user_id}/role": "offers only what may be chosen",
    "/cabinet/{name}/columns": "offers only what may be chosen",
    "/cabinet/{name}/export": FILE,
    "/cabinet/audit/export": FILE,
    "/cabinet/support/{kind}/{ident}/export": FILE,
    "/cabinet/customers/{customer_id}/connection": FILE,
    "/cabinet/license-keys/{key_id}/connection": FILE,
    "/cabinet/coupons/batches/{batch_id}/codes": FILE,
    "/cabinet/coupons/describe": PART,
    "/cabinet/coupons/describe/{preset}": PART,
    "/cabinet/releases/{release_id}/compatibility/words": PART,
    "/cabinet/releases/{release_id}/notes": PART,
    "/cabinet/releases/{release_id}/audience/find": PART,
    "/cabinet/products/{product_id}/archive": BUTTON,
    "/cabinet/products/{product_id}/restore": BUTTON,
    "/cabinet/products/{product_id}/features": "offers only what may be chosen",
    "/cabinet/customers/{customer_id}/unblock": BUTTON,
    "/cabinet/license-keys/{key_id}/resume": BUTTON,
    "/cabinet/coupons/{coupon_id}/enable": BUTTON,
    "/cabinet/api-tokens/{token_id}/revoke": BUTTON,
    "/cabinet/system/letters/{letter_id}/retry": BUTTON,
    "/cabinet/releases/{release_id}/documents/{document_id}": BUTTON,
    "/cabinet/releases/{release_id}/delete": BUTTON,
    "/cabinet/releases/{release_id}/pause": BUTTON,
}
"""Where nothing is looked at after a form was sent, and why."""
