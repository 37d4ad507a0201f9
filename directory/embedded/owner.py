"""Whose the embedded PostgreSQL is: it refuses to run as root, so then another user of the system has to be found."""

import contextlib
import os
import pwd
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from directory.embedded.failures import EmbeddedError

# Nothing of the caller's locale, time zone or PG… variables reaches PostgreSQL.
_ENVIRONMENT: Final = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Owner:
    """The system user that PostgreSQL runs as."""

    name: str
    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Tell whether this is another user than the one we run as."""
        return self.uid != os.geteuid()

    def popen(self) -> Mapping[str, Any]:
        """Give the arguments of subprocess that make a child this user, with none of our environment."""
        other = {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_other else {}
        return {"env": _ENVIRONMENT, "stdin": subprocess.DEVNULL, "umask": 0o077, **other}

    def address_of(self, folder: Path) -> str:
        """Give the name by which a child that stands in `folder` reaches it, even below a closed one such as /root."""
        through = Path("/proc/self/cwd")
        return str(through) if self.is_other and through.exists() else str(folder)


def find_owner(pgdata: Path) -> Owner:
    """Give the user of the files in `pgdata`: ourselves, or for root their user or an unprivileged one."""
    me = os.geteuid()
    with contextlib.suppress(FileNotFoundError):
        uid = pgdata.stat().st_uid
        if me not in {uid, 0}:
            message = (
                f"{pgdata} belongs to another user ({name_of(uid)}): start as that user, "
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


def name_of(uid: int) -> str:
    """Give the user's name, or the number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _owner(uid: int) -> Owner:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError as error:
        message = (
            f"user id {uid} has no name on this system, and PostgreSQL asks for one: "
            "add it to /etc/passwd, start as another user, or give a DATABASE_URL"
        )
        raise EmbeddedError(message) from error
    return Owner(entry.pw_name, uid, entry.pw_gid)
