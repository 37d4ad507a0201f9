"""The URL of suggestions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from directory.http.blueprint import Blueprint
from directory.http.direct_response import DirectResponse, direct_json
from directory.http.problems import InvalidParameters, parameter_error
from directory.http.registry_request import RegistryRequest
from directory.search import queries
from directory.search.parsing import UnsearchableError
from directory.search.query_plan import QueryPlan, add_fuzzy_tiers, plan_query
from directory.search.relaxation import relax_query
from directory.search.schemas import SuggestionListSchema, SuggestQuery, SuggestQuerySchema
from directory.search.tiers import are_few

if TYPE_CHECKING:
    from psycopg import Connection

    from directory.database.connections import Database

blueprint = Blueprint("search", __name__, url_prefix="/v1", description="Finding accounts while a name is typed.")


@blueprint.route("/suggest")
@blueprint.response(200, SuggestionListSchema)
@blueprint.direct_view(SuggestQuerySchema)
def get_suggestions(request: RegistryRequest, query: SuggestQuery) -> DirectResponse:
    """Suggest accounts while a name is typed.

    The same as `q` of `/v1/accounts` finds, in the same order, in short: names, other names, handles and departments,
    in any script, by pinyin and its initials, with a mistyped word forgiven.
    """
    try:
        plan = plan_query(request.database, query.q)
    except UnsearchableError as error:
        raise InvalidParameters(
            "The request was not carried out: see errors.", errors=[parameter_error("q", query.q, str(error))]
        ) from error
    dropped: tuple[str, ...] = ()
    with request.database.read() as conn:
        rows = _select(request.database, conn, query.q, plan, query.limit)
        if not rows:
            relaxed = relax_query(
                request.database,
                plan.query,
                lambda relaxed_plan, limit: len(queries.select_suggestions(conn, relaxed_plan.parameters, limit)),
            )
            if relaxed is not None:
                dropped = relaxed.dropped
                rows = _select(
                    request.database, conn, relaxed.text, plan_query(request.database, relaxed.text), query.limit
                )
    extra = f',"dropped":{json.dumps(dropped, ensure_ascii=False, separators=(",", ":"))}' if dropped else ""
    return direct_json(f'{{"data":[{",".join(text for text, _ in rows)}]{extra}}}')


def _select(database: Database, conn: Connection[Any], text: str, plan: QueryPlan, limit: int) -> list[tuple[str, int]]:
    """Return suggestions with the tier of each; those of fuzzy tiers only where there are few others."""
    rows = queries.select_suggestions(conn, plan.parameters, limit)
    if len(rows) < limit and are_few([tier for _, tier in rows]):
        rows += queries.select_suggestions(conn, add_fuzzy_tiers(database, text).fuzzy_parameters, limit - len(rows))
    return rows
