"""The README's commands, as its reader would type them, on the starter data."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.postgres15 import free_port

README = Path(__file__).parent.parent / "README.md"
ADDRESS = "http://127.0.0.1:8000"
CURLS = re.findall(r"^curl .+$", README.read_text(), re.MULTILINE)
START_SECONDS = 120


@pytest.fixture(scope="module")
def base(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of `directory serve` on an empty registry, which it fills with the starter data."""
    url = f"http://127.0.0.1:{free_port()}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DIRECTORY_")}
    environment |= {
        "DATABASE_URL": module_database_url,
        "PORT": url.rpartition(":")[2],
        "DIRECTORY_WORKERS": "1",
        "DIRECTORY_DATA_DIR": str(tmp_path_factory.mktemp("data")),
    }
    command: list[str | Path] = [Path(sys.executable).with_name("directory"), "serve"]
    with subprocess.Popen(command, env=environment) as server:
        until = time.monotonic() + START_SECONDS
        while server.poll() is None and time.monotonic() < until:
            try:
                urlopen(f"{url}/healthz", timeout=5).close()  # noqa: S310 - the server started above
                break
            except (URLError, OSError):
                time.sleep(0.1)
        yield url
        server.send_signal(signal.SIGTERM)


def test_the_readme_has_five_curls() -> None:
    assert len(CURLS) == 5


def test_the_readme_says_truly_what_it_ships_with(base: str) -> None:
    with urlopen(f"{base}/v1/accounts?facets=region&count=exact&limit=1", timeout=30) as answer:  # noqa: S310 - as above
        found = json.load(answer)
    places = [bucket for bucket in found["facets"]["region"] if bucket["value"]]
    stated = f"{found['page']['count']['value']:,} accounts of public bodies in {len(places)} countries and territories"
    assert stated in README.read_text()


@pytest.mark.parametrize("line", CURLS, ids=range(len(CURLS)))
def test_a_curl_of_the_readme_finds_something(line: str, base: str, tmp_path: Path) -> None:
    command = [*shlex.split(line.replace(ADDRESS, base)), "--silent", "--show-error"]
    command += [] if "-f" in command else ["--fail-with-body"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, (done.stdout, done.stderr)
    if "-o" in command:
        written = (tmp_path / command[command.index("-o") + 1]).read_text("utf-8-sig")
        assert written.startswith("id,platform,")
        assert written.count("\n") > 100
    else:
        assert json.loads(done.stdout)["data"]
