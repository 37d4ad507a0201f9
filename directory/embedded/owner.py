"""The system user that the embedded PostgreSQL runs as: PostgreSQL refuses root, so root needs another user."""

import contextlib
import os
import pwd
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from directory.embedded.errors import EmbeddedError

# The caller's locale, time zone and PG… variables must not reach PostgreSQL.
_ENVIRONMENT: Final = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Owner:
    """The system user that PostgreSQL runs as."""

    name: str
    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether this is another user than the one this process runs as."""
        return self.uid != os.geteuid()

    def popen_options(self) -> Mapping[str, Any]:
        """Return arguments for subprocess that run a child as this user, without this process's environment."""
        other = {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_other else {}
        return {"env": _ENVIRONMENT, "stdin": subprocess.DEVNULL, "umask": 0o077, **other}

    def path_for_child(self, folder: Path) -> str:
        """Return the path by which a child with `folder` as working directory opens it, even below a closed /root."""
        working_directory = Path("/proc/self/cwd")
        return str(working_directory) if self.is_other and working_directory.exists() else str(folder)


def find_owner(pgdata: Path) -> Owner:
    """Return the user to run as: this process's own, or for root the owner of `pgdata` or an unprivileged one."""
    me = os.geteuid()
    with contextlib.suppress(FileNotFoundError):
        uid = pgdata.stat().st_uid
        if me not in {uid, 0}:
            message = (
                f"{pgdata} belongs to another user ({user_name(uid)}): start as that user, "
                "or set DIRECTORY_DATA_DIR to a folder of your own"
            )
            raise EmbeddedError(message)
        if uid != 0:
            return _owner(uid)
    if me != 0:
        return _owner(me)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return _owner(pwd.getpwnam(name).pw_uid)
    message = "PostgreSQL refuses to run as root, and there is no user postgres or nobody: start as an ordinary user"
    raise EmbeddedError(message)


def user_name(uid: int) -> str:
    """Return the user's name, or its number if it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _owner(uid: int) -> Owner:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError as error:
        message = (
            f"user id {uid} has no name on this system, and PostgreSQL requires one: "
            "add it to /etc/passwd, start as another user, or set DATABASE_URL"
        )
        raise EmbeddedError(message) from error
    return Owner(entry.pw_name, uid, entry.pw_gid)
