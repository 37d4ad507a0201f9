"""URLs parsed as a browser does, and the repair of what people type and paste for one.

Parsing comes before any rule of a platform: what a browser would open decides, so that no dot segment, backslash,
encoded host or credential can make a stranger's page look like somebody's.

URLs are parsed by the WHATWG URL Standard (https://url.spec.whatwg.org/): dot segments, backslashes, percent-encoded
hosts, IDNA (UTS 46, not transitional), credentials, ports, tabs and newlines. The parser is `can-ada`, the binding of
Ada, which Node.js uses. `ada-url` binds the same parser with cffi, and took nine times as long for the parts that are
read here (10 µs against 1.1 µs a URL; version 4.0.0 against 3.0.0).
"""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, unquote_plus

import can_ada


@dataclass(slots=True)
class Link:
    """A URL in its parts.

    `host`: ASCII, in lower case, without `www.` being removed, without port and trailing dot. `path`: as a browser
    requests it, percent-encoded, dot segments resolved. `segments`: those of the path, decoded. `query` and `fragment`:
    raw, without their mark.
    """

    text: str
    host: str
    path: str
    segments: list[str]
    query: str
    fragment: str = ""
    # Of a port that is none of the web's own, so that another server may answer there.
    has_port: bool = False

    def parameters(self) -> dict[str, str]:
        """Return the query's values by name, in lower case; one that is given twice with two values is empty.

        Of two values programs take the first or the last, so the page that a browser gets is not known.
        """
        found: dict[str, str] = {}
        for pair in self.query.split("&"):
            name, _, value = pair.partition("=")
            key, text = _decode(name).lower(), _decode(value)
            found[key] = text if found.get(key, text) == text else ""
        return found

    def left_empty(self) -> frozenset[str]:
        """Return the names of the query that are given once, without a value."""
        pairs = [pair.partition("=") for pair in self.query.lower().split("&")]
        times = Counter(name for name, _, _ in pairs)
        return frozenset(name for name, sign, value in pairs if sign and not value and times[name] == 1)

    @property
    def behind_host(self) -> str:
        """The URL from its path on, as it was written in canonical form."""
        query = f"?{self.query}" if self.query else ""
        return self.path + query + (f"#{self.fragment}" if self.fragment else "")


# “http://”, and what is typed for it: “http:/”, “https//:”, “htp://”, “http;//”, and any of them twice. Possessive
# quantifiers keep it linear. No such word is a top-level domain, so that no browser opens a host by them.
# Not possessive as a whole: Python before 3.11.5 then loses the "t" of "https://twitter.com" (its issue 106052).
_SCHEME: Final = re.compile(
    r"(?:(?:w{2,4}\.)?h{0,2}t{1,3}p{1,2}s{0,2}(?:[:;]++[/\\]*+|/++:?+/*+|\.//++)){1,3}|[/\\]{2,}+", re.IGNORECASE
)
_WEB: Final = re.compile(r"https?:", re.IGNORECASE)
# Characters that browsers remove anywhere in a URL.
_REMOVED: Final = dict.fromkeys(map(ord, "\t\n\r"))
# And at its ends.
ENDS: Final = "".join(map(chr, range(0x21)))
_OTHER_SCHEME: Final = re.compile(r"[a-z][a-z0-9+-]{0,30}:(?![0-9])", re.IGNORECASE)
_BARE: Final = re.compile(r"[^\s/?#\\@]{1,253}+[/?#\\]")
_AUTHORITY: Final = re.compile(r"[^/?#\\]*")
# In a host the capital sharp s is the small one, a letter of its own (UTS 46, revision 31; `idna` and Chromium read it
# so). Ada 3 still writes ss for it; of all other characters of Unicode 17 none is read otherwise.
_CAPITAL_SHARP_S: Final = re.compile("ẞ|%E1%BA%9E", re.IGNORECASE)
_CREDENTIALS: Final = re.compile(r"[^/?#\\@]*+@")
_HOST: Final = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.)*[a-z0-9](?:[a-z0-9-]{0,62})")
_NUMERIC: Final = re.compile(r".*\.[0-9]+|[0-9]+")
_MAX_HOST_LENGTH: Final = 253
_PORTS: Final = frozenset({"", "80", "443"})
_DOTS: Final = re.compile(r"\.{2,}")
# “twitter.com/EPA&lang=en”, “EPA%3Flang%3Den”: a query whose question mark was lost, or encoded.
_LOST_QUERY: Final = re.compile(r"&(?=[A-Za-z_]{1,30}=)|%3[Ff](?=[A-Za-z_]{1,30}(?:=|%3[Dd]))")
# “twitter.com/%23!/EPA”
_LOST_BANG: Final = re.compile("/{0,3}%23(?=(?:!|%21)/?)")

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
_NO_PAGES: Final = ("javascript", "vbscript", "data", "filesystem", "file", "blob", "ftp")
# Browsers ignore tabs and line breaks between the letters.
_SPELLED: Final = "|".join(map(r"[\t\r\n]{0,9}".join, _NO_PAGES))
_NO_PAGE: Final = re.compile(rf"\W{{0,20}}+(?:{_SPELLED}):(?=\S)", re.IGNORECASE)


def _decode(part: str) -> str:
    """Return a name or a value of a query; most have nothing that stands for something else."""
    return (unquote_plus(part) if "%" in part or "+" in part else part).strip()


def cut_at_mark(text: str) -> str:
    """Return a text up to the first mark that stands between links in prose and in no URL as it is."""
    return _BETWEEN.split(text, maxsplit=1)[0]


