"""The forms of a download: what PostgreSQL writes of each account, and what stands around it.

NDJSON and JSON hold the public record as it is. CSV has a column for each key, and for what lies under a key one of
its own, joined by a dot (`department.id`). Null is an empty cell. A list is its items joined by `|`, with a backslash
before a `|` or a backslash in an item; a further name is written `language:name`. Lines end in a line feed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from psycopg import sql

from directory.accounts.page_request import document
from directory.accounts.sorts import Order
from directory.accounts.where_clause import Where

Format = Literal["ndjson", "json", "csv"]
FORMATS: Final[tuple[Format, ...]] = ("ndjson", "json", "csv")
MEDIA_TYPES: Final[dict[Format, str]] = {
    "ndjson": "application/x-ndjson",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
}
# What a spreadsheet may take for the beginning of a formula (OWASP, CSV Injection).
FORMULA_STARTS: Final = "=+-@\t\r\n＝＋－＠"
# Where it begins a text, or a cell of one: where decimals are written with a comma, spreadsheets part cells by
# semicolons, and a quotation mark within a cell is a character as any other.
_FORMULA: Final = r"^(?=[\t\r\n])|(?:^|(?<=[;\t\r\n]))(?=[-=+@＝＋－＠])"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the CSV: its SQL, and whether others than ourselves choose its text."""

    name: str
    value: sql.SQL
    is_free: bool = False


# Items joined by a character that no text of the registry holds, then by the bar, so that each item is escaped once.
_TAGS: Final = sql.SQL(
    r"nullif(replace(replace(replace("
    r"array_to_string(accounts.tags, E'\x1f'), '\', '\\'), '|', '\|'), E'\x1f', '|'), '')"
)
_NAMES: Final = sql.SQL(
    r"""CASE WHEN accounts.names <> '[]' THEN replace(replace(replace((
            SELECT string_agg(concat(n.item ->> 'language', ':', n.item ->> 'name'), E'\x1f' ORDER BY n.place)
              FROM jsonb_array_elements(accounts.names) WITH ORDINALITY AS n (item, place)
        ), '\', '\\'), '|', '\|'), E'\x1f', '|') END"""
)
COLUMNS: Final = (
    Column("id", sql.SQL("accounts.id")),
    Column("platform", sql.SQL("accounts.platform")),
    Column("platform_user_id", sql.SQL("accounts.platform_user_id"), is_free=True),
    Column("handle", sql.SQL("accounts.handle"), is_free=True),
    Column("url", sql.SQL("accounts.url"), is_free=True),
    Column("name", sql.SQL("accounts.name"), is_free=True),
    Column("names", _NAMES, is_free=True),
    Column("description", sql.SQL("accounts.description"), is_free=True),
    Column("department.id", sql.SQL("departments.id")),
    Column("department.name", sql.SQL("departments.name"), is_free=True),
    Column("department.type", sql.SQL("accounts.department_type")),
    Column("region.code", sql.SQL("regions.code")),
    Column("region.name", sql.SQL("regions.name"), is_free=True),
    Column("region.name_local", sql.SQL("regions.name_local"), is_free=True),
    Column("subject", sql.SQL("accounts.subject")),
    Column("status", sql.SQL("accounts.status")),
    Column("verification.level", sql.SQL("accounts.verification")),
    Column("verification.method", sql.SQL("accounts.verification_method"), is_free=True),
    Column("verification.checked_at", sql.SQL("to_json(accounts.verification_checked_at) #>> '{}'")),
    Column("verification.expires_at", sql.SQL("to_json(accounts.verification_expires_at) #>> '{}'")),
    Column("verification.withdrawn.source", sql.SQL("accounts.withdrawn_by")),
    Column("verification.withdrawn.listed_from", sql.SQL("to_json(accounts.listed_from) #>> '{}'")),
    Column("verification.withdrawn.listed_until", sql.SQL("to_json(accounts.listed_until) #>> '{}'")),
    Column("followers.count", sql.SQL("accounts.followers")),
    Column("followers.observed_at", sql.SQL("to_json(accounts.followers_at) #>> '{}'")),
    Column("opened_on", sql.SQL("accounts.opened_on")),
    Column("closed_on", sql.SQL("accounts.closed_on")),
    Column("last_post_at", sql.SQL("to_json(accounts.last_post_at) #>> '{}'")),
    Column("language", sql.SQL("accounts.language")),
    Column("tags", _TAGS, is_free=True),
    Column("sources", sql.SQL("nullif(array_to_string(accounts.sources, '|'), '')")),
    Column("replaced_by", sql.SQL("accounts.replaced_by")),
    Column("links.self", sql.SQL("'/v1/accounts/' || accounts.id")),
    Column("links.history", sql.SQL("'/v1/accounts/' || accounts.id || '/history'")),
    Column("links.followers", sql.SQL("'/v1/accounts/' || accounts.id || '/followers'")),
    Column("revision", sql.SQL("accounts.revision")),
    Column("created_at", sql.SQL("to_json(accounts.created_at) #>> '{}'")),
    Column("updated_at", sql.SQL("to_json(accounts.updated_at) #>> '{}'")),
)


# Where the department and the region of a record are to be had: now, and as of then, when its own JSON says them.
_BESIDE: Final = sql.SQL("""
    LEFT JOIN departments ON departments.id = accounts.department_id
    LEFT JOIN regions ON regions.code = accounts.region_code""")
_BESIDE_THEN: Final = sql.SQL("""
    CROSS JOIN LATERAL (SELECT accounts.department ->> 'id' AS id, accounts.department ->> 'name' AS name,
                               accounts.department ->> 'type' AS type) AS departments
    CROSS JOIN LATERAL (SELECT accounts.region ->> 'code' AS code, accounts.region ->> 'name' AS name,
                               accounts.region ->> 'name_local' AS name_local) AS regions""")


def copy_statement(
    form: Format, where: Where, order: Order, *, fields: Sequence[str] = (), defuse: bool = False
) -> sql.Composed:
    """Return the COPY that writes all matches, one line each; `where` has the parameters."""
    tail = sql.SQL("{} {}").format(where.clause(), order.order_by())
    if form == "csv":
        columns = sql.SQL(", ").join(_written(column, defuse=defuse) for column in chosen_columns(fields))
        return sql.SQL("""
            COPY ({}SELECT {} FROM {} {} {}) TO STDOUT (FORMAT csv, HEADER)
        """).format(
            where.opening(whole=True),
            columns,
            where.rows(),
            _BESIDE if where.as_of is None else _BESIDE_THEN,
            tail,
        )
    # Each record of the JSON array begins with the comma that parts it from the one before it.
    opening = sql.SQL("',' || " if form == "json" else "")
    # JSON text holds no control character, so with these as quote and delimiter CSV writes it as it is.
    return sql.SQL("COPY ({}SELECT {}{} FROM {} {}) TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')").format(
        where.opening(), opening, document(fields), where.rows(), tail
    )


def chosen_columns(fields: Sequence[str]) -> tuple[Column, ...]:
    """Return the columns of these keys, in the order of the keys; of all keys where there are none."""
    if not fields:
        return COLUMNS
    return tuple(column for field in fields for column in COLUMNS if column.name.partition(".")[0] == field)


def _written(column: Column, *, defuse: bool) -> sql.Composed:
    name = sql.Identifier(column.name)
    if defuse and column.is_free:
        return sql.SQL("regexp_replace({value}, {formula}, '''', 'g') AS {name}").format(
            value=column.value, formula=sql.Literal(_FORMULA), name=name
        )
    return sql.SQL("{} AS {}").format(column.value, name)
