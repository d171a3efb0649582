"""The server with one more route, to download a file that nobody has published."""

import json
import sys

from fastapi import APIRouter, Request, Response

from app.api.ranges import File, answer
from app.kit import serving
from app.kit.config import Settings
from app.kit.db import make_engine
from app.main import create_app
from tests.factories.kit import a_kit

settings = Settings.load()
kit = a_kit(settings)
router = APIRouter()


@router.get("/api/file/{sha256}")
def download(request: Request, sha256: str, size: int) -> Response:
    return answer(request, File(kit.artifacts, sha256, size, "file.cfe"), settings)


if __name__ == "__main__":
    app = create_app(make_engine(settings.database_url.get_secret_value(), settings), kit)
    app.include_router(router)
    with serving.listen("127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def ready() -> None:
            sys.stdout.write(json.dumps({"url": url}) + "\n")
            sys.stdout.flush()

        serving.serve(app, listener, ready=ready)
