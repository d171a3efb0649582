"""The vendor's settings, a page for each part of them."""

from app.cabinet.settings import mail, parts

ROUTERS = (mail.router, parts.router)  # the letters' page before those that share one template
