"""The URLs of pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from directory.accounts.queries.account import select_tombstone
from directory.charts.followers_chart import POINTS_OF, render_followers
from directory.charts.parameters import FollowersChartQuerySchema
from directory.charts.queries import read_series, select_name
from directory.charts.series import ReadSeries
from directory.charts.svg import MEDIA_TYPE, POLICY
from directory.http.blueprint import Blueprint, path_parameter
from directory.http.conditional_requests import etag_from_revision
from directory.http.problems import Gone, MalformedId, NotFound
from directory.http.request import database
from directory.http.responses import Response, redirect_response
from directory.ids import explain_malformed

if TYPE_CHECKING:
    import flask
    from psycopg import Connection

    from directory.charts.parameters import FollowersChartQuery

_READ: Final[ReadSeries] = read_series
_ID = path_parameter("account_id", "The id of an account.", pattern="^[0-9b-z]{7}$")

blueprint = Blueprint("charts", __name__, url_prefix="/v1", description="Pictures that any page can embed.")


@blueprint.route("/accounts/<account_id>/followers.svg", parameters=[_ID])
@blueprint.arguments(FollowersChartQuerySchema)
@blueprint.response(200, {"type": "string"}, content_type=MEDIA_TYPE)
@blueprint.alt_response(301, description="The account was merged into another.")
@blueprint.alt_response(410)
@etag_from_revision
def get_followers_chart(query: FollowersChartQuery, account_id: str) -> flask.Response:
    """Draw the followers of an account.

    A picture (SVG) of at most 400 counts, the last of each day, week or month. The line breaks off where nobody counted
    for long. It has a title and a description, and no scripts.
    """
    if (detail := explain_malformed(account_id)) is not None:
        raise MalformedId(detail)
    with database().read() as conn:
        name = select_name(conn, account_id)
        if name is None:
            return _redirect_or_raise(conn, account_id)
        points = _READ(conn, account_id, start=query.start, end=query.end, points_max=POINTS_OF[query.form])
    picture = render_followers(points, account_id=account_id, name=name, form=query.form, theme=query.theme)
    return send_picture(picture)


def send_picture(picture: str) -> Response:
    """Return the response of a picture, which any page may embed."""
    return Response(
        picture,
        content_type=f"{MEDIA_TYPE}; charset=utf-8",
        headers={"Content-Security-Policy": POLICY, "Cross-Origin-Resource-Policy": "cross-origin"},
    )


def _redirect_or_raise(conn: Connection, account_id: str) -> Response:
    """Redirect to the picture of the account that a merged one became; raise Gone or NotFound for others."""
    tombstone = select_tombstone(conn, account_id, None)
    if tombstone is None:
        raise NotFound(f"No account has the id {account_id}.")
    if tombstone.successor_id is None:
        raise Gone(f"The account {account_id} was deleted in revision {tombstone.revision}.")
    return redirect_response(f"/v1/accounts/{tombstone.successor_id}/followers.svg")
