"""Downloads, reports, infobases, acceptances and experience, as automation reads them."""

from typing import Any

from pydantic import BaseModel

from app.catalog.models import Extension, Release
from app.customers.models import Customer
from app.delivery.models import Download, EulaAcceptance, InstallReport
from app.delivery.queries.lists import Around, Observed
from app.delivery.schemas.views import (
    AcceptanceView,
    DownloadView,
    ExperienceView,
    FullInfobaseView,
    InfobaseName,
    ObservedView,
    OwnerName,
    ReleaseName,
    ReportView,
)
from app.licensing.models import Infobase, LicenseKey


def download_view(found: Around[Download]) -> DownloadView:
    """A download with what it was of and for whom."""
    release, extension, artifact, key, customer = found.named
    return DownloadView.model_validate(
        _own(DownloadView, found.row)
        | {
            "release": _release(release, extension),
            "owner": _owner(key, customer),
            "sha256": artifact.sha256,
            "size": artifact.size,
            "address": found.row.ip,
        }
    )


def report_view(found: Around[InstallReport]) -> ReportView:
    """A report with where it came from."""
    infobase, key, customer, extension = found.named
    return ReportView.model_validate(
        _own(ReportView, found.row)
        | {
            "extension": extension,
            "infobase": _infobase(infobase),
            "owner": _owner(key, customer),
            "received_at": found.row.created_at,
        }
    )


def infobase_view(found: Infobase) -> FullInfobaseView:
    """An infobase as it was described last."""
    return FullInfobaseView.model_validate(_own(FullInfobaseView, found))


def acceptance_view(found: Around[EulaAcceptance]) -> AcceptanceView:
    """An acceptance with its agreement and where it was given."""
    eula, infobase, key, customer = found.named
    return AcceptanceView.model_validate(
        _own(AcceptanceView, found.row)
        | {
            "number": eula.number,
            "infobase": _infobase(infobase),
            "owner": _owner(key, customer),
            "address": found.row.ip,
            "accepted_at": found.row.created_at,
        }
    )


def observed_view(found: Observed) -> ObservedView:
    """A release with the experience that installers reported."""
    return ObservedView(
        release=_release(found.release, found.extension),
        configurations=[
            ExperienceView.model_validate(_own(ExperienceView, row)) for row in found.experience
        ],
    )


def _own(view: type[BaseModel], row: object) -> dict[str, Any]:
    """What a row has under the very names of the view."""
    return {name: getattr(row, name) for name in view.model_fields if hasattr(row, name)}


def _release(release: Release, extension: Extension) -> ReleaseName:
    return ReleaseName(id=release.id, extension=extension.code, version=release.version)


def _owner(key: LicenseKey, customer: Customer) -> OwnerName:
    return OwnerName(key_id=key.id, key=key.hint, customer_id=customer.id, company=customer.company)


def _infobase(infobase: Infobase) -> InfobaseName:
    return InfobaseName(id=infobase.id, uid=infobase.uid, label=infobase.label)
