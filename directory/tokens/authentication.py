"""Who sends a request: the token in `Authorization`, its scope, its places, and what is wrong with it (RFC 6750)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from flask import request

from directory.http.bearer_tokens import PREFIX, digest, is_well_formed
from directory.http.problems import InsufficientScope, PlaceNotAllowed, Unauthorized
from directory.http.request import database
from directory.tokens.queries import Outside, Place, Token, select_outside, select_token, update_used_on

if TYPE_CHECKING:
    from collections.abc import Collection

    from psycopg import Connection

_REALM: Final = 'Bearer realm="registry"'
# RFC 6750, 2.3, names the parameter. URLs are logged and shared, so a token in one is never read.
_IN_URL: Final = ("access_token=", f"={PREFIX}")


def judge_request(scope: str) -> None:
    """Raise Unauthorized or InsufficientScope for a request without a token of a scope.

    `Blueprint.token` calls it before anything else of the request is read.
    """
    text = read_token()
    with database().read() as conn:
        _judge(select_token(conn, digest(text)), scope)


def is_allowed(conn: Connection[Any], authorization: str, scope: str) -> bool:
    """Whether a header Authorization has a valid token of a scope, for those who answer no request by it."""
    scheme, _, text = authorization.partition(" ")
    if scheme.lower() != "bearer" or not is_well_formed(text.strip()):
        return False
    token = select_token(conn, digest(text.strip()))
    return token is not None and token.is_valid and token.allows(scope)


def read_token() -> str:
    """Return the token of the request; raise Unauthorized where there is none, or none that could be one."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        query = request.environ.get("QUERY_STRING", "")
        in_url = any(part in query for part in _IN_URL)
        hint = (
            " One in the URL is not read, and everybody who reads logs has it now: have it revoked." if in_url else ""
        )
        raise Unauthorized(f"This needs a token.{hint}", headers=[("WWW-Authenticate", _REALM)])
    text = text.strip()
    if not is_well_formed(text):
        raise _invalid("It is no token of a registry: a part is missing or mistyped.")
    return text


def authenticate(conn: Connection[Any], text: str, scope: str) -> Token:
    """Return the token of a text, and note its use; raise Unauthorized or InsufficientScope.

    It is looked up each time, so that a revocation is effective at once.
    """
    token = _judge(select_token(conn, digest(text)), scope)
    if token.used_on != datetime.now(UTC).date():
        update_used_on(conn, token.id)
    return token


def find_token(text: str) -> Token:
    """Return the token of a text, whatever its scopes; raise Unauthorized where it is no valid one."""
    if not is_well_formed(text):
        raise _invalid("It is no token of a registry: a part is missing or mistyped.")
    with database().read() as conn:
        return _require_valid(select_token(conn, digest(text)))


def require_place(conn: Connection[Any], token: Token, *, region: str | None, department: str | None) -> None:
    """Raise PlaceNotAllowed unless a token is for a region and a department; None where a record has none.

    A token that is narrowed to regions and to departments has to be for both.
    """
    require_places(conn, token, [Place(region, department)])


def require_places(conn: Connection[Any], token: Token, places: Collection[Place]) -> None:
    """Raise PlaceNotAllowed unless a token is for all of these places."""
    if token.is_narrowed and (outside := select_outside(conn, token, places)) is not None:
        raise PlaceNotAllowed(
            _explain(token, outside),
            headers=[("WWW-Authenticate", f'{_REALM}, error="insufficient_scope"')],
            members={"region": outside.place.region, "department": outside.place.department},
        )


def _judge(token: Token | None, scope: str) -> Token:
    token = _require_valid(token)
    if not token.allows(scope):
        raise InsufficientScope(
            f"The token has the scopes {', '.join(token.scopes)}, and this needs {scope}.",
            headers=[("WWW-Authenticate", f'{_REALM}, error="insufficient_scope", scope="{scope}"')],
        )
    return token


def _require_valid(token: Token | None) -> Token:
    if token is None:
        raise _invalid("The registry does not have this token.")
    if not token.is_valid:
        if token.revoked_at is not None:
            raise _invalid("The token was revoked.")
        raise _invalid(
            "The token is suspended: the registry was restored from a backup, and its operator has not confirmed it."
            if token.is_suspended
            else "The token has expired."
        )
    return token


def _explain(token: Token, outside: Outside) -> str:
    kind, own, actual = (
        ("region", token.regions, outside.place.region)
        if outside.is_region
        else ("department", token.departments, outside.place.department)
    )
    subject = f"the {kind} {actual}" if actual is not None else f"a record without a {kind} of its own"
    return f"The token is for the {kind} {', '.join(own)} with all below, and this is about {subject}."


def _invalid(detail: str) -> Unauthorized:
    return Unauthorized(detail, headers=[("WWW-Authenticate", f'{_REALM}, error="invalid_token"')])
