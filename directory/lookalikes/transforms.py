"""The parts of a handle, and the inverse of each change by which an imitator makes another that passes for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from operator import eq
from typing import Final, NamedTuple

# Words that promise that an account is official, folded as directory.text.normalization has them.
_OFFICIAL: Final = (
    *("guanfang", "offiziell", "official", "officiel", "verified", "oficial", "guanwei", "ufficiale", "weibo", "fabu"),
    *("官方微博", "官方帐号", "官方账号", "政务微博", "微博", "官方", "发布", "官微", "公式"),
    *("real", "the", "gov", "hq"),
)
_BY_FIRST: Final = {word[0]: tuple(other for other in _OFFICIAL if other[0] == word[0]) for word in _OFFICIAL}
_BY_LAST: Final = {word[-1]: tuple(other for other in _OFFICIAL if other[-1] == word[-1]) for word in _OFFICIAL}
# ISO 3166-1 alpha-2, and what people write for some of them.
_COUNTRIES: Final = frozenset(
    re.findall(
        "[a-z]+",
        """
        ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bl bm bn bo bq br bs bt bv bw by
        bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg eh er es et fi fj fk
        fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir
        is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mf mg mh mk
        ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm
        pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st sv sx sy sz tc td tf
        tg th tj tk tl tm tn to tr tt tv tw tz ua ug um us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw eu uk usa
        chn
        """,
    )
)
# The domain of the platform, under which anybody can have a name.
_OWN_DOMAIN: Final = ".bsky.social"
_WWW: Final = "www."
# Second-level labels that belong to the ending in many countries: com.au, gov.uk, go.jp. The whole Public Suffix List
# (a package of 109 kB, read at each start) would decide nothing otherwise here.
_SECOND_LEVEL: Final = frozenset(
    [
        *("ac", "asn", "biz", "co", "com", "edu", "ed", "gob", "gok", "gouv", "gov", "govt", "gv", "go", "gc", "id"),
        *("in", "info", "jus", "k12", "leg", "lg", "ltd", "me", "mil", "mp", "name", "ne", "net", "nhs", "nic", "nom"),
        *("or", "org", "parliament", "plc", "police", "pro", "sch", "state", "tm", "tv", "web"),
    ]
)
_COUNTRY_LENGTH: Final = 2
_MIN_DOMAIN_LENGTH: Final = 3
_NOTHING: Final[frozenset[str]] = frozenset()
_MIN_REST_LENGTH: Final = 2
# Two letters before two letters are a word more often than a name with a country.
_MIN_BEFORE_COUNTRY_LENGTH: Final = 3
# Digits written for letters; one that is written for two has both.
_OF_TWO: Final = "1"
_LETTERS: Final = tuple(bytes.maketrans(b"012345678", letters) for letters in (b"olzeasgtb", b"oizeasgtb"))
# A character before the same one again; but a digit twice is another number.
_DOUBLED: Final = re.compile(r"([^0-9])(?=\1)")
# What looks the same in many typefaces, though single characters differ: I and l on platforms without letter case.
_CLOSE: Final = (("vv", "w"), ("i", "l"))


def split_handle(platform: str, handle: str) -> tuple[str, str]:
    """Return the name in a handle, and its place: a namespace (`in` of `in/name`) or a Mastodon server."""
    if platform == "mastodon":
        name, _, server = handle.lstrip("@").partition("@")
        return name, server.lower()
    if platform == "bluesky" and handle.lower().endswith(_OWN_DOMAIN):
        return handle[: -len(_OWN_DOMAIN)], ""
    space, slash, name = handle.partition("/")
    return (name, space) if slash else (handle.lstrip("@＠"), "")


class Domain(NamedTuple):
    """A handle that is a host name, as Bluesky's are: its name and its ending, which may be the platform's domain."""

    name: str
    ending: str

    @property
    def is_own(self) -> bool:
        """Whether it is under the platform's own domain."""
        return self.ending == _OWN_DOMAIN

    @property
    def whole(self) -> str:
        """The name with its ending, unless that is the platform's."""
        return self.name if self.is_own else f"{self.name}.{self.ending}"


def read_domain(handle: str) -> Domain | None:
    """Return the parts of a handle that is a host name; None if it is none."""
    host = handle.lower().strip("@.")
    if "." not in host or ":" in host or "@" in host:
        return None
    if host.endswith(_OWN_DOMAIN):
        return Domain(host[: -len(_OWN_DOMAIN)], _OWN_DOMAIN)
    bare = host.removeprefix(_WWW)
    *name, last = (bare if "." in bare else host).split(".")
    if len(last) == _COUNTRY_LENGTH and len(name) > 1 and name[-1] in _SECOND_LEVEL:
        return Domain(".".join(name[:-1]), f"{name[-1]}.{last}")
    return Domain(".".join(name), last) if name else None


def domain_names(handle: str) -> tuple[str, ...]:
    """Return the names that a host name has under any ending: examplecity of examplecity.gov."""
    domain = read_domain(handle)
    if domain is None:
        return ()
    names = [domain.name]
    if domain.is_own and (inner := read_domain(domain.name)) is not None:
        names.append(inner.name)
    return tuple(name for name in names if len(name) >= _MIN_DOMAIN_LENGTH)


@lru_cache(maxsize=16_384)
def without_official_words(text: str) -> frozenset[str]:
    """Return a folded text without one official word at an end, and without one at each end; nothing if it has none."""
    if not text.startswith(_OFFICIAL) and not text.endswith(_OFFICIAL):
        return _NOTHING
    once = frozenset(_strip(text))
    return once | frozenset(chain.from_iterable(map(_strip, once)))


def _strip(text: str) -> Iterator[str]:
    for word in _BY_FIRST.get(text[:1], ()):
        if text.startswith(word) and len(rest := text[len(word) :]) >= _MIN_REST_LENGTH:
            yield rest
    for word in _BY_LAST.get(text[-1:], ()):
        if text.endswith(word) and len(rest := text[: -len(word)]) >= _MIN_REST_LENGTH:
            yield rest


def without_country(text: str) -> frozenset[str]:
    """Return a folded text without the code of a country at its end; nothing if it has none."""
    if text[-2:] not in _COUNTRIES and text[-3:] not in _COUNTRIES:
        return _NOTHING
    return frozenset(
        text[:-length]
        for length in (2, 3)
        if text[-length:] in _COUNTRIES and len(text) >= _MIN_BEFORE_COUNTRY_LENGTH + length
    )


def letters_for_digits(text: str) -> frozenset[str]:
    """Return a text with the letters that its digits may be written for."""
    if text.isalpha():
        return frozenset((text,))
    # The bytes of other characters are none of digits.
    written = text.encode()
    tables = _LETTERS if _OF_TWO in text else _LETTERS[:1]
    return frozenset(written.translate(letters).decode() for letters in tables)


def without_doubles(text: str) -> str:
    """Return a text with each run of one character as that character, but for digits."""
    if True not in map(eq, text, text[1:]):
        return text
    return _DOUBLED.sub("", text)


def merge_close(text: str) -> str:
    """Return a text in lower case with one spelling of letters that look the same together or as capitals."""
    for one, other in _CLOSE:
        text = text.replace(one, other)
    return text
