"""Build the starter data: `python -m starter`, or `make starter`.

npm fetches the pinned releases that are not in `.cache/starter`, 84 MB in all.
`--check` writes nothing, and fails if the file that is there has other rows.
"""

import argparse
import gzip
import sys
from collections import Counter

from starter.build import build, pack
from starter.releases import ROOT, ReleaseError, load

FILE = ROOT / "directory" / "imports" / "starter" / "starter.ndjson.gz"


def main() -> None:
    """Write the file, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    chosen = parser.parse_args()
    try:
        releases = load()
    except ReleaseError as error:
        sys.exit(str(error))
    rows = build(releases)
    packed = pack(rows)
    if chosen.check and gzip.decompress(FILE.read_bytes()) != gzip.decompress(packed):
        sys.exit(f"{FILE} has other rows: run `make starter`")
    if not chosen.check:
        FILE.write_bytes(packed)
    counted = Counter(row["source"] for row in rows)
    print(f"{len(rows)} rows: {', '.join(f'{number} of {source}' for source, number in sorted(counted.items()))}")


if __name__ == "__main__":
    main()
