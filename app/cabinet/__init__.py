"""The face for people: pages of the vendor's cabinet, one file per noun."""

from app.cabinet import (
    coupons,
    customers,
    distributors,
    features,
    invite,
    license_keys,
    master,
    overview,
    password,
    products,
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
    overview.router,
    customers.router,
    *license_keys.ROUTERS,
    *coupons.ROUTERS,
    distributors.router,
    products.router,
    features.router,
)
