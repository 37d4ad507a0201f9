"""A table of sources: id, title, publisher, licence, origin, retrieved, note."""

import csv
import re
from pathlib import Path
from typing import IO, Final

from psycopg import Connection

from directory.database import revisions
from directory.imports.errors import Invalid, UnreadableFile
from directory.imports.read.encoding import detect
from directory.imports.read.input_files import Input
from directory.imports.values.parsing import text
from directory.sources.upsert import Source, select_differing_sources, upsert_sources

COLUMNS: Final = ("id", "title", "publisher", "licence", "origin", "retrieved", "note")
# Written by people in a table: the same as in the row above.
_DITTO: Final = frozenset({"as above", "ditto", "″", '"', "同上"})


def read_sources(content: IO[bytes], name: str = "sources") -> list[Source]:
    """Give the sources of a CSV in UTF-8; raise UnreadableFile for the first thing that is wrong, with its line."""
    lines = content.read().decode("utf-8-sig").splitlines(keepends=True)
    reader = csv.DictReader(lines)
    missing = {"id", "title"} - set(reader.fieldnames or ())
    if missing:
        raise UnreadableFile(f"{name}: there is no column {min(missing)!r}; the columns are {', '.join(COLUMNS)}")
    found: dict[str, Source] = {}
    above: dict[str, str] = {}
    for row in reader:
        line = reader.line_num
        try:
            values = {column: text(row.get(column), longest=2_000) for column in COLUMNS}
        except Invalid as invalid:
            raise UnreadableFile(f"{name}, line {line}: {invalid.message}; {invalid.remedy}") from invalid
        known = {
            column: above.get(column, "") if value.casefold() in _DITTO else value
            for column, value in values.items()
            if value is not None
        }
        found[known.get("id", "")] = _source(known, f"{name}, line {line}", found)
        above = known
    return list(found.values())


def _source(known: dict[str, str], where: str, found: dict[str, Source]) -> Source:
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,62}", known.get("id", "")):
        raise UnreadableFile(f"{where}: the id {known.get('id', '')!r} must be up to 63 of a-z, 0-9, dot, hyphen, _")
    if known["id"] in found:
        raise UnreadableFile(f"{where}: the id {known['id']!r} is there twice; keep one row")
    if not re.fullmatch(r"(\d{4}(-\d{2}(-\d{2})?)?)?", known.get("retrieved", "")):
        raise UnreadableFile(f"{where}: retrieved is {known['retrieved']!r}; write a year, a month or a day: 2026-11")
    return Source(**{"title": known["id"], **known})


def import_sources(conn: Connection, path: Path, *, actor: str, reason: str) -> tuple[int, int | None]:
    """Bring the sources up to what the table at `path` says; give how many were written, and the revision if any."""
    file = Input(path)
    try:
        detect(file)
        with file.open() as content:
            sources = read_sources(content, file.name)
    finally:
        file.close()
    with conn.transaction():
        revisions.lock_writes(conn)
        differing = select_differing_sources(conn, sources)
        if not differing:
            return 0, None
        revision = revisions.begin_revision(conn, actor=actor, reason=reason, source=path.name)
        upsert_sources(conn, differing)
    return len(differing), revision
