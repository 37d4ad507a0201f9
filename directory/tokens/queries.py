"""SQL of tokens, and of the places that they are narrowed to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from psycopg.rows import class_row

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from psycopg import Connection

SCOPES: Final = ("observe", "propose", "edit", "moderate", "admin")
ADMIN: Final = "admin"
# Of the regions, and of the departments, that a token is narrowed to.
PLACES_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret; `is_valid`: it is neither revoked nor expired nor suspended.

    `regions` and `departments` are what it is narrowed to, with all below; an empty list is no limit. `is_suspended`:
    the registry was restored from a backup, and nobody confirmed the token since.
    """

    id: str
    name: str
    scopes: list[str]
    regions: list[str]
    departments: list[str]
    created_at: dt.datetime
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None
    used_on: dt.date | None
    is_suspended: bool
    is_valid: bool

    def allows(self, scope: str) -> bool:
        """Whether it has a scope; `admin` includes all."""
        return scope in self.scopes or ADMIN in self.scopes

    @property
    def is_narrowed(self) -> bool:
        """Whether it is limited to regions or departments."""
        return bool(self.regions or self.departments)


class Place(NamedTuple):
    """Where a record is: the code of a region, the id of a department; None for none."""

    region: str | None
    department: str | None


class Outside(NamedTuple):
    """A place outside of a token: whether its region is, and whether its department is."""

    place: Place
    is_region: bool
    is_department: bool


def insert_token(
    conn: Connection[Any],
    digest: bytes,
    *,
    name: str,
    scopes: Sequence[str],
    lifetime: dt.timedelta,
    regions: Sequence[str] = (),
    departments: Sequence[str] = (),
) -> str:
    """Insert a token that expires after its lifetime, and return its id."""
    row = conn.execute(
        """
        INSERT INTO tokens (digest, name, scopes, expires_at, regions, departments, tokens_key)
        VALUES (%(digest)s, %(name)s, %(scopes)s, now() + %(lifetime)s, %(regions)s, %(departments)s,
                to_regclass('tokens_pkey')::oid::bigint) RETURNING id
        """,
        {
            "digest": digest,
            "name": name,
            "scopes": list(scopes),
            "lifetime": lifetime,
            "regions": list(regions),
            "departments": list(departments),
        },
    ).fetchone()
    if row is None:
        message = "INSERT … RETURNING gave no row"
        raise LookupError(message)
    return str(row[0])


def select_tokens(conn: Connection[Any]) -> list[Token]:
    """Return all tokens, the newest first."""
    with conn.cursor(row_factory=class_row(Token)) as cursor:
        return cursor.execute(
            """
            SELECT t.id, t.name, t.scopes, t.regions, t.departments, t.created_at, t.expires_at, t.revoked_at,
                   t.used_on, s.is_suspended,
                   t.revoked_at IS NULL AND coalesce(t.expires_at > now(), true) AND NOT s.is_suspended AS is_valid
              FROM tokens AS t
             CROSS JOIN LATERAL (SELECT t.tokens_key IS DISTINCT FROM to_regclass('tokens_pkey')::oid::bigint
                                     AS is_suspended) AS s
             ORDER BY t.created_at DESC, t.id
            """
        ).fetchall()


def select_token(conn: Connection[Any], digest: bytes) -> Token | None:
    """Return the token of a digest, None if there is none."""
    with conn.cursor(row_factory=class_row(Token)) as cursor:
        return cursor.execute(
            """
            SELECT t.id, t.name, t.scopes, t.regions, t.departments, t.created_at, t.expires_at, t.revoked_at,
                   t.used_on, s.is_suspended,
                   t.revoked_at IS NULL AND coalesce(t.expires_at > now(), true) AND NOT s.is_suspended AS is_valid
              FROM tokens AS t
             CROSS JOIN LATERAL (SELECT t.tokens_key IS DISTINCT FROM to_regclass('tokens_pkey')::oid::bigint
                                     AS is_suspended) AS s
             WHERE t.digest = %s
            """,
            (digest,),
        ).fetchone()


