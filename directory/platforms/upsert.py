"""SQL that writes platforms from the reference data: new ones are inserted, differing ones updated."""

from collections.abc import Iterable, Sequence
from typing import Final

from psycopg import Connection

from directory.platforms.reference import Platform


def select_differing_platforms(conn: Connection, platforms: Iterable[Platform]) -> list[Platform]:
    """Return those of `platforms` that are new, or differ in the database."""
    rows = conn.execute(
        """
        SELECT slug, name, name_local, language, country, website, aliases, hosts, url_forms, handle_pattern,
               user_id_pattern, case_sensitive, opened_on, closed_on
          FROM platforms
        """
    )
    stored = {row[0]: row for row in rows}
    return [platform for platform in platforms if stored.get(platform.slug) != _row(platform)]


def upsert_platforms(conn: Connection, platforms: Sequence[Platform]) -> None:
    """Insert or update all of `platforms`, in the open revision."""
    with conn.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO platforms (slug, name, name_local, language, country, website, aliases, hosts, url_forms,
                                   handle_pattern, user_id_pattern, case_sensitive, opened_on, closed_on)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (slug) DO UPDATE
               SET (name, name_local, language, country, website, aliases, hosts, url_forms,
                    handle_pattern, user_id_pattern, case_sensitive, opened_on, closed_on)
                 = (excluded.name, excluded.name_local, excluded.language, excluded.country, excluded.website,
                    excluded.aliases, excluded.hosts, excluded.url_forms, excluded.handle_pattern,
                    excluded.user_id_pattern, excluded.case_sensitive, excluded.opened_on, excluded.closed_on)
            """,
            [_row(platform) for platform in sorted(platforms, key=lambda platform: platform.slug)],
        )


# The columns of the table, in its order; the URL grammar stays in the program.
_COLUMNS: Final = (
    *("slug", "name", "name_local", "language", "country", "website", "aliases", "hosts", "url_forms"),
    *("handle_pattern", "user_id_pattern", "case_sensitive", "opened_on", "closed_on"),
)
_LISTS: Final = frozenset({"aliases", "hosts", "url_forms"})


def _row(platform: Platform) -> tuple[object, ...]:
    return tuple(list(getattr(platform, name)) if name in _LISTS else getattr(platform, name) for name in _COLUMNS)
