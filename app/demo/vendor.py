"""The vendor's part of the demo: from an empty server to a coupon, by the command `podkluch`."""

import hashlib
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from app.demo.processes import Answer, expect, together
from app.demo.sample import SOLD, Planned, Sample
from app.demo.stage import Stage

CUSTOMER, OTHER_CUSTOMER = "ООО «Василёк»", "ООО «Ромашка»"


@dataclass(slots=True)
class Vendor:
    """Does one step after the other; what later steps need of it stays here."""

    stage: Stage
    sample: Sample
    fingerprint: str = ""
    """Of the root of trust, as the server shows it."""
    connection: Path = Path()
    """The file that clients get."""
    eula_sha256: str = ""
    releases: dict[str, Answer] = field(default_factory=dict)
    """By the verdict that they are to get, as `podkluch release publish` showed them."""
    customers: list[str] = field(default_factory=list)
    keys: list[Answer] = field(default_factory=list)
    """The customer's own, and somebody else's."""
    coupon: str = ""

    def appear(self) -> str:
        """A tenant of its own."""
        made = self._do("vendor", "create", "--slug=vektor", "--name=ООО «Вектор»", "--prefix=DEMO")
        return f"{made['name']}, все ключи и купоны начинаются с {made['prefix']}"

    def make_root(self) -> str:
        """A throw-away root of trust, by the ceremony for one machine, and its connection file."""
        phrase = secrets.token_urlsafe()
        made = self.stage.programs.podkluch(
            "trust", "init", "--local", f"--keys={self.stage.medium}", said=f"{phrase}\n" * 2
        )
        self.fingerprint = made["fingerprint"]
        self.connection = self.stage.folder / "vektor.podkluch"
        told = self._do(
            "trust",
            "connection",
            f"--out={self.connection}",
            f"--server={self.stage.agents_url}",
        )
        expect(told["fingerprint"] == self.fingerprint, f"в файле корень {self.fingerprint}", told)
        return (
            f"Демонстрационный корень доверия, отпечаток {self.fingerprint}\n"
            "Ключи корня лежат отдельно от сервера; клиенту уходит файл подключения"
        )

    def make_product(self) -> str:
        """Something to sell."""
        made = self._do(
            "product",
            "create",
            f"--code={self.sample.code}",
            f"--name={self.sample.title}",
            f"--days={SOLD['days']}",
            f"--seats={SOLD['seats']}",
        )
        return f"«{made['name']}»: {made['days']} дней, мест {made['seats']}"

    def make_extension(self) -> str:
        """What the product consists of, under its name in 1C."""
        made = self._do(
            "extension",
            "create",
            f"--product={self.sample.code}",
            f"--code={self.sample.code}",
            f"--onec-name={self.sample.onec_name}",
            f"--title-ru={self.sample.title}",
            f"--purpose={self.sample.purpose.lower()}",
        )
        return f"{made['code']}, имя в 1С — {made['onec_name']}"

    def publish_eula(self) -> str:
        """An agreement in two languages."""
        files = []
        for language, text in zip(("ru", "en"), self.sample.eula(), strict=True):
            path = self.stage.folder / f"eula.{language}.txt"
            path.write_text(text, encoding="utf-8")
            files.append(f"--{language}={path}")
        made = self._do("eula", "publish", f"--product={self.sample.code}", *files)
        self.eula_sha256 = made["sha256"]
        return f"Редакция {made['number']}, SHA-256 {self.eula_sha256[:12]}…"

    def publish_releases(self) -> str:
        """Three releases made from .cfe files, each with its rules."""
        planned = self.sample.releases()
        made = [self._publish(each) for each in planned]  # each is signed on top of the other
        self.releases = {each.verdict: shown for each, shown in zip(planned, made, strict=True)}
        signed = "Каждая публикация подписана ключом релизов, который назвал корень"
        return "\n".join([*self._about_given(), *map(_described, made), signed])

    def make_customers(self) -> str:
        """Client companies."""
        companies = (CUSTOMER, OTHER_CUSTOMER)
        made = together(
            *(
                lambda number=number, company=company: self._do(
                    "customer",
                    "create",
                    f"--company={company}",
                    f"--email=buyer{number}@example.com",
                )
                for number, company in enumerate(companies, start=1)
            )
        )
        self.customers = [each["id"] for each in made]
        return f"{CUSTOMER}; для проверки отказа ещё {OTHER_CUSTOMER}"

    def issue_keys(self) -> str:
        """An empty key for each of them."""
        self.keys = together(
            *(
                lambda customer=customer: self._do("key", "issue", f"--customer={customer}")
                for customer in self.customers
            )
        )
        own, other = self.keys
        return f"{own['hint']}, продуктов в нём пока нет; у второго клиента {other['hint']}"

    def generate_coupon(self) -> str:
        """One coupon that adds the product once."""
        made = self._do("coupon", "generate", f"--product={self.sample.code}")
        [self.coupon] = made["codes"]
        return str(made["description"])

    def _do(self, *arguments: str) -> Answer:
        return self.stage.programs.podkluch(*arguments)

    def _publish(self, planned: Planned) -> Answer:
        file, rules = planned.put(self.stage.folder)
        made = self._do(
            "release",
            "publish",
            str(file),
            f"--extension={self.sample.code}",
            f"--version={planned.version}",
            f"--notes-ru={planned.notes}",
            f"--rules={rules}",
        )
        expect(
            made["sha256"] == _sha256(file),
            f"сервер хранит те же байты, SHA-256 {_sha256(file)}",
            made["sha256"],
        )
        return made

    def _about_given(self) -> list[str]:
        """Why a given file may bear another version than the text in it."""
        if self.sample.given is None:
            return []
        text, ours = self.sample.file_version, self.releases["compatible"]["version"]
        why = "" if text == ours else f", это не номер версии, поэтому наша версия — {ours}"
        return [f"Файл {self.sample.given.name}: в нём версия «{text}»{why}"]


def _described(release: Answer) -> str:
    return f"{release['version']}: {release['size']} Б, SHA-256 {release['sha256'][:12]}…"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
