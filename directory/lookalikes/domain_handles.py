"""Handles that are host names (Bluesky's): what of one is the name, and what its ending or the platform's domain."""

from __future__ import annotations

from typing import Final, NamedTuple

from directory.lookalikes.similarity import SCORES, Likeness, judge

# The domain under which the platform gives a name to whoever asks.
_OWN: Final = ".bsky.social"
_WWW: Final = "www."
# What stands before a country's ending and belongs to it, as the registries of many countries have it: com.au, gov.uk,
# go.jp. The whole Public Suffix List (a package of 109 kB, read at each start) would answer nothing else here.
_SECOND: Final = frozenset(
    [
        *("ac", "asn", "biz", "co", "com", "edu", "ed", "gob", "gok", "gouv", "gov", "govt", "gv", "go", "gc", "id"),
        *("in", "info", "jus", "k12", "leg", "lg", "ltd", "me", "mil", "mp", "name", "ne", "net", "nhs", "nic", "nom"),
        *("or", "org", "parliament", "plc", "police", "pro", "sch", "state", "tm", "tv", "web"),
    ]
)
_COUNTRY: Final = 2
_MIN_LENGTH: Final = 3


class Domain(NamedTuple):
    """A handle that is a host name in its parts; under the platform's own domain the ending is that."""

    name: str
    ending: str

    @property
    def is_own(self) -> bool:
        """Whether it stands under the platform's own domain."""
        return self.ending == _OWN

    @property
    def whole(self) -> str:
        """The name with its ending, unless that is the platform's."""
        return self.name if self.is_own else f"{self.name}.{self.ending}"


def read_domain(handle: str) -> Domain | None:
    """Return the parts of a handle that is a host name; None if it is none."""
    host = handle.lower().strip("@.")
    if "." not in host or ":" in host or "@" in host:
        return None
    if host.endswith(_OWN):
        return Domain(host[: -len(_OWN)], _OWN)
    bare = host.removeprefix(_WWW)
    *name, last = (bare if "." in bare else host).split(".")
    if len(last) == _COUNTRY and len(name) > 1 and name[-1] in _SECOND:
        return Domain(".".join(name[:-1]), f"{name[-1]}.{last}")
    return Domain(".".join(name), last) if name else None


def domain_names(handle: str) -> tuple[str, ...]:
    """Return the names that a host name has under whatever ending: examplecity of examplecity.gov."""
    domain = read_domain(handle)
    if domain is None:
        return ()
    names = [domain.name]
    if domain.is_own and (inner := read_domain(domain.name)) is not None:
        names.append(inner.name)
    return tuple(name for name in names if len(name) >= _MIN_LENGTH)


def compare_domains(given: str, registered: str) -> Likeness | None:
    """Say how one host name imitates another under another ending, or under the platform's own domain."""
    one, other = read_domain(given), read_domain(registered)
    if one is None or other is None or given.lower() == registered.lower():
        return None
    ones, others = domain_names(given), domain_names(registered)
    # The ending may stand in the name: examplecity-gov.com.
    pairs = [(name, known) for name in ones for known in (*others, other.whole)]
    if one.ending == other.ending and one.name != other.name:
        pairs = []
    known = (judge((name, ""), (known, "")) for name, known in pairs)
    best = max(filter(None, known), key=lambda likeness: likeness.score, default=None)
    if best is None:
        return None
    return Likeness(round(best.score * SCORES["other_domain"], 3), (*best.reasons, "other_domain"))
