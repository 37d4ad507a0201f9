"""Who sends a request: the token in `Authorization`, its scope, and what is wrong with it (RFC 6750)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import request

from directory.http.bearer_tokens import digest, is_well_formed
from directory.http.problems import InsufficientScope, Unauthorized
from directory.tokens.queries import Token, select_token, update_used_on

if TYPE_CHECKING:
    from psycopg import Connection

_REALM: Final = 'Bearer realm="registry"'


def read_token() -> str:
    """Return the token of the request; raise Unauthorized where there is none, or none that could be one."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise Unauthorized("This needs a token.", headers=[("WWW-Authenticate", _REALM)])
    text = text.strip()
    if not is_well_formed(text):
        raise _invalid("It is no token of a registry: a part is missing or mistyped.")
    return text


def authenticate(conn: Connection[Any], text: str, scope: str) -> Token:
    """Return the token of a text; raise Unauthorized or InsufficientScope.

    It is looked up each time, so that a revocation is effective at once.
    """
    token = select_token(conn, digest(text))
    if token is None:
        raise _invalid("The registry does not have this token.")
    if not token.is_valid:
        raise _invalid("The token was revoked." if token.revoked_at else "The token has expired.")
    if scope not in token.scopes:
        raise InsufficientScope(
            f"The token has the scopes {', '.join(token.scopes)}, and this needs {scope}.",
            headers=[("WWW-Authenticate", f'{_REALM}, error="insufficient_scope", scope="{scope}"')],
        )
    update_used_on(conn, token.id)
    return token


def _invalid(detail: str) -> Unauthorized:
    return Unauthorized(detail, headers=[("WWW-Authenticate", f'{_REALM}, error="invalid_token"')])
