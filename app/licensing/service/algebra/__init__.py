"""The pure algebra of rights: what operations make of a key, without a database or a clock."""

from app.licensing.service.algebra.operations import apply, fold, seats
from app.licensing.service.algebra.rights import (
    Change,
    FeatureFacts,
    KeyState,
    ProductFacts,
    Rights,
    TrialState,
)

__all__ = [
    "Change",
    "FeatureFacts",
    "KeyState",
    "ProductFacts",
    "Rights",
    "TrialState",
    "apply",
    "fold",
    "seats",
]
