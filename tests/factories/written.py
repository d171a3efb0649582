"""Rows changed behind the verbs' backs, as the verbs would have left them for readers."""

from sqlalchemy import update

from app.accounts.models import Vendor


def written(connection, statement):
    """Executes it and says, as every verb of the catalogue does, that offers may have changed."""
    connection.execute(statement)
    connection.execute(update(Vendor).values(catalogue_version=Vendor.catalogue_version + 1))
