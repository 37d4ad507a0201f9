#!/usr/bin/env bash
# Expected: apispec turns the validators of a marshmallow field into the keywords of JSON Schema that mean the same, and
#   leaves out what it cannot say, so that a value which the service takes always fits the contract.
# Seen: a list with ContainsOnly(["a", "b"]) becomes an ARRAY with enum: ["a", "b"], which no array ever equals, so every
#   list that the service takes breaks the contract, even the empty one. A Regexp loses its flags, so with re.IGNORECASE
#   "ABC" is taken and breaks the contract. The other way round, Range(min=0, min_inclusive=False) becomes minimum: 0,
#   the greatest number of names in a Dict becomes maxLength, which holds for texts only (maxProperties would be it), a
#   Regexp that re.match() tries at the start becomes a pattern that may stand anywhere, and what stands inside And() is
#   left out. No warning comes.
# Why it matters to a registry: its contract is its promise. Generated clients and validating gateways refuse the filter
#   `platforms`, which works without them, and tests made from the contract send values that the service refuses. Put
#   validators on the items (List(String(validate=OneOf(…)))), anchor patterns, and give the rest by metadata=.
# Versions: PyPI apispec 6.10.1, marshmallow 4.4.0, jsonschema 4.26.0. Date: 2026-11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  apispec==6.10.1 marshmallow==4.4.0 jsonschema==4.26.0

cat >"$folder/program.py" <<'PYTHON'
import json
import re

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from jsonschema import Draft202012Validator
from marshmallow import Schema, fields
from marshmallow.validate import And, ContainsOnly, Length, OneOf, Range, Regexp


class Query(Schema):
    platforms = fields.List(fields.String(), validate=ContainsOnly(["a", "b"]))
    platforms_by_item = fields.List(fields.String(validate=OneOf(["a", "b"])))
    handle = fields.String(validate=Regexp("^[a-z]+$", flags=re.IGNORECASE))
    above = fields.Integer(validate=Range(min=0, min_inclusive=False))
    names = fields.Dict(keys=fields.String(), values=fields.String(), validate=Length(max=1))
    code = fields.String(validate=Regexp("[A-Z]{2}$"))
    limit = fields.Integer(validate=And(Range(min=1), Range(max=100)))


ASKED = (
    ("platforms", ["a"]),
    ("platforms", []),
    ("platforms", ["c"]),
    ("platforms_by_item", ["a"]),
    ("platforms_by_item", ["c"]),
    ("handle", "ABC"),
    ("above", 0),
    ("names", {"en": "a", "fr": "b"}),
    ("code", "1FR"),
    ("limit", 101),
)

spec = APISpec("Accounts", "1", "3.1.0", plugins=[MarshmallowPlugin()])
spec.components.schema("Query", schema=Query)
contract = spec.to_dict()["components"]["schemas"]["Query"]
for name, value in ASKED:
    by_contract = "fits" if Draft202012Validator(contract).is_valid({name: value}) else "breaks"
    by_service = "refuses" if Query().validate({name: value}) else "takes"
    declared = json.dumps(contract["properties"][name])
    print(f"{name} {json.dumps(value)}: {by_contract} the contract, the service {by_service} it; {declared}")
PYTHON

cat >"$folder/expected" <<'TEXT'
platforms ["a"]: breaks the contract, the service takes it; {"type": "array", "enum": ["a", "b"], "items": {"type": "string"}}
platforms []: breaks the contract, the service takes it; {"type": "array", "enum": ["a", "b"], "items": {"type": "string"}}
platforms ["c"]: breaks the contract, the service refuses it; {"type": "array", "enum": ["a", "b"], "items": {"type": "string"}}
platforms_by_item ["a"]: fits the contract, the service takes it; {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}}
platforms_by_item ["c"]: breaks the contract, the service refuses it; {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}}
handle "ABC": breaks the contract, the service takes it; {"type": "string", "pattern": "^[a-z]+$"}
above 0: fits the contract, the service refuses it; {"type": "integer", "minimum": 0}
names {"en": "a", "fr": "b"}: fits the contract, the service refuses it; {"type": "object", "maxLength": 1, "additionalProperties": {"type": "string"}}
code "1FR": fits the contract, the service refuses it; {"type": "string", "pattern": "[A-Z]{2}$"}
limit 101: fits the contract, the service refuses it; {"type": "integer"}
TEXT

"$folder/venv/bin/python" "$folder/program.py" | tee "$folder/seen"
diff -u "$folder/expected" "$folder/seen"
