#!/usr/bin/env bash
# Expected: parse_facebook_url of ural gives whose account an address shows, or None where it cannot tell.
# Seen: the addresses that Facebook gives to pages without a name of their own, /p/Name-ID/ and the older /pages/Name/ID
#   and /pages/category/…, come back as the handle "p" or "pages", with https://www.facebook.com/p as their address: all
#   such bodies are one account. /pg/name, /events/ID, /reel/ID, /hashtag/word and the links that the share button makes
#   (/share/…) are handles "pg", "events" … likewise. The twin /people/Name/ID is read rightly.
# Why it matters to a registry: towns that never chose a name for their page have just such addresses. Taken from the
#   links of their sites, all of them become one account, which seems to belong to each; and these handles are well
#   formed.
# Versions: PyPI ural 1.6.2. Date: 2026-11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ural==1.6.2

cat >"$folder/program.py" <<'PYTHON'
from ural.facebook import parse_facebook_url

PATHS = (
    "/townofexample/",
    "/profile.php?id=100000000000001",
    "/people/Town-of-Example/100000000000001/",
    "/p/Town-of-Example-100000000000001/",
    "/p/City-of-Sample-100000000000002/",
    "/pages/Town-of-Example/100000000000001",
    "/pages/category/Government-Organization/Town-of-Example-100000000000001/",
    "/pg/townofexample/about/",
    "/share/1ExAmPle01/",
    "/events/100000000000003/",
    "/reel/100000000000004/",
    "/hashtag/example",
)

for path in PATHS:
    account = parse_facebook_url("https://www.facebook.com" + path)
    print(f"{path} -> {account}, {account.url if account else None}")
PYTHON

cat >"$folder/expected" <<'TEXT'
/townofexample/ -> <FacebookHandle handle=townofexample>, https://www.facebook.com/townofexample
/profile.php?id=100000000000001 -> <FacebookUser id=100000000000001>, https://www.facebook.com/profile.php?id=100000000000001
/people/Town-of-Example/100000000000001/ -> <FacebookUser id=100000000000001>, https://www.facebook.com/profile.php?id=100000000000001
/p/Town-of-Example-100000000000001/ -> <FacebookHandle handle=p>, https://www.facebook.com/p
/p/City-of-Sample-100000000000002/ -> <FacebookHandle handle=p>, https://www.facebook.com/p
/pages/Town-of-Example/100000000000001 -> <FacebookHandle handle=pages>, https://www.facebook.com/pages
/pages/category/Government-Organization/Town-of-Example-100000000000001/ -> <FacebookHandle handle=pages>, https://www.facebook.com/pages
/pg/townofexample/about/ -> <FacebookHandle handle=pg>, https://www.facebook.com/pg
/share/1ExAmPle01/ -> <FacebookHandle handle=share>, https://www.facebook.com/share
/events/100000000000003/ -> <FacebookHandle handle=events>, https://www.facebook.com/events
/reel/100000000000004/ -> <FacebookHandle handle=reel>, https://www.facebook.com/reel
/hashtag/example -> <FacebookHandle handle=hashtag>, https://www.facebook.com/hashtag
TEXT

"$folder/venv/bin/python" "$folder/program.py" | tee "$folder/seen"
diff -u "$folder/expected" "$folder/seen"
