"""Everything that can be wrong with extensions, releases and files on their way in."""

from collections.abc import Iterator

from sqlalchemy import Connection, text, update

from app.catalog.models import Artifact, Release
from app.kit.problems import DiskFull, Problem, StorageUnavailable
from app.trust.models import TrustMode, TrustRepository
from tests.factories.office import Office
from tests.factories.refusals import state
from tests.factories.requests import Call
from tests.factories.shelf import a_file
from tests.factories.situations import (
    Changes,
    Situation,
    body,
    both,
    headers,
    refuse_next,
    rows,
)


def file(name: str | None = None, version: str = "3.1", data: bytes | None = None) -> Situation:
    """Another file, where the route takes one: of another extension, version, or none at all."""

    def situation(_: Connection, office: Office, call: Call) -> Changes:
        if call.content is None:
            return {}
        extension = office.idle if name else office.world.extension
        return {"content": a_file(extension, version) if data is None else data}

    return situation


def in_pieces(_: Connection, __: Office, call: Call) -> Changes:
    """A file whose length nobody knows beforehand."""

    def pieces() -> Iterator[bytes]:
        yield call.content or b""

    return {"content": pieces()} if call.content is not None else {}


def endless(connection: Connection, office: Office, call: Call) -> Changes:
    """A file that says it is larger than the server takes; over a wire, it has to be."""
    if call.content is None:
        return {}
    if "fleet" in connection.info:
        return {"content": bytes(office.world.session.kit.settings.upload_max_bytes + 1)}
    return {"headers": {"Content-Length": "9" * 12}}


def store(problem: type[Problem], **params: object) -> Situation:
    """The store refuses the next file."""

    def situation(connection: Connection, office: Office, call: Call) -> Changes:
        if call.content is not None:
            refuse_next(connection, office.world.session.kit, "receiving", problem, **params)
        return {}

    return situation


def nameless(connection: Connection, office: Office, _: Call) -> Changes:
    """The draft takes its version from its file."""
    draft = update(Release).where(Release.id == office.shelf.draft.id)
    connection.execute(draft.values(version="", version_key=None))
    return {}


def with_releases(_: Connection, office: Office, call: Call) -> Changes:
    """An extension that has releases."""
    extension = office.world.extension
    tag = {"If-Match": f'"{extension.row_version}"'}
    return {"path": call.renamed(str(extension.id)), "headers": tag}


def another_publication(connection: Connection, _: Office, __: Call) -> Changes:
    """Somebody else signs first: the row that was to be claimed is another one by then."""
    connection.execute(
        text(
            "CREATE FUNCTION overtaken() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RETURN NULL; END $$"
        )
    )
    connection.execute(
        text(
            "CREATE TRIGGER overtaken BEFORE UPDATE ON trust_repositories "
            "FOR EACH ROW EXECUTE FUNCTION overtaken()"
        )
    )
    return {}


def amended(_: Connection, __: Office, call: Call) -> Changes:
    """What may be changed of a release that is out."""
    if call.route.startswith("PATCH"):
        return {"json": {"critical": True}}
    if call.route.endswith("/rules") and call.json is not None:
        return {"json": call.json | {"reason": "Проверено на новом релизе"}}
    return {}


AGREED = "Лицензионное соглашение"
"""The product's agreement."""
EXTENSIONS: dict[str, Situation] = {
    "an unknown product": body(product="unknown"),
    "an extension with the same name": body(onec_name="СкладскойПомощник"),
    "an extension that has releases": with_releases,
}
AGREEMENTS: dict[str, Situation] = {
    "an unknown product": body(product="unknown"),
    "the text of the agreement before": body(product="warehouse-helper", text_ru=AGREED),
}
COMPATIBILITY: dict[str, Situation] = {"an unknown extension": body(extension="unknown")}
RELEASES: dict[str, Situation] = {
    "an unknown extension": body(extension="unknown"),
    "a version that exists": body(version="1.0"),
    "a draft": state("draft"),
    "a published release": state("published"),
    "a paused release": state("paused"),
    "a withdrawn release": state("withdrawn"),
    "fewer infobases": body(rollout_percent=1),
    "a wilder channel": body(channel="dev"),
    "a draft without notes": rows(Release, notes_ru=""),
    "a draft with the file of another extension": rows(Artifact, parsed_name="Другое"),
    "no extension at all": file(data=b""),
    "the file of another extension": file("another"),
    "the file of another release": file(version="1.0"),
    "a file whose version exists": both(nameless, file(version="1.0")),
    "another digest than that of the file": headers(Repr_Digest="sha-256=:AAAA:"),
    "a file without its length": in_pieces,
    "a huge file": endless,
    "a release key that the vendor holds": rows(TrustRepository, mode=TrustMode.VENDOR_HELD),
    "another publication at the same moment": another_publication,
    "a change beside another publication": both(
        both(state("published"), amended), another_publication
    ),
    "a full disk": store(DiskFull),
    "a silent store": store(StorageUnavailable, n=10),
}
