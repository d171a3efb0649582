"""What the server must grant before any byte: a seat, the agreement on record, a download."""

import getpass
import platform
from dataclasses import dataclass

from agent import VERSION
from agent.client import Client
from agent.codes import Code
from agent.errors import Failure
from agent.infobase import InfobaseFacts
from agent.plan import Plan
from agent.trust import Receive
from agent.vault import Vault
from wire.extensions import (
    Download,
    DownloadRequest,
    EulaAcceptanceRequest,
    InfobaseReference,
    InstalledConfiguration,
)
from wire.licenses import ActivatedInfobase, ActivationRequest, ActivationResponse


@dataclass(frozen=True, slots=True)
class Rights:
    """Asks for one plan's rights; each call may be repeated."""

    client: Client
    vault: Vault
    plan: Plan
    label: str  # of the infobase, for people
    receive: Receive  # verifies the bytes that these rights give

    def obtain(self) -> Download:
        """Take a seat, put the agreement on record, get the download."""
        self._take_seat()
        if self.plan.eula:
            self._accept()
        return self.download()

    def download(self) -> Download:
        """The right to fetch the artifact; every other right is there already."""
        plan = self.plan
        token = self.vault.token(self.client.server, plan.infobase, plan.product)
        request = DownloadRequest(
            release_id=plan.release_id,
            infobase=InfobaseReference(plan.infobase),
            configuration=configuration_of(plan.facts),
            platform_version=plan.facts.platform_version,
            compatibility_mode=plan.facts.compatibility_mode,
            infobase_kind=plan.facts.kind,
            accept_untested=plan.untested,
        )
        granted = self.client.request_download(request, token or "")
        found = granted.artifact
        for field in ("sha256", "size", "target"):
            signed, received = getattr(plan.artifact, field), getattr(found, field)
            if signed != received:
                raise Failure(Code.MANIFEST_MISMATCH, field=field, a=signed, b=received)
        return granted

    def _take_seat(self) -> None:
        plan = self.plan
        place = Place(plan.infobase, self.label, plan.facts)
        take_seat(self.client, self.vault, place, plan.product)

    def _accept(self) -> None:
        eula = self.plan.eula
        if eula is None:
            return
        self.client.accept_eula(
            EulaAcceptanceRequest(
                eula_id=eula.id,
                sha256=eula.sha256,
                locale=eula.locale,
                infobase=InfobaseReference(self.plan.infobase),
                accepted_by=person(),
            )
        )


@dataclass(frozen=True, slots=True)
class Place:
    """An infobase as a seat names it."""

    infobase: str  # id
    label: str  # for people
    facts: InfobaseFacts


def take_seat(client: Client, vault: Vault, place: Place, product: str) -> ActivationResponse:
    """Bind the infobase to a product of the key; where it is bound already, only the token is new.

    The token is kept.
    """
    answer = client.activate(
        ActivationRequest(
            product=product,
            infobase=ActivatedInfobase(place.infobase, place.label, place.facts.kind),
            machine=platform.node(),
            windows_user=person(),
            agent_version=VERSION,
            configuration=configuration_of(place.facts),
            platform_version=place.facts.platform_version,
        )
    )
    vault.keep_token(client.server, place.infobase, product, answer.installation_token)
    return answer


def configuration_of(facts: InfobaseFacts) -> InstalledConfiguration:
    """The configuration as the wire names it."""
    return InstalledConfiguration(facts.configuration, facts.configuration_version)


def person() -> str:
    """Who runs the agent, as the system names them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "?"
