"""The URLs of pictures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO

from directory.accounts.downloads import MEDIA_TYPES as DOWNLOADS
from directory.accounts.downloads import compressed, write_csv
from directory.accounts.parameters import build_filter
from directory.accounts.queries.account import select_tombstone
from directory.accounts.search_pages import expand_search_if_few
from directory.accounts.series_parameters import SeriesCsvQuery, SeriesCsvQuerySchema
from directory.charts.badge import BadgeAccount, render_badge
from directory.charts.followers_chart import POINTS_OF, render_followers
from directory.charts.parameters import BadgeQuerySchema, FollowersChartQuerySchema, RankingChartQuerySchema
from directory.charts.queries import read_series, select_badge, select_chinese_names, select_name
from directory.charts.ranking_chart import Bar, render_ranking
from directory.charts.svg import MEDIA_TYPE, POLICY
from directory.charts.words import WORDS
from directory.followers.series import csv_statement
from directory.http.blueprint import Blueprint, path_parameter
from directory.http.compression import ENCODINGS
from directory.http.conditional_requests import etag_from_revision
from directory.http.pagination import fingerprint
from directory.http.parameters import canonical_query, query_pairs
from directory.http.problems import Gone, MalformedId, NotFound
from directory.http.request import config, database, preferred_encoding
from directory.http.responses import Response, download_response, redirect_response
from directory.ids import explain_malformed
from directory.overview.notice import find_notice
from directory.rankings.pages import read_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    import flask
    from psycopg import Connection

    from directory.accounts.queries.account import Tombstone
    from directory.charts.parameters import BadgeQuery, FollowersChartQuery, RankingChartQuery

_ID = path_parameter("account_id", "The id of an account.", pattern="^[0-9b-z]{7}$")

blueprint = Blueprint(
    "charts", __name__, url_prefix="/v1", description="Pictures that any page can embed, and what they draw."
)


@blueprint.route("/accounts/<account_id>/followers.svg", parameters=[_ID])
@blueprint.arguments(FollowersChartQuerySchema)
@blueprint.response(200, {"type": "string"}, content_type=MEDIA_TYPE)
@blueprint.alt_response(301, description="The account was merged into another.")
@blueprint.alt_response(410)
@etag_from_revision
def get_followers_chart(query: FollowersChartQuery, account_id: str) -> flask.Response:
    """Draw the followers of an account.

    A picture (SVG) of at most 400 counts, the last of each day, week or month. The line breaks off where nobody counted
    for long; a count that is 1,000 times the one before, or a thousandth, and that no other confirms, is stated in the
    description and not drawn. It has a title and a description, and no scripts; where data are invented, it says so.
    """
    with database().read() as conn:
        name, successor_id = _find_account(conn, account_id)
        if successor_id is not None:
            return _redirect(successor_id, "followers.svg")
        points = read_series(conn, account_id, start=query.start, end=query.end, points_max=POINTS_OF[query.form])
    return _send_picture(
        render_followers(
            points,
            account_id=account_id,
            name=name,
            form=query.form,
            theme=query.theme,
            notice=find_notice(database(), query.lang),
            language=query.lang,
        )
    )


@blueprint.route("/accounts/<account_id>/followers.csv", parameters=[_ID])
@blueprint.arguments(SeriesCsvQuerySchema)
@blueprint.response(200, {"type": "string"}, content_type="text/csv")
@blueprint.alt_response(301, description="The account was merged into another.")
@blueprint.alt_response(410)
@etag_from_revision
def get_followers_csv(query: SeriesCsvQuery, account_id: str) -> flask.Response:
    """Download what was observed of an account as CSV.

    The rows of `/v1/accounts/{id}/followers`, all of them and the oldest first: one for each observation or, with
    `interval`, for each day, week or month, whose first day is the column `period`. `flags` are joined by `|`.
    """
    registry = database()
    with registry.read() as conn:
        if (successor_id := _find_account(conn, account_id)[1]) is not None:
            return _redirect(successor_id, "followers.csv")
    state, encoding = registry.state, preferred_encoding(ENCODINGS)
    statement, parameters = csv_statement(account_id, query.interval, begin=query.begin, end=query.end)

    # Called outside of the request's context.
    def write(file: BinaryIO) -> None:
        with registry.export() as conn, compressed(file, encoding) as target:
            write_csv(conn, target, statement, parameters, query)

    key = (state, "followers", account_id, canonical_query(query_pairs()), encoding)
    name = f"followers-{account_id}-{state.number}.csv"
    return download_response(key, write, content_type=DOWNLOADS["csv"], filename=name, encoding=encoding)


@blueprint.route("/accounts/<account_id>/badge.svg", parameters=[_ID])
@blueprint.arguments(BadgeQuerySchema)
@blueprint.response(200, {"type": "string"}, content_type=MEDIA_TYPE)
@blueprint.alt_response(301, description="The account was merged into another.")
@etag_from_revision
def get_badge(query: BadgeQuery, account_id: str) -> flask.Response:
    """Draw the badge of an account.

    A picture (SVG) of 280 by 68 pixels for the site of the body that runs it: what the registry says of the account,
    its handle and platform, and the name of the registry. It says `Not vouched for` of an account without a
    verification, and `No longer listed` of one that was closed, replaced, deleted, or that no source lists any more, so
    a page that embeds it never says more than the registry does. Of an invented account it says `Invented example`.
    """
    _require_well_formed(account_id)
    with database().read() as conn:
        account = select_badge(conn, account_id)
        if account is None:
            # A page that embeds the badge of a deleted account must show that, and not a broken picture.
            account = BadgeAccount(None, None, None, is_listed=False, is_verified=False)
            if (successor_id := _select_tombstone(conn, account_id).successor_id) is not None:
                return _redirect(successor_id, "badge.svg")
    picture = render_badge(
        account,
        account_id=account_id,
        registry=config().title,
        language=query.lang,
        theme=query.theme,
    )
    return _send_picture(picture)


@blueprint.route("/rankings.svg")
@blueprint.arguments(RankingChartQuerySchema)
@blueprint.response(200, {"type": "string"}, content_type=MEDIA_TYPE)
@etag_from_revision
def get_ranking_chart(query: RankingChartQuery) -> flask.Response:
    """Draw a ranking.

    A picture (SVG) of the first ranks of `/v1/rankings`, a bar for each. It has a title and a description, and no
    scripts.
    """
    registry = database()
    page = read_page(registry, expand_search_if_few(registry, build_filter(registry, query)), query)
    rows = [json.loads(row[0]) for row in page.ranking.rows[: query.limit]]
    names: Mapping[str, str] = {}
    if query.of == "regions" and query.lang == "zh":
        with registry.read() as conn:
            names = select_chinese_names(conn, [row["region"]["code"] for row in rows])
    bars = [_bar_of(row, names) for row in rows]
    days = query.window if query.is_growth else None
    day = page.day.isoformat() if page.day is not None else None
    return _send_picture(
        render_ranking(
            bars,
            key=fingerprint(),
            title=WORDS[query.lang].name_ranking(query.of, query.by, days, day),
            theme=query.theme,
            notice=find_notice(registry, query.lang),
            language=query.lang,
        )
    )


def _bar_of(row: dict[str, Any], region_names: Mapping[str, str]) -> Bar:
    about = row.get("account") or row.get("department") or row["region"]
    label = about["name"] or about.get("handle") or about.get("id") or about["code"]
    if "region" in row:
        label = region_names.get(about["code"], label)
    return Bar(row["rank"], label, row["value"])


def _send_picture(picture: str) -> Response:
    """Return the response of a picture, which any page may embed."""
    return Response(
        picture,
        content_type=f"{MEDIA_TYPE}; charset=utf-8",
        headers={"Content-Security-Policy": POLICY, "Cross-Origin-Resource-Policy": "cross-origin"},
    )


def _find_account(conn: Connection, account_id: str) -> tuple[str, str | None]:
    """Return what an account is called and None, or "" and the id of the account that it was merged into.

    Raise Gone for one that was deleted, NotFound for an unknown id.
    """
    _require_well_formed(account_id)
    name = select_name(conn, account_id)
    if name is not None:
        return name, None
    tombstone = _select_tombstone(conn, account_id)
    if tombstone.successor_id is None:
        raise Gone(f"The account {account_id} was deleted in revision {tombstone.revision}.")
    return "", tombstone.successor_id


def _require_well_formed(account_id: str) -> None:
    if (detail := explain_malformed(account_id)) is not None:
        raise MalformedId(detail)


def _select_tombstone(conn: Connection, account_id: str) -> Tombstone:
    """Return what is left of an account that was merged or deleted; raise NotFound for an unknown id."""
    tombstone = select_tombstone(conn, account_id, None)
    if tombstone is None:
        raise NotFound(f"No account has the id {account_id}.")
    return tombstone


def _redirect(successor_id: str, name: str) -> Response:
    """Redirect to the picture or the file of the account that a merged one became."""
    query = canonical_query(query_pairs())
    return redirect_response(f"/v1/accounts/{successor_id}/{name}{f'?{query}' if query else ''}")
