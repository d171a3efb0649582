"""The licence server as the agent sees it: one typed call per thing it can do."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import httpx2

from agent.codes import Lang
from agent.transport import Route, Transport, read_as
from wire import codec
from wire.coupons import (
    RedemptionPreview,
    RedemptionPreviewRequest,
    RedemptionRequest,
    RedemptionResponse,
)
from wire.extensions import (
    Download,
    DownloadRequest,
    EulaAcceptanceRequest,
    EulaAcceptanceResponse,
    EulaResponse,
    Information,
    OfferList,
    OfferQuery,
)
from wire.licenses import (
    ActivationRequest,
    ActivationResponse,
    LicenseCheckRequest,
    LicenseCheckResponse,
    RebindRequest,
    RebindResponse,
)
from wire.reports import ReportBatch, ReportBatchResponse

_BASE = "/api/v1/"


class Client:
    """One server and one licence key; refusals are ServerRefused, a broken network Failure."""

    def __init__(self, route: Route, key: str) -> None:
        self.transport = Transport(route)
        self._key = key

    @property
    def server(self) -> str:
        """The address, to which everything said here belongs."""
        return self.transport.route.server

    def close(self) -> None:
        """Drop the connections."""
        self.transport.close()

    def information(self) -> Information:
        """What the server says of itself."""
        return self._get(Information, "information")

    def check_license(self, request: LicenseCheckRequest) -> LicenseCheckResponse:
        """Whether the key is good; "no" is an answer, not a refusal."""
        return self._post(LicenseCheckResponse, "license-checks", request)

    def offers(self, query: OfferQuery) -> OfferList:
        """What fits the environment."""
        return self._post(OfferList, "offers", query)

    def eula(self, eula_id: str, locale: Lang) -> EulaResponse:
        """The text of an agreement."""
        return self._get(EulaResponse, f"eulas/{quote(eula_id, safe='')}?locale={locale}")

    def accept_eula(self, request: EulaAcceptanceRequest) -> EulaAcceptanceResponse:
        """Put on record that somebody agrees."""
        return self._post(EulaAcceptanceResponse, "eula-acceptances", request)

    def activate(self, request: ActivationRequest) -> ActivationResponse:
        """Take a seat; the same infobase takes no second one."""
        return self._post(ActivationResponse, "activations", request)

    def rebind(self, activation: str, request: RebindRequest, token: str) -> RebindResponse:
        """Move the seat of an installation token to another id of its infobase."""
        path = f"activations/{quote(activation, safe='')}/rebind"
        return self._post(RebindResponse, path, request, token)

    def release(self, activation: str) -> None:
        """Give a seat of the key back; a second time is a success."""
        path = f"{_BASE}activations/{quote(activation, safe='')}"
        self.transport.call("DELETE", path, self._key)

    def preview(self, request: RedemptionPreviewRequest) -> RedemptionPreview:
        """What a coupon would do."""
        return self._post(RedemptionPreview, "redemptions/preview", request)

    def redeem(self, request: RedemptionRequest) -> RedemptionResponse:
        """Apply a coupon; repeating it gives the first result again."""
        return self._post(RedemptionResponse, "redemptions", request)

    def request_download(self, request: DownloadRequest, token: str) -> Download:
        """Get the right to fetch one file, with an installation token."""
        return self._post(Download, "downloads", request, token)

    def report(self, batch: ReportBatch) -> ReportBatchResponse:
        """Say what was done."""
        return self._post(ReportBatchResponse, "install-reports", batch)

    @contextmanager
    def artifact(self, download: Download, headers: dict[str, str]) -> Iterator[httpx2.Response]:
        """Open the bytes of a download; a cut while reading is an httpx2.TransportError."""
        with self.transport.open(download.url, headers, download.secret) as response:
            yield response

    def _get(self, answer: type[codec.M], path: str) -> codec.M:
        body = self.transport.call("GET", _BASE + path, self._key)
        return read_as(answer, body, self.transport.route)

    def _post(
        self, answer: type[codec.M], path: str, message: codec.Message, token: str | None = None
    ) -> codec.M:
        credential = token or self._key
        body = self.transport.call("POST", _BASE + path, credential, codec.dumps(message))
        return read_as(answer, body, self.transport.route)
