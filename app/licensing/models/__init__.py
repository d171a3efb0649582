"""Licence keys, entitlements with their ledger, infobases and their activations."""

from app.licensing.models.places import (
    Activation,
    ActivationStatus,
    Infobase,
    InstallationToken,
    LicenseCheck,
    Transfer,
)
from app.licensing.models.rights import (
    ENDLESS,
    Entitlement,
    EntitlementChange,
    EntitlementFeature,
    EntitlementReminder,
    EntitlementStatus,
    KeyStatus,
    LicenseKey,
    LicenseKeyCode,
    Trial,
)

__all__ = [
    "ENDLESS",
    "Activation",
    "ActivationStatus",
    "Entitlement",
    "EntitlementChange",
    "EntitlementFeature",
    "EntitlementReminder",
    "EntitlementStatus",
    "Infobase",
    "InstallationToken",
    "KeyStatus",
    "LicenseCheck",
    "LicenseKey",
    "LicenseKeyCode",
    "Transfer",
    "Trial",
]
