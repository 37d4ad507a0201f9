"""How long `directory serve` takes to stop: `python -m benchmarks.stops`, with the settings of the environment.

Each of twenty starts is asked for downloads, pages and questions and keeps connections open, every second one is at
work on requests at the end. A stop is to take less than three seconds, to end with 0, and to say nothing.
"""

import argparse
import contextlib
import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Final

PATHS: Final = ("/v1/accounts.ndjson", "/v1/accounts.csv", "/docs", "/v1/resolve?q=x.com/a", "/v1/changes?limit=5")
MAX_SECONDS: Final = 3.0
OPEN: Final = "Ctrl-C stops it."


def stop(port: int, *, is_busy: bool) -> tuple[float, int, str]:
    """Start the service, use it and stop it; return the seconds, its exit code, and its output at the end."""
    command = [sys.executable, "-m", "directory", "serve"]
    environ = {**os.environ, "PORT": str(port)}
    with (
        subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) as service,
        contextlib.ExitStack() as stack,
    ):
        if service.stderr is None:
            raise AssertionError
        for line in service.stderr:
            if OPEN in line:
                break
        for path in PATHS:
            client = stack.enter_context(contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)))
            client.request("GET", path)
            client.getresponse().read()
        ended = threading.Event()
        askers = [threading.Thread(target=_ask, args=(port, ended)) for _ in range(8 if is_busy else 0)]
        for asker in askers:
            asker.start()
        time.sleep(1)
        begun = time.monotonic()
        service.send_signal(signal.SIGTERM)
        code = service.wait(60)
        seconds = time.monotonic() - begun
        ended.set()
        for asker in askers:
            asker.join()
        return seconds, code, service.stderr.read().strip()


def _ask(port: int, ended: threading.Event) -> None:
    number = 0
    while not ended.is_set():
        with (
            contextlib.suppress(OSError, http.client.HTTPException),
            contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as client,
        ):
            number += 1
            client.request("GET", f"/v1/accounts?limit=25&followers_max={number}")
            client.getresponse().read()


def main() -> None:
    """Measure `--times` stops and print each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    is_kept = True
    for number in range(options.times):
        seconds, code, said = stop(options.port, is_busy=number % 2 == 1)
        is_kept = is_kept and seconds < MAX_SECONDS and code == 0 and not said
        print(
            f"{seconds:.2f} s, code {code}, load {os.getloadavg()[0]:.1f}{', said: ' if said else ''}{said[:300]}",
            flush=True,
        )
    sys.exit(0 if is_kept else 1)


if __name__ == "__main__":
    main()
