"""Coupons: lists and cards, the generator, redeeming and taking back."""

from app.cabinet.coupons import acts, batches, generator, lists, redeeming, sending, several

ROUTERS = (
    generator.router,
    redeeming.router,
    redeeming.redemptions_router,
    batches.router,
    several.router,
    lists.router,
    acts.router,
    sending.router,
)
