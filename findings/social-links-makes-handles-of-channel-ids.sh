#!/usr/bin/env bash
# Expected: `sanitize` of social-links (npm, and a package of that name on PyPI) writes a profile's address in its plain
#   form: without "www." and a final slash, but still the address of the same profile.
# Seen: YouTube has four namespaces (@handle, /channel/ID, /user/name, /c/name), in which one word may name different
#   accounts. npm's package makes a handle of all: /channel/UC… becomes /@UC…, a handle where there was an ID, and
#   /user/name becomes /@name, whoever has that; it knows /c/ on the mobile host only. PyPI's package drops the word:
#   /channel/UC…, /user/name and /c/name become /UC… and /name. It also makes a company of a LinkedIn school. Both say
#   that the address is valid. And one query parameter (?lang=en, ?hl=en), as pages of agencies write it, makes either
#   see no profile at all.
# Why it matters to a registry: cleaning is the first step of an import, and the key of an account is taken from what it
#   gives. An official channel then stands under a handle that anybody may have or take.
# Versions: npm social-links 1.15.1 (Node 20 or newer), PyPI social-links 1.3.1. Date: 2026-11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps social-links==1.3.1
npm install --silent --no-audit --no-fund --no-update-notifier --prefix "$folder" social-links@1.15.1 >"$folder/npm"

cat >"$folder/addresses" <<'TEXT'
https://www.youtube.com/@example
https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv
https://www.youtube.com/user/example
https://www.youtube.com/c/example
https://m.youtube.com/c/example
https://www.linkedin.com/school/example/
https://www.instagram.com/example/
https://www.instagram.com/example/?hl=en
https://x.com/example
https://x.com/example?lang=en
TEXT

cat >"$folder/program.mjs" <<'JAVASCRIPT'
import { readFileSync } from 'node:fs'
import { SocialLinks } from 'social-links'

const links = new SocialLinks()
const [, , file] = process.argv
for (const address of readFileSync(file, 'utf8').trim().split('\n')) {
  const platform = links.detectProfile(address)
  const answer = platform
    ? `${platform}, valid: ${links.isValid(platform, address)}, ${links.sanitize(platform, address)}`
    : 'no profile'
  console.log(`npm:  ${address} -> ${answer}`)
}
JAVASCRIPT

cat >"$folder/program.py" <<'PYTHON'
import sys
from pathlib import Path

from sociallinks import SocialLinks

links = SocialLinks()
for address in Path(sys.argv[1]).read_text().split():
    platform = links.detect_platform(address)
    answer = "no profile"
    if platform:
        answer = f"{platform}, valid: {str(links.is_valid(platform, address)).lower()}, {links.sanitize(platform, address)}"
    print(f"PyPI: {address} -> {answer}")
PYTHON

cat >"$folder/expected" <<'TEXT'
npm:  https://www.youtube.com/@example -> youtube, valid: true, https://youtube.com/@example
npm:  https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv -> youtube, valid: true, https://youtube.com/@UCabcdefghijklmnopqrstuv
npm:  https://www.youtube.com/user/example -> youtube, valid: true, https://youtube.com/@example
npm:  https://www.youtube.com/c/example -> no profile
npm:  https://m.youtube.com/c/example -> youtube, valid: true, https://youtube.com/@example
npm:  https://www.linkedin.com/school/example/ -> no profile
npm:  https://www.instagram.com/example/ -> instagram, valid: true, https://instagram.com/example
npm:  https://www.instagram.com/example/?hl=en -> no profile
npm:  https://x.com/example -> x, valid: true, https://x.com/example
npm:  https://x.com/example?lang=en -> no profile
PyPI: https://www.youtube.com/@example -> youtube, valid: true, https://youtube.com/@example
PyPI: https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv -> youtube, valid: true, https://youtube.com/UCabcdefghijklmnopqrstuv
PyPI: https://www.youtube.com/user/example -> youtube, valid: true, https://youtube.com/example
PyPI: https://www.youtube.com/c/example -> youtube, valid: true, https://youtube.com/example
PyPI: https://m.youtube.com/c/example -> youtube, valid: true, https://youtube.com/example
PyPI: https://www.linkedin.com/school/example/ -> linkedin, valid: true, https://linkedin.com/company/example
PyPI: https://www.instagram.com/example/ -> instagram, valid: true, https://instagram.com/example
PyPI: https://www.instagram.com/example/?hl=en -> no profile
PyPI: https://x.com/example -> x, valid: true, https://x.com/example
PyPI: https://x.com/example?lang=en -> no profile
TEXT

{
  node "$folder/program.mjs" "$folder/addresses"
  "$folder/venv/bin/python" "$folder/program.py" "$folder/addresses"
} | tee "$folder/seen"
diff -u "$folder/expected" "$folder/seen"
