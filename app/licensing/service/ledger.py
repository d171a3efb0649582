"""Writing a change of rights: the entitlement, its features, its trial, its row in the ledger."""

import uuid
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import delete, func, select, update

from app.audit import service as audit
from app.audit.actor import Actor, Subject
from app.audit.models import Action
from app.kit.db import UnitOfWork, new_id
from app.licensing.models import (
    Activation,
    ActivationStatus,
    Entitlement,
    EntitlementChange,
    EntitlementFeature,
    Trial,
)
from app.licensing.problems import SeatsBelowUsed
from app.licensing.queries.keys import key_by_id, seats_of
from app.licensing.service.algebra import Change, Rights, TrialState
from app.licensing.service.state import Facts, KeyRows

_SOURCES = {"redemption": "coupon", "manual": "manual", "import": "import", "trial": "trial"}
_TRIAL_SOURCES = {"redemption": "coupon", "manual": "manual", "import": "manual", "trial": "agent"}


@dataclass(frozen=True, slots=True)
class Cause:
    """Why rights change: the ledger's reference, and the reason that somebody gave."""

    kind: str
    id: uuid.UUID | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Writer:
    """Turns the changes of one key, for one cause, into rows."""

    session: UnitOfWork
    vendor_id: uuid.UUID
    key_id: uuid.UUID
    facts: Facts
    rows: KeyRows
    cause: Cause
    actor: Actor
    today: date

    def write(self, operation: str, change: Change, action: Action | None = None) -> int:
        """Writes one change, and says how many seats it took away.

        A change that changes nothing leaves no trace. `action` names the event where it is not
        just rights granted, updated or withdrawn.
        """
        if not change.applied:
            return 0
        row, revoked = self.rows.entitlements.get(change.product), 0
        fresh = row is None
        if row is None:
            row = self._new_row(change)
        if change.before != change.after:
            revoked = self._store(row, change.after)
            self.session.add(self._ledger_row(row, operation, change))
            granted = Action.ENTITLEMENT_GRANTED if fresh else Action.ENTITLEMENT_UPDATED
            if not change.after.is_present:
                granted = Action.ENTITLEMENT_WITHDRAWN
            self._record(row, change, action or granted)
        if change.trial_before != change.trial_after and change.trial_after is not None:
            self._write_trial(row, change.product, change.trial_before, change.trial_after)
        self.session.flush()
        return revoked

    def _new_row(self, change: Change) -> Entitlement:
        trial_or_free = change.after.is_trial or self.cause.kind == "trial"
        row = Entitlement(
            **self._stamp(),
            key_id=self.key_id,
            product_id=self.facts.products[change.product].id,
            active_count=0,
            row_version=0,
            source="trial" if trial_or_free else _SOURCES[self.cause.kind],
        )
        self.session.add(row)
        self.rows.entitlements[change.product] = row
        return row

    def _stamp(self) -> dict[str, object]:
        return {"id": new_id(), "vendor_id": self.vendor_id, "created_at": self.session.now()}

    def _store(self, row: Entitlement, after: Rights) -> int:
        revoked = 0
        if not after.is_present:
            revoked = self._revoke_seats(row)
        elif after.seats is not None and (row.active_count or 0) > after.seats:
            raise self._seats_below_used(row, after.seats)
        row.status, row.starts_on, row.valid_until = (
            after.status,
            after.starts_on,
            after.valid_until,
        )
        row.updates_until, row.seats, row.channel = (
            after.updates_until,
            after.seats,
            after.channel,
        )
        row.is_trial, row.row_version = after.is_trial, row.row_version + 1
        self.session.flush()
        self._store_features(row, after)
        return revoked

    def _store_features(self, row: Entitlement, after: Rights) -> None:
        self.session.execute(
            delete(EntitlementFeature)
            .where(EntitlementFeature.entitlement_id == row.id)
            .execution_options(synchronize_session=False)
        )
        for code, quantity in after.features:
            feature = self.facts.features[code]
            self.session.add(
                EntitlementFeature(
                    **self._stamp(),
                    entitlement_id=row.id,
                    feature_id=feature.id,
                    quantity=quantity,
                )
            )

    def _revoke_seats(self, row: Entitlement) -> int:
        """A product that leaves the key takes its seats along."""
        revoked = self.session.scalars(
            update(Activation)
            .where(
                Activation.vendor_id == self.vendor_id,
                Activation.entitlement_id == row.id,
                Activation.status == ActivationStatus.ACTIVE,
            )
            .values(
                status=ActivationStatus.REVOKED,
                release_cause="coupon",
                released_at=self.session.now(),
            )
            .returning(Activation)
            .execution_options(synchronize_session=False, populate_existing=True)
        ).all()
        for seat in revoked:
            audit.record(self.session, Action.ACTIVATION_REVOKED, actor=self.actor, subject=seat)
        row.active_count = 0
        return len(revoked)

    def _seats_below_used(self, row: Entitlement, seats: int) -> SeatsBelowUsed:
        taken = [
            {"activation_id": seat.id, "label": infobase.label, "machine": seat.machine}
            for seat, infobase in seats_of(self.session, self.vendor_id, row.id)
        ]
        return SeatsBelowUsed(used=row.active_count, seats=seats, seats_list=taken)

    def _ledger_row(self, row: Entitlement, operation: str, change: Change) -> EntitlementChange:
        last = self.session.scalar(
            select(func.max(EntitlementChange.seq)).where(
                EntitlementChange.entitlement_id == row.id
            )
        )
        return EntitlementChange(
            **self._stamp(),
            entitlement_id=row.id,
            seq=(last or 0) + 1,
            operation=operation,
            before=change.before.snapshot() if change.before else None,
            after=change.after.snapshot(),
            cause_kind=self.cause.kind,
            cause_id=self.cause.id,
            actor=self.actor.label,
        )

    def _record(self, row: Entitlement, change: Change, action: Action) -> None:
        key = key_by_id(self.session, self.vendor_id, self.key_id)
        reason = {"reason": self.cause.reason} if self.cause.reason else {}
        audit.record(
            self.session,
            action,
            actor=self.actor,
            subject=self._called(row.subject, change.product),
            key=key.hint if key else None,
            product=change.product,
            before=change.before.snapshot() if change.before else None,
            after=change.after.snapshot(),
            **reason,
        )

    def _called(self, subject: Subject, product: str) -> Subject:
        """The row as an event names it: by the product's name."""
        return replace(subject, label=self.facts.products[product].name)

    def _write_trial(
        self, row: Entitlement, product: str, before: TrialState | None, after: TrialState
    ) -> None:
        trial = self.rows.trials.get(product)
        if trial is None:
            trial = Trial(
                **self._stamp(),
                key_id=self.key_id,
                product_id=self.facts.products[product].id,
                entitlement_id=row.id,
                source=_TRIAL_SOURCES.get(self.cause.kind, "manual"),
            )
            self.session.add(trial)
            self.rows.trials[product] = trial
        trial.started_on, trial.days = after.started_on, after.days
        trial.ended_on, trial.end_reason = after.ended_on, after.end_reason
        self.session.flush()
        started = Action.TRIAL_STARTED if before is None else Action.TRIAL_EXTENDED
        audit.record(
            self.session,
            Action.TRIAL_ENDED if after.end_reason else started,
            actor=self.actor,
            subject=self._called(trial.subject, product),
            product=product,
            days=after.days,
            reason=after.end_reason,
        )
