#!/usr/bin/env bash
# Expected: Response.make_conditional() of Werkzeug, by which Flask's send_file answers, told the length of a file,
#   answers conditions and Range as RFC 9110 says: conditions first (13.2.2), a range that it does not serve is ignored
#   with a 200 (14.2), and 416 is for ranges that lie outside the file.
# Seen: Range beats If-None-Match: a client that asks for the first bytes of a file that it has is sent them again, 206
#   instead of 304. The last 100 bytes of a file of ten are 416 (14.1.2: the whole file), and so are two ranges, and a
#   unit other than bytes. If-Match: * is 412 though the file is there, and a 412 carries the file. A weak ETag in
#   If-Range, which must be compared strongly (13.1.5), is answered with a part, and so is HEAD, for which ranges do not
#   count (14.2).
# Why it matters to a registry: its exports are read in pieces. A reader of ZIP that begins at the end (remotezip asks
#   for the last 64 KiB) is refused each smaller file, a client that revalidates a piece never sees a 304, and If-Match:
#   * ("only if it exists") never lets a change through. Look at Range only after is_resource_modified(), and at "*"
#   before.
# Versions: PyPI Werkzeug 3.1.9. Date: 2026-11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check Werkzeug==3.1.9 MarkupSafe==3.0.3

cat >"$folder/program.py" <<'PYTHON'
from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException
from werkzeug.test import Client

FILE = "0123456789"


def serving(weak):
    @Request.application
    def application(request):
        response = Response(FILE, mimetype="text/plain")
        response.set_etag("a", weak=weak)
        try:
            return response.make_conditional(request, accept_ranges=True, complete_length=len(FILE))
        except HTTPException as refusal:
            return refusal

    return Client(application)


ASKED = (
    ("GET", False, {"Range": "bytes=0-1"}),
    ("GET", False, {"Range": "bytes=20-"}),
    ("GET", False, {"Range": "bytes=0-1,8-9"}),
    ("GET", False, {"Range": "bytes=-4"}),
    ("GET", False, {"Range": "bytes=-100"}),
    ("GET", False, {"Range": "bytes=0-100"}),
    ("GET", False, {"Range": "lines=0-1"}),
    ("GET", False, {"If-None-Match": '"a"'}),
    ("GET", False, {"If-None-Match": '"a"', "Range": "bytes=0-1"}),
    ("GET", False, {"If-None-Match": "*"}),
    ("GET", False, {"If-Match": '"a"'}),
    ("GET", False, {"If-Match": "*"}),
    ("GET", False, {"If-Match": '"b"'}),
    ("GET", False, {"If-Range": '"b"', "Range": "bytes=0-1"}),
    ("GET", True, {"If-Range": 'W/"a"', "Range": "bytes=0-1"}),
    ("HEAD", False, {"Range": "bytes=0-1"}),
)

for method, weak, headers in ASKED:
    response = serving(weak).open("/", method=method, headers=headers)
    asked = ", ".join(f"{name}: {value}" for name, value in headers.items())
    body = "" if response.status_code == 416 else response.text
    print(f"{method} {asked} -> {response.status_code} {body}".rstrip())
PYTHON

cat >"$folder/expected" <<'TEXT'
GET Range: bytes=0-1 -> 206 01
GET Range: bytes=20- -> 416
GET Range: bytes=0-1,8-9 -> 416
GET Range: bytes=-4 -> 206 6789
GET Range: bytes=-100 -> 416
GET Range: bytes=0-100 -> 206 0123456789
GET Range: lines=0-1 -> 416
GET If-None-Match: "a" -> 304
GET If-None-Match: "a", Range: bytes=0-1 -> 206 01
GET If-None-Match: * -> 304
GET If-Match: "a" -> 200 0123456789
GET If-Match: * -> 412 0123456789
GET If-Match: "b" -> 412 0123456789
GET If-Range: "b", Range: bytes=0-1 -> 200 0123456789
GET If-Range: W/"a", Range: bytes=0-1 -> 206 01
HEAD Range: bytes=0-1 -> 206
TEXT

"$folder/venv/bin/python" "$folder/program.py" | tee "$folder/seen"
diff -u "$folder/expected" "$folder/seen"
