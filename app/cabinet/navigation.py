"""The sections of the cabinet: what each role sees in the menu, in its order."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from app.accounts.schemas import Permission
from app.kit.i18n import N_, Language, translate


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of the menu; the key follows `g`, no permission is everybody's."""

    path: str
    title: str
    icon: str
    permission: Permission | None = None
    key: str = ""
    also: tuple[str, ...] = ()
    """Further addresses whose pages belong to the section."""


GROUPS: tuple[tuple[str, tuple[Section, ...]], ...] = (
    ("", (Section("", N_("Overview"), "house", None, "o"),)),
    (
        N_("Sales"),
        (
            Section("/customers", N_("Customers"), "people", Permission.CUSTOMERS_READ, "c"),
            Section("/license-keys", N_("Licence keys"), "key", Permission.KEYS_READ, "k"),
            Section("/coupons", N_("Coupons"), "ticket-perforated", Permission.COUPONS_READ, "u"),
            Section("/distributors", N_("Distributors"), "truck", Permission.CUSTOMERS_READ),
        ),
    ),
    (
        N_("Catalogue"),
        (
            Section("/products", N_("Products"), "box-seam", Permission.CATALOG_READ),
            Section(
                "/extensions",
                N_("Extensions"),
                "puzzle",
                Permission.CATALOG_READ,
                "e",
                also=("/releases",),
            ),
            Section("/configurations", N_("Configurations"), "grid", Permission.CATALOG_READ),
        ),
    ),
    (
        N_("Delivery"),
        (
            Section("/downloads", N_("Downloads"), "download", Permission.DOWNLOADS_READ),
            Section("/installations", N_("Installations"), "cpu", Permission.INSTALLS_READ),
        ),
    ),
    (
        N_("Support"),
        (
            Section(
                "/support", N_("Activation audit"), "life-preserver", Permission.SUPPORT_READ, "s"
            ),
            Section("/audit", N_("Audit log"), "journal-text", Permission.AUDIT_READ),
        ),
    ),
    (
        N_("Administration"),
        (
            Section("/users", N_("Users"), "people", Permission.USERS_MANAGE),
            Section("/api-tokens", N_("API tokens"), "code-square", Permission.TOKENS_MANAGE),
            Section("/trust", N_("Trust"), "shield-check", Permission.TRUST_READ),
            Section("/settings", N_("Settings"), "gear", Permission.SETTINGS_MANAGE),
            Section("/system", N_("System"), "database", Permission.SETTINGS_MANAGE),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A section as the menu shows it."""

    order: int
    group: str
    path: str
    title: str
    icon: str
    key: str
    current: bool


def menu(permissions: AbstractSet[Permission], here: str, language: Language) -> list[Entry]:
    """What a reader may open; the section of the address `here` is marked."""
    return list(_entries(permissions, here, language))


def _entries(
    permissions: AbstractSet[Permission], here: str, language: Language
) -> Iterator[Entry]:
    for order, (group, sections) in enumerate(GROUPS):
        for section in sections:
            if section.permission is None or section.permission in permissions:
                path = f"/cabinet{section.path}"
                roots = [f"/cabinet{each}/" for each in (section.path, *section.also) if each]
                inside = here.startswith(tuple(roots))
                yield Entry(
                    order,
                    translate(group, language),
                    path,
                    translate(section.title, language),
                    section.icon,
                    section.key,
                    here == path or inside,
                )
