"""Load on a server: wrk with 16 connections that walk through a list of requests for a number of seconds."""

import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.questions import Request

CONNECTIONS: Final = 16
THREADS: Final = 2
# What browsers send; `requests` and `fetch` send nearly the same.
COMPRESSED: Final = {"Accept-Encoding": "gzip, deflate, br, zstd"}
IDENTITY: Final = {"Accept-Encoding": "identity"}

# A line of the file is a path, or a path, a tab and a body. Each thread starts at another position of the list, so that
# two never request the same at once.
_SCRIPT: Final = """
local requests, at = {}, 0
local threads = 0
function setup(thread) thread:set("number", threads); threads = threads + 1 end
function init(args)
  for line in io.lines("%(list)s") do
    local path, body = line:match("^([^\\t]*)\\t?(.*)$")
    local method = body == "" and "GET" or "POST"
    requests[#requests + 1] = wrk.format(method, path, {%(headers)s}, body ~= "" and body or nil)
  end
  at = math.floor(number * #requests / %(threads)d)
end
function request() at = at %% #requests + 1; return requests[at] end
function done(summary, latency)
  io.write(string.format("FIGURES %%d %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration, summary.bytes,
    latency:percentile(50), latency:percentile(99), summary.errors.connect + summary.errors.read
    + summary.errors.write + summary.errors.timeout + summary.errors.status))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """The result of one run of load: how many answers in how many seconds, milliseconds by rank, and bytes of each."""

    requests: int
    seconds: float
    p50: float
    p99: float
    bytes: float
    failures: int

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return self.requests / self.seconds


def generator() -> str:
    """Return the name and version of the load generator."""
    version = subprocess.run(["wrk", "--version"], check=False, capture_output=True, text=True).stdout
    return " ".join(version.split()[:2])


def drive(base: str, requests: Sequence[Request], seconds: float, headers: Mapping[str, str]) -> Load:
    """Send `requests` to the server at `base` in turn over 16 connections."""
    with tempfile.TemporaryDirectory() as folder:
        listed, script = Path(folder, "requests"), Path(folder, "script.lua")
        listed.write_text("".join(f"{one.path}\t{one.body}\n" for one in requests), encoding="utf-8")
        lua = ", ".join(f'["{name}"] = "{value}"' for name, value in headers.items())
        script.write_text(_SCRIPT % {"list": listed, "headers": lua, "threads": THREADS})
        options = ["-t", str(THREADS), "-c", str(CONNECTIONS), "-d", f"{max(1, round(seconds))}s", "--timeout", "30s"]
        run = subprocess.run(["wrk", *options, "-s", str(script), base], check=True, capture_output=True, text=True)
    found = re.search(r"^FIGURES (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)$", run.stdout, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"wrk printed no figures:\n{run.stdout}{run.stderr}")
    number, microseconds, size, p50, p99, failures = map(int, found.groups())
    answered = max(1, number)
    return Load(number, microseconds / 1e6, p50 / 1000, p99 / 1000, size / answered, failures)
