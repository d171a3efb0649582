"""Tables of vendors, of the people who work for them, and of what is written to them."""

from app.accounts.models.alarms import HealthAlarm
from app.accounts.models.letters import Letter
from app.accounts.models.people import (
    LinkPurpose,
    Membership,
    OneTimeLink,
    Preference,
    RecoveryCode,
    SecondFactor,
    User,
    UserStatus,
)
from app.accounts.models.sessions import KnownDevice, SessionStage, UserSession
from app.accounts.models.vendors import ApiToken, Installation, Vendor, VendorStatus

__all__ = [
    "ApiToken",
    "HealthAlarm",
    "Installation",
    "KnownDevice",
    "Letter",
    "LinkPurpose",
    "Membership",
    "OneTimeLink",
    "Preference",
    "RecoveryCode",
    "SecondFactor",
    "SessionStage",
    "User",
    "UserSession",
    "UserStatus",
    "Vendor",
    "VendorStatus",
]
