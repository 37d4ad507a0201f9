#!/usr/bin/env bash
# Expected: a parser of microformats finds the links of a page with rel="me" as HTML defines them: the keywords of rel are
#   separated by any ASCII whitespace and compared without regard to ASCII case, the address loses the spaces around it,
#   an <a> without href links to nothing, and what stands in <template> is no part of the page (HTML, 2.3.7, 4.6, 4.12.3).
# Seen: neither parser finds rel="ME" under "me": it is a relation of its own. npm's microformats-parser splits rel at
#   spaces only, so with a line break between them "nofollow" and "me" become one relation "nofollow\nme". PyPI's mf2py
#   splits well; but it gives an <a rel="me"> without href the address of the page itself, takes links out of <template>,
#   and keeps the space after an address, which is then equal to no other. None of it is an error or a warning.
# Why it matters to a registry: rel="me" in both directions is how a public body shows that an account is its own. A page
#   whose CMS writes capitals or breaks lines counts as without the link, and which pages those are depends on the parser;
#   an address with a space equals none that is registered. Take the links from the parsed document by oneself, with the
#   keywords split at whitespace and in lower case.
# Versions: PyPI mf2py 2.0.2 (html5lib), npm microformats-parser 2.0.6. Date: 2026-11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check mf2py==2.0.2
npm install --silent --no-fund --no-audit --prefix "$folder" microformats-parser@2.0.6 >/dev/null

cat >"$folder/links.json" <<'JSON'
[
  ["small letters", "<a rel=\"me\" href=\"https://social.example/@city\">City</a>"],
  ["capitals", "<a rel=\"ME\" href=\"https://social.example/@city\">City</a>"],
  ["a line break before it", "<a rel=\"nofollow\nme\" href=\"https://social.example/@city\">City</a>"],
  ["a space after the address", "<a rel=\"me\" href=\"https://social.example/@city \">City</a>"],
  ["no href", "<a rel=\"me\">City</a>"],
  ["in <template>", "<template><a rel=\"me\" href=\"https://social.example/@city\">City</a></template>"]
]
JSON

cat >"$folder/program.py" <<'PYTHON'
import json
import sys

import mf2py

for name, link in json.load(open(sys.argv[1])):
    page = f"<!doctype html><title>City</title><body>{link}"
    print(f"mf2py, {name}: {json.dumps(mf2py.parse(page, url='https://city.example/')['rels'])}")
PYTHON

cat >"$folder/program.mjs" <<'JAVASCRIPT'
import { readFileSync } from "node:fs";
import { mf2 } from "microformats-parser";

for (const [name, link] of JSON.parse(readFileSync(process.argv[2], "utf8"))) {
  const page = `<!doctype html><title>City</title><body>${link}`;
  console.log(`microformats-parser, ${name}: ${JSON.stringify(mf2(page, { baseUrl: "https://city.example/" }).rels)}`);
}
JAVASCRIPT

cat >"$folder/expected" <<'TEXT'
mf2py, small letters: {"me": ["https://social.example/@city"]}
mf2py, capitals: {"ME": ["https://social.example/@city"]}
mf2py, a line break before it: {"nofollow": ["https://social.example/@city"], "me": ["https://social.example/@city"]}
mf2py, a space after the address: {"me": ["https://social.example/@city "]}
mf2py, no href: {"me": ["https://city.example/"]}
mf2py, in <template>: {"me": ["https://social.example/@city"]}
microformats-parser, small letters: {"me":["https://social.example/@city"]}
microformats-parser, capitals: {"ME":["https://social.example/@city"]}
microformats-parser, a line break before it: {"nofollow\nme":["https://social.example/@city"]}
microformats-parser, a space after the address: {"me":["https://social.example/@city"]}
microformats-parser, no href: {}
microformats-parser, in <template>: {}
TEXT
{ "$folder/venv/bin/python" "$folder/program.py" "$folder/links.json"
  node "$folder/program.mjs" "$folder/links.json"; } | tee "$folder/seen"
diff -u "$folder/expected" "$folder/seen"
