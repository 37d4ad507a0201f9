"""The packages of npm that tests run: installed from a lock file by .ci/node_packages.py."""

import hashlib
from pathlib import Path
from typing import Final

import pytest

NPM: Final = Path(__file__).parent / "npm"


def require_npm_packages() -> None:
    """Skip the test where the packages are not those of the lock file."""
    stamp = NPM / "node_modules" / ".stamp"
    lock = hashlib.sha256((NPM / "package-lock.json").read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != lock:
        pytest.skip("the packages of tests/clients/npm are not installed; .ci/node_packages.py (make dev) does that")
