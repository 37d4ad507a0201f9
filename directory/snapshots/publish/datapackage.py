"""`datapackage.json`: the CSV files of a snapshot as a Data Package, version 2 (https://datapackage.org)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from directory.snapshots.contents.digests import FileInfo
from directory.snapshots.contents.observations import part_of, table_of
from directory.snapshots.contents.tables import (
    TABLES,
    ColumnType,
    SnapshotColumn,
    SnapshotTable,
    enum_values,
    get_table,
)
from directory.snapshots.publish.manifest import PublicationMetadata, SnapshotRevision

_PROFILES: Final = "https://datapackage.org/profiles/2.0/"
# Lists are typed as strings: the CSV escapes `|` within an item, which the type `list` of Table Schema does not allow.
_TYPES: Final[dict[ColumnType, str]] = {"texts": "string", "names": "string"}


def write_data_package(
    revision: SnapshotRevision,
    metadata: PublicationMetadata,
    sources: Sequence[Mapping[str, Any]],
    files: Sequence[FileInfo],
) -> str:
    """Return the text of the descriptor, a pure function of the arguments."""
    by_name = {file.name: file for file in files}
    content: dict[str, Any] = {
        "$schema": f"{_PROFILES}datapackage.json",
        "name": "official-accounts",
        "title": metadata.title,
        "description": metadata.description,
        "version": str(revision.number),
        "created": revision.at,
        "resources": [_resource(table, by_name[f"{table.name}.csv"]) for table in TABLES] + _observations(by_name),
    }
    if metadata.publisher:
        content["contributors"] = [{"title": metadata.publisher, "roles": ["publisher"]}]
    if metadata.licence or metadata.licence_url:
        content["licenses"] = [_licence(metadata)]
    if sources:
        content["sources"] = [_source(source) for source in sources]
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _observations(files: Mapping[str, FileInfo]) -> list[dict[str, Any]]:
    parts = {part: name for name in sorted(files) if name.endswith(".csv.gz") and (part := part_of(name)) is not None}
    return [_resource(table_of(part), files[name]) | {"compression": "gz"} for part, name in parts.items()]


def _resource(table: SnapshotTable, file: FileInfo) -> dict[str, Any]:
    return {
        "name": table.name,
        "type": "table",
        "path": file.name,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
        "dialect": {"$schema": f"{_PROFILES}tabledialect.json", "header": True, "delimiter": ",", "doubleQuote": True},
        "schema": {
            "$schema": f"{_PROFILES}tableschema.json",
            "fields": [_field(column, table) for column in table.columns],
            "missingValues": [""],
            "primaryKey": list(table.primary_key),
            "foreignKeys": [_foreign_key(column, table, target) for column, target in table.foreign_keys.items()],
        },
    }


def _field(column: SnapshotColumn, table: SnapshotTable) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.name,
        "type": _TYPES.get(column.type, column.type),
        "description": column.description,
    }
    constraints: dict[str, Any] = {}
    if column.is_required:
        constraints["required"] = True
    if allowed := enum_values(column, table):
        constraints["enum"] = list(allowed)
    return field | ({"constraints": constraints} if constraints else {})


def _foreign_key(column: str, table: SnapshotTable, target: str) -> dict[str, Any]:
    reference: dict[str, Any] = {"fields": list(get_table(target).primary_key)}
    # A reference without `resource` is to the same table.
    return {"fields": [column], "reference": reference if target == table.name else {"resource": target} | reference}


def _licence(metadata: PublicationMetadata) -> dict[str, str]:
    licence: dict[str, str] = {}
    # Data Package restricts `name` to identifiers such as CC-BY-4.0; other texts are the title only.
    if metadata.licence and re.fullmatch(r"[-a-zA-Z0-9._]+", metadata.licence):
        licence["name"] = metadata.licence
    if metadata.licence_url:
        licence["path"] = metadata.licence_url
    if metadata.licence:
        licence["title"] = metadata.licence
    return licence


def _source(source: Mapping[str, Any]) -> dict[str, str]:
    entry = {"title": f"{source['title']} ({source['licence']})"}
    if str(source["origin"]).startswith(("http://", "https://")):
        entry["path"] = source["origin"]
    return entry
