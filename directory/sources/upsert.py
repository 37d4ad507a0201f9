"""SQL that writes sources: new ones are inserted, differing ones updated."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

UNKNOWN_LICENCE = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source with its licence; `retrieved` is a year, a month or a day."""

    id: str
    title: str
    publisher: str | None = None
    licence: str = UNKNOWN_LICENCE
    origin: str | None = None
    retrieved: str | None = None
    note: str | None = None


def select_differing_sources(conn: Connection, sources: Iterable[Source]) -> list[Source]:
    """Return those of `sources` that are new, or differ in the database."""
    with conn.cursor(row_factory=class_row(Source)) as cursor:
        cursor.execute("SELECT id, title, publisher, licence, origin, retrieved, note FROM sources")
        stored = {source.id: source for source in cursor}
    return [source for source in sources if stored.get(source.id) != source]


def upsert_sources(conn: Connection, sources: Sequence[Source]) -> None:
    """Insert or update all of `sources`, in the open revision."""
    conn.execute(
        """
        INSERT INTO sources (id, title, publisher, licence, origin, retrieved, note)
        SELECT id, title, publisher, licence, origin, retrieved, note
          FROM jsonb_to_recordset(%(sources)s) AS row
               (id text, title text, publisher text, licence text, origin text, retrieved text, note text)
         ORDER BY id
        ON CONFLICT (id) DO UPDATE
           SET (title, publisher, licence, origin, retrieved, note)
             = (excluded.title, excluded.publisher, excluded.licence,
                excluded.origin, excluded.retrieved, excluded.note)
        """,
        {"sources": Jsonb([asdict(source) for source in sources])},
    )
