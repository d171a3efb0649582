"""What everything is compared with: FastAPI that returns a ready answer, without a database."""

import json
import sys

import uvicorn
from fastapi import FastAPI, Response

from app.kit.serving import listen

app = FastAPI()
ANSWER = b'{"ok":true}'


@app.post("/noop")
async def noop() -> Response:
    """Nothing of ours stands around it."""
    return Response(ANSWER, media_type="application/json")


def main() -> None:
    """Serves on a free port, which it prints, as one uvicorn worker."""
    listener = listen("127.0.0.1", 0)
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False)
    listener.listen()
    print(json.dumps({"url": f"http://127.0.0.1:{listener.getsockname()[1]}"}), flush=True)  # noqa: T201 - for whoever started it
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    sys.exit(main())
