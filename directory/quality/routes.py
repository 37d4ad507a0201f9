"""The URLs of the reports on quality: each as pages of JSON, and whole as CSV."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from directory.http.blueprint import Blueprint
from directory.http.conditional_requests import etag_from_day
from directory.http.problems import InvalidCursor
from directory.http.request import config
from directory.quality import parameters, schemas
from directory.quality.queries.accounts import list_on_closed_platforms, list_unproven
from directory.quality.queries.departments import list_different_names, list_duplicates, list_shared_names
from directory.quality.queries.dormancy import count_dormant, list_dormant
from directory.quality.queries.freshness import count_by_age, list_sources
from directory.quality.responses import ReadReport, csv_response, page_response, today

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Response

    from directory.accounts.parameters import Filter
    from directory.quality.parameters import DormancyQuery, NamesQuery, ReportQuery, VerificationQuery
    from directory.quality.rows import Report

_CSV: Final = {"type": "string"}

blueprint = Blueprint("quality", __name__, url_prefix="/v1/reports", description="Where the records fall short.")


@blueprint.route("/dormancy")
@blueprint.arguments(parameters.DormancyPageSchema)
@blueprint.response(200, schemas.DormancyListSchema)
@etag_from_day
def get_dormancy(query: DormancyQuery) -> Response:
    """Count silent accounts.

    By region, platform, department type or department: how many accounts have posted in the last `days` days, how many
    have not, and of how many no post is known. Accounts that are closed or suspended, or that no source lists any more,
    do not count.
    """
    return page_response(query, _count_dormant(query), 1, days=_days(query))


@blueprint.route("/dormancy.csv")
@blueprint.arguments(parameters.DormancyCsvSchema)
@blueprint.response(200, _CSV, content_type="text/csv")
@etag_from_day
def get_dormancy_csv(query: DormancyQuery) -> Response:
    """Count silent accounts, as CSV.

    All rows; the columns are the keys of the JSON, nested ones joined by a dot.
    """
    return csv_response(query, _count_dormant(query), "dormancy")


@blueprint.route("/dormancy/accounts")
@blueprint.arguments(parameters.DormantAccountsPageSchema)
@blueprint.response(200, schemas.DormantAccountListSchema)
@etag_from_day
def get_dormant_accounts(query: DormancyQuery) -> Response:
    """List silent accounts.

    The longest silent first. The status `dormant` of the registry is set by the operator's threshold; this report takes
    any.
    """
    return page_response(query, _list_dormant(query), 2, days=_days(query))


@blueprint.route("/dormancy/accounts.csv")
@blueprint.arguments(parameters.DormantAccountsCsvSchema)
@blueprint.response(200, _CSV, content_type="text/csv")
@etag_from_day
def get_dormant_accounts_csv(query: DormancyQuery) -> Response:
    """List silent accounts, as CSV.

    All rows; the columns are the keys of the JSON, nested ones joined by a dot.
    """
    return csv_response(query, _list_dormant(query), "dormant-accounts")


@blueprint.route("/duplicates")
@blueprint.arguments(parameters.ReportPageSchema)
@blueprint.response(200, schemas.DuplicateListSchema)
@etag_from_day
def get_duplicates(query: ReportQuery) -> Response:
    """List duplicates.

    Departments with several accounts on one platform, where one is the rule. Accounts of persons do not count, nor
    those that are closed or suspended, or that no source lists any more.
    """
    return page_response(query, list_duplicates, 2)


@blueprint.route("/duplicates.csv")
@blueprint.arguments(parameters.ReportCsvSchema)
@blueprint.response(200, _CSV, content_type="text/csv")
@etag_from_day
def get_duplicates_csv(query: ReportQuery) -> Response:
    """List duplicates, as CSV.

    All rows; the columns are the keys of the JSON, nested ones joined by a dot. `accounts` are the ids of the first 20.
    """
    return csv_response(query, list_duplicates, "duplicates")


@blueprint.route("/names")
@blueprint.arguments(parameters.NamesPageSchema)
@blueprint.response(200, schemas.NameConflictListSchema)
@etag_from_day
def get_names(query: NamesQuery) -> Response:
    """List contradicting names.

    Departments whose accounts show different names, or names that different departments of one region share. The same
    accounts count as for duplicates.
    """
    is_shared = query.kind == "shared_name"
    return page_response(query, list_shared_names if is_shared else list_different_names, 2 if is_shared else 1)


@blueprint.route("/names.csv")
@blueprint.arguments(parameters.NamesCsvSchema)
@blueprint.response(200, _CSV, content_type="text/csv")
@etag_from_day
def get_names_csv(query: NamesQuery) -> Response:
    """List contradicting names, as CSV.

    All rows; the columns are the keys of the JSON, nested ones joined by a dot. `accounts` are the ids of the first 20.
    """
    return csv_response(query, list_shared_names if query.kind == "shared_name" else list_different_names, "names")


@blueprint.route("/closed-platforms")
@blueprint.arguments(parameters.ReportPageSchema)
@blueprint.response(200, schemas.ClosedPlatformListSchema)
@etag_from_day
def get_closed_platforms(query: ReportQuery) -> Response:
    """List accounts on closed platforms.

    Those that are neither closed nor suspended by their record, although their platform has closed.
    """
    return page_response(query, _list_on_closed_platforms(), 2)


@blueprint.route("/closed-platforms.csv")
@blueprint.arguments(parameters.ReportCsvSchema)
@blueprint.response(200, _CSV, content_type="text/csv")
@etag_from_day
def get_closed_platforms_csv(query: ReportQuery) -> Response:
    """List accounts on closed platforms, as CSV.

    All rows; the columns are the keys of the JSON, nested ones joined by a dot.
    """
    return csv_response(query, _list_on_closed_platforms(), "closed-platforms")


@blueprint.route("/verification")
@blueprint.arguments(parameters.VerificationPageSchema)
@blueprint.response(200, schemas.UnprovenListSchema)
@etag_from_day
def get_unproven(query: VerificationQuery) -> Response:
    """List accounts without a valid proof.

    Those that nothing proves to be official, or no longer: no source lists them any more, or the proof has expired.
    Closed and suspended accounts are left out.
    """
    return page_response(query, _list_unproven(query), 1)


@blueprint.route("/verification.csv")
@blueprint.arguments(parameters.VerificationCsvSchema)
@blueprint.response(200, _CSV, content_type="text/csv")
@etag_from_day
def get_unproven_csv(query: VerificationQuery) -> Response:
    """List accounts without a valid proof, as CSV.

    All rows; the columns are the keys of the JSON, nested ones joined by a dot.
    """
    return csv_response(query, _list_unproven(query), "verification")


@blueprint.route("/freshness")
@blueprint.arguments(parameters.SourcesPageSchema)
@blueprint.response(200, schemas.SourceFreshnessListSchema)
@etag_from_day
def get_freshness(query: ReportQuery) -> Response:
    """List the age of sources.

    When each source was last imported or observed, and how old the counts are that are its own.
    """
    return page_response(query, _list_sources(), 1)


@blueprint.route("/freshness.csv")
@blueprint.arguments(parameters.SourcesCsvSchema)
@blueprint.response(200, _CSV, content_type="text/csv")
@etag_from_day
def get_freshness_csv(query: ReportQuery) -> Response:
    """List the age of sources, as CSV.

    All rows; the columns are the keys of the JSON, nested ones joined by a dot.
    """
    return csv_response(query, _list_sources(), "freshness")


@blueprint.route("/freshness/observations")
@blueprint.arguments(parameters.ReportPageSchema)
@blueprint.response(200, schemas.CountFreshnessListSchema)
@etag_from_day
def get_observation_freshness(query: ReportQuery) -> Response:
    """Count accounts by the age of their counts.

    How many accounts of each platform were counted within a day, a week, a month and a year, and how many never.
    """
    return page_response(query, _count_by_age(), 1)


@blueprint.route("/freshness/observations.csv")
@blueprint.arguments(parameters.ReportCsvSchema)
@blueprint.response(200, _CSV, content_type="text/csv")
@etag_from_day
def get_observation_freshness_csv(query: ReportQuery) -> Response:
    """Count accounts by the age of their counts, as CSV.

    All rows; the columns are the keys of the JSON, nested ones joined by a dot.
    """
    return csv_response(query, _count_by_age(), "observation-freshness")


def _days(query: DormancyQuery) -> int:
    return query.days or config().dormant_days


def _count_dormant(query: DormancyQuery) -> ReadReport:
    return lambda matches, **page: count_dormant(matches, query.by, day=today(), days=_days(query), **page)


def _list_dormant(query: DormancyQuery) -> ReadReport:
    def read(matches: Filter, *, after: Sequence[str] | None, limit: int | None) -> Report:
        start = (_read_moment(after[0]), after[1]) if after else None
        return list_dormant(matches, day=today(), days=_days(query), after=start, limit=limit)

    return read


def _list_on_closed_platforms() -> ReadReport:
    return lambda matches, **page: list_on_closed_platforms(matches, day=today(), **page)


def _list_unproven(query: VerificationQuery) -> ReadReport:
    return lambda matches, **page: list_unproven(matches, day=today(), days=query.days, **page)


def _list_sources() -> ReadReport:
    return lambda _, **page: list_sources(day=today(), **page)


def _count_by_age() -> ReadReport:
    return lambda matches, **page: count_by_age(matches, day=today(), **page)


def _read_moment(text: str) -> dt.datetime:
    """Return the time in a cursor, in UTC; raise InvalidCursor for a text that anybody may have put there."""
    try:
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            # PostgreSQL refuses offsets of 16 hours and more.
            return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidCursor("The cursor is of another order.")
