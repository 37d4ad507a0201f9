#!/usr/bin/env bash
# Expected: an application learns when the body of a request breaks off: the client announced more bytes, or never sent the
#   last chunk, so the message is incomplete (RFC 9112, 8). ASGI says http.disconnect, and other servers for WSGI raise an
#   error while the body is read.
# Seen: under granian it depends on how one reads. RSGI's `await protocol()` raises RSGIProtocolClosed, but `async for chunk
#   in protocol`, made for long bodies, just ends, with an announced length as without. Under WSGI `wsgi.input.read(n)` ends
#   like that as well, and `wsgi.input.read()` returns no byte at all, also not those that came. Nothing is raised or logged.
# Why it matters to a registry: a file of accounts or counts is taken for a list of all of them. Cut between two lines, CSV
#   and NDJSON are whole to every parser, so half a file is imported, and what a source "no longer lists" is withdrawn.
#   Compare the bytes with Content-Length, and refuse such files without it.
# Version: PyPI granian 2.8.7. Date: 2026-12.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check granian==2.8.7

cat >"$folder/apps.py" <<'PYTHON'
def tell(how, path, body):
    print(f"seen: {how}, {path}: a body of {len(body)} bytes", flush=True)


async def rsgi(scope, protocol):
    how, _, path = scope.path[1:].partition("/")
    body = b""
    try:
        if how == "await":
            body = await protocol()
        else:
            async for chunk in protocol:
                body += chunk
        tell(f"RSGI, {how}", path, body)
    except Exception as error:
        print(f"seen: RSGI, {how}, {path}: {type(error).__name__}", flush=True)
    protocol.response_empty(204, [])


def wsgi(environ, start_response):
    how, _, path = environ["PATH_INFO"][1:].partition("/")
    read = environ["wsgi.input"].read
    tell(f"WSGI, {how}", path, read() if how == "read()" else b"".join(iter(lambda: read(5), b"")))
    start_response("204 No Content", [])
    return []


async def asgi(scope, receive, send):
    if scope["type"] != "http":
        return
    how, _, path = scope["path"][1:].partition("/")
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            print(f"seen: ASGI, {how}, {path}: http.disconnect", flush=True)
            return
        body += message["body"]
        more = message["more_body"]
    tell(f"ASGI, {how}", path, body)
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})
PYTHON

cat >"$folder/client.py" <<'PYTHON'
import socket
import sys
import time

ROW = b"4\r\nrow\n\r\n"
BODIES = (
    ("whole", b"Transfer-Encoding: chunked", ROW * 3 + b"0\r\n\r\n"),
    ("without-its-last-chunk", b"Transfer-Encoding: chunked", ROW * 2),
    ("shorter-than-announced", b"Content-Length: 12", b"row\nrow\n"),
)
port, ways = int(sys.argv[1]), sys.argv[2:]
for _ in range(100):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
        break
    except OSError:
        time.sleep(0.1)
for how in ways:
    for name, head, body in BODIES:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"POST /%b/%b HTTP/1.1\r\nHost: a\r\n%b\r\n\r\n%b" % (how.encode(), name.encode(), head, body))
            time.sleep(0.3)
        time.sleep(0.3)
PYTHON

port=8871
for each in "rsgi await async-for" "wsgi read() read(5)" "asgi receive"; do
  read -r interface ways <<<"$each"
  (cd "$folder" && exec venv/bin/granian --interface "$interface" --port "$port" --no-ws "apps:$interface") >"$folder/log" 2>&1 &
  server=$!
  # shellcheck disable=SC2086 # a list of words
  "$folder/venv/bin/python" "$folder/client.py" "$port" $ways
  kill "$server"
  wait "$server" || true
  grep -a '^seen: ' "$folder/log" >>"$folder/seen"
  port=$((port + 1))
done

cat >"$folder/expected" <<'TEXT'
seen: RSGI, await, whole: a body of 12 bytes
seen: RSGI, await, without-its-last-chunk: RSGIProtocolClosed
seen: RSGI, await, shorter-than-announced: RSGIProtocolClosed
seen: RSGI, async-for, whole: a body of 12 bytes
seen: RSGI, async-for, without-its-last-chunk: a body of 8 bytes
seen: RSGI, async-for, shorter-than-announced: a body of 8 bytes
seen: WSGI, read(), whole: a body of 12 bytes
seen: WSGI, read(), without-its-last-chunk: a body of 0 bytes
seen: WSGI, read(), shorter-than-announced: a body of 0 bytes
seen: WSGI, read(5), whole: a body of 12 bytes
seen: WSGI, read(5), without-its-last-chunk: a body of 8 bytes
seen: WSGI, read(5), shorter-than-announced: a body of 8 bytes
seen: ASGI, receive, whole: a body of 12 bytes
seen: ASGI, receive, without-its-last-chunk: http.disconnect
seen: ASGI, receive, shorter-than-announced: http.disconnect
TEXT
cat "$folder/seen"
diff -u "$folder/expected" "$folder/seen"
