"""The running service with snapshots, and nginx next to it or in front of it."""

import contextlib
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.service import ROOT, SECONDS, Service, free_port

NGINX = """
daemon off;
{user}
pid {folder}/pid;
error_log {folder}/error.log;
worker_processes {workers};
events {{ worker_connections 64; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  types {{
    application/x-ndjson ndjson;
    "text/csv; charset=utf-8; header=present" csv;
  }}
{server}
}}
"""
ALONE = """
  server {{
    location /v1/snapshots/ {{ alias {storage}/; }}
  }}
"""
_OPENING = re.compile(r"^ *server {$", re.MULTILINE)


@contextmanager
def serving(url: str, storage: Path, **environ: str) -> Iterator[int]:
    """Serve the registry at `url` with the snapshots in `storage` while the block runs; yield the port."""
    settings = {"DATABASE_URL": url, "DIRECTORY_STORAGE_URL": storage.as_uri(), "DIRECTORY_SEED_DATA": "none"}
    service = Service(free_port(), {"DIRECTORY_DATA_DIR": str(storage / "data"), **settings, **environ})
    try:
        assert service.hear("Ctrl-C stops it."), service.lines
        yield service.port
    finally:
        service.end()


@contextmanager
def nginx(folder: Path, server: str) -> Iterator[int]:
    """Run an nginx with a `server` block while the block runs; yield the port."""
    port = free_port()
    folder.mkdir()
    configuration = write_configuration(folder, port, server)
    command = ["nginx", "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(configuration)]
    with subprocess.Popen(command) as process:
        try:
            end = time.monotonic() + SECONDS
            while time.monotonic() < end and process.poll() is None:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.05)
            assert process.poll() is None, (folder / "error.log").read_text("utf-8")
            yield port
        finally:
            process.terminate()
            process.wait(SECONDS)


def write_configuration(folder: Path, port: int, server: str, *, workers: int = 1) -> Path:
    """Write the configuration of an nginx that stores all of its files in `folder`; return its path.

    `server` is what it is told for HTTP, with one server in it, which is made to listen on the port.
    """
    server = _OPENING.sub(lambda found: f"{found[0]}\n    listen 127.0.0.1:{port};", server)
    # Started as root, its workers would run as a user that cannot read the tests' files.
    user = "user root;" if os.geteuid() == 0 else ""
    path = folder / "nginx.conf"
    text = NGINX.format(folder=folder, user=user, server=server, workers=workers)
    path.write_text(text, encoding="utf-8")
    return path


def documented_server(storage: Path, port: int) -> str:
    """Return the nginx configuration in docs/configuration.md, for a storage and for a service on `port`."""
    page = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    block = re.search(r"```nginx\n(.*?)```", page, re.DOTALL)
    assert block is not None
    return block[1].replace("/srv/snapshots", str(storage)).replace("127.0.0.1:8000", f"127.0.0.1:{port}")
