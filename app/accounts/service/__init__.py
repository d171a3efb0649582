"""What can be done with vendors, and with the credentials of their automation."""

from app.accounts.service.vendors import create_vendor, update_vendor

__all__ = ["create_vendor", "update_vendor"]
