"""The URLs of rankings."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, BinaryIO

from directory.accounts.downloads import compressed, write_csv
from directory.accounts.parameters import build_filter
from directory.accounts.search_pages import expand_search_if_few
from directory.http.blueprint import Blueprint
from directory.http.compression import ENCODINGS
from directory.http.conditional_requests import etag_from_revision
from directory.http.direct_response import DirectResponse, direct_json
from directory.http.pagination import encode_cursor, read_cursor
from directory.http.parameters import canonical_query, query_pairs
from directory.http.registry_request import RegistryRequest
from directory.http.request import database, preferred_encoding
from directory.http.responses import download_response
from directory.rankings import schemas
from directory.rankings.pages import find_ends, read_page, require_past
from directory.rankings.parameters import (
    RankingCsvQuery,
    RankingCsvQuerySchema,
    RankingPageQuery,
    RankingPageQuerySchema,
)
from directory.rankings.queries import Position, csv_statement

if TYPE_CHECKING:
    from flask import Response


blueprint = Blueprint("rankings", __name__, url_prefix="/v1", description="Who has the most followers, and who gains.")


@blueprint.route("/rankings")
@blueprint.response(200, schemas.RankedListSchema)
@blueprint.direct_view(RankingPageQuerySchema)
def get_rankings(request: RegistryRequest, query: RankingPageQuery) -> DirectResponse:
    """Rank accounts, departments or regions by followers, growth or posts.

    Every filter of accounts applies, and ranks are those within it. Equal values share a rank, and the next rank is
    that of the position (1, 1, 3). Growth needs a count at both ends of the window: what has none is not ranked, and
    `insufficient_data` says how many accounts that are, and why.
    """
    after = read_cursor(query.cursor, list_fingerprint=lambda: request.fingerprint)
    position = Position.parse(after, query) if after is not None else None
    account_filter = expand_search_if_few(request.database, build_filter(request.database, query))
    found = read_page(request.database, account_filter, query, after=position)
    ranking = found.ranking
    shown = ranking.rows[: query.limit]
    following = None
    if len(ranking.rows) > query.limit:
        values = [str(value) for value in shown[-1][1:]]
        following = encode_cursor(request.fingerprint, [*values, found.state.name])
    about: dict[str, object] = {"by": query.by, "of": query.of, "date": _format(found.day)}
    about |= {"days": query.window, "ranked": ranking.ranked, "insufficient_data": None}
    if ranking.left_out is not None:
        about["insufficient_data"] = {"accounts": sum(ranking.left_out.values()), "reasons": ranking.left_out}
    page: dict[str, object] = {"limit": query.limit, "next": following}
    if account_filter.dropped:
        page["dropped"] = account_filter.dropped
    body = b'{"data":[%b],"ranking":%b,"page":%b}' % (b",".join(row[0] for row in shown), _dump(about), _dump(page))
    return direct_json(body, ("Link", request.page_links(following)))


@blueprint.route("/rankings.csv")
@blueprint.arguments(RankingCsvQuerySchema)
@blueprint.response(200, {"type": "string"}, content_type="text/csv")
@etag_from_revision
def get_rankings_csv(query: RankingCsvQuery) -> Response:
    """Download a whole ranking as CSV.

    One row a rank, of one state of the registry. The columns are the keys of the JSON, those of `earlier` where counts
    are compared; of an account its id, platform, handle, URL, name, department and region.
    """
    require_past(query)
    registry = database()
    state = registry.state
    account_filter = expand_search_if_few(registry, build_filter(registry, query))
    encoding = preferred_encoding(ENCODINGS)

    # Called outside of the request's context.
    def write(file: BinaryIO) -> None:
        # Of one state: which day is the last, and what is ranked.
        with registry.export() as conn, conn.transaction(), compressed(file, encoding) as target:
            ends = find_ends(registry, conn, query)
            statement, parameters = csv_statement(
                conn, account_filter, query, ends, escape_formulas=query.escapes_formulas
            )
            write_csv(conn, target, statement, parameters, query)

    key = (state, "rankings", canonical_query(query_pairs()), encoding)
    return download_response(
        key, write, content_type="text/csv; charset=utf-8", filename=f"ranking-{state.number}.csv", encoding=encoding
    )


def _format(day: dt.date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _dump(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
