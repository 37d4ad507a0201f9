"""The measured servers, each started as its users start it, on a separate port."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks import machine
from tests.snapshots.served import write_configuration

ROOT = Path(__file__).parent.parent
SCRIPTS = Path(sys.executable).parent
WORKERS = min(os.cpu_count() or 1, 4)
START_SECONDS = 60
_LOOK_SECONDS = 0.2
_DIRECTORY = (sys.executable, "-m", "directory")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its name in the tables, its URL and its first process."""

    name: str
    base: str
    pid: int


@contextlib.contextmanager
def ceiling(port: int, file: Path) -> Iterator[Server]:
    """Serve an empty answer, and `file`, by Flask under granian, with as many workers as the service has."""
    command = [
        SCRIPTS / "granian",
        "--interface",
        "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        port,
        "--log-level",
        "error",
    ]
    command += ["--workers", WORKERS, "--blocking-threads", 1, "benchmarks.ceiling:application"]
    with started("ceiling", port, "/", command, {"BENCHMARK_FILE": str(file)}) as server:
        yield server


@contextlib.contextmanager
def service(name: str, port: int, environment: Mapping[str, str], tree: Path = ROOT) -> Iterator[Server]:
    """Serve the registry of `environment` by `directory serve` of a source tree, as it comes."""
    settings = {"PORT": str(port), "DIRECTORY_WORKERS": str(WORKERS), **environment}
    settings["PYTHONPATH"] = str(tree)
    with started(name, port, "/v1", [*_DIRECTORY, "serve"], settings, tree) as server:
        yield server


@contextlib.contextmanager
def worker(name: str, part: str, port: int, environment: Mapping[str, str]) -> Iterator[Server]:
    """Serve a registry by one worker without a part of it (`benchmarks/worker_parts.py`)."""
    settings = {"DIRECTORY_SEED_DATA": "none", "PORT": str(port), "DIRECTORY_WORKERS": "1", **environment}
    settings["PYTHONPATH"] = str(ROOT)
    with started(name, port, "/v1", [sys.executable, "-m", "benchmarks.worker_parts", part], settings) as server:
        yield server


@contextlib.contextmanager
def nginx(name: str, port: int, server: str, first: str) -> Iterator[Server]:
    """Run an nginx with a `server` block, with as many workers as the service has; `first` answers."""
    folder = ROOT / ".cache" / "benchmarks" / name.replace(" ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    configuration = write_configuration(folder, port, server, workers=WORKERS)
    with started(name, port, first, ["nginx", "-p", folder, "-c", configuration], {}) as running:
        yield running


@contextlib.contextmanager
def started(
    name: str, port: int, first: str, command: Sequence[object], environment: Mapping[str, str], folder: Path = ROOT
) -> Iterator[Server]:
    """Run a command until the block ends, from when it answers on `port`."""
    base = f"http://127.0.0.1:{port}"
    log = ROOT / ".cache" / "benchmarks" / f"{name.replace(' ', '-').replace(',', '')}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [str(word) for word in command], cwd=folder, env=_environment(environment), stdout=output, stderr=output
        )
        try:
            _await(base + first, process, log)
            yield Server(name, base, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment without settings of the service, updated with `settings`."""
    ours = {name for name in os.environ if name.startswith("DIRECTORY_") or name in {"PORT", "DATABASE_URL"}}
    return {**{name: value for name, value in os.environ.items() if name not in ours}, **settings}


def run(arguments: Sequence[object], environment: Mapping[str, str], tree: Path = ROOT) -> float:
    """Run a command of a source tree's `directory` to its end and return the seconds it took, from start to exit."""
    begin = time.perf_counter()
    command = [*_DIRECTORY, *map(str, arguments)]
    settings = _environment({"PYTHONPATH": str(tree), **environment})
    done = subprocess.run(command, check=False, cwd=tree, env=settings, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"directory {arguments[0]} failed:\n{done.stdout}{done.stderr}")
    return time.perf_counter() - begin


def measure(arguments: Sequence[object], environment: Mapping[str, str], tree: Path = ROOT) -> machine.Cost:
    """Run a command of a source tree's `directory` to its end and return what it cost, PostgreSQL's part apart."""
    command = [*_DIRECTORY, *map(str, arguments)]
    settings = _environment({"PYTHONPATH": str(tree), **environment})
    with tempfile.TemporaryFile("w+") as output:
        begin = time.perf_counter()
        process = subprocess.Popen(command, cwd=tree, env=settings, stdout=output, stderr=output)
        peak, looked = 0.0, begin
        # Seldom enough that looking costs the command nothing that shows. ru_maxrss would begin with the peak of the
        # process that has started the command.
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            if time.perf_counter() - looked >= _LOOK_SECONDS:
                peak, looked = max(peak, machine.proportional(process.pid)), time.perf_counter()
            time.sleep(0.005)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(ended[1])
        if process.returncode:
            output.seek(0)
            sys.exit(f"directory {arguments[0]} failed in {tree}:\n{output.read()}")
    used = ended[2]
    return machine.Cost(wall, used.ru_utime + used.ru_stime, peak=peak)


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(URLError, OSError), urlopen(url, timeout=5):  # noqa: S310 - an address made above
            return
        time.sleep(0.1)
    sys.exit(f"{url} did not answer; the end of {log}:\n" + "\n".join(log.read_text().splitlines()[-15:]))
