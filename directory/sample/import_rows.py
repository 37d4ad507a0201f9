"""Normalized import rows of synthetic accounts, without validation: the rows are valid by construction.

The importer's validation takes several times as long as making the row. A test compares the results.
"""

import json
from typing import Final

from directory.imports.validate.rows import Row as NormalRow
from directory.platforms.addresses import Address, canonical_url
from directory.sample.rows import SOURCE, Row

_dump: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def to_import_row(row: Row) -> NormalRow:
    """Return the normalized import row of a synthetic row, which it modifies."""
    platform, handle, user_id = str(row["platform"]), row.get("handle"), row.get("platform_user_id")
    department, department_type = str(row["department"]), str(row["department_type"])
    region = str(row["region"])
    url = canonical_url(Address(platform, str(handle) if handle else None, str(user_id) if user_id else None))
    if url:
        row["url"] = url
    del row["source"]
    return NormalRow(
        platform=platform,
        user_id=str(user_id or ""),
        handle_key=str(handle or ""),
        source=SOURCE,
        source_id="",
        region=region,
        department_key=department,
        department_type=department_type,
        is_member=False,
        statement=_dump(row),
    )
