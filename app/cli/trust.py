"""`podkluch trust`: a vendor's root of trust, made and kept away from the server."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from app.accounts import queries as accounts
from app.cli.ceremonies import (
    Founder,
    Successor,
    apart,
    described,
    in_one_place,
    installed,
    read_request,
    require_apart,
    show,
)
from app.cli.files import read_json
from app.cli.keyfolder import DOCUMENT_MAX, KeyFolder, write_file, write_paper
from app.cli.master import asked_words
from app.cli.runtime import VendorSlug, actor, unit_of_work, vendor_of
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal
from app.kit.i18n import Sentence, fill
from app.trust import queries
from app.trust.models import KeyStatus
from app.trust.schemas import KeyRole, TrustBundle, TrustRequest
from app.trust.service import publishing, requests
from app.trust.service.export import export as export_files
from wire.enrolment import dumps

app = typer.Typer(
    help="Корень доверия вендора: чем подписаны релизы и как это проверяют агенты.",
    no_args_is_help=True,
)

Keys = Annotated[
    Path, typer.Option("--keys", help="Папка ключей на съёмном носителе, не на сервере.")
]
LocalKeys = Annotated[
    Path | None, typer.Option("--keys", help="Папка ключей корня: подписать и установить сразу.")
]
Request = Annotated[
    Path | None,
    typer.Option("--request", exists=True, dir_okay=False, help="Файл из `trust request`."),
]
Out = Annotated[Path | None, typer.Option("--out", help="Куда записать; без параметра — экран.")]
Local = Annotated[
    bool, typer.Option("--local", help="Всё на одной машине: запрос, подпись и установка.")
]
TwoOfThree = Annotated[
    bool, typer.Option("--two-of-three", help="Три ключа корня, подписывают любые два.")
]
Heirs = Annotated[
    Path | None,
    typer.Option("--heirs", help="Папка новых ключей корня: прежние больше не подпишут."),
]
ToVendor = Annotated[
    bool,
    typer.Option("--to-vendor", help="Релизы будет подписывать компьютер вендора."),
]


@app.command(epilog=EPILOG)
def request(
    *,
    vendor: VendorSlug = None,
    to_vendor: ToVendor = False,
    out: Out = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Подготовить на сервере запрос к ключам корня: файл для `trust init` или `trust renew`."""
    with Terminal(lang, as_json=as_json) as terminal:
        with unit_of_work() as session:
            owner = vendor_of(session, vendor).id
            row = queries.repository(session, owner)
            if row is not None and row.root_version:
                paper = requests.next_request(session, owner, to_vendor=to_vendor, actor=actor())
            else:
                paper = requests.first_request(session, owner, actor=actor())
        _hand_over(terminal, paper, out, "sign" if to_vendor else _next(paper))


