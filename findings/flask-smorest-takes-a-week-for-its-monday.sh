#!/usr/bin/env bash
# Expected: a query parameter declared as fields.Date stands in the contract of flask-smorest as format: date, a full
#   date of RFC 3339 (YYYY-MM-DD). Other texts are refused with 422, as by marshmallow 3 (which took 2026-1-5 besides).
# Seen: marshmallow 4 reads with Python's own fromisoformat, which from Python 3.11 on takes nearly all of ISO 8601. A
#   week becomes its Monday: until=2026-W45 is 2 November, and six days of that week are left out with a 200. A month
#   (2026-11) is refused, so it is no rule that the first day counts. DateTime (in the contract date-time, which has an
#   offset) takes a week, a day, or "_" for the T as well, and makes of them a time that names no zone. fields.Integer
#   takes 1_0, +10 and fullwidth digits for 10, in both versions; its strict=True refuses even the 10 of a query.
# Why it matters to a registry: its changes and exports are asked for by day. A filter read otherwise than it was meant
#   gives an answer that looks whole, and each spelling is another address to a cache. Validators of other languages
#   refuse by the contract what the service takes, so clients work without a gateway and fail behind it. Declare the
#   format: fields.Date(format="%Y-%m-%d") has the same contract, in marshmallow 4, and refuses weeks.
# Versions: PyPI flask-smorest 0.47.0, marshmallow 4.4.0 and 3.26.2, webargs 8.7.1, apispec 6.10.1, Flask 3.1.3;
#   Python 3.11 or newer. Date: 2026-11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for marshmallow in 3.26.2 4.4.0; do
  python3 -m venv "$folder/$marshmallow"
  "$folder/$marshmallow/bin/pip" install --quiet --disable-pip-version-check flask-smorest==0.47.0 \
    "marshmallow==$marshmallow" webargs==8.7.1 apispec==6.10.1 Flask==3.1.3 Werkzeug==3.1.9
done

cat >"$folder/program.py" <<'PYTHON'
from importlib.metadata import version

from flask import Flask
from flask_smorest import Api, Blueprint
from marshmallow import Schema, fields

ASKED = {
    "until": ("2026-11-05", "20261105", "2026-W45", "2026-W45-4", "2026-11", "2026-1-5"),
    "at": ("2026-11-05T10:00:00Z", "2026-11-05T10:00", "2026-11-05_10", "2026-11-05", "2026-W45"),
    "limit": ("10", "1_0", "１０", "+10", "1e1"),
    "strict": ("10",),
    "day": ("2026-11-05", "2026-W45"),
}


class Query(Schema):
    until = fields.Date()
    at = fields.DateTime()
    limit = fields.Integer()
    strict = fields.Integer(strict=True)
    day = fields.Date(format="%Y-%m-%d")


app = Flask("changes")
app.config.update(API_TITLE="Changes", API_VERSION="1", OPENAPI_VERSION="3.1.0", OPENAPI_URL_PREFIX="/")
blueprint = Blueprint("changes", "changes")


@blueprint.route("/changes")
@blueprint.arguments(Query, location="query")
@blueprint.response(200)
def changes(query):
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in query.items()}


Api(app).register_blueprint(blueprint)
client = app.test_client()
contract = client.get("/openapi.json").json
declared = {each["name"]: each["schema"] for each in contract["paths"]["/changes"]["get"]["parameters"]}
print(f"marshmallow {version('marshmallow')}")
for name, texts in ASKED.items():
    print(f"  {name}, in the contract {declared[name]}")
    for text in texts:
        response = client.get("/changes", query_string={name: text})
        answer = response.json[name] if response.status_code == 200 else "refused"
        print(f"    {text} -> {response.status_code} {answer}")
PYTHON

cat >"$folder/expected" <<'TEXT'
marshmallow 3.26.2
  until, in the contract {'type': 'string', 'format': 'date'}
    2026-11-05 -> 200 2026-11-05
    20261105 -> 422 refused
    2026-W45 -> 422 refused
    2026-W45-4 -> 422 refused
    2026-11 -> 422 refused
    2026-1-5 -> 200 2026-01-05
  at, in the contract {'type': 'string', 'format': 'date-time'}
    2026-11-05T10:00:00Z -> 200 2026-11-05T10:00:00+00:00
    2026-11-05T10:00 -> 200 2026-11-05T10:00:00
    2026-11-05_10 -> 422 refused
    2026-11-05 -> 422 refused
    2026-W45 -> 422 refused
  limit, in the contract {'type': 'integer'}
    10 -> 200 10
    1_0 -> 200 10
    １０ -> 200 10
    +10 -> 200 10
    1e1 -> 422 refused
  strict, in the contract {'type': 'integer'}
    10 -> 422 refused
  day, in the contract {'type': 'string', 'format': None, 'pattern': None}
    2026-11-05 -> 200 2026-11-05
    2026-W45 -> 422 refused
marshmallow 4.4.0
  until, in the contract {'type': 'string', 'format': 'date'}
    2026-11-05 -> 200 2026-11-05
    20261105 -> 200 2026-11-05
    2026-W45 -> 200 2026-11-02
    2026-W45-4 -> 200 2026-11-05
    2026-11 -> 422 refused
    2026-1-5 -> 422 refused
  at, in the contract {'type': 'string', 'format': 'date-time'}
    2026-11-05T10:00:00Z -> 200 2026-11-05T10:00:00+00:00
    2026-11-05T10:00 -> 200 2026-11-05T10:00:00
    2026-11-05_10 -> 200 2026-11-05T10:00:00
    2026-11-05 -> 200 2026-11-05T00:00:00
    2026-W45 -> 200 2026-11-02T00:00:00
  limit, in the contract {'type': 'integer'}
    10 -> 200 10
    1_0 -> 200 10
    １０ -> 200 10
    +10 -> 200 10
    1e1 -> 422 refused
  strict, in the contract {'type': 'integer'}
    10 -> 422 refused
  day, in the contract {'type': 'string', 'format': 'date'}
    2026-11-05 -> 200 2026-11-05
    2026-W45 -> 422 refused
TEXT

for marshmallow in 3.26.2 4.4.0; do
  "$folder/$marshmallow/bin/python" -X utf8 "$folder/program.py"
done | tee "$folder/seen"
diff -u "$folder/expected" "$folder/seen"
