"""The client's part of the demo: from a coupon to an installed extension, by the real agent."""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.demo.processes import Answer, UnexpectedError, expect
from app.demo.sample import CONFIGURATION, PLATFORM
from app.demo.stage import Stage, result_of
from app.demo.vendor import Vendor

_PARTIAL, _CONFLICT = 206, 409
_RESTART = {"outcome": "done_restart_required", "exit_code": 3010}


@dataclass(slots=True)
class Client:
    """Does one step after the other; `vendor` has done his before."""

    stage: Stage
    vendor: Vendor
    installing: Iterator[Answer] = field(default_factory=lambda: iter(()))
    """What the agent says while it installs: the steps below listen to one and the same run."""
    promised: list[Answer] = field(default_factory=list)
    """The coupon's effects, as the dry run told them."""
    seen: Answer = field(default_factory=dict)
    outcome: Answer = field(default_factory=dict)

    def find_key_empty(self) -> str:
        """The key is good, and there is nothing in it."""
        code = self.vendor.keys[0]["code"]
        file = f"--connection={self.vendor.connection}"
        ended = self._agent("check", file, "--key-stdin", said=f"{code}\n")
        expect(ended["code"] == "KEY_EMPTY", "агент сообщит KEY_EMPTY", _told(ended))
        return f"{ended['code']}: {ended['text']}"

    def try_coupon(self) -> str:
        """What the coupon would do, and that nothing of it is done."""
        key, body = self.vendor.keys[0]["code"], {"coupon": self.vendor.coupon}
        _, said = self.stage.rest("POST", "/api/v1/redemptions/preview", key, body)
        expect(said["possible"], "купон подойдёт", said)
        self.promised = said["effects"]
        _, still = self.stage.rest("POST", "/api/v1/license-checks", key, {"products": []})
        expect(still["code"] == "KEY_EMPTY", "прогон ничего не меняет", still)
        return f"Сейчас: пусто. Станет: {_held(self.promised)}\nКлюч по-прежнему пуст"

    def redeem(self) -> str:
        """The coupon into the key."""
        ended = self._agent("redeem", said=f"{self.vendor.coupon}\n")
        expect(ended["exit_code"] == 0 and ended["changed"], "купон активирован", _told(ended))
        expect(ended["data"]["redemption"]["effects"] == self.promised, "как обещано", _told(ended))
        [effect] = ended["data"]["redemption"]["effects"]
        expect(effect["before"] is None, "раньше продукта в ключе не было", effect["before"])
        return f"Было: пусто. Стало: {_held([effect])}"

    def list_offers(self) -> str:
        """Each of the three releases with its own verdict."""
        ended = self._agent("list", "--show-all")
        expect(ended["exit_code"] == 0, "агент покажет расширения", _told(ended))
        rows = {row["release"]["version"]: row for row in ended["data"]["data"]}
        wanted = {each["version"]: verdict for verdict, each in self.vendor.releases.items()}
        found = {version: row["verdict"] for version, row in rows.items()}
        expect(found == wanted, f"решения {wanted}", found)
        best = [version for version, row in rows.items() if row["best"]]
        expect(best == [self._version()], f"лучший релиз — {self._version()}", best)
        return "\n".join(
            f"{version}: {_VERDICTS[rows[version]['verdict']]} ({rows[version]['code']}). "
            f"{rows[version]['reason']}"
            for version in wanted
        )

    def trust_vendor(self) -> str:
        """The chain from the pinned root to the release, and that it is the vendor's own root."""
        code = self.vendor.sample.code
        ended = self._agent("install", code, "--plan-only")
        data = ended["data"]
        expect(data.get("signature_verified"), "подпись вендора проверена", _told(ended))
        root = data["signature"]["root_fingerprint"]
        expect(root == self.vendor.fingerprint, f"корень {self.vendor.fingerprint}", root)
        return f"Подпись проверена, отпечаток корня {root} — тот же, что у вендора"

    def be_asked(self) -> str:
        """Without consent nothing is installed; the agreement's text is shown."""
        events = list(self._install().documents())
        ended = result_of(iter(events))
        asked = [each for each in events if each["ev"] == "question" and each["code"] == "eula"]
        expect(
            ended["code"] == "CONSENT_REQUIRED" and bool(asked), "спросит согласие", _told(ended)
        )
        data = asked[0]["data"]
        expect(
            data["subject"] == self.vendor.eula_sha256 == _sha256(data["text"].encode()),
            f"показан текст с SHA-256 {self.vendor.eula_sha256}",
            data["subject"],
        )
        expect(not self._extensions(), "в базе ничего не изменилось", "в базе есть расширение")
        return f"Без согласия — {ended['code']}, база не тронута; показан опубликованный текст"

    def accept_eula(self) -> str:
        """The person agrees to exactly that text; the server puts it on record."""
        run = self._install(f"--accept-eula={self.vendor.eula_sha256}", "--yes")
        self.installing = run.documents()
        self._reach("DOWNLOADED")
        offer = self._offer()
        expect(offer["eula"]["accepted"], "сервер: соглашение принято", offer["eula"])
        return f"Принят текст с SHA-256 {self.vendor.eula_sha256[:12]}…"

    def activate(self) -> str:
        """A seat is taken for this infobase."""
        activation = self._offer()["activation"]
        expect(bool(activation["id"]), "место занято этой базой", activation)
        return f"База заняла место, свободно ещё {activation['seats_free']}"

    def download(self) -> str:
        """The line breaks in the middle, the agent goes on from there."""
        self._reach("FILE_VERIFIED")
        seen = self.stage.forwarder.transfers
        expect([each.is_whole for each in seen] == [False, True], "обрыв и продолжение", seen)
        cut, resumed = seen
        expect(
            resumed.status == _PARTIAL and resumed.asked == f"bytes={cut.passed}-",
            f"второй просит байты с {cut.passed} и получает 206",
            resumed,
        )
        return (
            f"Связь оборвана на {cut.passed} из {cut.length} Б; агент попросил «{resumed.asked}», "
            f"ответ {resumed.status}, «{resumed.answered}»"
        )

    def verify(self) -> str:
        """The whole file is the published one."""
        self._reach("CONNECTED")
        published = self.vendor.releases["compatible"]["sha256"]
        file = self.stage.folder / "agent" / "cache" / f"{published}.cfe"
        found = _sha256(file.read_bytes())
        expect(found == published, f"SHA-256 {published}", found)
        return f"SHA-256 {found} — тот же, что при публикации"

    def install(self) -> str:
        """It is written into the infobase, read back, and seen by a new session."""
        self.outcome = result_of(self.installing)
        expect(self.outcome["outcome"].startswith("done"), "установлено", _told(self.outcome))
        expect(self.outcome["data"]["signature_verified"], "подпись проверена", self.outcome)
        [stored] = self._extensions()
        published = self.vendor.releases["compatible"]["sha256"]
        found = _sha256(base64.b64decode(stored["data"]))
        expect(found == published, f"в базе байты с SHA-256 {published}", found)
        return f"В базе «{stored['name']}» версии «{stored['version']}», байты те же"

    def hear_of_restart(self) -> str:
        """The agent says that people have to start 1C anew."""
        ended = self.outcome
        told = {name: ended[name] for name in _RESTART}
        expect(told == _RESTART, f"итог {_RESTART}", f"{told}, {_told(ended)}")
        return f"{ended['code']} (код возврата {ended['exit_code']}): {ended['text']}"

    def report(self) -> str:
        """The server knows it too."""
        ended = self._agent("status")
        data = ended["data"]
        expect(data["pending_reports"] == 0, "ни один отчёт не ждёт отправки", data)
        expect(data["rejected_reports"] == 0, "ни один отчёт не отвергнут", data)
        expect(not data["drift"], "расширение в базе — то, что установили", data["drift"])
        return "Сервер принял отчёт, очередь агента пуста"

    def refuse_tampered(self) -> str:
        """Another byte on the way: the file is refused, and 1C is not even asked."""
        before, wanted = self._extensions(), self.vendor.releases["untested"]
        with self.stage.forwarder.tampering():
            ended = result_of(
                self._install(
                    f"--release={wanted['version']}",
                    "--show-untested",
                    "--accept-untested",
                    "--yes",
                ).documents()
            )
        reason = ended["data"].get("reason")
        refused = (ended["code"], reason) == ("SIGNATURE_BAD", "HASH_MISMATCH")
        expect(refused, "SIGNATURE_BAD, HASH_MISMATCH", f"{ended['code']} {reason}")
        expect(not ended["changed"] and self._extensions() == before, "база не тронута", ended)
        return f"По пути изменён один байт. {_told(ended)}"

    def be_refused(self) -> str:
        """The same coupon on somebody else's key."""
        other = self.vendor.keys[1]
        body = {"coupon": self.vendor.coupon}
        status, said = self.stage.rest("POST", "/api/v1/redemptions", other["code"], body)
        refused = status == _CONFLICT and said["code"] == "COUPON_EXHAUSTED"
        expect(refused, "409 COUPON_EXHAUSTED", f"{status} {said}")
        return f"Ключ {other['hint']}: {status} {said['code']}. {said['title']}"

    def _agent(self, command: str, *arguments: str, said: str = "") -> Answer:
        infobase = f"--simulated={self.stage.infobase}"
        return self.stage.agent(command, infobase, *arguments, said=said)

    def _install(self, *arguments: str) -> Any:
        infobase = f"--simulated={self.stage.infobase}"
        code = self.vendor.sample.code
        return self.stage.start_agent("install", code, infobase, *arguments)

    def _reach(self, state: str) -> None:
        """Listens until the agent enters a state, which it does when the one before is done."""
        for event in self.installing:
            if event["ev"] == "result":
                raise UnexpectedError(f"агент дойдёт до {state}", _told(event))
            if event["state"] == state and event["ev"] == "step":
                self.seen = event
                return
        raise UnexpectedError(f"агент дойдёт до {state}", "агент завершился молча")

    def _offer(self) -> Answer:
        """The compatible release as the server offers it to this infobase now."""
        body = {
            "configuration": CONFIGURATION,
            "platform_version": PLATFORM,
            "infobase": {"id": self.seen["infobase"]},
        }
        key = self.vendor.keys[0]["code"]
        status, said = self.stage.rest("POST", "/api/v1/offers", key, body)
        rows = [row for row in said.get("data", ()) if row["release"]["version"] == self._version()]
        expect(len(rows) == 1, f"предложен релиз {self._version()}", f"{status} {said}")
        offer: Answer = rows[0]
        return offer

    def _version(self) -> str:
        return str(self.vendor.releases["compatible"]["version"])

    def _extensions(self) -> list[Answer]:
        """What the simulated 1C holds."""
        state = json.loads((self.stage.infobase / "infobase.json").read_text(encoding="utf-8"))
        found: list[Answer] = state.get("extensions", [])
        return found


_VERDICTS = {"compatible": "подходит", "untested": "не проверен", "incompatible": "отклонён"}


def _held(effects: list[Answer]) -> str:
    [effect] = effects
    after = effect["after"]
    until = date.fromisoformat(after["valid_until"]).strftime("%d.%m.%Y")
    return f"действует до {until} включительно, мест {after['seats']}"


def _told(event: Answer) -> str:
    return f"{event['code'] or event['outcome']}: {event['text']}"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
