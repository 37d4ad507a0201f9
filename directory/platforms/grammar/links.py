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
_SCHEME: Final = re.compile(
    r"(?:(?:w{2,4}\.)?h{0,2}t{1,3}p{1,2}s{0,2}(?:[:;]++/*+|/++:?+/*+|\.//++)){1,3}|/{2,}+", re.IGNORECASE
)
_OTHER_SCHEME: Final = re.compile(r"[a-z][a-z0-9+-]{0,30}:(?![0-9])", re.IGNORECASE)
_PARTS: Final = re.compile(r"([^/?#]+)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_HOST: Final = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.)*[a-z0-9](?:[a-z0-9-]{0,62})")
_NUMERIC: Final = re.compile(r".*\.[0-9]+|[0-9]+")
_LONGEST_HOST: Final = 253
_PORT: Final = re.compile(r":[0-9]{0,5}$")
_DOTS: Final = re.compile(r"\.{2,}")
# “twitter.com/EPA&lang=en”, “EPA%3Flang%3Den”: a query whose question mark was lost, or encoded.
_LOST_QUERY: Final = re.compile(r"&(?=[A-Za-z_]{1,30}=)|%3[Ff](?=[A-Za-z_]{1,30}(?:=|%3[Dd]))")
# “twitter.com/%23!/EPA”
_LOST_BANG: Final = re.compile("%23(?:%21|!)/?")

