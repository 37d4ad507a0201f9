"""Make `.venv` hold exactly what a lock file pins, and this checkout; needs nothing but Python 3.11 or newer.

Usage: `python3 .ci/environment.py requirements.lock [VENV]`. Where nothing has changed since the last time it
touches no network and takes milliseconds; two at once wait for each other.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
PYTHON = Path(sys.executable).resolve()  # the interpreter itself, also when started from inside an environment


def main() -> None:
    """Bring the environment in step with the lock file named on the command line, or leave it as it is."""
    lock = ROOT / sys.argv[1]
    venv = ROOT / (sys.argv[2] if len(sys.argv) > 2 else ".venv")  # noqa: PLR2004 - the optional second argument
    if sys.version_info < OLDEST:
        sys.exit(f"Python {sys.version.split()[0]} is too old; install 3.11 or newer, or name one: make PYTHON=…")
    with (ROOT / f"{venv.name}.guard").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        want = fingerprint(lock)
        stamp = venv / f"{lock.name}.stamp"
        if stamp.is_file() and stamp.read_text() == want and (venv / "bin" / "python").exists():
            return
        if not belongs(venv):
            create(venv)
        install(venv, lock)
        stamp.write_text(want)


def fingerprint(lock: Path) -> str:
    """Return a text that changes whenever what an installation from this lock file holds would."""
    parts = (str(ROOT), str(PYTHON), sys.version, sysconfig.get_platform())
    contents = lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    return hashlib.sha256("\0".join(parts).encode() + contents).hexdigest()


def belongs(venv: Path) -> bool:
    """Whether this Python made the environment, for this place: a moved checkout breaks its scripts."""
    origin = venv / "origin"
    return origin.is_file() and origin.read_text() == identity(venv)


def identity(venv: Path) -> str:
    """Return what an environment must have been made with and for."""
    return f"{venv}\n{PYTHON}\n{sys.version}\n"


def create(venv: Path) -> None:
    """Make a new, empty environment in place of what stands there."""
    print(f"Making {venv.name} with Python {sys.version.split()[0]} …", flush=True)
    shutil.rmtree(venv, ignore_errors=True)
    made = subprocess.run([str(PYTHON), "-m", "venv", str(venv)], check=False)
    if made.returncode:
        shutil.rmtree(venv, ignore_errors=True)
        sys.exit("This Python cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv")
    (venv / "origin").write_text(identity(venv))


def install(venv: Path, lock: Path) -> None:
    """Install the pinned distributions by their hashes, then this checkout without asking any index."""
    print(f"Installing {lock.name} …", flush=True)
    pip = [str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONHOME", "PYTHONPATH"}}
    # The lock is whole, so nothing is left to resolve. Older pips, asked to, look past a pin for `name[extra]` as soon
    # as the index has something newer, and then refuse it for want of a hash.
    pinned = [*pip, "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(lock)]
    checkout = [*pip, "--no-index", "--no-deps", "--no-build-isolation", "-e", str(ROOT)]
    for command in (pinned, checkout) if venv.name == ".venv" else (pinned,):
        if subprocess.run(command, check=False, env=environment).returncode:
            sys.exit(f"Could not install {lock.name}; the lines above say why. Run the same again to go on.")


if __name__ == "__main__":
    main()
