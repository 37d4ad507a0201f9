"""JSON Schema 2020-12 of every kind of record, made from the shapes that the API documents."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, cast

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema

from directory.accounts.schemas import AccountSchema
from directory.changes.schemas import KINDS, ChangeSchema, ObservationBatchSchema
from directory.departments.published_accounts import GovernmentAccountsSchema
from directory.departments.schemas import DepartmentSchema
from directory.platforms.schemas import PlatformSchema
from directory.regions.schemas import RegionSchema
from directory.snapshots.contents.tables import (
    HeldHandleSchema,
    LatestFollowersSchema,
    ObservationRecordSchema,
    TombstoneSchema,
)
from directory.snapshots.schemas import ManifestSchema
from directory.sources.schemas import SourceSchema

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MEDIA_TYPE: Final = "application/schema+json"

_DEFINITIONS: Final = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Record:
    """A kind of record: its name and its shape.

    `computed` are keys that only answers of the API have, not the stored record; `holds` are keys under which there is
    a record of the kind that its key `kind` names, or null.
    """

    name: str
    shape: type[Schema]
    computed: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()

    @property
    def description(self) -> str:
        """Return the description of a record, one sentence."""
        return _described(self.shape)


RECORDS: Final = {
    record.name: record
    for record in (
        Record("account", AccountSchema, ("handles",)),
        Record("department", DepartmentSchema, ("accounts",)),
        Record("government-accounts", GovernmentAccountsSchema),
        Record("followers", LatestFollowersSchema),
        Record("handle", HeldHandleSchema),
        Record("observation", ObservationRecordSchema),
        Record("observations", ObservationBatchSchema),
        Record("platform", PlatformSchema, ("accounts",)),
        Record("region", RegionSchema, ("accounts",)),
        Record("source", SourceSchema, ("accounts",)),
        Record("tombstone", TombstoneSchema),
        Record("change", ChangeSchema, holds=("before", "after")),
        Record("manifest", ManifestSchema),
    )
}


@cache
def schema_text(name: str, base_url: str) -> str:
    """Return the JSON Schema of a kind of record as text, `$id` under `base_url`; raise KeyError for an unknown."""
    return json.dumps(json_schema(RECORDS[name], base_url), ensure_ascii=False, indent=2) + "\n"


def json_schema(record: Record, base_url: str) -> dict[str, Any]:
    """Return the JSON Schema of a kind of record, with the schemas that it refers to in `$defs`."""
    root = record.shape.__name__.removesuffix("Schema")
    shapes = {root: record.shape}

    def resolve(shape: object) -> str:
        schema = shape if isinstance(shape, type) else type(shape)
        name = schema.__name__.removesuffix("Schema")
        shapes[name] = cast("type[Schema]", schema)
        return name

    plugin = MarshmallowPlugin(schema_name_resolver=resolve)
    spec = APISpec(title=record.name, version="1", openapi_version="3.1.0", plugins=[plugin])
    # `partial` makes the computed keys optional: a line of a snapshot is valid by the same schema, and lacks them.
    spec.components.schema(root, schema=record.shape(partial=record.computed))
    written = cast("dict[str, Any]", spec.to_dict()["components"]["schemas"])
    definitions = {name: _finish_definition(definition, shapes[name]) for name, definition in written.items()}
    own = definitions.pop(root)
    for key in record.computed:
        computed = own["properties"][key]
        computed["description"] = f"{computed['description']} In answers of the API alone, not in snapshots."
    head = {"$schema": DIALECT, "$id": f"{base_url}/schemas/{record.name}.json", "title": root}
    rules = {"allOf": [_kind_rule(kind, record.holds) for kind in KINDS]} if record.holds else {}
    return {**head, **own, **rules, **({"$defs": definitions} if definitions else {})}


def _kind_rule(kind: str, keys: tuple[str, ...]) -> dict[str, Any]:
    """Return the rule that the values of `keys` are records of the kind in `kind`, by a reference to its schema."""
    # Relative, so that it resolves against `$id` wherever the schemas are copied to.
    either = {"anyOf": [{"$ref": f"{kind}.json"}, {"type": "null"}]}
    return {
        "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
        "then": {"properties": dict.fromkeys(keys, either)},
    }


def _finish_definition(definition: dict[str, Any], shape: type[Schema]) -> dict[str, Any]:
    """Return a definition that permits further keys, as v1 may add some, with references to `$defs`."""
    definition.pop("additionalProperties", None)
    required = set(definition.get("required", ()))
    if required:
        definition["required"] = [key for key in definition["properties"] if key in required]
    for part in _walk(definition):
        reference = part.get("$ref")
        if isinstance(reference, str):
            part["$ref"] = reference.replace(_DEFINITIONS, "#/$defs/")
    return {"description": _described(shape), **definition}


def _walk(node: object) -> Iterator[dict[str, Any]]:
    """Yield every object in a document, itself included."""
    if isinstance(node, dict):
        yield node
    for below in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _walk(below)


def _described(shape: type[Schema]) -> str:
    return inspect.cleandoc(shape.__doc__ or "").partition("\n\n")[0].replace("\n", " ")
