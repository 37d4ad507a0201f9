"""Sources of an import: ids of those that are named after a file, and tables of sources.

A table has the columns id, title, publisher, licence, origin, retrieved and note.
"""

import csv
import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Final

from psycopg import Connection

from directory.database import advisory_locks, revisions
from directory.imports.errors import InvalidValue, UnreadableFile
from directory.imports.read.files import InputFile, detect_encoding, printable_name
from directory.imports.values.parsing import parse_text
from directory.sources.upsert import Source, select_differing_sources, upsert_sources
from directory.text.pinyin import syllables_in_context

_MAX_LENGTH: Final = 63
_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_MARKED: Final = re.compile(r"-[0-9a-f]{8}$")
# (?<=.): a file that is called `.csv` has a name and no ending.
_ENDING: Final = re.compile(r"(?<=.)\.(?:csv|tsv|tab|txt|json|ndjson|jsonl|xlsx|gz)$", re.IGNORECASE)
# The file of rejected rows of an input: its rows belong to the source of that.
_REJECTED: Final = re.compile(r"(?<=.)\.rejected(?:-[0-9]+)?$")
COLUMNS: Final = ("id", "title", "publisher", "licence", "origin", "retrieved", "note")
# Written by people in a table: the same as in the row above.
_DITTO: Final = frozenset({"as above", "ditto", "″", '"', "同上"})


def name_source(file_name: str) -> str:
    """Return the id of a source for a file of this name, without its endings (`.csv`, `.gz`).

    A name that can be an id is one as it stands. Of any other the id is what can be read of it, Chinese in pinyin, and
    a mark of eight digits of its SHA-256, so that two names never share an id.
    """
    # macOS stores accents separately from their letters (NFD).
    name = unicodedata.normalize("NFC", _REJECTED.sub("", _strip_endings(file_name)))
    # A name that ends like a mark could be the id of another file, so it gets a mark, too.
    if _ID.fullmatch(name) and not _MARKED.search(name):
        return name
    # Python decodes bytes of a name that are not UTF-8 as lone surrogates (PEP 383).
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    # Without the mark, files with Chinese names became one source and replaced each other's rows.
    syllables = [name] if name.isascii() else syllables_in_context(name)
    plain = unicodedata.normalize("NFKD", "".join(syllables)).encode("ascii", "ignore").decode("ascii")
    readable = re.sub(r"[^a-z0-9._]+", "-", plain.lower()).strip("-._")[: _MAX_LENGTH - len(mark) - 1].rstrip("-._")
    return f"{readable or 'file'}-{mark}"


def _strip_endings(name: str) -> str:
    while (shorter := _ENDING.sub("", name)) != name:
        name = shorter
    return name


def find_known_sources(conn: Connection, sources: Collection[tuple[str, Path]]) -> Iterator[str]:
    """Return notes on sources of staged rows that were made of the names of files: those that were there before.

    Two bodies may send files of one name, which is no mistake that could be seen in them.
    """
    for number, (source, path) in enumerate(sources):
        name = printable_name(path.name)
        others = [printable_name(str(other)) for known, other in [*sources][:number] if known == source]
        if others:
            yield f"{name} and {others[0]} are both of source {source}; if not, import each with a --source of its own"
            continue
        for title, day, reason in _select_last(conn, source):
            yield (
                f"source {source} ({title}) exists, last changed on {day} by: {reason}; rows of {name} that name no "
                "source are taken for its. If they are of another body, give --source ID"
            )
        former = _name_formerly(path.name)
        if former != source and _was_made_of_a_name(conn, former):
            yield (
                f"source {former} exists, which may be what {name} was taken for before: such names made one id; "
                f"give --source {former} to go on with it"
            )


def _name_formerly(name: str) -> str:
    """Return the id that earlier versions made of a file's name: the letters and digits of ASCII in it."""
    stem = name.split(".", maxsplit=1)[0].lower()
    slug = "".join(character if character.isascii() and character.isalnum() else "-" for character in stem)
    return slug.strip("-")[:_MAX_LENGTH].rstrip("-") or "import"


def _select_last(conn: Connection, source: str) -> list[tuple[str, str, str]]:
    """Return title of the source, and day and reason of its last change, if there was one and rows are of it."""
    return conn.execute(
        """
        SELECT s.title, to_char(r.at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), r.reason
          FROM sources AS s
          JOIN revisions AS r ON r.revision = (SELECT max(revision) FROM statements WHERE source = s.id)
         WHERE s.id = %(source)s AND EXISTS (SELECT FROM import_rows AS i WHERE i.source = s.id)
        """,
        {"source": source},
    ).fetchall()


def _was_made_of_a_name(conn: Connection, source: str) -> bool:
    # A source that nobody has described has its id as title.
    row = conn.execute("SELECT EXISTS (SELECT FROM sources WHERE id = %s AND title = id)", (source,)).fetchone()
    return bool(row and row[0])


def read_sources(content: IO[bytes], name: str = "sources") -> list[Source]:
    """Return the sources of a CSV in UTF-8; raise UnreadableFile for the first error, with its line."""
    # Excel writes a byte order mark at the beginning of "CSV UTF-8".
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
            values = {column: parse_text(row.get(column), longest=2_000) for column in COLUMNS}
        except InvalidValue as invalid:
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
    """Bring the sources up to what the table at `path` says; return how many were written, and the revision, if any."""
    file = InputFile(path)
    try:
        detect_encoding(file)
        with file.open() as content:
            sources = read_sources(content, file.name)
    finally:
        file.close()
    with conn.transaction():
        advisory_locks.lock_writes(conn)
        differing = select_differing_sources(conn, sources)
        if not differing:
            return 0, None
        revision = revisions.begin_revision(conn, actor=actor, reason=reason, source=path.name)
        upsert_sources(conn, differing)
    return len(differing), revision
