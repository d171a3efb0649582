"""Reads of the directory of configurations."""

from collections.abc import Sequence

from sqlalchemy import select

from app.catalog.models import Configuration
from app.kit.db import KitSession


def configurations(session: KitSession) -> Sequence[Configuration]:
    """All configurations that the server was shipped with, by name."""
    return session.scalars(select(Configuration).order_by(Configuration.name)).all()
