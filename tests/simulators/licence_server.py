"""A licence server in this process: small, truthful about the protocol, and failing on demand.

It is written from the protocol's JSON, not from our message classes, so that both are checked.
"""

import json
import threading
from collections import defaultdict, deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from agent.clock import utc_now
from tests.simulators.exchange import (
    BOOKKEEPING,
    EULA_TEXT,
    NOW,
    Answer,
    Exchange,
    Release,
    problem,
    sha,
)
from tests.simulators.licence_answers import ROUTES
from tests.simulators.vendor_repository import VendorRepository, custom_of


class LicenceServer:
    """Start it with `with`; `before` queues an answer for one request of a route."""

    def __init__(self, *releases: Release):
        self.releases = list(releases) or [Release()]
        self.known_configurations = {BOOKKEEPING}
        self.products = ["warehouse-helper"]
        self.check_code = "ACTIVE"
        self.accepted, self.downloads, self.redeemed = set(), {}, {}
        self.reports, self.completed, self.inventories = [], [], []
        self.bound, self.transfers = {}, 0  # activation -> (infobase, product)
        self.requests = []
        self.repository = VendorRepository()
        self.trust_said, self.time_said = self._trust, None
        self._signed = ()
        self.queued = defaultdict(deque)
        self._lock = threading.Lock()

    @property
    def seats(self):
        """Who sits where: (infobase, product)."""
        return set(self.bound.values())

    def before(self, route, *answers: Answer):
        self.queued[route].extend(answers)

    def sign(self):
        """Publish what there is, if anything of it changed."""
        state = tuple(map(repr, self.releases))
        if state != self._signed:
            self._signed = state
            self.repository.releases.targets.clear()
            for release in self.releases:
                self.repository.target(release.target, release.data, custom_of(release))
            self.repository.publish()

    def trust(self):
        """What every answer says of the signed metadata."""
        return self.trust_said()

    def _trust(self):
        return {"repository": self.repository.id, "timestamp_version": self.repository.version}

    def time(self):
        return self.time_said or utc_now()

    def count(self, route):
        return sum(1 for seen, _, _ in self.requests if seen == route)

    def bodies(self, route):
        return [json.loads(body) for seen, body, _ in self.requests if seen == route]

    def __enter__(self):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            owner = self

            def do_GET(self):
                self.owner._serve(self, "GET")

            def do_POST(self):
                self.owner._serve(self, "POST")

            def do_DELETE(self):
                self.owner._serve(self, "DELETE")

            def log_message(self, *_):
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        return self

    def __exit__(self, *_):
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def _serve(self, handler, method):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        noun, _, tail = handler.path.removeprefix("/api/v1").lstrip("/").partition("/")
        if noun == "redemptions" and tail == "preview":
            noun, tail = "redemptions/preview", ""
        route = f"{method} {noun}"
        with self._lock:
            self.requests.append((route, body, dict(handler.headers)))
            if noun == "offers":
                self.sign()
            queued = self.queued[f"{route}/{tail.rpartition('/')[2]}"] or self.queued[route]
            answer = queued.popleft() if queued else ROUTES.get(route, problem(404, "NOT_FOUND"))
        answer(Exchange(self, handler, route, tail, body))

    def offer(self, release, query):
        installed = {one["onec_name"]: one for one in query["installed"]}.get(release.onec_name)
        infobase = (query.get("infobase") or {}).get("id")
        eula = {"id": "eula-1", "sha256": sha(EULA_TEXT), "accepted": infobase in self.accepted}
        return {
            "extension": {"code": release.extension, "onec_name": release.onec_name,
                          "title": "Складской помощник"},
            "product": self.products[0],
            "release": {"id": release.id, "version": release.version,
                        "file_version": release.file_version, "channel": "stable",
                        "published_at": NOW, "critical": False, "notes": "Печать ценников"},
            "action": self.action(release, installed),
            "best": False, "verdict": release.verdict, "code": release.code,
            "reason": release.reason, "params": release.params, "available": release.available,
            "matched_rule": 1,
            "artifact": {"sha256": release.sha256, "size": len(release.data),
                         "target": release.target},
            "install": {"purpose": "customization", "safe_mode_off_required": False,
                        "unsafe_action_protection_off": False, "exclusive_required": False,
                        "restart_required": False, "backup_required": False,
                        "conflicts_with": [], "requires": [], "migration_notes": None,
                        "post_install_steps": [], **release.install},
            "eula": eula if release.needs_eula else None,
            "activation": {"needed": True, "id": None, "seats_free": 1},
            "trial_available": False, "trial_product": None,
        }  # fmt: skip

    def action(self, release, installed):
        if installed is None:
            return "install"
        for other in self.releases:
            is_known = installed["artifact_sha256"] in {None, other.sha256}
            if is_known and installed["version"] == other.file_version:
                if other.order == release.order:
                    return "current"
                return "upgrade" if release.order > other.order else "downgrade"
        return "replace_unknown"
