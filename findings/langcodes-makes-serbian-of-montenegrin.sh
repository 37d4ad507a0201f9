#!/usr/bin/env bash
# Expected: standardize_tag() and Language.get() of langcodes bring a language tag to the form of BCP 47: letter case,
#   and what IANA's registry has withdrawn for another tag (iw is he). A valid tag that stands for a language stays it.
# Seen: it follows the table of aliases of CLDR, and that merges languages. Montenegrin (cnr, in the registry since
#   2018, not withdrawn) becomes sr-ME, "Serbian (Montenegro)"; Tagalog (tl) becomes Filipino (fil), which has a tag of
#   its own; Dari (prs) becomes Persian (fa-AF). Its manual speaks of deprecated values. Language.get() does it, too, so
#   reading a tag and writing it again is enough; it is said nowhere in the result, and there is no way back. Of the
#   names by language of one body two become one.
# Why it matters to a registry: a name is stored under the tag that its source gave. Standardized on the way in it is no
#   longer found by that tag, a second name overwrites it, and the contract says that Montenegro's own language is
#   Serbian. Language.get(tag, normalize=False) keeps the language and mends only the case.
# Versions: PyPI langcodes 3.5.1, language_data 1.4.0. Date: 2026-11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check langcodes==3.5.1 language_data==1.4.0

cat >"$folder/program.py" <<'PYTHON'
from langcodes import Language, closest_match, standardize_tag, tag_is_valid

TAGS = ("iw", "en-uk", "zh-hant-hk", "cnr", "tl", "prs", "sh", "sgn-DE")

for tag in TAGS:
    kept = Language.get(tag, normalize=False)
    became = Language.get(standardize_tag(tag))
    assert Language.get(tag) == became
    print(f"{tag} ({kept.display_name()}), valid: {tag_is_valid(tag)} -> {became.to_tag()} ({became.display_name()})")

names = {"cnr": "Uprava policije", "sr-ME": "Управа полиције", "en": "Police Administration"}
print(len(names), "names,", len({standardize_tag(tag): name for tag, name in names.items()}), "after standardize_tag")
print("asked for cnr, closest_match of", ["sr-ME", "cnr"], "is", closest_match("cnr", ["sr-ME", "cnr"]))
print("asked for fil, closest_match of", ["tl", "en"], "is", closest_match("fil", ["tl", "en"]))
PYTHON

cat >"$folder/expected" <<'TEXT'
iw (Hebrew), valid: True -> he (Hebrew)
en-uk (English (Unknown Region [UK])), valid: True -> en-GB (English (United Kingdom))
zh-hant-hk (Chinese (Traditional, Hong Kong SAR China)), valid: True -> zh-Hant-HK (Chinese (Traditional, Hong Kong SAR China))
cnr (Montenegrin), valid: True -> sr-ME (Serbian (Montenegro))
tl (Tagalog), valid: True -> fil (Filipino)
prs (Dari), valid: True -> fa-AF (Persian (Afghanistan))
sh (Serbo-Croatian), valid: True -> sr-Latn (Serbian (Latin))
sgn-DE (Sign languages (Germany)), valid: True -> gsg (German Sign Language)
3 names, 2 after standardize_tag
asked for cnr, closest_match of ['sr-ME', 'cnr'] is ('cnr', 0)
asked for fil, closest_match of ['tl', 'en'] is ('tl', 0)
TEXT

"$folder/venv/bin/python" -X utf8 "$folder/program.py" | tee "$folder/seen"
diff -u "$folder/expected" "$folder/seen"
