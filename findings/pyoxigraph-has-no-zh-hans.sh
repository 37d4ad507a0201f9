#!/usr/bin/env bash
# Expected: a text that was loaded as "国家税务总局"@zh-Hans is found by FILTER(lang(?name) = "zh-Hans"), in every SPARQL
#   engine, and written again with the tag it had; or no engine minds the case of tags.
# Seen: Oxigraph stores all tags in small letters, and its lang() gives zh-hans: compared with zh-Hans, by = or IN, it
#   finds nothing. In rdflib it is the other way round: zh-Hans is found, zh-hans is not, and a tag made by STRLANG is
#   zh-hans there, too. The same literal written in the query is found by both. A dump of Oxigraph has zh-hans. RDF 1.1
#   allows it (tags may be converted to lower case), and "en", which one tries, tells nothing. No error.
# Why it matters to a registry: its names are told apart by script and region (zh-Hans, zh-Hant, pt-BR), and the queries
#   that its documentation shows are run in whatever engine the reader has: here the filter for English works, and that
#   for Chinese gives an empty table. Maps from tags to names miss their key after a dump. langMatches(lang(?name),
#   "zh-Hans"), or LCASE(lang(?name)), works in both.
# Versions: PyPI pyoxigraph 0.5.13, rdflib 7.6.0. Date: 2026-11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyoxigraph==0.5.13 rdflib==7.6.0

cat >"$folder/program.py" <<'PYTHON'
import pyoxigraph
import rdflib

DATA = """
@prefix : <http://registry.example/> .
:tax :name "国家税务总局"@zh-Hans, "State Taxation Administration"@en .
"""
FILTERS = (
    'lang(?name) = "zh-Hans"',
    'lang(?name) = "zh-hans"',
    'lang(?name) IN ("zh-Hans", "zh-Hant")',
    'LCASE(lang(?name)) = "zh-hans"',
    'langMatches(lang(?name), "zh-Hans")',
    '?name = "国家税务总局"@zh-Hans',
    'lang(?name) = lang(STRLANG("a", "zh-Hans"))',
)

store = pyoxigraph.Store()
store.load(DATA.encode(), format=pyoxigraph.RdfFormat.TURTLE)
graph = rdflib.Graph().parse(data=DATA)
for condition in FILTERS:
    query = f"SELECT ?name {{ ?body <http://registry.example/name> ?name FILTER({condition}) }}"
    print(condition)
    print("  pyoxigraph:", ", ".join(str(row["name"]) for row in store.query(query)) or "nothing")
    print("  rdflib:", ", ".join(row["name"].n3() for row in graph.query(query)) or "nothing")

print("written again")
lines = store.dump(format=pyoxigraph.RdfFormat.N_TRIPLES, from_graph=pyoxigraph.DefaultGraph()).decode()
print("  pyoxigraph:", next(line for line in lines.splitlines() if "税务" in line))
print("  rdflib:", next(line for line in graph.serialize(format="nt", encoding="utf-8").decode().splitlines() if "zh" in line))
PYTHON

cat >"$folder/expected" <<'TEXT'
lang(?name) = "zh-Hans"
  pyoxigraph: nothing
  rdflib: "国家税务总局"@zh-Hans
lang(?name) = "zh-hans"
  pyoxigraph: "国家税务总局"@zh-hans
  rdflib: nothing
lang(?name) IN ("zh-Hans", "zh-Hant")
  pyoxigraph: nothing
  rdflib: "国家税务总局"@zh-Hans
LCASE(lang(?name)) = "zh-hans"
  pyoxigraph: "国家税务总局"@zh-hans
  rdflib: "国家税务总局"@zh-Hans
langMatches(lang(?name), "zh-Hans")
  pyoxigraph: "国家税务总局"@zh-hans
  rdflib: "国家税务总局"@zh-Hans
?name = "国家税务总局"@zh-Hans
  pyoxigraph: "国家税务总局"@zh-hans
  rdflib: "国家税务总局"@zh-Hans
lang(?name) = lang(STRLANG("a", "zh-Hans"))
  pyoxigraph: "国家税务总局"@zh-hans
  rdflib: nothing
written again
  pyoxigraph: <http://registry.example/tax> <http://registry.example/name> "国家税务总局"@zh-hans .
  rdflib: <http://registry.example/tax> <http://registry.example/name> "国家税务总局"@zh-Hans .
TEXT

"$folder/venv/bin/python" -X utf8 "$folder/program.py" | tee "$folder/seen"
diff -u "$folder/expected" "$folder/seen"
