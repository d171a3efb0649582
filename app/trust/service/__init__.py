"""What other slices and jobs ask of a vendor's trust; ceremonies have files of their own."""

from app.trust.service.publishing import Target, republish, resign, sign_targets

__all__ = ["Target", "republish", "resign", "sign_targets"]
