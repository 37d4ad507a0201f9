"""`datapackage.json`: the CSV files of a snapshot as a Frictionless Data Package, version 2 (datapackage.org)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from directory.snapshots.contents.tables import TABLES, Column, Table, Type, choices, table_of
from directory.snapshots.contents.text_formats import Written
from directory.snapshots.publish.manifest import State
from directory.snapshots.publish.metadata import Edition

_PROFILES: Final = "https://datapackage.org/profiles/2.0/"
# What a list is in a cell: the rule of the CSV escapes a `|` in an item, which the type `list` does not know.
_TYPES: Final[dict[Type, str]] = {"texts": "string", "names": "string"}


def write_data_package(
    state: State, edition: Edition, sources: Sequence[Mapping[str, Any]], files: Sequence[Written]
) -> str:
    """Give the text of the descriptor; it follows from the arguments and from nothing else."""
    written = {file.name: file for file in files}
    content: dict[str, Any] = {
        "$schema": f"{_PROFILES}datapackage.json",
        "name": "official-accounts",
        "title": edition.title,
        "description": edition.description,
        "version": str(state.revision),
        "created": state.at,
        "resources": [_resource(table, written[f"{table.name}.csv"]) for table in TABLES],
    }
    if edition.publisher:
        content["contributors"] = [{"title": edition.publisher, "roles": ["publisher"]}]
    if edition.licence or edition.licence_url:
        content["licenses"] = [_licence(edition)]
    if sources:
        content["sources"] = [_source(source) for source in sources]
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _resource(table: Table, file: Written) -> dict[str, Any]:
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
            "primaryKey": list(table.key),
            "foreignKeys": [_foreign_key(column, table, target) for column, target in table.refers.items()],
        },
    }


def _field(column: Column, table: Table) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.name,
        "type": _TYPES.get(column.type, column.type),
        "description": column.description,
    }
    constraints: dict[str, Any] = {}
    if column.is_required:
        constraints["required"] = True
    if allowed := choices(column, table):
        constraints["enum"] = list(allowed)
    return field | ({"constraints": constraints} if constraints else {})


def _foreign_key(column: str, table: Table, target: str) -> dict[str, Any]:
    reference: dict[str, Any] = {"fields": list(table_of(target).key)}
    # Without a resource it is the table's own key that is meant.
    return {"fields": [column], "reference": reference if target == table.name else {"resource": target} | reference}


def _licence(edition: Edition) -> dict[str, str]:
    licence: dict[str, str] = {}
    if edition.licence and re.fullmatch(r"[-a-zA-Z0-9._]+", edition.licence):
        licence["name"] = edition.licence
    if edition.licence_url:
        licence["path"] = edition.licence_url
    if edition.licence:
        licence["title"] = edition.licence
    return licence


def _source(source: Mapping[str, Any]) -> dict[str, str]:
    described = {"title": f"{source['title']} ({source['licence']})"}
    if str(source["origin"]).startswith(("http://", "https://")):
        described["path"] = source["origin"]
    return described
