"""Load on a server: many connections that request a list of paths in turn, for a number of seconds."""

import itertools
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

CONNECTIONS = 16
THREADS = 2

# Each thread of wrk starts at another position of the list, so that two never request the same at once.
SCRIPT = """
local paths, at = {}, 0
for line in io.lines("%s") do paths[#paths + 1] = line end
local threads = 0
function setup(thread) thread:set("number", threads); threads = threads + 1 end
function init(args) at = math.floor(number * #paths / %d) end
function request() at = at %% #paths + 1; return wrk.format("GET", paths[at]) end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """The result of one run of load."""

    per_second: float
    failures: int


def generator() -> str:
    """Return the name of the load generator: wrk if it is installed, else threads of this process."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return "Python threads (wrk is not installed: the faster servers are not driven to their limit)"
    version = subprocess.run([wrk, "--version"], check=False, capture_output=True, text=True).stdout
    return " ".join(version.split()[:2])


def drive(base: str, paths: Sequence[str], seconds: float) -> Load:
    """Request `paths` of the server at `base` in turn over 16 connections; return responses per second and failures."""
    wrk = shutil.which("wrk")
    return _drive_wrk(wrk, base, paths, seconds) if wrk else _drive_threads(base, paths, seconds)


def _drive_wrk(wrk: str, base: str, paths: Sequence[str], seconds: float) -> Load:
    with tempfile.TemporaryDirectory() as folder:
        listed, script = Path(folder, "paths"), Path(folder, "script.lua")
        listed.write_text("\n".join(paths) + "\n")
        script.write_text(SCRIPT % (listed, THREADS))
        options = ["-t", str(THREADS), "-c", str(CONNECTIONS), "-d", f"{max(1, round(seconds))}s", "--timeout", "30s"]
        run = subprocess.run([wrk, *options, "-s", str(script), base], check=True, capture_output=True, text=True)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", run.stdout)
    if rate is None:
        raise RuntimeError(f"wrk printed no rate:\n{run.stdout}{run.stderr}")
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", run.stdout)
    socket = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", run.stdout)
    failures = int(bad[1]) if bad else 0
    return Load(float(rate[1]), failures + (sum(map(int, socket.groups())) if socket else 0))


def _drive_threads(base: str, paths: Sequence[str], seconds: float) -> Load:
    turn = itertools.count()
    until = time.perf_counter() + seconds
    answered, failed = [0] * CONNECTIONS, [0] * CONNECTIONS

    def ask(number: int) -> None:
        connection = HTTPConnection(urlsplit(base).netloc, timeout=30)
        for path in _until(until, paths, turn):
            with suppress(HTTPException, OSError):
                connection.request("GET", path)
                answer = connection.getresponse()
                answer.read()
                if answer.status < 400:  # noqa: PLR2004 - where HTTP's errors begin
                    answered[number] += 1
                    continue
            failed[number] += 1
        connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CONNECTIONS)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Load(sum(answered) / (time.perf_counter() - begin), sum(failed))


def _until(end: float, paths: Sequence[str], turn: Iterator[int]) -> Iterator[str]:
    while time.perf_counter() < end:
        yield paths[next(turn) % len(paths)]
