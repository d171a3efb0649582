"""An agent's way to a file: by the verbs, or written down as they would have written it."""

import uuid
from dataclasses import dataclass, replace
from typing import Protocol

from sqlalchemy import update

from app.audit import service as audit
from app.audit.actor import Subject
from app.audit.models import Action
from app.delivery.models import Download, DownloadStatus, EulaAcceptance
from app.delivery.schemas import AcceptEula, IssueDownload
from app.delivery.service import acceptances, artifacts, downloads
from app.demo.history.cast import Base, Eula, Out, World
from app.kit.db import UnitOfWork, new_id
from app.kit.signing import lookup_digest, new_secret
from app.licensing.service.keys import InstallerPrincipal


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that an agent may fetch."""

    id: uuid.UUID
    secret: str
    subject: Subject
    """How events name it."""


class Steps(Protocol):
    """How the steps before an installation are taken."""

    def agree(self, session: UnitOfWork, base: Base, eula: Eula, product: str) -> None:
        """The agreement of a product is accepted by whoever installs."""

    def issue(self, session: UnitOfWork, base: Base, out: Out, product: str, day: int) -> Fetched:
        """A release may be fetched."""

    def start(self, session: UnitOfWork, base: Base, out: Out, fetched: Fetched) -> None:
        """The first byte is asked for."""


class ByVerbs:
    """Every right is looked at, as the server does."""

    def agree(self, session: UnitOfWork, base: Base, eula: Eula, product: str) -> None:
        told = {
            "eula_id": eula.id,
            "sha256": eula.sha256,
            "locale": "ru",
            "infobase": {"id": str(base.uid)},
            "accepted_by": base.user,
            "agent_version": base.agent_version,
        }
        acceptances.accept(session, AcceptEula.model_validate(told), caller=base.seats[product])

    def issue(self, session: UnitOfWork, base: Base, out: Out, product: str, day: int) -> Fetched:
        told = base.environment(day) | {"release_id": out.id, "accept_untested": True}
        command, seat = IssueDownload.model_validate(told), base.seats[product]
        issued = downloads.issue(session, command, caller=seat)
        label = downloads.file_label(issued.artifact)
        subject = replace(issued.download.subject, label=label)
        return Fetched(issued.download.id, issued.secret, subject)

    def start(self, session: UnitOfWork, base: Base, out: Out, fetched: Fetched) -> None:
        # The bytes are sent by what stands before the program: no slot is held for long.
        caller = base.key.caller
        artifacts.open_artifact(
            session, fetched.secret, out.sha256, caller=caller, sends_bytes=True
        )


class Briefly:
    """The same rows and events without a look at rights, which the story has planned for.

    These steps are half of the year's work; that nothing differs is what a test is for.
    """

    def agree(self, session: UnitOfWork, base: Base, eula: Eula, product: str) -> None:
        seat = base.seats[product]
        assert seat.infobase_id is not None  # noqa: S101 - a seat is of an infobase
        row = EulaAcceptance(
            id=new_id(),
            vendor_id=seat.vendor_id,
            created_at=session.now(),
            eula_id=eula.id,
            key_id=seat.key_id,
            infobase_id=seat.infobase_id,
            customer_id=seat.customer_id,
            locale="ru",
            text_sha256=eula.sha256,
            accepted_by=base.user,
            ip=seat.actor.ip,
            agent_version=base.agent_version,
        )
        session.add(row)
        audit.record(
            session,
            Action.EULA_ACCEPTED,
            actor=seat.actor,
            subject=row,
            eula=eula.id,
            number=eula.number,
            sha256=eula.sha256,
            infobase=base.label,
        )

    def issue(self, session: UnitOfWork, base: Base, out: Out, product: str, day: int) -> Fetched:
        del day
        seat, secret = base.seats[product], new_secret(downloads.SECRET_PREFIX)
        row = _download(session, out, seat, secret)
        session.add(row)
        subject = replace(row.subject, label=out.label)
        audit.record(
            session,
            Action.DOWNLOAD_ISSUED,
            actor=seat.actor,
            subject=subject,
            extension=out.extension,
            version=out.version,
            sha256=out.sha256,
        )
        return Fetched(row.id, secret, subject)

    def start(self, session: UnitOfWork, base: Base, out: Out, fetched: Fetched) -> None:
        del out
        session.change(
            update(Download)
            .where(Download.id == fetched.id)
            .values(status=DownloadStatus.STARTED, started_at=session.now())
            .execution_options(synchronize_session=False)
        )
        actor = base.key.agent.actor
        audit.record(session, Action.DOWNLOAD_STARTED, actor=actor, subject=fetched.subject)


def steps_of(world: World) -> Steps:
    """How the agents of a story take theirs."""
    return ByVerbs() if world.by_verbs else Briefly()


def _download(session: UnitOfWork, out: Out, seat: InstallerPrincipal, secret: str) -> Download:
    assert seat.activation_id is not None  # noqa: S101 - a seat is of an activation
    return Download(
        id=new_id(),
        vendor_id=seat.vendor_id,
        created_at=session.now(),
        digest=lookup_digest(secret),
        artifact_id=out.artifact_id,
        release_id=out.id,
        extension_id=out.extension_id,
        key_id=seat.key_id,
        customer_id=seat.customer_id,
        activation_id=seat.activation_id,
        status=DownloadStatus.ISSUED,
        expires_at=session.now() + downloads.LIFETIME,
        ip=seat.actor.ip,
        user_agent=seat.actor.user_agent,
    )
