"""Files that the server is sending: granian sends them without Python, and does not say when it is done."""

import asyncio
import contextlib
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

# Until granian has surely opened a file, it is not missed among the open ones.
GRACE_SECONDS: Final = 10.0
_PAUSE_SECONDS: Final = 1.0


class Body(Protocol):
    """A file that is kept until `close`."""

    def close(self) -> None:
        """Let the file go."""


class Transfers:
    """The files being sent by this process: each is closed once its process no longer has it open."""

    def __init__(self, open_files: Callable[[], Counter[str]], grace_seconds: float = GRACE_SECONDS) -> None:
        """Look at `open_files`, the names of this process's open files, with how often each is open."""
        self._open_files = open_files
        self._grace_seconds = grace_seconds
        self._begun: dict[str, list[tuple[float, Body]]] = {}
        self._watch: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """Give the number of transfers that may still go on."""
        return sum(len(transfers) for transfers in self._begun.values())

    def add(self, path: str, body: Body) -> None:
        """Begin the transfer of `path`; on the event loop."""
        self._begun.setdefault(os.path.realpath(path), []).append((time.monotonic(), body))
        if self._watch is None or self._watch.done():
            self._watch = asyncio.get_running_loop().create_task(self._look())

    async def _look(self) -> None:
        while self._begun:
            await asyncio.sleep(_PAUSE_SECONDS)
            self.release()

    def release(self) -> None:
        """Close the bodies of transfers that are over: of one file, as many as it is no longer open, oldest first."""
        still_open = self._open_files()
        before = time.monotonic() - self._grace_seconds
        for path, transfers in list(self._begun.items()):
            over = min(len(transfers) - still_open[path], sum(begun < before for begun, _ in transfers))
            for _, body in transfers[: max(0, over)]:
                body.close()
            del transfers[: max(0, over)]
            if not transfers:
                del self._begun[path]


def open_files() -> Counter[str]:
    """Give the names of this process's open files, with how often each is open."""
    found: Counter[str] = Counter()
    for descriptor in Path("/dev/fd").iterdir():
        with contextlib.suppress(OSError):
            found[_name(int(descriptor.name))] += 1
    return found


def _name(descriptor: int) -> str:
    if sys.platform == "darwin":
        import fcntl  # noqa: PLC0415 - its constant is there on macOS only

        return fcntl.fcntl(descriptor, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0").decode()
    return str(Path(f"/proc/self/fd/{descriptor}").readlink())
