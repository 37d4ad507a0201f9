"""The CSV of accounts: the rule by which a record becomes a row, column by column, as SQL.

There is a column for each key, and for what is under a key one of its own, joined by a dot (`department.id`). Null is
an empty cell. A list is its items joined by `|`, with a backslash before a `|` or a backslash in an item; a further
name is written `language:name`. Lines end in a line feed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from directory.database.sql import Fragment, column, compose, text_literal

# What a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection).
FORMULA_STARTS: Final = "=+-@\t\r\n＝＋－＠"
# At the start of a text, and of a cell within it: where decimals are written with a comma, spreadsheets separate cells
# by semicolons, and a quotation mark inside a cell protects nothing.
_FORMULA: Final = r"^(?=[\t\r\n])|(?:^|(?<=[;\t\r\n]))(?=[-=+@＝＋－＠])"
_FORMULA_PATTERN: Final = re.compile(_FORMULA)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its SQL, and whether its text comes from outside and may begin as a formula."""

    name: str
    value: Fragment
    is_free: bool = False


# Items are joined by a character that no text of the registry has, then by the bar: so all are escaped in one pass.
_TAGS: Final = compose(
    r"nullif(replace(replace(replace("
    r"array_to_string(accounts.tags, E'\x1f'), '\', '\\'), '|', '\|'), E'\x1f', '|'), '')"
)
_NAMES: Final = compose(
    r"""CASE WHEN accounts.names <> '[]' THEN replace(replace(replace((
            SELECT string_agg(concat(n.item ->> 'language', ':', n.item ->> 'name'), E'\x1f' ORDER BY n.place)
              FROM jsonb_array_elements(accounts.names) WITH ORDINALITY AS n (item, place)
        ), '\', '\\'), '|', '\|'), E'\x1f', '|') END"""
)
COLUMNS: Final = (
    Column("id", compose("accounts.id")),
    Column("platform", compose("accounts.platform")),
    Column("platform_user_id", compose("accounts.platform_user_id"), is_free=True),
    Column("handle", compose("accounts.handle"), is_free=True),
    Column("url", compose("accounts.url"), is_free=True),
    Column("name", compose("accounts.name"), is_free=True),
    Column("names", _NAMES, is_free=True),
    Column("description", compose("accounts.description"), is_free=True),
    Column("department.id", compose("departments.id")),
    Column("department.name", compose("departments.name"), is_free=True),
    Column("department.type", compose("accounts.department_type")),
    Column("region.code", compose("regions.code")),
    Column("region.name", compose("regions.name"), is_free=True),
    Column("region.name_local", compose("regions.name_local"), is_free=True),
    Column("subject", compose("accounts.subject")),
    Column("status", compose("accounts.status")),
    Column("verification.level", compose("accounts.verification")),
    Column("verification.method", compose("accounts.verification_method"), is_free=True),
    Column("verification.checked_at", compose("to_json(accounts.verification_checked_at) #>> '{{}}'")),
    Column("verification.expires_at", compose("to_json(accounts.verification_expires_at) #>> '{{}}'")),
    Column("verification.withdrawn.source", compose("accounts.withdrawn_by")),
    Column("verification.withdrawn.listed_from", compose("to_json(accounts.listed_from) #>> '{{}}'")),
    Column("verification.withdrawn.listed_until", compose("to_json(accounts.listed_until) #>> '{{}}'")),
    Column("followers.count", compose("accounts.followers")),
    Column("followers.observed_at", compose("to_json(accounts.followers_at) #>> '{{}}'")),
    Column("opened_on", compose("accounts.opened_on")),
    Column("closed_on", compose("accounts.closed_on")),
    Column("last_post_at", compose("to_json(accounts.last_post_at) #>> '{{}}'")),
    Column("language", compose("accounts.language")),
    Column("tags", _TAGS, is_free=True),
    Column("sources", compose("nullif(array_to_string(accounts.sources, '|'), '')")),
    Column("replaced_by", compose("accounts.replaced_by")),
    Column("links.self", compose("'/v1/accounts/' || accounts.id")),
    Column("links.history", compose("'/v1/accounts/' || accounts.id || '/history'")),
    Column("links.followers", compose("'/v1/accounts/' || accounts.id || '/followers'")),
    Column("revision", compose("accounts.revision")),
    Column("created_at", compose("to_json(accounts.created_at) #>> '{{}}'")),
    Column("updated_at", compose("to_json(accounts.updated_at) #>> '{{}}'")),
)


def csv_columns(fields: Sequence[str]) -> tuple[Column, ...]:
    """Return the columns of these keys, in the order of the keys; of all keys where there are none."""
    if not fields:
        return COLUMNS
    return tuple(each for field in fields for each in COLUMNS if each.name.partition(".")[0] == field)


def csv_expression(each: Column, *, escape_formulas: bool = False) -> Fragment:
    """Return the select list item of a column; `escape_formulas`: with an apostrophe before what may be a formula."""
    if escape_formulas and each.is_free:
        return compose("regexp_replace({}, {}, '''', 'g') AS {}", each.value, text_literal(_FORMULA), column(each.name))
    return compose("{} AS {}", each.value, column(each.name))


def escape_formulas(text: str) -> str:
    """Return a text with an apostrophe before what a spreadsheet may take for a formula, as `csv_expression` has it."""
    return _FORMULA_PATTERN.sub("'", text)
