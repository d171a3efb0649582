"""Products: the list, a card with a tab for each part, their agreements."""

from app.cabinet.products import agreements, cards, lists, making

ROUTERS = (lists.router, making.router, agreements.router, cards.router)
