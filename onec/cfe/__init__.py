"""The bounded reader of .cfe files: bytes in, what the extension says of itself out."""

from onec.cfe.container import Entry, probe_container
from onec.cfe.contents import CfeObject, Origin
from onec.cfe.errors import BadCfe
from onec.cfe.limits import DEFAULT, Limits
from onec.cfe.metadata import for_people
from onec.cfe.reader import Cfe, CfeWarning, read_cfe

__all__ = [
    "DEFAULT",
    "BadCfe",
    "Cfe",
    "CfeObject",
    "CfeWarning",
    "Entry",
    "Limits",
    "Origin",
    "for_people",
    "probe_container",
    "read_cfe",
]
