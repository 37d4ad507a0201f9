"""An outline of the contract: what /docs shows before Swagger UI runs, and without JavaScript."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `method` is in upper case."""

    method: str
    path: str
    summary: str


@dataclass(frozen=True, slots=True)
class Tag:
    """Operations that belong together."""

    name: str
    description: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """The `info` of the contract, and its operations by tag."""

    info: dict[str, Any]
    tags: tuple[Tag, ...]


@lru_cache(maxsize=4)
def outline_of(contract: bytes) -> Outline:
    """Return the outline of an OpenAPI document."""
    document = json.loads(contract)
    by_tag: dict[str, list[Operation]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for tag in operation["tags"]:
                by_tag.setdefault(tag, []).append(Operation(method.upper(), path, operation["summary"]))
    tags = (
        Tag(tag["name"], tag.get("description", ""), tuple(by_tag.get(tag["name"], ()))) for tag in document["tags"]
    )
    return Outline(document["info"], tuple(tag for tag in tags if tag.operations))
