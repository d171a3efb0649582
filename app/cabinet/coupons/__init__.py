"""Coupons: lists and cards, the generator, redeeming and taking back."""

from app.cabinet.coupons import acts, batches, generator, lists, redeeming

ROUTERS = (
    generator.router,
    redeeming.router,
    redeeming.redemptions_router,
    batches.router,
    lists.router,
    acts.router,
)