@app.command(epilog=EPILOG)
def rotate(
    *,
    role: Annotated[list[KeyRole], typer.Option(help="Какой ключ сервера заменить.")],
    vendor: VendorSlug = None,
    keys: LocalKeys = None,
    out: Out = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Заменить ключи сервера: новые вступят в силу с подписью корня."""
    asks = partial(requests.next_request, rotate=role, actor=actor())
    with Terminal(lang, as_json=as_json) as terminal:
        if keys is not None:
            require_apart(keys)
            in_one_place(
                terminal, vendor, Successor.open(terminal, keys, None, two_of_three=False), asks
            )
            return
        with unit_of_work() as session:
            paper = asks(session, vendor_of(session, vendor).id)
        _hand_over(terminal, paper, out, _next(paper))


@app.command(epilog=EPILOG)
def init(  # noqa: PLR0913 - one parameter per option
    *,
    keys: Keys,
    request: Request = None,
    local: Local = False,
    two_of_three: TwoOfThree = False,
    vendor: VendorSlug = None,
    out: Out = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Создать ключи корня и подписать ими первый корень. Слова ключей показываются один раз."""
    with Terminal(lang, as_json=as_json) as terminal:
        paper = read_request(request, local=local, keys=keys, out=out)
        founder = Founder.open(terminal, keys, two_of_three=two_of_three)
        if paper is not None and out is not None:
            apart(terminal, paper, founder, out)
        else:
            asks = partial(requests.first_request, actor=actor())
            in_one_place(terminal, vendor, founder, asks)


@app.command(epilog=EPILOG)
def renew(  # noqa: PLR0913 - one parameter per option
    *,
    keys: Keys,
    request: Request = None,
    local: Local = False,
    heirs: Heirs = None,
    two_of_three: TwoOfThree = False,
    vendor: VendorSlug = None,
    out: Out = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Подписать следующий корень: новый срок, новые ключи сервера или новые ключи корня."""
    with Terminal(lang, as_json=as_json) as terminal:
        paper = read_request(request, local=local, keys=keys, out=out)
        successor = Successor.open(terminal, keys, heirs, two_of_three=two_of_three)
        if paper is not None and out is not None:
            apart(terminal, paper, successor, out)
        else:
            asks = partial(requests.next_request, actor=actor())
            in_one_place(terminal, vendor, successor, asks)


@app.command(epilog=EPILOG)
def install(
    bundle: Annotated[Path, typer.Argument(exists=True, dir_okay=False, metavar="BUNDLE")],
    *,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Проверить на сервере, что подписал корень, и опубликовать."""
    with Terminal(lang, as_json=as_json) as terminal:
        paper = read_json(bundle, TrustBundle, DOCUMENT_MAX)
        with unit_of_work() as session:
            told = installed(session, paper)
        show(terminal, Sentence("Корень доверия установлен", "The root is installed"), told)


@app.command(epilog=EPILOG)
def status(*, vendor: VendorSlug = None, as_json: AsJson = False, lang: Lang = "ru") -> None:
    """Показать корень, его отпечаток и сроки, ключи и последнюю подпись."""
    with Terminal(lang, as_json=as_json) as terminal:
        with unit_of_work() as session:
            row = queries.ready_repository(session, vendor_of(session, vendor).id)
            told = described(session, row)
            zone = ZoneInfo(accounts.vendor(session, row.vendor_id).time_zone)
            roots = [
                each._replace(installed_at=each.installed_at.astimezone(zone))._asdict()
                for each in queries.roots(session, row.id)
            ]
            keys = [
                {"role": key.role, "kid": key.kid, "status": key.status}
                for key in queries.keys(session, row.id)
            ]
        if terminal.as_json:
            terminal.write(told | {"trust_keys": keys, "roots": roots})
            return
        alive = [each for each in keys if each["status"] != KeyStatus.RETIRED]
        told["trust_keys"] = [_key_in_words(**each) for each in alive]
        show(terminal, Sentence("Доверие", "Trust"), told)
        terminal.say(
            Sentence("Корни, которым могут доверять агенты:", "Roots that agents may trust:")
        )
        for each in roots:
            day = fill("{day}", terminal.language, {"day": each["installed_at"]})
            line = f"  {each['version']}  {each['fingerprint']}  {day}"
            terminal.say(Sentence(line, line))


def _next(paper: TrustRequest) -> str:
    return "trust renew --request" if paper.standing else "trust init --request"


def _hand_over(terminal: Terminal, paper: TrustRequest, out: Path | None, step: str) -> None:
    """Writes a request; beside a file there is room to say what comes next."""
    write_paper(paper, out)
    if out is not None:
        next_step = Sentence(f"`podkluch {step}`", f"`podkluch {step}`")
        title = Sentence("Запрос записан", "The request is written")
        terminal.show(title, {"file": out, "next_step": next_step})


def _key_in_words(role: str, kid: str, status: str) -> Sentence:
    """A key by the beginning of its id; a pending one counts for nothing yet."""
    if status == KeyStatus.PENDING:
        return Sentence(f"{role} {kid[:8]} (ждёт подписи корня)", f"{role} {kid[:8]} (pending)")
    return Sentence(f"{role} {kid[:8]}", f"{role} {kid[:8]}")


@app.command(epilog=EPILOG)
def export(
    folder: Annotated[Path, typer.Argument(file_okay=False, metavar="DIR")],
    *,
    vendor: VendorSlug = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Записать подписанные сведения для зеркала: новые файлы, последним timestamp.json."""
    with Terminal(lang, as_json=as_json) as terminal, unit_of_work() as session:
        count = export_files(session, vendor_of(session, vendor).id, folder)
        terminal.show(Sentence("Зеркало", "Mirror"), {"file": folder, "files": count})


@app.command(epilog=EPILOG)
def connection(
    *,
    out: Annotated[Path, typer.Option("--out", help="Куда записать: ИМЯ.podkluch.")],
    server: Annotated[
        str | None, typer.Option(help="Адрес для клиентов; без параметра — public_url.")
    ] = None,
    vendor: VendorSlug = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Записать файл подключения для клиентов: адрес сервера и корень доверия, без ключа."""
    with Terminal(lang, as_json=as_json) as terminal:
        with unit_of_work() as session:
            file = queries.connection_file(session, vendor_of(session, vendor).id)
        if server is not None:
            file = replace(file, server=server.rstrip("/"))
        write_file(out, dumps(file).decode())
        told = {"file": out, "server": file.server, "fingerprint": file.root_fingerprint}
        terminal.show(Sentence("Файл подключения", "Connection file"), told)


@app.command(epilog=EPILOG)
def republish(*, vendor: VendorSlug = None, as_json: AsJson = False, lang: Lang = "ru") -> None:
    """Подписать заново всё, что подписывает сервер: после восстановления из копии."""
    with Terminal(lang, as_json=as_json) as terminal:
        with unit_of_work() as session:
            owner = vendor_of(session, vendor)
            publishing.republish(session, owner.id)
            told = described(session, queries.ready_repository(session, owner.id))
        show(terminal, Sentence("Подписано заново", "Signed anew"), told)


@app.command(epilog=EPILOG)
def recover(
    *,
    keys: Keys,
    name: Annotated[str, typer.Option(help="Имя ключа: root-1, root-2, release.")] = "root-1",
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Вернуть файл ключа из слов: четыре строки, вопросами или со стандартного ввода."""
    with Terminal(lang, as_json=as_json) as terminal:
        seed = asked_words(terminal)
        KeyFolder.ask(terminal, keys, new=True).make(name, seed)
        terminal.show(Sentence("Ключ возвращён", "The key is back"), {"file": keys / f"{name}.pem"})
