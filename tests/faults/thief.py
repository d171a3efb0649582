"""Who has stolen a server: its database and its MASTER, never ROOT nor a vendor's own key."""

from dataclasses import dataclass, field

from sqlalchemy import delete, select, tuple_, update

from app.accounts.models import Vendor as VendorRow
from app.audit.actor import SYSTEM
from app.catalog.models import Artifact, Release, ReleaseStatus
from app.catalog.schemas.releases import CreateRelease
from app.catalog.service import releases
from app.catalog.service.catalogue import touch
from app.catalog.service.signing import targets_of
from app.trust import queries
from app.trust.models import MetadataRole, TrustMetadata, TrustRepository
from app.trust.service.keys import signers
from app.trust.service.publishing import put
from app.trust.service.repository import Rows
from tests.factories.world import BUH
from tests.faults.office import Vendor
from tests.simulators.bench import EXTENSION

FORGED = "6.6.6"


@dataclass
class Thief:
    """Offers releases of their own to the clients of a vendor."""

    vendor: Vendor
    forged: list[tuple[str, int]] = field(default_factory=list)
    """Files that a backup does not have, if the key of releases signed none of them."""
    last: int = 0
    """The timestamp of that backup."""

    def offer(self, data: bytes) -> str:
        """These bytes as a published release that the vendor knows nothing of; its id."""
        with self.vendor.stage.acting() as world:
            session, vendor_id = world.session, world.vendor.id
            told = {"extension": EXTENSION, "version": FORGED, "notes_ru": "Новое", "rules": [BUH]}
            command = CreateRelease.model_validate(told)
            made = releases.create(session, vendor_id, command, world.cfe(FORGED), actor=SYSTEM)
            made.status, made.published_by = ReleaseStatus.PUBLISHED, "вор"
            made.published_at = session.now()
            stored = session.kit.artifacts.put([data])
            session.flush()
            session.execute(
                update(Artifact)
                .where(Artifact.release_id == made.id)
                .values(sha256=stored.sha256, size=stored.size)
            )
            touch(session, vendor_id)
            return str(made.id)

    def sign(self, role: MetadataRole, by: MetadataRole) -> None:
        """States the release in a role, by the key that the server has for another one."""
        with self.vendor.stage.acting() as world:
            session, release = world.session, world.release_of(FORGED)
            session.expire_all()
            row = queries.ready_repository(session, world.vendor.id)
            held, before = signers(session, row), set(queries.files(session, row.id))
            last = row.timestamp_version
            rows = Rows.claim(session, row, {**held, role: held[by]})
            with rows.edit_targets(role) as targets:
                put(targets, targets_of(session, [release]))
            rows.publish()
            if by is not MetadataRole.RELEASES:
                new = set(queries.files(session, row.id)) - before
                self.forged, self.last = [(file.role, file.version) for file in new], last

    def vanish(self, release: str, *stolen: str) -> None:
        """All is as a backup has it, or withdrawn if it was signed; ROOT names other keys."""
        if self.forged:
            self._restore(release)
        else:
            self.vendor.do("release", "withdraw", release, "--reason-ru", "Не наш релиз")
        self.vendor.rotate(*stolen)

    def _restore(self, release: str) -> None:
        files, never = tuple_(TrustMetadata.role, TrustMetadata.version), ReleaseStatus.DRAFT
        newer, owner = VendorRow.catalogue_version + 1, self.vendor.stage.world.vendor.id
        repository = select(TrustRepository.id).where(TrustRepository.vendor_id == owner)
        ours = TrustMetadata.repository_id == repository.scalar_subquery()
        with self.vendor.office.engine.begin() as connection:
            for statement in (
                delete(TrustMetadata).where(ours, files.in_(self.forged)),
                update(Release)
                .values(status=never, published_at=None)
                .where(Release.id == release),
                update(VendorRow).values(catalogue_version=newer),
                update(TrustRepository)
                .values(timestamp_version=self.last)
                .where(TrustRepository.vendor_id == owner),
            ):
                connection.execute(statement)
