"""Releases: upload, card, rules and their tester, publication and what follows."""

from app.cabinet.releases import (
    audience,
    cards,
    drafts,
    files,
    publication,
    rules,
    uploading,
    withdrawing,
)

ROUTERS = (
    uploading.router,
    files.router,
    drafts.router,
    rules.router,
    audience.router,
    publication.router,
    withdrawing.router,
    cards.router,
)
