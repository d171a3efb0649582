"""`podkluch extension`: the lines of releases behind a vendor's products."""

from pathlib import Path
from typing import Annotated

import typer

from app.catalog import queries
from app.catalog.models import ImageKind
from app.catalog.schemas.extensions import CreateExtension
from app.catalog.service import extensions
from app.cli.files import read_at_most
from app.cli.runtime import VendorSlug, actor, unit_of_work, vendor_of
from app.cli.terminal import EPILOG, AsJson, Lang, Terminal, given
from app.cli.words import PURPOSES
from app.kit.i18n import Sentence
from app.kit.problems import command
from wire.extensions import Purpose

app = typer.Typer(help="Расширения, релизы которых получают клиенты.", no_args_is_help=True)

Product = Annotated[str, typer.Option(help="Код продукта, с которым расширение продаётся.")]
Code = Annotated[str, typer.Option(help="Код расширения: строчная латиница, цифры и дефис.")]
OnecName = Annotated[
    str, typer.Option(help="Имя расширения в 1С, одно и то же в каждом файле .cfe.")
]
Title = Annotated[str, typer.Option(help="Заголовок для людей, по-русски.")]
TitleEn = Annotated[str | None, typer.Option(help="Заголовок по-английски.")]
Description = Annotated[str | None, typer.Option(help="Описание по-русски.")]
DescriptionEn = Annotated[str | None, typer.Option(help="Описание по-английски.")]
Kind = Annotated[
    Purpose | None,
    typer.Option(help="Назначение в 1С: исправление, адаптация (так и без параметра), дополнение."),
]
Exclusive = Annotated[
    bool | None,
    typer.Option(
        "--exclusive-required/--no-exclusive-required",
        help="Ставить в монопольном режиме (так и без параметра).",
    ),
]
SafeModeOff = Annotated[
    bool | None, typer.Option("--safe-mode-off-required", help="Работает без безопасного режима.")
]
ProtectionOff = Annotated[
    bool | None,
    typer.Option("--unsafe-action-protection-off", help="Работает без защиты от опасных действий."),
]
Restart = Annotated[
    bool | None,
    typer.Option(
        "--restart-required/--no-restart-required",
        help="После установки нужен перезапуск сеансов (так и без параметра).",
    ),
]
Backup = Annotated[
    bool | None, typer.Option("--backup-required", help="Без копии базы не ставить.")
]
Conflicts = Annotated[
    list[str] | None, typer.Option(help="Имя в 1С, с которым не уживается. Можно повторять.")
]
Requires = Annotated[
    list[str] | None, typer.Option(help="Имя в 1С, без которого не работает. Можно повторять.")
]
TrialProduct = Annotated[
    str | None, typer.Option(help="Код продукта, триал которого открывает расширение.")
]
Picture = Annotated[
    Path,
    typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="PNG, JPEG или WebP до 1 МБ."),
]
Screenshot = Annotated[
    bool, typer.Option("--screenshot", help="Снимок экрана, до восьми; без параметра логотип.")
]
Docs = Annotated[str | None, typer.Option(help="Адрес документации, https.")]


@app.command(epilog=EPILOG)
def create(  # noqa: PLR0913 - one parameter per option
    *,
    product: Product,
    code: Code,
    onec_name: OnecName,
    title_ru: Title,
    vendor: VendorSlug = None,
    trial_product: TrialProduct = None,
    title_en: TitleEn = None,
    description_ru: Description = None,
    description_en: DescriptionEn = None,
    purpose: Kind = None,
    exclusive_required: Exclusive = None,
    safe_mode_off_required: SafeModeOff = None,
    unsafe_action_protection_off: ProtectionOff = None,
    restart_required: Restart = None,
    backup_required: Backup = None,
    conflicts_with: Conflicts = None,
    requires: Requires = None,
    docs_url: Docs = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Завести расширение."""
    asked = given(locals())
    with Terminal(lang, as_json=as_json) as terminal:
        wanted = command(CreateExtension, asked)
        with unit_of_work() as session:
            owner = vendor_of(session, vendor)
            extension = extensions.create_extension(session, owner.id, wanted, actor=actor())
        shown = {name: getattr(extension, name) for name in ("code", "onec_name", "purpose", "id")}
        shown["purpose"] = PURPOSES[extension.purpose]
        terminal.show(
            Sentence("Расширение заведено", "Extension created"),
            {"title": extension.title_ru, "product": product} | shown,
        )


@app.command(epilog=EPILOG)
def picture(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Код расширения.")],
    file: Picture,
    *,
    screenshot: Screenshot = False,
    vendor: VendorSlug = None,
    as_json: AsJson = False,
    lang: Lang = "ru",
) -> None:
    """Заменить логотип расширения или добавить снимок экрана."""
    with Terminal(lang, as_json=as_json) as terminal:
        data = read_at_most(file, extensions.IMAGE_MAX)
        kind = ImageKind.SCREENSHOT if screenshot else ImageKind.LOGO
        with unit_of_work() as session:
            owner = vendor_of(session, vendor)
            line = queries.extension_by_code(session, owner.id, code)
            image = extensions.add_image(session, owner.id, line.id, kind, data, actor=actor())
        shown = {name: getattr(image, name) for name in ("size", "sha256", "id")}
        title = Sentence("Картинка сохранена", "Picture kept")
        terminal.show(title, {"extension": code, "file": file.name} | shown)