# What is pasted along with a link at either end; a full stop is not here, as some handles end in one.
EDGES: Final = (
    " \t\r\n\v\f\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u205f\u2060\u3000\ufeff\u00ad"
    "<>\"'“”‘’«»「」『』【】《》〈〉()（）[]{},，、;；!！?？。:：|`*"
)
_PASTED: Final = (
    ' \t\r\n\u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u3000\ufeff"“”„«»…–—'
)
_BETWEEN: Final = re.compile(r"[\s<>\"“”«»「」『』【】《》〈〉（）\[\]{}，、；！。：|`]+")
_DOMAIN: Final = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+(?=\.?(?:[/:?#]|$))")
_PATH: Final = re.compile(r"\.?(?::[0-9]{1,5})?[/?#]")
# Characters that show nothing (Unicode's default ignorables below the supplementary planes).
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]"
)
# Chinese and Japanese input methods write a full stop into a host (weibo。com), and the signs of a URL in full width.
_WIDE_STOP: Final = re.compile(r"(?<=[A-Za-z0-9])[。．｡](?=[A-Za-z0-9])")
_WIDE_SCHEME: Final = re.compile("[hｈＨ][tｔＴ]{2}[pｐＰ][sｓＳ]?(?=[:：])", re.IGNORECASE)
_WIDE_SIGNS: Final = str.maketrans("／？＃＆＝＠", "/?#&=@")
# A scheme of its own that shows no web page: what stands behind it is not where it leads.
_NO_PAGE: Final = re.compile(r"\W{0,20}+(?:javascript|vbscript|data|file|blob|ftp):(?=\S)", re.IGNORECASE)
# What a click leads to, of a link that shows another text: HTML, Markdown, MediaWiki.
_ANCHOR: Final = re.compile(
    r"""<a\s[^<>]{0,500}?href\s{0,5}=\s{0,5}["']?([^\s"'<>]++)[^<>]{0,500}+>[^<>]{0,500}+(?:</a>|$)""", re.IGNORECASE
)
_MARKDOWN: Final = re.compile(r"\[[^\[\]]{0,500}\]\(\s{0,5}<?([^\s()<>]++)[^()]{0,200}+\)")
_WIKI: Final = re.compile(r"\[(https?:[^\s\[\]]+)\s[^\[\]]{0,500}\]")


def read_host(authority: str) -> str | None:
    """Read a URL's authority as a host name in lower case (IDNA for other scripts), or None if it is none."""
    user, sign, host = authority.rpartition("@")
    # On what stands encoded before the sign programs disagree: some take it for the host.
    if sign and ("%" in user or not user.isascii()):
        return None
    if ":" in host:
        host = _PORT.sub("", host)
    host = _DOTS.sub(".", host.lower().strip("."))
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
    """Split a path into its segments, decoded and normalized, without empty ones.

    What is pasted along at either end of a segment (blanks, quotes, letters that nobody sees) is left out.
    """
    segments = [segment for segment in path.split("/") if segment.strip(".")]
    if "%" in path:
        segments = [normalize(unquote(segment).strip(_PASTED)) for segment in segments]
    elif not path.isascii():
        segments = [normalize(segment.strip(_PASTED)) for segment in segments]
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
    if "%23" in path:
        lost = _LOST_BANG.search(path)
        path, fragment = (path[: lost.start()], f"!{path[lost.end() :]}") if lost else (path, fragment)
    path, query = _find_query(path, query)
    segments = read_segments(path)
    # Twitter and Facebook once kept the profile behind “#!/”; Facebook also behind “#/” of its front page.
    fragment = (fragment or "").replace("%21", "!", 1)
    if fragment.startswith("!") or (fragment.startswith("/") and _FRONT.issuperset(segments)):
        behind, behind_query = _find_query(*fragment.lstrip("!/").partition("#")[0].partition("?")[::2])
        if behind:
            return Link(text, host, read_segments(behind), behind_query, (segments, query))
    return Link(text, host, segments, query)


# What may stand in the path where the profile stands behind “#/”.
_FRONT: Final = frozenset({"home.php", "!"})


def _find_query(path: str, query: str | None) -> tuple[str, str]:
    """Give the path and its query, found in the path where its question mark was lost."""
    lost = None if query else _LOST_QUERY.search(path)
    return (path[: lost.start()], path[lost.end() :]) if lost else (path, query or "")


def tidy(text: str) -> str:
    """Clean what is pasted: blanks and quotes at the ends, backslashes, HTML entities, wide full stops."""
    text = text.strip(EDGES)
    if "\\" in text:
        text = text.replace("\\", "/")
    if "&" in text and ";" in text:
        text = html.unescape(text).strip(EDGES)
    if text.isascii():
        return text
    text = _WIDE_SCHEME.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    text = _WIDE_STOP.sub(".", text.translate(_WIDE_SIGNS))
    return text.replace("：/", ":/")


def leads_to_no_page(text: str) -> bool:
    """Say whether a text is an address of a scheme other than the web's, such as `javascript:`."""
    return _NO_PAGE.match(text) is not None


def unlabel(text: str) -> str:
    """Put in the place of each marked-up link (HTML, Markdown, MediaWiki) what it leads to, and not what it shows."""
    if "<" in text:
        text = _ANCHOR.sub(r" \1 ", text)
    if "[" in text:
        text = _WIKI.sub(r" \1\n", _MARKDOWN.sub(r" \1\n", text))
    return text


def find_links(text: str) -> Iterator[str]:
    """Find what may be URLs inside a text, in their order."""
    for chunk in text.split():
        schemed = False
        for word in _BETWEEN.split(chunk):
            start = word.lower().find("http")
            # In “https://stranger.example|x.com/name” the second name is no link of its own.
            if "." not in word or (schemed and start < 0):
                continue
            schemed = schemed or start >= 0
            domain = _DOMAIN.search(word)
            # In “stranger.example/https://x.com/name” the inner address is a word of the path.
            inner = domain is not None and domain.start() < start and _PATH.match(word, domain.end())
            if start < 0 or inner:
                if domain is None:
                    continue
                start = domain.start()
                # An e-mail address, unless a path follows: “@twitter.com/name”.
                if word[start - 1 : start] == "@" and (start > 1 or "/" not in word):
                    continue
            yield word[start:].strip(EDGES).rstrip(EDGES + ".")
