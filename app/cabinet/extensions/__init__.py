"""Extensions: the list, the matrix of releases and configurations, data, pictures, history."""

from app.cabinet.extensions import cards, editing, lists, pictures

ROUTERS = (lists.router, editing.router, pictures.router, cards.router)
