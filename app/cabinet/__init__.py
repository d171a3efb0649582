"""The face for people: pages of the vendor's cabinet, one file per noun."""

from app.cabinet import coupons, customers, license_keys

ROUTERS = (customers.router, *license_keys.ROUTERS, *coupons.ROUTERS)
