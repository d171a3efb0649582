"""Which extension of an infobase a person means, and what this computer knows of it."""

from dataclasses import dataclass

from agent.context import Context
from agent.infobase import StoredExtension
from agent.journal import Journal, KnownRelease
from agent.offers import Environment, query_for
from agent.plan import Action, Plan, installed
from wire import codec
from wire.extensions import OfferedArtifact


@dataclass(frozen=True, slots=True)
class Origin:
    """An extension as the vendor calls it, and its server."""

    extension: str  # code
    onec_name: str
    title: str
    product: str  # code
    server: str


def origin_of(context: Context, environment: Environment, name: str) -> Origin | None:
    """By its code or its name in 1C: from the journal, else from the server's offers."""
    known = of_journal(context.journal, environment.infobase, name)
    if known is not None or context.server is None:
        return known
    client = context.client()
    for offer in client.offers(query_for(context.journal, environment)).data:
        one = offer.extension
        if name in {one.code, one.onec_name}:
            return Origin(one.code, one.onec_name, one.title, offer.product, client.server)
    return None


def of_journal(journal: Journal, infobase: str, name: str) -> Origin | None:
    """What the last operation on it knew."""
    for operation in reversed(journal.history(infobase)):
        plan = codec.loads(Plan, operation.plan.encode())
        if name in {plan.extension, plan.onec_name}:
            return Origin(
                plan.extension, plan.onec_name, plan.title, plan.product, operation.server
            )
    return None


def plan_of(
    environment: Environment,
    origin: Origin,
    action: Action,
    wanted: tuple[StoredExtension, KnownRelease | None],
) -> Plan:
    """A plan that needs no server, about a stored extension and the release its bytes are."""
    one, release = wanted
    return Plan(
        action=action,
        infobase=environment.infobase,
        facts=environment.facts,
        extension=origin.extension,
        onec_name=origin.onec_name,
        title=origin.title,
        product=origin.product,
        release_id=release.release_id if release else "",
        version=release.version if release else one.version,
        file_version=one.version,
        purpose=one.purpose.value,
        artifact=OfferedArtifact(release.artifact_sha256 if release else "", 0, ""),
        wanted=one.properties,
        before=installed(environment.extensions, origin.onec_name),
        eula=None,
        untested=False,
        restart_required=False,
    )
