"""Two people at one form: who was faster."""

import uuid
from collections.abc import Mapping

from fastapi import Request

from app.audit import queries as audit
from app.cabinet.auth import Viewer
from app.kit.db import KitSession
from app.kit.i18n import N_, fill
from app.kit.problems import PreconditionFailed
from app.kit.web.forms import Fields, refusal


def faster(
    request: Request, session: KitSession, viewer: Viewer, kind: str, ident: uuid.UUID
) -> dict[str, str]:
    """`editor`: what the conflict page says first, if this page is one."""
    refused = refusal(request)
    if refused is None or not isinstance(refused.problem, PreconditionFailed):
        return {}
    last = audit.last_change(session, viewer.vendor_id, kind, ident)
    if last is None:
        return {}
    if last.actor_id == viewer.user_id:
        said = N_("While you were editing, you changed this in another window")
    else:
        said = N_("While you were editing, {name} changed this")
    return {"editor": fill(said, viewer.locale, {"name": last.actor_label})}


def merged(fields: Fields, now: Mapping[str, object]) -> Fields:
    """The form with what is saved in the fields that go to the other."""
    theirs = [name for name in now if fields.text(f"pick-{name}") == "theirs"]
    kept = [(name, value) for name, value in fields.pairs if name not in theirs]
    for name in theirs:
        saved = now[name]
        several = saved if isinstance(saved, list) else [saved]
        kept += [(name, str(value)) for value in several if value is not None]
    return Fields(kept, fields.files)
