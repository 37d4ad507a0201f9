"""What several reports read: which accounts count, the columns of an account, the accounts behind a row."""

from __future__ import annotations

from typing import Any, Final

from directory.accounts.parameters import Filter
from directory.accounts.queries.list import WhereClause
from directory.database.sql import Fragment, compose, number_literal
from directory.quality.rows import Column

# A row names no more accounts; its link lists all.
ACCOUNTS_MAX: Final = 20
# The accounts that speak for a body today: none that has ended, and none that no source lists any more.
LISTED: Final = compose("accounts.withdrawn_by IS NULL AND accounts.status NOT IN ('closed', 'suspended')")
ACCOUNT_COLUMNS: Final = (
    Column("id", compose("accounts.id")),
    Column("platform", compose("accounts.platform")),
    Column("handle", compose("accounts.handle"), "free"),
    Column("url", compose("accounts.url"), "free"),
    Column("name", compose("accounts.name"), "free"),
    Column("status", compose("accounts.status")),
    Column("department.id", compose("d.id")),
    Column("department.name", compose("d.name"), "free"),
    Column("department.type", compose("d.type")),
    Column("region.code", compose("r.code")),
    Column("region.name", compose("r.name"), "free"),
    Column("region.name_local", compose("r.name_local"), "free"),
)
JOIN_REFERENCES: Final = compose("""
  LEFT JOIN departments AS d ON d.id = accounts.department_id
  LEFT JOIN regions AS r ON r.code = accounts.region_code""")
MEMBERS: Final = (
    Column("count", compose("page.number")),
    Column("accounts", compose("members.list"), "list", csv=compose("members.ids")),
)
_MEMBERS: Final = """
 CROSS JOIN LATERAL (
       SELECT json_agg(row_to_json(m) ORDER BY m.id) AS list, array_agg(m.id ORDER BY m.id) AS ids
         FROM (SELECT accounts.id, accounts.platform, accounts.handle, accounts.url, accounts.name, accounts.status
                 FROM account_records AS accounts
                WHERE {} AND {}
                ORDER BY accounts.id LIMIT {}) AS m) AS members"""


def filter_of(account_filter: Filter) -> tuple[Fragment, dict[str, Any]]:
    """Return the condition of a filter, and its parameters."""
    where = WhereClause.of(account_filter)
    return where.filter_expression(), where.parameters


def join_members(condition: Fragment, matches: Fragment) -> Fragment:
    """Return the join with the first accounts of a row: those for which `condition` and the filter hold."""
    return compose(_MEMBERS, matches, condition, number_literal(ACCOUNTS_MAX))
