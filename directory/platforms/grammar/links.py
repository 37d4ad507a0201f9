"""Taking a URL apart as people type it: missing or mistyped schemes, ports, fragments, text around it."""

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, unquote_plus


@dataclass(slots=True)
class Link:
    """A URL in its parts: host in lower case without port, decoded path segments, raw query."""

    text: str
    host: str
    segments: list[str]
    query: str
    # Path and query before a fragment that took their place.
    fallback: tuple[list[str], str] | None = None

    def parameters(self) -> dict[str, str]:
        """Read the query: the first value of each name, names in lower case."""
        found: dict[str, str] = {}
        for pair in self.query.split("&"):
            name, _, value = pair.partition("=")
            found.setdefault(name.lower(), unquote_plus(value).strip())
        return found


# “http://”, and what is typed for it: “http:/”, “https//:”, “htp://”, “http;//”, and any of them twice. Possessive
# quantifiers keep it linear.
# Not possessive as a whole: Python before 3.11.5 then loses the "t" of "https://twitter.com" (its issue 106052).
_SCHEME: Final = re.compile(r"(?:h{0,2}t{1,3}p{1,2}s{0,2}(?:[:;]++/*+|/++:?+/*+)){1,3}|/{2,}+", re.IGNORECASE)
_OTHER_SCHEME: Final = re.compile(r"[a-z][a-z0-9+-]{0,30}:(?![0-9])", re.IGNORECASE)
_PARTS: Final = re.compile(r"([^/?#]+)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_HOST: Final = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.)*[a-z0-9](?:[a-z0-9-]{0,62})")
_NUMERIC: Final = re.compile(r".*\.[0-9]+|[0-9]+")
_LONGEST_HOST: Final = 253
_PORT: Final = re.compile(r":[0-9]{0,5}$")

# What is pasted along with a link at either end; a full stop is not here, as some handles end in one.
EDGES: Final = (
    " \t\r\n\v\f\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u205f\u2060\u3000\ufeff\u00ad"
    "<>\"'“”‘’«»「」『』【】《》〈〉()（）[]{},，、;；!！?？。:：|`*"
)
_BETWEEN: Final = re.compile(r"[\s<>\"“”«»「」『』【】《》〈〉（）\[\]{}，、；！。：|`]+")
_DOMAIN: Final = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+(?=[/:?#]|$)")
# Characters that show nothing (Unicode's default ignorables below the supplementary planes).
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]"
)
# Chinese input methods write a full stop into a host: weibo。com
_WIDE_STOP: Final = re.compile(r"(?<=[A-Za-z0-9])[。．｡](?=[A-Za-z0-9])")


def read_host(authority: str) -> str | None:
    """Read a URL's authority as a host name in lower case (IDNA for other scripts), or None if it is none."""
    host = authority.rpartition("@")[2] if "@" in authority else authority
    if ":" in host:
        host = _PORT.sub("", host)
    host = host.lower().rstrip(".")
    if not host.isascii():
        try:
            host = unicodedata.normalize("NFKC", host).encode("idna").decode("ascii").lower()
        except UnicodeError:
            return None
    if len(host) > _LONGEST_HOST or not _HOST.fullmatch(host) or _NUMERIC.fullmatch(host):
        return None
    return host


def normalize(text: str) -> str:
    """Bring text to NFC, each invisible character made visible, so that none can hide in a handle."""
    return text if text.isascii() else _INVISIBLE.sub("\ufffd", unicodedata.normalize("NFC", text))


def read_segments(path: str) -> list[str]:
    """Split a path into its segments, decoded and normalized, without empty ones."""
    segments = [segment for segment in path.split("/") if segment.strip(".")]
    if "%" in path:
        segments = [normalize(unquote(segment).strip()) for segment in segments]
    elif not path.isascii():
        segments = [normalize(segment) for segment in segments]
    return segments


def read_link(text: str) -> Link | None:
    """Take a URL without blanks apart, or give None if it is none."""
    start = _SCHEME.match(text)
    rest = text[start.end() :] if start else text
    if start is None and _OTHER_SCHEME.match(text) and "." not in text.partition(":")[0]:
        return None
    parts = _PARTS.fullmatch(rest)
    if parts is None:
        return None
    authority, path, query, fragment = parts.groups()
    host = read_host(authority)
    if host is None or (start is None and ("." not in host or "@" in authority)):
        return None
    segments = read_segments(path)
    # Twitter and Facebook once kept the profile behind “#!/”; Facebook also behind “#/” of its front page.
    if fragment and (fragment[0] == "!" or (fragment[0] == "/" and (not segments or segments == ["home.php"]))):
        behind, _, behind_query = fragment.lstrip("!/").partition("?")
        if behind:
            return Link(text, host, read_segments(behind), behind_query, (segments, query or ""))
    return Link(text, host, segments, query or "")


def tidy(text: str) -> str:
    """Clean what is pasted: blanks and quotes at the ends, backslashes, HTML entities, wide full stops."""
    text = text.strip(EDGES)
    if "\\" in text:
        text = text.replace("\\", "/")
    if "&" in text and ";" in text:
        text = html.unescape(text)
    return text if text.isascii() else _WIDE_STOP.sub(".", text)


def find_links(text: str) -> Iterator[str]:
    """Find what may be URLs inside a text, in their order."""
    for word in _BETWEEN.split(text):
        if "." not in word:
            continue
        start = word.lower().find("http")
        if start < 0:
            domain = _DOMAIN.search(word)
            if domain is None:
                continue
            start = domain.start()
            if word[start - 1 : start] == "@":
                continue
        yield word[start:].strip(EDGES).rstrip(EDGES + ".")
