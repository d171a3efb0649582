"""One file fetched by the agent's own means: a clock of the test, a signed release, a folder."""

from agent.client import Client
from agent.clock import Timing, utc_now
from agent.download import Wanted, fetch
from agent.transport import Route
from agent.trust import LocalState, Repository, Said
from tests.simulators.exchange import KEY, Release
from wire.enrolment import parse
from wire.extensions import DownloadRequest, InfobaseReference, InstalledConfiguration
from wire.extensions import OfferedArtifact as Artifact
from wire.trust import Trust


class Ticking(Timing):
    """A clock on which every look takes `step` seconds."""

    def __init__(self, step=0.0):
        self.step, self.time, self.waited = step, 0.0, []

    def now(self):
        self.time += self.step
        return self.time

    def sleep(self, seconds):
        self.waited.append(seconds)


class Fetching:
    """A client, one release of known bytes, a folder; `run` fetches it."""

    def __init__(self, server, folder, data):
        self.server, self.folder = server, folder / "cache"
        server.releases = [Release(data=data, needs_eula=False)]
        self.timing = Ticking()
        self.client = Client(Route(server.url, timeout=60, timing=self.timing), KEY)
        self.artifact = Artifact(server.releases[0].sha256, len(data), server.releases[0].target)
        self.shown = []
        said = {"repository": server.repository.id, "timestamp_version": 0}
        server.sign()
        state = LocalState(folder / "trust", parse(server.repository.connection(server.url)))
        repository = Repository(state, self.client.transport, self.shown.append)
        path = server.releases[0].target
        self.receive = repository.signed(Said(Trust(**said), utc_now()), path).receive

    def grant(self):
        request = DownloadRequest(
            self.server.releases[0].id, InfobaseReference("i"), InstalledConfiguration("n", "v")
        )
        return self.client.request_download(request, "pki_" + "T" * 43)

    def run(self):
        wanted = Wanted(self.artifact, self.grant(), self.grant, self.receive, self.shown.append)
        return fetch(self.client, self.folder, wanted)

    @property
    def ranges(self):
        return [
            headers.get("Range")
            for route, _, headers in self.server.requests
            if route == "GET artifacts"
        ]

    def leave_part(self, data, etag=None):
        self.folder.mkdir(exist_ok=True)
        part = self.folder / f"{self.artifact.sha256}.part"
        part.write_bytes(data)
        part.with_suffix(".etag").write_text(etag or f'"{self.artifact.sha256}"')

    def names(self):
        return sorted(path.suffix for path in self.folder.iterdir())