def update_used_on(conn: Connection[Any], token_id: str) -> None:
    """Record that a token is used today; the second use of a day writes nothing."""
    conn.execute(
        """
        UPDATE tokens SET used_on = (now() AT TIME ZONE 'UTC')::date
         WHERE id = %s AND used_on IS DISTINCT FROM (now() AT TIME ZONE 'UTC')::date
        """,
        (token_id,),
    )


def revoke_token(conn: Connection[Any], token_id: str) -> bool | None:
    """Revoke a token; return whether it was not revoked before, None if there is none."""
    row = conn.execute("SELECT revoked_at IS NULL FROM tokens WHERE id = %s", (token_id,)).fetchone()
    if row is not None:
        conn.execute("UPDATE tokens SET revoked_at = now() WHERE id = %s AND revoked_at IS NULL", (token_id,))
    return bool(row[0]) if row is not None else None


def confirm_tokens(conn: Connection[Any], token_ids: Collection[str] | None) -> list[str]:
    """End the suspension of tokens, of all for None; return the ids of those that were suspended."""
    rows = conn.execute(
        """
        UPDATE tokens SET tokens_key = to_regclass('tokens_pkey')::oid::bigint
         WHERE tokens_key IS DISTINCT FROM to_regclass('tokens_pkey')::oid::bigint
           AND (%(ids)s::text[] IS NULL OR id = ANY(%(ids)s))
        RETURNING id
        """,
        {"ids": None if token_ids is None else list(token_ids)},
    )
    return sorted(token_id for (token_id,) in rows)


def select_outside(conn: Connection[Any], token: Token, places: Collection[Place]) -> Outside | None:
    """Return one of the places that a token is not for, None if it is for all of them.

    A place without a region has that of its department. A department is in all departments above it, and ids of merged
    departments mean their successors.
    """
    row = conn.execute(
        """
        WITH RECURSIVE place AS (
            SELECT p.region, p.department, coalesce(p.region, d.region_code) AS code
              FROM unnest(%(place_regions)s::text[], %(place_departments)s::text[]) AS p (region, department)
              LEFT JOIN departments AS d ON d.id = p.department
        ), owner AS (
            SELECT DISTINCT department, department COLLATE "C" AS ancestor FROM place WHERE department IS NOT NULL
             UNION
            SELECT o.department, d.parent_id
              FROM owner AS o JOIN departments AS d ON d.id = o.ancestor
             WHERE d.parent_id IS NOT NULL
        ), own AS (
            SELECT coalesce(t.successor_id, stated.id) AS id
              FROM unnest(%(departments)s::text[]) AS stated (id)
              LEFT JOIN tombstones AS t ON t.kind = 'department' AND t.id = stated.id
        ), judged AS (
            SELECT p.region, p.department,
                   cardinality(%(regions)s::text[]) > 0 AND NOT EXISTS (
                       SELECT FROM regions AS r
                         JOIN regions AS o ON starts_with(r.path, o.path)
                        WHERE r.code = p.code
                          AND (o.code = ANY(%(regions)s::text[]) OR o.aliases && %(regions)s::text[])) AS is_region,
                   cardinality(%(departments)s::text[]) > 0 AND NOT EXISTS (
                       SELECT FROM owner AS o JOIN own ON own.id = o.ancestor
                        WHERE o.department = p.department) AS is_department
              FROM place AS p
        )
        SELECT region, department, is_region, is_department FROM judged WHERE is_region OR is_department LIMIT 1
        """,
        {
            "place_regions": [place.region for place in places],
            "place_departments": [place.department for place in places],
            "regions": token.regions,
            "departments": token.departments,
        },
    ).fetchone()
    return Outside(Place(row[0], row[1]), is_region=row[2], is_department=row[3]) if row is not None else None
