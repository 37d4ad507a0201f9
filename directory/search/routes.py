"""The URL of suggestions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from directory.http.answers import json_answer
from directory.http.blueprint import Blueprint
from directory.http.caching import conditional
from directory.http.problems import InvalidParameters, parameter_error
from directory.http.request import database
from directory.search import queries
from directory.search.finding import understand, widen
from directory.search.parsing import UnsearchableError
from directory.search.rules import is_little
from directory.search.schemas import SuggestionListSchema, SuggestQuery, SuggestQuerySchema

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("search", __name__, url_prefix="/v1", description="Finding accounts while a name is typed.")


@blueprint.route("/suggest")
@blueprint.arguments(SuggestQuerySchema)
@blueprint.response(200, SuggestionListSchema)
@conditional
def get_suggestions(query: SuggestQuery) -> Response:
    """Suggest accounts while a name is typed.

    The same as `q` of `/v1/accounts` finds, in the same order, in short: names, other names, handles and departments,
    in any script, by pinyin and its initials, with a mistyped word forgiven.
    """
    try:
        search = understand(database(), query.q)
    except UnsearchableError as error:
        raise InvalidParameters(
            "The request was not carried out: see errors.", errors=[parameter_error("q", query.q, str(error))]
        ) from error
    with database().read() as conn:
        rows = queries.select_suggestions(conn, search.parameters, query.limit)
        if len(rows) < query.limit and is_little([rule for _, rule in rows]):
            widened = widen(database(), query.q)
            rows += queries.select_suggestions(conn, widened.loose_parameters, query.limit - len(rows))
    return json_answer(f'{{"data":[{",".join(text for text, _ in rows)}]}}')