def is_address(text: str) -> bool:
    """Whether a text begins like a URL, by a scheme or by a host, so that a browser would open what it begins with."""
    bare = _BARE.match(text)
    return _SCHEME.match(text) is not None or (bare is not None and "." in bare[0])


def read_host(host: str) -> str | None:
    """Return a host name as a browser reads it (ASCII, lower case, without trailing dot), or None if it is none."""
    link = read_link(f"https://{host}/") if _AUTHORITY.fullmatch(host) and "@" not in host else None
    return link.host if link is not None else None


def normalize(text: str) -> str:
    """Return text in NFC, each invisible character made visible, so that none can hide in a handle."""
    return text if text.isascii() else _INVISIBLE.sub("\ufffd", unicodedata.normalize("NFC", text))


def read_segments(path: str) -> list[str]:
    """Return the segments of a path, decoded and normalized, without empty ones."""
    segments = [segment for segment in path.split("/") if segment]
    if "%" in path:
        segments = [normalize(unquote(segment)) for segment in segments]
    elif not path.isascii():
        segments = [normalize(segment) for segment in segments]
    return segments


def strip_pasted(segments: list[str]) -> list[str]:
    """Return segments without what is pasted along at either end: blanks, quotes, invisible characters."""
    # `normalize` has made invisible characters visible.
    stripped = (segment.strip(_PASTED + "\ufffd") for segment in segments)
    return [segment for segment in stripped if segment]


def read_link(text: str) -> Link | None:
    """Return the parts of a URL as a browser splits it, None if it is not a URL.

    What stands for a scheme by a slip of the pen counts as one; where there is none the text has to begin with a host.
    """
    if "\n" in text or "\t" in text or "\r" in text:
        text = text.translate(_REMOVED)
    start = _SCHEME.match(text)
    rest = text[start.end() :] if start else text
    if start is None and (_OTHER_SCHEME.match(text) and "." not in text.partition(":")[0]):
        return None
    parsed = parse_web(rest)
    if parsed is None:
        return None
    host = _DOTS.sub(".", parsed.hostname.strip("."))
    if len(host) > _MAX_HOST_LENGTH or not _HOST.fullmatch(host) or _NUMERIC.fullmatch(host):
        return None
    if start is None and ("." not in host or _CREDENTIALS.match(rest)):
        return None
    path, fragment = parsed.pathname, parsed.hash[1:]
    if "%23" in path and (lost := _LOST_BANG.match(path)):
        # It stands where the profile would, so that nothing else is named.
        path, fragment = "/", unquote(path[lost.end() :])
    path, query = _find_query(path, parsed.search[1:])
    return Link(text, host, path, read_segments(path), query, fragment, parsed.port not in _PORTS)


def parse_web(rest: str) -> can_ada.URL | None:
    """Return what a browser makes of a URL whose scheme was cut off, or None if it opens nothing."""
    if not rest.isascii() or "%" in rest:
        authority = _AUTHORITY.match(rest)
        if authority is not None:
            rest = _CAPITAL_SHARP_S.sub("ß", authority[0]) + rest[authority.end() :]
    try:
        return can_ada.parse(f"https://{rest}")
    except ValueError:
        return None


def opens_ip_address(text: str) -> bool:
    """Whether a browser opens a URL that is given with its scheme by an IP address, in any notation."""
    scheme = _WEB.match(text)
    parsed = parse_web(text[scheme.end() :]) if scheme is not None else None
    return parsed is not None and (parsed.hostname.startswith("[") or _NUMERIC.fullmatch(parsed.hostname) is not None)


def behind_fragment(link: Link, begins: str) -> Link | None:
    """Return what stands behind a fragment that begins so, as if it were the path, or None if it does not.

    Platforms whose pages were drawn by scripts once kept the profile there, behind their front page.
    """
    fragment = link.fragment.replace("%21", "!", 1)
    if not fragment.startswith(begins):
        return None
    behind = fragment.removeprefix(begins).lstrip("!/").partition("#")[0]
    return read_link(f"https://{link.host}/{behind}") if behind else None


def _find_query(path: str, query: str) -> tuple[str, str]:
    """Return the path and its query, found in the path where its question mark was lost."""
    lost = None if query else _LOST_QUERY.search(path)
    return (path[: lost.start()], path[lost.end() :]) if lost else (path, query)


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


# A scheme that is neither the web's nor a slip of the pen for it; what stands behind it is opened by some program.
# Those of code and of the platforms' own apps are read.
_FOREIGN: Final = re.compile(
    r"\W{0,20}+(?![a-z]{0,9}[tx]{1,3}ps?:|(?:git|ssh|fb|tg|vk|line|twitter|instagram|youtube|weixin|whatsapp):)[a-z][a-z0-9+.-]{1,30}://",
    re.IGNORECASE,
)


def leads_to_no_page(text: str) -> bool:
    """Whether a text is a URL of a scheme other than the web's, such as `javascript:`."""
    return _NO_PAGE.match(text) is not None or _FOREIGN.match(text) is not None


def find_links(text: str) -> Iterator[str]:
    """Return what may be URLs inside a text, in their order."""
    for chunk in text.split():
        schemed = False
        for word in _BETWEEN.split(chunk):
            start = word.lower().find("http")
            # In “https://stranger.example|x.com/name” the second name is no link of its own.
            if "." not in word or (schemed and start < 0):
                continue
            schemed = schemed or start >= 0
            head, slash, _ = word.partition("/")
            if slash and "." in head and not head.isascii() and (start < 0 or start > len(head)):
                # “例え.jp/https://x.com/name”: the inner address is a word of the path.
                yield word.strip(EDGES).rstrip(EDGES + ".")
                continue
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
