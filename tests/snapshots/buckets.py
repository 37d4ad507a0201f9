"""An S3 server for a test: SeaweedFS, whose program is a wheel on PyPI."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from directory.snapshots.storage.interface import StorageError
from directory.snapshots.storage.s3 import S3Storage
from tests.service import free_port

SECONDS = 60
IDENTITY = {
    "name": "tests",
    "credentials": [{"accessKey": "key", "secretKey": "secret"}],
    "actions": ["Admin", "Read", "Write", "List"],
}
PORTS = (
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "s3.port.grpc",
)


# Another test may take a free port before the server does.
ATTEMPTS = 3


class EndedAtOnce(Exception):  # noqa: N818 - what became of it
    """The server ended before it accepted requests; the message is the end of its log."""


class Server:
    """A server whose objects are in a folder; it can be killed and restarted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self._ports = {name: free_port() for name in PORTS}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The URL of a storage in it."""
        return (
            f"s3://snapshots/registry?endpoint=http://127.0.0.1:{self.port}&access_key_id=key&secret_access_key=secret"
        )

    def start(self) -> None:
        """Start it and wait until it accepts objects."""
        (self._folder / "s3.json").write_text(json.dumps({"identities": [IDENTITY]}))
        options = {
            **self._ports,
            "s3.port": self.port,
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "dir": self._folder,
            "s3.config": self._folder / "s3.json",
            "filer.localSocket": self._folder / "filer.sock",
            "s3.localSocket": self._folder / "s3.sock",
            "volume.max": 20,
            "master.volumeSizeLimitMB": 64,
            "master.volumePreallocate": "false",
            "volume.preStopSeconds": 0,
        }
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(Path(sys.executable).with_name("weed")),
                    "server",
                    "-filer",
                    "-s3",
                    *(f"-{name}={value}" for name, value in options.items()),
                ],
                stdout=log,
                stderr=log,
            )
        self._await()

    def kill(self) -> None:
        """Kill it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(SECONDS)

    def _await(self) -> None:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            with suppress(OSError, StorageError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                probe = S3Storage(self.url.replace("/registry?", "/probe?"))
                probe.claim("a test")
                return
            if self._process is not None and self._process.poll() is not None:
                raise EndedAtOnce((self._folder / "log").read_text(errors="replace")[-2000:])
            time.sleep(0.2)
        raise TimeoutError((self._folder / "log").read_text(errors="replace")[-2000:])


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    """Yield a server while the block runs."""
    server = _start(folder)
    try:
        yield server
    finally:
        server.kill()


def _start(folder: Path) -> Server:
    for attempt in range(1, ATTEMPTS + 1):
        server = Server(folder)
        try:
            server.start()
        except EndedAtOnce:
            if attempt == ATTEMPTS:
                raise
        except BaseException:
            server.kill()
            raise
        else:
            return server
    raise AssertionError
