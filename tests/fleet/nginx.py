"""nginx in front of several servers, which get requests by turns."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

CONFIG = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    large_client_header_buffers 4 64k;
    client_max_body_size 65m;
    set_real_ip_from 127.0.0.0/8;
    real_ip_header X-Client-Address;
    upstream podkluch {{
{servers}
        keepalive 16;
    }}
    server {{
        listen {address};
        location / {{
            proxy_pass http://podkluch;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_read_timeout 60s;
        }}
    }}
}}
"""


@contextmanager
def nginx(folder: Path, servers: Sequence[str]) -> Iterator[str]:
    """The address of an nginx over servers, each told as host:port."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "nginx is not installed: python3 run.py test"
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        lines = "\n".join(f"        server {each} max_fails=1 fail_timeout=1s;" for each in servers)
        file = folder / "nginx.conf"
        file.write_text(CONFIG.format(folder=folder, servers=lines, address=f"{host}:{port}"))
        number = listener.fileno()
        process = subprocess.Popen(
            [program, "-c", str(file), "-e", str(folder / "error.log")],
            env=os.environ | {"NGINX": f"{number};"},
            pass_fds=[number],
        )
    try:
        yield f"http://{host}:{port}"
    finally:
        process.terminate()
        process.wait()
