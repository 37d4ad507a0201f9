#!/usr/bin/env bash
# Expected: Subdivisions().search(name) of iso3166-2 looks through names and other names (localOtherName), and at its
#   default likeness_score=100 gives exact matches only, as its manual says; a name that is there is found.
# Seen: (1) all other names of a region are compared as ONE text, with languages and commas: "上海 (zho), Shànghǎi
#   (zho), Shanghai (eng)" is never equal to 上海 or Shanghai. (2) Where nothing is equal, 100 means 85 without a word:
#   Shanghai gives two regions called Sangha, of the Central African Republic and of Congo; Catalonia gives Catania in
#   Sicily, North Holland Northland in New Zealand. Only a long name that is alone is near enough to itself to be found:
#   "The Garden State" is New Jersey, and not also Victoria, which has another name beside it. likeness_score=90 is
#   stricter than 100, and gives nothing. Only the score tells (exclude_match_score=False), which is left out by
#   default.
# Why it matters to a registry: a connector that names the region of a source's bodies by their English or own names
#   gets one hit, asked for exact matches, and files the accounts of Catalonia under Catania. Compare the names oneself.
# Versions: PyPI iso3166-2 1.8.4, thefuzz 0.22.1, RapidFuzz 3.14.6. Date: 2026-11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  iso3166-2==1.8.4 thefuzz==0.22.1 RapidFuzz==3.14.6

cat >"$folder/program.py" <<'PYTHON'
from iso3166_2 import Subdivisions

ASKED = (
    ("CN-SH", "Shanghai"),
    ("CN-SH", "上海"),
    ("ES-CT", "Catalonia"),
    ("NL-NH", "North Holland"),
    ("NL-NH", "Noord-Holland"),
    ("DE-BY", "Bavaria"),
    ("DE-BY", "Bayern"),
    ("AT-9", "Vienna"),
    ("KR-11", "서울"),
    ("JP-11", "埼玉"),
    ("US-NJ", "The Garden State"),
    ("AU-VIC", "The Garden State"),
)

regions = Subdivisions()


def found(name, likeness):
    rows = regions.search(name, likeness_score=likeness, exclude_match_score=False)
    return ", ".join(f"{row['subdivisionCode']} {row['name']} ({row['matchScore']})" for row in rows) or "nothing"


for code, name in ASKED:
    region = regions.all[code.partition("-")[0]][code]
    print(f"{code} {region['name']}; other names: {region['localOtherName']}")
    print(f"  search {name!r}: 100: {found(name, 100)} | 90: {found(name, 90)}")
PYTHON

cat >"$folder/expected" <<'TEXT'
CN-SH Shanghai Shi; other names: 上海 (zho), Shànghǎi (zho), Shanghai (eng)
  search 'Shanghai': 100: CF-SE Sangha (85), CG-13 Sangha (85) | 90: nothing
CN-SH Shanghai Shi; other names: 上海 (zho), Shànghǎi (zho), Shanghai (eng)
  search '上海': 100: nothing | 90: nothing
ES-CT Catalunya [Cataluña]; other names: Catalonia (eng), Catalonha (oci)
  search 'Catalonia': 100: IT-CT Catania (85) | 90: nothing
NL-NH Noord-Holland; other names: North Holland (eng)
  search 'North Holland': 100: NZ-NTL Northland (83) | 90: nothing
NL-NH Noord-Holland; other names: North Holland (eng)
  search 'Noord-Holland': 100: NL-NH Noord-Holland (100) | 90: NL-NH Noord-Holland (100)
DE-BY Bayern; other names: Bavaria (eng), Free State of Bavaria (eng)
  search 'Bavaria': 100: nothing | 90: nothing
DE-BY Bayern; other names: Bavaria (eng), Free State of Bavaria (eng)
  search 'Bayern': 100: DE-BY Bayern (100) | 90: DE-BY Bayern (100)
AT-9 Wien; other names: Vienna (eng), Wean (bar)
  search 'Vienna': 100: nothing | 90: nothing
KR-11 Seoul-teukbyeolsi; other names: 서울 (kor), Seoul (eng), Seoul Special City (eng)
  search '서울': 100: nothing | 90: nothing
JP-11 Saitama; other names: 埼玉 (jpn)
  search '埼玉': 100: nothing | 90: nothing
US-NJ New Jersey; other names: The Garden State (eng)
  search 'The Garden State': 100: US-NJ New Jersey (93) | 90: nothing
AU-VIC Victoria; other names: Vic (eng), The Garden State (eng), The Education State (eng)
  search 'The Garden State': 100: US-NJ New Jersey (93) | 90: nothing
TEXT

"$folder/venv/bin/python" -X utf8 "$folder/program.py" | tee "$folder/seen"
diff -u "$folder/expected" "$folder/seen"
