#!/usr/bin/env bash
# Expected: `links` of an answer of requests, httpx or aiohttp reads the Link header by RFC 8288, so links["next"] is
#   the next page of every server that writes the header by the book.
# Seen: requests and httpx cut the header at each ", <" and ";" and look for brackets and quotation marks afterwards. A
#   semicolon in the address (;c of "after=b;c") cuts the address there, and a parameter in front of rel with a
#   semicolon or an equals sign in its quoted text ends the reading: the link stands under its own address, and there is
#   no "next". A ", <" in a title makes a link to a page that nobody named (in aiohttp, too). For none of the three is
#   rel a list ("next last" is one relation) or its name free in case (Rel). Of two links of one relation requests and
#   httpx keep the last. No error.
# Why it matters to a registry: its connectors ask for pages until there is no "next", so a lost one looks like the end,
#   and the harvest is complete after its first page. As a server, percent-encode ";" in cursors, write rel first, in
#   small letters, one relation a link, and no titles. As a client, take httplink, which reads all of these.
# Versions: PyPI requests 2.34.2, httpx 0.28.1, aiohttp 3.14.5, httplink 0.2.0. Date: 2026-11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  requests==2.34.2 httpx==0.28.1 aiohttp==3.14.5 httplink==0.2.0

cat >"$folder/program.py" <<'PYTHON'
import asyncio
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import aiohttp
import httplink
import httpx
import requests

NEXT = "http://registry.example/accounts?after="
HEADERS = (
    f'<{NEXT}b>; rel="next"',
    f'<{NEXT}b;c>; rel="next"',
    f'<{NEXT}b>; rel="next last"',
    f"<{NEXT}b>; Rel=Next",
    f'<{NEXT}b>; title="page 2; of 9"; rel="next"',
    f'<{NEXT}b>; title="after=b"; rel="next"',
    f'<{NEXT}b>; rel="next"; title="accounts, <b> to <c>"',
    f'<{NEXT}b>; rel="item", <{NEXT}c>; rel="item"',
)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Link", HEADERS[int(self.path[1:])])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
Thread(target=server.serve_forever, daemon=True).start()


def by_httplink(header):
    return [(relation, link.target) for link in httplink.parse_link_header(header).links for relation in sorted(link.rel)]


async def by_aiohttp(address):
    async with aiohttp.ClientSession() as session, session.get(address) as response:
        return [(relation, str(link["url"])) for relation, link in response.links.items()]


def shown(links):
    text = ", ".join(f"{relation} = {target}" for relation, target in links)
    return text.replace(NEXT, "…").replace(f":{server.server_port}/", "/")


for number, header in enumerate(HEADERS):
    address = f"http://127.0.0.1:{server.server_port}/{number}"
    print(header.replace(NEXT, "…"))
    for name, client in (("requests", requests), ("httpx", httpx)):
        print(f"  {name}:", shown([(relation, link["url"]) for relation, link in client.get(address).links.items()]))
    print("  aiohttp:", shown(asyncio.run(by_aiohttp(address))))
    print("  httplink:", shown(by_httplink(header)))
server.shutdown()
PYTHON

cat >"$folder/expected" <<'TEXT'
<…b>; rel="next"
  requests: next = …b
  httpx: next = …b
  aiohttp: next = …b
  httplink: next = …b
<…b;c>; rel="next"
  requests: …b = …b
  httpx: …b = …b
  aiohttp: next = …b;c
  httplink: next = …b;c
<…b>; rel="next last"
  requests: next last = …b
  httpx: next last = …b
  aiohttp: next last = …b
  httplink: last = …b, next = …b
<…b>; Rel=Next
  requests: …b = …b
  httpx: …b = …b
  aiohttp: …b = …b
  httplink: next = …b
<…b>; title="page 2; of 9"; rel="next"
  requests: …b = …b
  httpx: …b = …b
  aiohttp: next = …b
  httplink: next = …b
<…b>; title="after=b"; rel="next"
  requests: …b = …b
  httpx: …b = …b
  aiohttp: next = …b
  httplink: next = …b
<…b>; rel="next"; title="accounts, <b> to <c>"
  requests: next = …b, b> to <c = b> to <c
  httpx: next = …b, b> to <c = b> to <c
  aiohttp: next = …b, b> to <c = http://127.0.0.1/b%3E%20to%20%3Cc
  httplink: next = …b
<…b>; rel="item", <…c>; rel="item"
  requests: item = …c
  httpx: item = …c
  aiohttp: item = …b, item = …c
  httplink: item = …b, item = …c
TEXT

"$folder/venv/bin/python" -X utf8 "$folder/program.py" | tee "$folder/seen"
diff -u "$folder/expected" "$folder/seen"
