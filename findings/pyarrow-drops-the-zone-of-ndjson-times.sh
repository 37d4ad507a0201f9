#!/usr/bin/env bash
# Expected: JSON says what is a text, so read_json() of pyarrow leaves texts alone; types are for read_csv() to guess,
#   which has nothing but texts. If both guess, they guess alike.
# Seen: read_json() makes times of texts too, and loses their zone: 10:00Z and 10:00+08:00 come back as 10:00 and 02:00
#   of no zone, where read_csv() of the same release has UTC. A time with a zone and one without, which read_csv()
#   leaves as texts, become the same moment. A day becomes a midnight. One row with a fraction of a second, or one month
#   among the days, and the whole column is text instead. Parquet written from it says isAdjustedToUTC=false. No
#   warning.
# Why it matters to a registry: it offers NDJSON for its types, with a zone on each time. Readers take what comes for
#   local times, in Beijing eight hours off, and the column's type changes from one export to the next with its rows.
#   Publish a schema, and read with ParseOptions(explicit_schema=…): timestamp("us", "UTC") keeps the zone.
# Versions: PyPI pyarrow 26.0.1. Date: 2026-11.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyarrow==26.0.1

cat >"$folder/program.py" <<'PYTHON'
import io
import json

import pyarrow
from pyarrow import csv
from pyarrow import json as ndjson
from pyarrow import parquet

COLUMNS = (
    ["2026-11-02T10:00:00Z", "2026-11-02T10:00:00+08:00"],
    ["2026-11-02T10:00:00Z", "2026-11-02T10:00:00"],
    ["2026-11-02T10:00:00Z", "2026-11-02T10:00:00.5Z"],
    ["2026-11-02", "2026-11-03"],
    ["2026-11-02", "2026-11"],
    ["12:30", "18:00"],
)


def shown(read, text, **options):
    column = read(io.BytesIO(text.encode()), **options).column("value")
    return f"{column.type}: {', '.join(map(str, column.to_pylist()))}"


texts_alone = ndjson.ParseOptions(explicit_schema=pyarrow.schema({"value": pyarrow.string()}))
times_in_utc = ndjson.ParseOptions(explicit_schema=pyarrow.schema({"value": pyarrow.timestamp("us", "UTC")}))
for texts in COLUMNS:
    lines = "".join(json.dumps({"value": text}) + "\n" for text in texts)
    print(", ".join(texts))
    print("  NDJSON", shown(ndjson.read_json, lines))
    print("  CSV", shown(csv.read_csv, "value\n" + "".join(text + "\n" for text in texts)))

lines = "".join(json.dumps({"value": text}) + "\n" for text in COLUMNS[0])
parquet.write_table(ndjson.read_json(io.BytesIO(lines.encode())), written := io.BytesIO())
print("The first, declared as text:", shown(ndjson.read_json, lines, parse_options=texts_alone))
print("The first, declared as time:", shown(ndjson.read_json, lines, parse_options=times_in_utc))
print("The first, from NDJSON to Parquet:", parquet.read_metadata(written).schema.column(0).logical_type)
PYTHON

cat >"$folder/expected" <<'TEXT'
2026-11-02T10:00:00Z, 2026-11-02T10:00:00+08:00
  NDJSON timestamp[s]: 2026-11-02 10:00:00, 2026-11-02 02:00:00
  CSV timestamp[s, tz=UTC]: 2026-11-02 10:00:00+00:00, 2026-11-02 02:00:00+00:00
2026-11-02T10:00:00Z, 2026-11-02T10:00:00
  NDJSON timestamp[s]: 2026-11-02 10:00:00, 2026-11-02 10:00:00
  CSV string: 2026-11-02T10:00:00Z, 2026-11-02T10:00:00
2026-11-02T10:00:00Z, 2026-11-02T10:00:00.5Z
  NDJSON string: 2026-11-02T10:00:00Z, 2026-11-02T10:00:00.5Z
  CSV timestamp[ns, tz=UTC]: 2026-11-02 10:00:00+00:00, 2026-11-02 10:00:00.500000+00:00
2026-11-02, 2026-11-03
  NDJSON timestamp[s]: 2026-11-02 00:00:00, 2026-11-03 00:00:00
  CSV date32[day]: 2026-11-02, 2026-11-03
2026-11-02, 2026-11
  NDJSON string: 2026-11-02, 2026-11
  CSV string: 2026-11-02, 2026-11
12:30, 18:00
  NDJSON string: 12:30, 18:00
  CSV time32[s]: 12:30:00, 18:00:00
The first, declared as text: string: 2026-11-02T10:00:00Z, 2026-11-02T10:00:00+08:00
The first, declared as time: timestamp[us, tz=UTC]: 2026-11-02 10:00:00+00:00, 2026-11-02 02:00:00+00:00
The first, from NDJSON to Parquet: Timestamp(isAdjustedToUTC=false, timeUnit=milliseconds, is_from_converted_type=false, force_set_converted_type=false)
TEXT

"$folder/venv/bin/python" "$folder/program.py" | tee "$folder/seen"
diff -u "$folder/expected" "$folder/seen"
