"""SQL of the reports that list accounts: those on closed platforms, and those without a valid proof."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from directory.accounts.parameters import Filter
from directory.database.sql import compose
from directory.quality.queries.fragments import ACCOUNT_COLUMNS, JOIN_REFERENCES, LISTED, filter_of
from directory.quality.rows import Column, Report

_CLOSED: Final = """(
    SELECT accounts.*, closed.closed_on AS platform_closed_on
      FROM account_records AS accounts
      JOIN platforms AS closed ON closed.slug = accounts.platform
     WHERE {} AND {} AND accounts.platform = ANY (ARRAY(SELECT slug FROM platforms WHERE closed_on <= %(day)s::date))
       AND (%(after_0)s::text IS NULL OR (accounts.platform, accounts.id) > (%(after_0)s, %(after_1)s))
     ORDER BY accounts.platform, accounts.id LIMIT %(limit)s::bigint) AS accounts{}"""
_CLOSED_COLUMNS: Final = (
    *ACCOUNT_COLUMNS,
    Column("platform_closed_on", compose("accounts.platform_closed_on")),
    Column("last_post_at", compose("accounts.last_post_at"), "time"),
)
# The condition on the proof is that of the index `accounts_unproven`.
_UNPROVEN: Final = """(
    SELECT accounts.*
      FROM account_records AS accounts
     WHERE accounts.status NOT IN ('closed', 'suspended') AND {}
       AND (accounts.verification = 'none' OR accounts.verification_expires_at < %(until)s::timestamptz)
       AND (%(after_0)s::text IS NULL OR accounts.id > %(after_0)s)
     ORDER BY accounts.id LIMIT %(limit)s::bigint) AS accounts{}"""
_UNPROVEN_COLUMNS: Final = (
    Column(
        "problem",
        compose(
            "CASE WHEN accounts.withdrawn_by IS NOT NULL THEN 'withdrawn' WHEN accounts.verification = 'none'"
            " THEN 'missing' WHEN accounts.verification_expires_at < %(day)s::timestamptz THEN 'expired'"
            " ELSE 'expiring' END"
        ),
    ),
    *ACCOUNT_COLUMNS,
    Column("verification.level", compose("accounts.verification")),
    Column("verification.method", compose("accounts.verification_method"), "free"),
    Column("verification.checked_at", compose("accounts.verification_checked_at"), "time"),
    Column("verification.expires_at", compose("accounts.verification_expires_at"), "time"),
    Column("withdrawn.source", compose("accounts.withdrawn_by")),
    Column("withdrawn.listed_until", compose("accounts.listed_until"), "time"),
)


def list_on_closed_platforms(
    account_filter: Filter, *, day: dt.date, after: Sequence[str] | None, limit: int | None
) -> Report:
    """Return accounts that have not ended although their platform has, by platform and id."""
    matches, parameters = filter_of(account_filter)
    first, second = after or (None, None)
    return Report(
        columns=_CLOSED_COLUMNS,
        keys=(compose("accounts.platform"), compose("accounts.id")),
        rows=compose(_CLOSED, LISTED, matches, JOIN_REFERENCES),
        parameters={**parameters, "day": day, "after_0": first, "after_1": second, "limit": limit},
    )


def list_unproven(
    account_filter: Filter, *, day: dt.date, days: int, after: Sequence[str] | None, limit: int | None
) -> Report:
    """Return accounts without a proof, or with one that has expired before `day` or does within `days`, by id."""
    matches, parameters = filter_of(account_filter)
    begins = dt.datetime.combine(day, dt.time(), dt.UTC)
    return Report(
        columns=_UNPROVEN_COLUMNS,
        keys=(compose("accounts.id"),),
        rows=compose(_UNPROVEN, matches, JOIN_REFERENCES),
        parameters={
            **parameters,
            "day": begins,
            "until": begins + dt.timedelta(days=days),
            "after_0": after[0] if after else None,
            "limit": limit,
        },
    )
