"""Licence keys: the list and the card, and what is done with a key."""

from app.cabinet.license_keys import acts, cards, changing, giving, lists, secrets, several

ROUTERS = (
    lists.router,
    several.router,
    secrets.router,
    cards.router,
    acts.router,
    giving.router,
    changing.router,
)
