"""The `directory serve` command as its user has it: a process that speaks, answers and takes signals."""

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parent.parent
SECONDS = 90


class Service:
    """One `directory serve` in a process group of its own."""

    def __init__(self, port: int, environ: Mapping[str, str]) -> None:
        self.port = port
        self.lines: list[str] = []
        self._said: queue.Queue[str | None] = queue.Queue()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "directory", "serve"],
            cwd=ROOT,
            env={
                **environ_of_user(),
                "PORT": str(port),
                "DIRECTORY_WORKERS": "1",
                # A concurrent build, job or warm-up would spoil what tests measure and count.
                "DIRECTORY_SNAPSHOT_EVERY": "0",
                "DIRECTORY_JOB_THREADS": "0",
                "DIRECTORY_WARM_UP": "0",
                **environ,
            },
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stderr:
            for line in stderr:
                self._said.put(line.rstrip())
        self._said.put(None)

    def hear(self, awaited: str) -> bool:
        """Whether the command says something with `awaited` in it before it ends."""
        while (line := self._said.get(timeout=SECONDS)) is not None:
            self.lines.append(line)
            if awaited in line:
                return True
        self._said.put(None)
        return False

    def get(self, path: str) -> Any:  # noqa: ANN401 - what JSON holds
        """Return the JSON at an address of the service, or the text."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as response:
            text = response.read()
            return json.loads(text) if "json" in response.headers["Content-Type"] else text.decode()

    def processes(self) -> list[psutil.Process]:
        """Return the command's process and all that it started."""
        main = psutil.Process(self.process.pid)
        return [main, *main.children(recursive=True)]

    def end(self, send: Callable[[int, int], None] = os.kill, number: int = signal.SIGTERM) -> int:
        """Send a signal and give the exit code."""
        if self.process.poll() is None:
            send(self.process.pid, number)
        code = self.process.wait(SECONDS)
        self._listener.join(SECONDS)
        self.hear("no such line")
        return code


def environ_of_user() -> dict[str, str]:
    """Return our environment without any setting of the program."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("DIRECTORY_", "DATABASE_URL"))}


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
