#!/usr/bin/env bash
# Expected: a robots.txt that begins with a byte order mark, as editors on Windows save it, means what it means without
#   one, as in CSV, JSON or HTML for their usual readers.
# Seen: Protego takes the mark for the first letter of the first line. "User-agent: *" is an unknown word then, its rules
#   and delay belong to nobody, and everything is allowed, without an error or a warning. Python's urllib.robotparser does
#   the same. Later groups are read; a comment before the first one saves it.
# Why it matters to a registry: a department that forbids robots is asked all the same. Decode robots.txt as utf-8-sig:
#   utf-8, also that of HTTP clients, keeps the mark.
# Versions: PyPI protego 0.7.0. Date: 2026-11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check protego==0.7.0

cat >"$folder/program.py" <<'PYTHON'
from urllib.robotparser import RobotFileParser

from protego import Protego

RULES = "User-agent: *\nDisallow: /private/\nCrawl-delay: 5\n\nUser-agent: other\nDisallow: /\n"
FILES = {
    "as it is": RULES.encode("utf-8"),
    "with a mark": RULES.encode("utf-8-sig"),
    "with a mark before a comment": ("# rules\n" + RULES).encode("utf-8-sig"),
}
URL = "https://city.example/private/file"


def ask(text):
    """Return what both parsers say: whether a robot may fetch the page, and its delay."""
    protego, standard = Protego.parse(text), RobotFileParser()
    standard.parse(text.splitlines())
    return (
        f"Protego {protego.can_fetch(URL, 'robot')}, delay {protego.crawl_delay('robot')}; "
        f"urllib {standard.can_fetch('robot', URL)}; another robot {protego.can_fetch(URL, 'other')}"
    )


for name, content in FILES.items():
    for encoding in ("utf-8", "utf-8-sig"):
        print(f"{name}, decoded as {encoding}: {ask(content.decode(encoding))}")
PYTHON
"$folder/venv/bin/python" "$folder/program.py" | tee "$folder/seen"

diff "$folder/seen" - <<'SEEN'
as it is, decoded as utf-8: Protego False, delay 5.0; urllib False; another robot False
as it is, decoded as utf-8-sig: Protego False, delay 5.0; urllib False; another robot False
with a mark, decoded as utf-8: Protego True, delay None; urllib True; another robot False
with a mark, decoded as utf-8-sig: Protego False, delay 5.0; urllib False; another robot False
with a mark before a comment, decoded as utf-8: Protego False, delay 5.0; urllib False; another robot False
with a mark before a comment, decoded as utf-8-sig: Protego False, delay 5.0; urllib False; another robot False
SEEN
