"""Life of releases, pictures, versions of rule sets, and the directory of configurations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_catalogue"
down_revision = "2026_11_22_keys_and_coupons"
branch_labels = None
depends_on = None

CHECKS = (
    ("version_key", "releases", "status = 'draft' OR version_key IS NOT NULL"),
    ("min_from", "releases", "(min_from_version IS NULL) = (min_from_key IS NULL)"),
    ("rollout_percent", "releases", "rollout_percent BETWEEN 1 AND 100"),
    ("advice", "releases", "advice IN ('stop', 'rollback_to')"),
    (
        "rollback_to",
        "releases",
        "(rollback_to_id IS NULL) = (advice IS NULL OR advice <> 'rollback_to')",
    ),
)
NULLABLE = (
    ("migration_notes_ru", sa.String()),
    ("migration_notes_en", sa.String()),
    ("min_from_version", sa.String()),
    ("min_from_key", sa.BigInteger()),
    ("paused_at", sa.DateTime(timezone=True)),
    ("withdrawn_at", sa.DateTime(timezone=True)),
    ("withdrawn_reason_ru", sa.String()),
    ("withdrawn_reason_en", sa.String()),
    ("internal_note", sa.String()),
    ("advice", sa.String()),
    ("rollback_to_id", sa.Uuid()),
)
LISTS = ("post_install_steps_ru", "post_install_steps_en", "required_features")
CORP, BASE = ("КОРП", "corp"), ("Базовая", "base")
# Names as 1C's own configurations have them, how people call them, and the editions that exist
# beside the one without a suffix.
CONFIGURATIONS = (
    ("БухгалтерияПредприятия", "Бухгалтерия предприятия", ["БП"], (BASE, CORP)),
    ("УправлениеТорговлей", "Управление торговлей", ["УТ"], (BASE,)),
    (
        "ЗарплатаИУправлениеПерсоналом",
        "Зарплата и управление персоналом",
        ["ЗУП"],
        (BASE, CORP),
    ),
    (
        "УправлениеНебольшойФирмой",
        "Управление нашей фирмой",
        ["УНФ", "Управление небольшой фирмой"],
        (),
    ),
    ("Розница", "Розница", [], (BASE,)),
    ("КомплекснаяАвтоматизация", "Комплексная автоматизация", ["КА"], ()),
    ("УправлениеПредприятием", "ERP Управление предприятием", ["ERP", "УП"], ()),
    (
        "УправлениеПроизводственнымПредприятием",
        "Управление производственным предприятием",
        ["УПП"],
        (),
    ),
    ("УправлениеХолдингом", "Управление холдингом", ["УХ"], ()),
    ("Документооборот", "Документооборот", ["ДО"], (CORP,)),
    (
        "БухгалтерияГосударственногоУчреждения",
        "Бухгалтерия государственного учреждения",
        ["БГУ"],
        (),
    ),
    (
        "ЗарплатаИКадрыГосударственногоУчреждения",
        "Зарплата и кадры государственного учреждения",
        ["ЗКГУ"],
        (),
    ),
    (
        "БухгалтерияНекоммерческойОрганизации",
        "Бухгалтерия некоммерческой организации",
        ["БНО"],
        (),
    ),
    ("БиблиотекаСтандартныхПодсистем", "Библиотека стандартных подсистем", ["БСП"], ()),
)
SPOKEN = {"corp": "КОРП", "base": "базовая"}


def upgrade() -> None:
    for name, kind in NULLABLE:
        op.add_column("releases", sa.Column(name, kind, nullable=True))
    for name in LISTS:
        kind = postgresql.ARRAY(sa.String())
        op.add_column("releases", sa.Column(name, kind, nullable=False, server_default="{}"))
        op.alter_column("releases", name, server_default=None)
    op.add_column(
        "releases", sa.Column("rollout_percent", sa.Integer(), nullable=False, server_default="100")
    )
    op.alter_column("releases", "rollout_percent", server_default=None)
    op.alter_column("releases", "version_key", nullable=True)
    op.create_foreign_key(
        op.f("fk_releases_vendor_id_rollback_to_id"),
        "releases",
        "releases",
        ["vendor_id", "rollback_to_id"],
        ["vendor_id", "id"],
    )
    for name, table, condition in CHECKS:
        op.create_check_constraint(name, table, condition)
    for name in ("root_uuid", "uploaded_by"):
        column = sa.Column(name, sa.String(), nullable=False, server_default="")
        op.add_column("artifacts", column)
        op.alter_column("artifacts", name, server_default=None)
    contents = sa.Column("contents", postgresql.JSONB(astext_type=sa.Text()), nullable=True)
    op.add_column("artifacts", contents)
    _images()
    _rules_versions()
    _configurations()


def _images() -> None:
    op.create_table(
        "extension_images",
        sa.Column("extension_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('logo', 'screenshot')", name=op.f("ck_extension_images_kind")),
        sa.CheckConstraint(
            "media_type IN ('image/png', 'image/jpeg', 'image/webp')",
            name=op.f("ck_extension_images_media_type"),
        ),
        sa.CheckConstraint("size BETWEEN 1 AND 1048576", name=op.f("ck_extension_images_size")),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_extension_images_sha256")),
        sa.ForeignKeyConstraint(
            ["vendor_id", "extension_id"],
            ["extensions.vendor_id", "extensions.id"],
            name=op.f("fk_extension_images_vendor_id_extension_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_extension_images_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension_images")),
        sa.UniqueConstraint(
            "extension_id",
            "kind",
            "sha256",
            name=op.f("uq_extension_images_extension_id_kind_sha256"),
        ),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_extension_images_vendor_id_id")),
    )
    op.create_index(
        "uq_extension_images_logo",
        "extension_images",
        ["extension_id"],
        unique=True,
        postgresql_where="kind = 'logo'",
    )
    op.create_index("ix_extension_images_sha256", "extension_images", ["sha256"])


def _rules_versions() -> None:
    op.create_table(
        "rules_versions",
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["vendor_id", "release_id"],
            ["releases.vendor_id", "releases.id"],
            name=op.f("fk_rules_versions_vendor_id_release_id"),
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["vendors.id"], name=op.f("fk_rules_versions_vendor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules_versions")),
        sa.UniqueConstraint(
            "release_id",
            "rules_version",
            name=op.f("uq_rules_versions_release_id_rules_version"),
        ),
        sa.UniqueConstraint("vendor_id", "id", name=op.f("uq_rules_versions_vendor_id_id")),
    )
    op.execute(
        "INSERT INTO rules_versions (id, vendor_id, created_at, release_id, rules_version,"
        " created_by) SELECT gen_random_uuid(), vendor_id, created_at, id, rules_version,"
        " created_by FROM releases"
    )


def _configurations() -> None:
    table = op.create_table(
        "configurations",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("synonym_ru", sa.String(), nullable=False),
        sa.Column("aliases", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.CheckConstraint(
            "edition IN ('base', 'prof', 'corp')", name=op.f("ck_configurations_edition")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_configurations")),
        sa.UniqueConstraint("key", name=op.f("uq_configurations_key")),
    )
    op.bulk_insert(table, [row for family in CONFIGURATIONS for row in _editions(*family)])


def _editions(family: str, synonym: str, aliases: list[str], others: tuple) -> list[dict]:
    """One row per edition; `key` is the name without case, as rules are compared."""
    rows = []
    for suffix, edition in (("", "prof"), *others):
        spoken = f" {SPOKEN[edition]}" if suffix else ""
        rows.append(
            {
                "name": family + suffix,
                "key": (family + suffix).casefold(),
                "synonym_ru": synonym + spoken,
                "aliases": [alias + spoken for alias in aliases],
                "family": family,
                "edition": edition,
            }
        )
    return rows


def downgrade() -> None:
    op.drop_table("configurations")
    op.drop_table("rules_versions")
    op.drop_table("extension_images")
    for name in ("contents", "uploaded_by", "root_uuid"):
        op.drop_column("artifacts", name)
    # A column takes its constraints along, but this one speaks of columns that stay.
    op.drop_constraint(op.f("ck_releases_version_key"), "releases")
    op.execute(
        "DELETE FROM compatibility_rules USING releases WHERE release_id = releases.id"
        " AND version_key IS NULL"
    )
    op.execute(
        "DELETE FROM artifacts USING releases WHERE release_id = releases.id"
        " AND version_key IS NULL"
    )
    op.execute("DELETE FROM releases WHERE version_key IS NULL")
    op.alter_column("releases", "version_key", nullable=False)
    op.drop_column("releases", "rollout_percent")
    for name in LISTS:
        op.drop_column("releases", name)
    for name, _ in NULLABLE:
        op.drop_column("releases", name)
