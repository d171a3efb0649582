"""Who did what: every change has its event in the same transaction, in a chain of hashes."""

# Importing any part of the audit arms the guard, so that no process can write unaudited.
from app.audit import guard as guard
