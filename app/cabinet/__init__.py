"""The face for people: pages of the vendor's cabinet, one file per noun."""

from app.cabinet import (
    coupons,
    customers,
    invite,
    license_keys,
    master,
    password,
    profile,
    second_factor,
    setup,
    sign_in,
    users,
)

ROUTERS = (
    setup.router,
    sign_in.router,
    password.router,
    invite.router,
    profile.router,
    second_factor.router,
    users.router,
    master.router,
    customers.router,
    *license_keys.ROUTERS,
    *coupons.ROUTERS,
)
