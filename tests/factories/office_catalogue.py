"""Good requests of programs about extensions, releases and what was done with them."""

from tests.factories.office import Office, program
from tests.factories.requests import Call
from tests.factories.shelf import a_file
from tests.factories.world import BUH, FITTING

ONE = "/releases/{release_id}"


def catalogue_calls(office: Office) -> tuple[Call, ...]:
    """A request for every route of the catalogue and of deliveries."""
    return (*_of_extensions(office), *_of_drafts(office), *_of_releases(office), *_lists(office))


def _of_extensions(office: Office) -> tuple[Call, ...]:
    idle, one = {"extension_id": office.idle}, "/extensions/{extension_id}"
    told = {"code": "tags", "onec_name": "Ценники", "title_ru": "Ценники", "product": office.trial}
    return (
        program("GET", "/extensions"),
        program("POST", "/extensions", told),
        program("GET", one, **idle),
        program("PATCH", one, {"onec_name": "Другое"}, **idle),
        program("GET", "/eulas"),
        program("POST", "/eulas", {"product": office.trial, "text_ru": "Соглашение"}),
        program("GET", "/eulas/{eula_id}", eula_id=office.eula),
        program("GET", "/configurations"),
    )


def _of_drafts(office: Office) -> tuple[Call, ...]:
    draft, extension = {"release_id": office.shelf.draft}, office.world.extension
    of_document = draft | {"document_id": office.shelf.document}
    told = {"extension": extension.code, "version": "7.0", "rules": [BUH]}
    return (
        program("GET", "/releases"),
        program("POST", "/releases", told),
        program("GET", ONE, **draft),
        program("PATCH", ONE, {"version": "3.1"}, **draft),
        program("DELETE", ONE, **draft),
        program("PUT", f"{ONE}/artifact", a_file(extension, "3.1"), **draft),
        program("POST", f"{ONE}/documents?filename=a.pdf", b"%PDF", **draft),
        program("DELETE", f"{ONE}/documents/{{document_id}}", **of_document),
        program("GET", f"{ONE}/rules", **draft),
        program("PUT", f"{ONE}/rules", {"rules": [BUH]}, **draft),
        program("POST", f"{ONE}/publish", {"rollout_percent": 10}, **draft),
    )


def _of_releases(office: Office) -> tuple[Call, ...]:
    spread, paused = {"release_id": office.shelf.spread}, {"release_id": office.shelf.paused}
    back = {"advice": "rollback_to", "rollback_to_id": str(office.shelf.back.id)}
    return (
        program("POST", f"{ONE}/pause", **spread),
        program("POST", f"{ONE}/resume", **paused),
        program("POST", f"{ONE}/rollout", {"rollout_percent": 100}, **spread),
        program("POST", f"{ONE}/promote", {"channel": "rc"}, **spread),
        program("POST", f"{ONE}/withdraw", back | {"withdrawn_reason_ru": "Портит базу"}, **spread),
    )


def _lists(office: Office) -> tuple[Call, ...]:
    tried = {"extension": office.world.extension.code, "rules": [BUH]}
    tried |= {"release_id": str(office.shelf.draft.id)}
    names = "downloads install-reports infobases eula-acceptances compatibility/observed"
    return (
        program("POST", "/compatibility/evaluate", FITTING | tried),
        *(program("GET", f"/{name}") for name in names.split()),
    )
