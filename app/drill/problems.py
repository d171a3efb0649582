"""How a drill ends that did not go well."""

from app.kit.i18n import N_
from app.kit.problems import Problem


class DrillFailed(Problem):
    """Something came out otherwise than a restoration has to bring it."""

    code, title, status = "DRILL_FAILED", N_("The drill failed: {what}"), 500
    step = N_("Backups are no good until this is understood")
