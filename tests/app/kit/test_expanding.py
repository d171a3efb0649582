"""Revisions only add, so that the release before still runs while it is replaced."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from app.kit import migrate
from tests.expanding import takings

FIRST_RELEASE = "2026_11_22_list_indexes"
"""No code older than this revision ever ran anywhere but where it was written."""
SINCE = [
    Path(each.path)
    for each in ScriptDirectory.from_config(migrate.configuration("")).walk_revisions(
        FIRST_RELEASE, "heads"
    )
    if each.revision != FIRST_RELEASE
]
HEAD = "def upgrade():\n    "


@pytest.mark.parametrize("path", SINCE, ids=lambda path: path.stem)
def test_a_revision_takes_nothing_away_from_the_release_before(path):
    assert list(takings(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "line",
    [
        "op.drop_table('coupons')",
        "op.drop_column('coupons', 'hint')",
        "op.rename_table('coupons', 'vouchers')",
        "op.alter_column('coupons', 'hint', new_column_name='tail')",
        "op.alter_column('coupons', 'hint', type_=sa.Integer())",
        "op.alter_column('coupons', 'hint', nullable=False)",
        "op.alter_column('coupons', 'hint', server_default=None)",
        "op.add_column('coupons', sa.Column('a', sa.String(), nullable=False))",
        "op.add_column('coupons', column)",
        "op.execute('ALTER TABLE coupons RENAME TO vouchers')",
        "op.execute('alter table coupons alter hint set not null')",
    ],
)
def test_what_takes_away_is_noticed_unless_it_says_whose_it_was(line):
    assert list(takings(HEAD + line))
    assert not list(takings(f"CONTRACTS = 'last used by 1.0'\n{HEAD}{line}"))


@pytest.mark.parametrize(
    "line",
    [
        "op.create_table('vouchers')",
        "op.drop_index('ix_coupons')",
        "op.drop_constraint('ck_coupons_hint', 'coupons')",
        "op.add_column('coupons', sa.Column('a', sa.String(), nullable=True))",
        "op.add_column('c', sa.Column('a', sa.String(), nullable=False, server_default=''))",
        "op.add_column('c', sa.Column('a', TSVECTOR(), sa.Computed('b'), nullable=False))",
        "op.alter_column('coupons', 'hint', nullable=True)",
        "op.execute('UPDATE coupons SET a = hint')",
    ],
)
def test_what_only_adds_is_left_alone(line):
    assert not list(takings(HEAD + line))
