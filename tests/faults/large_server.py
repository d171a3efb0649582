"""A server of two routes, to upload a file and to download it; nobody is asked for rights."""

import json
import re
import sys

from fastapi import FastAPI, Request, Response

from app.api.ranges import File, answer
from app.catalog.service.files import keep_cfe
from app.kit import serving
from app.kit.asgi import Envelope
from app.kit.config import Settings
from app.kit.telemetry import Metrics
from app.kit.uploads import Received
from app.kit.web import refusals
from tests.factories.kit import a_kit

settings = Settings.load()
kit = a_kit(settings)
app = FastAPI()
app.state.kit, app.state.metrics = kit, Metrics()


@app.put("/api/file")
def upload(incoming: Received) -> dict[str, object]:
    kept = keep_cfe(kit.artifacts, incoming, limit=settings.upload_max_bytes)
    return {"sha256": kept.stored.sha256, "size": kept.stored.size, "name": kept.parsed.name}


@app.get("/api/file/{sha256}")
def download(request: Request, sha256: str, size: int) -> Response:
    return answer(request, File(kit.artifacts, sha256, size, "file.cfe"), settings)


refusals.install(app)
app.add_middleware(
    Envelope,
    settings=settings,
    metrics=Metrics(),
    on_error=refusals.answer,
    uploads=re.compile("PUT /api/file"),
)
if __name__ == "__main__":
    with serving.listen("127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def ready() -> None:
            sys.stdout.write(json.dumps({"url": url}) + "\n")
            sys.stdout.flush()

        serving.serve(app, listener, ready=ready)
