"""What other slices and jobs ask of a vendor's trust; TUF is loaded by the first who signs."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.trust.service import held, integrity, publishing
    from app.trust.service.publishing import Target, republish, resign, sign_targets

_FILES = ("held", "integrity", "publishing")
__all__ = [
    "Target",
    "held",
    "integrity",
    "publishing",
    "republish",
    "resign",
    "sign_targets",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    # TUF brings the clouds' own programs along where they are installed: most requests need none.
    file = import_module(f"{__name__}.{name if name in _FILES else 'publishing'}")
    return file if name in _FILES else getattr(file, name)
