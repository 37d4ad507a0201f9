"""The sources of this installation: all connectors, as the operator's settings change and add to them.

The settings are a TOML file with a table for each source. A table with `connector` adds a source that is read by the
connector of that name, such as a dataset of a Socrata portal.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

from directory.sync.connector import ENTRY_POINTS, Connector
from directory.sync.errors import SettingsError
from directory.sync.fetch.client import FIRST_WAIT_SECONDS

# In the order in which `directory sync` runs them.
_OWN: Final = (
    *("wikidata", "congress", "france", "uk", "italy", "openstates", "england", "canada"),
    *("mastodon", "bluesky", "socrata"),
)
# Options of every source.
_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_TEXTS: Final = ("url", "title", "publisher", "licence", "note")
# Numbers with the highest value.
_NUMBERS: Final = {"seconds_between_requests": 300, "first_wait_seconds": 300, "max_response_bytes": 2 * 1024**3}
_COMMON: Final = frozenset({"connector", "off", "accept_terms", *_TEXTS, *_NUMBERS})


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """A source with the options of the operator; `off` says why it does not run unless it is named, or not at all."""

    connector: Connector
    options: Mapping[str, Any]
    first_wait_seconds: float = FIRST_WAIT_SECONDS
    off: str | None = None
    is_usable: bool = True

    @property
    def name(self) -> str:
        """Return the id of the source."""
        return self.connector.name


def find_connectors() -> dict[str, Connector]:
    """Return all connectors by name: those of this program, then those of installed packages."""
    found = {name: import_module(f"directory.sync.connectors.{name}").CONNECTOR for name in _OWN}
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        try:
            connector = point.load()
        except Exception as error:
            # The module of another package: it may raise anything when it is imported.
            raise SettingsError(f"the connector {point.value} cannot be loaded: {error!r}") from error
        if not isinstance(connector, Connector):
            raise SettingsError(f"the entry point {point.name} of {ENTRY_POINTS} is not a Connector: {point.value}")
        if connector.name in found:
            raise SettingsError(f"two connectors are named {connector.name}; uninstall one of them: {point.value}")
        found[connector.name] = connector
    return found


def read_sources(path: Path) -> dict[str, SourceSettings]:
    """Return the sources by name; raise SettingsError. A missing file has no settings."""
    connectors = find_connectors()
    tables = _read_toml(path)
    sources = {name: _configure(connector, tables.pop(name, {}), path) for name, connector in connectors.items()}
    for name, table in tables.items():
        connector = connectors.get(str(table.get("connector")))
        if connector is None:
            known = ", ".join(connectors)
            raise SettingsError(f"{path}: [{name}] is no source; name one, or its `connector`: {known}")
        sources[name] = _configure(replace(connector, name=name), table, path)
    return sources


def describe_offer(path: Path, *, has_contact: bool) -> str | None:
    """Return a line that says how many accounts a sync would bring, or what is wrong with the settings at `path`.

    None if it would bring none, as far as that is known.
    """
    try:
        sources = read_sources(path).values()
    except SettingsError as error:
        return f"`directory sync` cannot run: {error}"
    expected = sum(
        source.connector.expected
        for source in sources
        if source.off is None and (has_contact or not source.connector.needs_contact)
    )
    if expected == 0:
        return None
    return (
        f"`directory sync` would bring some {expected:,} accounts more from public sources on the internet "
        "(`directory sync --list`)"
    )


def _read_toml(path: Path) -> dict[str, dict[str, Any]]:
    try:
        tables = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise SettingsError(f"{path}: {name} is no table; write [{name}]")
    return tables


def _configure(connector: Connector, table: Mapping[str, Any], path: Path) -> SourceSettings:
    name = connector.name
    # It is the id of a source in the registry, and the name of a folder.
    if not _ID.fullmatch(name):
        raise SettingsError(f"{name!r} is no id of a source: use up to 63 of a-z, 0-9, dot, hyphen and underscore")
    unknown = sorted(table.keys() - _COMMON - connector.needs - connector.options)
    if unknown:
        known = ", ".join(sorted(_COMMON | connector.needs | connector.options))
        raise SettingsError(f"{path}: [{name}] has an unknown option {unknown[0]}; known are {known}")
    changes: dict[str, Any] = {key: _read_text(table[key], f"{path}: [{name}] {key}") for key in _TEXTS if key in table}
    changes |= {key: _read_number(table[key], key, f"{path}: [{name}] {key}") for key in _NUMBERS if key in table}
    first_wait = changes.pop("first_wait_seconds", FIRST_WAIT_SECONDS)
    missing = sorted(connector.needs - table.keys())
    off, is_usable = None, True
    if missing:
        off, is_usable = f"needs the option {', '.join(missing)} in {path}", False
    elif connector.terms and table.get("accept_terms") is not True:
        off, is_usable = f"read {connector.terms}, then set accept_terms = true in {path}", False
    elif table.get("off") is True:
        off = f"off in {path}"
    return SourceSettings(
        connector=replace(connector, **changes),
        options={key: value for key, value in table.items() if key not in _COMMON},
        first_wait_seconds=first_wait,
        off=off,
        is_usable=is_usable,
    )


def _read_text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SettingsError(f"{where} is no text")
    return value


def _read_number(value: object, key: str, where: str) -> int | float:
    highest = _NUMBERS[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= highest:
        raise SettingsError(f"{where} is no number from 0 to {highest:,}")
    return value
