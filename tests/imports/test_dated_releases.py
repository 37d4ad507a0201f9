"""Dated releases of one list, imported one by one: its renames, and no others; each revision is its release.

The data are no part of the project: without them the test is skipped, and says so. Of records that never changed a few
are imported, so that it takes seconds.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg
import pytest

from directory.database.point_in_time import as_of_parameters, select_point_in_time, with_clause
from directory.database.sql import compose
from directory.imports.options import Options
from directory.imports.pipeline import import_files
from directory.platforms.addresses import Address, canonical_url, handle_key
from directory.platforms.grammar.outcomes import NotAProfile
from directory.platforms.grammar.rows import identify
from directory.resolve.resolver import resolve
from tests.imports.conftest import ndjson

HISTORY: Final = Path(__file__).parents[3] / "shared" / "data" / "govdirectory-history.ndjson.gz"
# The bound on coverage does not depend on data next to the project; and without the tracer it takes about half as long.
pytestmark = [
    pytest.mark.skipif(not HISTORY.exists(), reason=f"{HISTORY} is not there"),
    pytest.mark.no_cover,
]

Row = Mapping[str, Any]
# Platform, and user id or handle key.
Identity = tuple[str, str]
Record = tuple[str, str]
# One of so many records that never changed.
PART: Final = 200


class Listing(NamedTuple):
    """A row as the registry knows it: platform, and user id or handle key; `has_id` tells which."""

    row: Row
    platform: str
    key: str
    has_id: bool

    @property
    def identity(self) -> Identity:
        """Return what tells it from other accounts."""
        return self.platform, self.key

    @property
    def record(self) -> Record:
        """Return the body and the platform."""
        return self.row["body"], self.platform


def read_listing(row: Row) -> Listing | None:
    """Return what a row lists; None for what is no profile."""
    found = identify(row["platform"], row.get("handle"), None, row.get("platform_user_id"))
    if isinstance(found, NotAProfile):
        return None
    key = found.user_id or handle_key(found.platform, found.handle or "")
    return Listing(row, found.platform, key, found.user_id is not None)


def read_listings() -> list[Listing]:
    """Return the rows that name an account, of all records that changed and of a part of the others."""
    with gzip.open(HISTORY, "rt", encoding="utf-8") as lines:
        listings = [read_listing(json.loads(line)) for line in lines]
    by_record: dict[Record, list[Listing]] = defaultdict(list)
    for listing in listings:
        if listing is not None:
            by_record[listing.record].append(listing)
    changed = {
        record for record, own in by_record.items() if len(own) > 1 or not all(each.row["current"] for each in own)
    }
    part = set(sorted(by_record.keys() - changed)[::PART])
    return [listing for record in sorted(changed | part) for listing in by_record[record]]


def listed_on(listings: list[Listing], day: str) -> list[Listing]:
    return [each for each in listings if each.row["first_seen"] <= day <= each.row["last_seen"]]


def import_row(listing: Listing) -> Row:
    kept = ("platform", "handle", "platform_user_id", "name")
    row = listing.row
    return {"source": "govdirectory", "source_id": row["body"], **{key: row[key] for key in kept if key in row}}


def expected_renames(
    listings: list[Listing], days: list[str]
) -> Iterator[tuple[str, dict[Identity, Listing], dict[Identity, Listing]]]:
    """Yield each day on which a record has other accounts of a platform: those that it lost, and those that it got."""
    for before, day in pairwise(days):
        lists: list[dict[Record, dict[Identity, Listing]]] = []
        for each in (before, day):
            by_record: dict[Record, dict[Identity, Listing]] = defaultdict(dict)
            for listing in listed_on(listings, each):
                by_record[listing.record][listing.identity] = listing
            lists.append(by_record)
        for record in sorted(lists[0].keys() & lists[1].keys()):
            lost = {key: each for key, each in lists[0][record].items() if key not in lists[1][record]}
            got = {key: each for key, each in lists[1][record].items() if key not in lists[0][record]}
            if lost and got:
                yield day, lost, got


@pytest.fixture(scope="session")
def template(template_of_few_regions: str) -> str:
    """Return the template with few regions: each import reads all, though no row has one."""
    return template_of_few_regions


def test_releases_in_order_give_exactly_their_renames_and_each_revision_is_its_release(database_url: str) -> None:
    listings = read_listings()
    days = sorted({each.row[key] for each in listings for key in ("first_seen", "last_seen")})
    revisions: dict[str, int] = {}
    with psycopg.connect(database_url, autocommit=True) as conn:
        for day in days:
            options = Options(
                actor="test",
                reason=f"release of {day}",
                complete=True,
                allow_withdrawals=100,
                list_date=datetime.fromisoformat(day).replace(tzinfo=UTC),
            )
            report = import_files(conn, [ndjson(map(import_row, listed_on(listings, day)))], options)
            revisions[day] = report.revision or max(revisions.values())
        renames = conn.execute(
            """
            SELECT to_char(h.valid_to, 'YYYY-MM-DD'), h.platform, h.handle_key,
                   coalesce(n.handle_key, a.platform_user_id)
              FROM handles AS h
              JOIN accounts AS a ON a.id = h.account_id
              LEFT JOIN handles AS n ON n.account_id = h.account_id AND n.valid_from = h.valid_to
             WHERE h.valid_to IS NOT NULL
            """
        ).fetchall()
        changes = list(expected_renames(listings, days))
        for day, platform, old, new in renames:
            (found,) = (each for each in changes if each[0] == day and (platform, old) in each[1])
            assert (platform, new) in found[2]
        lost = [sum(not each.has_id for each in lost.values()) for _, lost, _ in changes]
        # Of 108 identifiers that their record replaces, five are no profiles and seven are the same account in another
        # spelling. Twenty are user ids: these accounts are withdrawn, as no handle proves to be the same account.
        assert len(renames) == sum(min(number, len(got)) for number, (_, _, got) in zip(lost, changes, strict=True))
        assert (len(renames), len(changes)) == (76, 96)
        for day, revision in revisions.items():
            assert _select_listed(conn, revision) == {each.identity for each in listed_on(listings, day)}, day
        _check_verdicts(conn, listings, days)


def _select_listed(conn: psycopg.Connection, revision: int) -> set[Identity]:
    as_of = select_point_in_time(conn, revision)
    statement = compose(
        """{}SELECT platform, coalesce(platform_user_id, handle_key) FROM accounts WHERE verification = 'source'""",
        with_clause(as_of, "accounts"),
    )
    return set(conn.execute(statement, as_of_parameters(as_of)).fetchall())


def _check_verdicts(conn: psycopg.Connection, listings: list[Listing], days: list[str]) -> None:
    """Check that nothing that was dropped is official, and that the dates are those of the releases."""
    by_identity: dict[Identity, list[Listing]] = defaultdict(list)
    for listing in listings:
        by_identity[listing.identity].append(listing)
    ended = [own for own in by_identity.values() if not any(each.row["current"] for each in own)]
    assert len(ended) > 500
    urls = [_address(own[0]) for own in ended]
    for own, verdict in zip(ended, map(json.loads, resolve(conn, urls, plan=lambda _: None)), strict=True):
        assert verdict["verdict"] == "formerly_official", own
        assert "source_stopped_listing" in {reason["code"] for reason in verdict["reasons"]}, own
        if len(own) == 1:
            dates = verdict["valid_from"][:10], verdict["valid_to"][:10]
            row = own[0].row
            assert dates == (row["first_seen"], days[days.index(row["last_seen"]) + 1]), own


def _address(listing: Listing) -> str:
    handle, user_id = (None, listing.key) if listing.has_id else (listing.row["handle"], None)
    return canonical_url(Address(listing.platform, handle, user_id)) or ""
