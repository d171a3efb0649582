"""The vendor's own program: a coupon taken back, a key renewed, a seat given back."""

from dataclasses import dataclass
from http import HTTPStatus

from app.demo.processes import Answer, expect
from app.demo.stage import Stage
from app.demo.vendor import Vendor

SCOPES = ("keys.read", "keys.manage", "coupons.generate", "coupons.redeem", "coupons.reverse")
_REASON = {"reason": "Показ возможностей"}


@dataclass(slots=True)
class Crm:
    """Does one step after the other by REST; `vendor` has done his before."""

    stage: Stage
    vendor: Vendor
    token: str = ""

    def appear(self) -> str:
        """A token with its scopes."""
        told = ["--name=CRM", "--role=manager", *(f"--scope={scope}" for scope in SCOPES)]
        made = self.stage.programs.podkluch("token", "create", *told)
        self.token = made["token"]
        return f"Токен {made['hint']}: {', '.join(made['scopes'])}"

    def reverse(self) -> str:
        """A coupon in the wrong key: redeemed, and exactly undone."""
        key = self.vendor.keys[1]
        month = {"op": "add_product", "product": self.vendor.sample.code, "term": {"days": 30}}
        batch = self._do("coupon-batches", name="Ошибочная продажа", operations=[month])
        pair = {"key": key["code"], "coupon": batch["codes"][0]}
        redemption = self._do("redemptions", **pair)["redemption"]["id"]
        self._expect_code(key["code"], "ACTIVE")
        path = f"redemptions/{redemption}/reverse"
        dry = self._do(path, dry_run=True, **_REASON)
        done = self._do(path, **_REASON)
        expect(dry["effects"] == done["effects"], f"как обещал прогон: {dry['effects']}", done)
        self._expect_code(key["code"], "KEY_EMPTY")
        return f"Ключ {key['hint']} снова пуст, купоном снова можно пользоваться"

    def rotate(self) -> str:
        """A new code for the key; the old one is refused at once, as no grace is given."""
        key = self.vendor.keys[1]
        told = self._do(f"license-keys/{key['id']}/rotate", grace_hours=0, **_REASON)
        self._expect_code(key["code"], "KEY_REVOKED")
        self._expect_code(told["code"], "KEY_EMPTY")
        return f"Вместо {key['hint']} теперь {told['hint']}; прежний код — KEY_REVOKED"

    def release(self) -> str:
        """The customer gives the infobase's seat back, twice without harm."""
        key = self.vendor.keys[0]["code"]
        [seat] = self._seats(key)
        for _ in range(2):
            status, said = self.stage.rest("DELETE", f"/api/v1/activations/{seat['id']}", key)
            expect(status == HTTPStatus.NO_CONTENT, "204, и повтор безвреден", f"{status} {said}")
        expect(not self._seats(key), "занятых мест нет", self._seats(key))
        return f"Место базы «{seat['label']}» свободно; повторный запрос ничего не изменил"

    def _seats(self, key: str) -> list[Answer]:
        _, said = self.stage.rest("GET", "/api/v1/activations", key)
        seats: list[Answer] = said["data"]
        return seats

    def _do(self, path: str, **body: object) -> Answer:
        status, said = self.stage.rest("POST", f"/api/v1/vendor/{path}", self.token, body)
        expect(status < HTTPStatus.BAD_REQUEST, f"«{path}» выполнится", f"{status} {said}")
        answer: Answer = said
        return answer

    def _expect_code(self, key: str, code: str) -> None:
        _, said = self.stage.rest("POST", "/api/v1/license-checks", key, {"products": []})
        expect(said["code"] == code, f"проверка ключа ответит {code}", said)
