"""Who is at the desk: a token in an encrypted cookie, and the key that every form of the desk carries.

The cookie has the path of the desk in each language, so no other page gets it. It is encrypted and dated
(Fernet), under a key that is derived for it alone, and the browser sends it with no request that another site begins
(`SameSite=Strict`). A form has to send the key that belongs to the cookie, so a browser that ignores SameSite does not
send what another site wrote, either. The same holds of the form that asks for the token: its cookie has none in it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken
from flask import request

from directory.http.request import config
from directory.secret_keys import derive_key
from directory.web.languages import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

FORM_KEY: Final = "form_key"
HOURS: Final = 4
_COOKIE: Final = "desk"
_SECONDS: Final = HOURS * 3600
# A browser that does not know the header sends none.
_OWN_SITES: Final = frozenset({"", "same-origin", "none"})


@dataclass(frozen=True, slots=True)
class Session:
    """What the cookie says: the token, "" where nobody has signed in with it, and the cookie itself."""

    token: str
    cookie: str

    @property
    def form_key(self) -> str:
        """Return the key of the forms of this cookie."""
        key = derive_key(config(), b"desk forms")
        return hmac.new(key, self.cookie.encode(), hashlib.sha256).hexdigest()

    def has_sent(self, form: Mapping[str, str]) -> bool:
        """Whether a form comes from a page of this site that had this cookie."""
        if request.headers.get("Sec-Fetch-Site", "") not in _OWN_SITES:
            return False
        return hmac.compare_digest(form.get(FORM_KEY, "").encode(), self.form_key.encode())


def read_session() -> Session | None:
    """Return what the cookie of the request says; None without one, or for one that is too old or not ours."""
    cookie = request.cookies.get(_COOKIE, "")
    try:
        return Session(_fernet().decrypt(cookie, ttl=_SECONDS).decode(), cookie)
    except InvalidToken:
        return None


def make_session(token: str) -> Session:
    """Return a new session of a token, or of nobody for ""."""
    return Session(token, _fernet().encrypt(token.encode()).decode())


def keep_session(response: Response, session: Session) -> None:
    """Set the cookie of a session, for the pages of the desk in each language."""
    for path in _paths():
        response.set_cookie(
            _COOKIE,
            session.cookie,
            max_age=_SECONDS,
            path=path,
            secure=config().base_url.startswith("https:"),
            httponly=True,
            samesite="Strict",
        )


def _paths() -> list[str]:
    prefix = urlsplit(config().base_url).path.rstrip("/")
    return [f"{prefix}/{code}/desk" for code in LANGUAGES]


def _fernet() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derive_key(config(), b"desk cookie")))
