"""Classification of links on the host of a platform: an account, or the reason why it is none."""

import re
from typing import Final
from urllib.parse import unquote

from directory.platforms.grammar import mastodon
from directory.platforms.grammar.forms import is_post
from directory.platforms.grammar.links import Link, behind_fragment, read_host, strip_pasted
from directory.platforms.grammar.outcomes import Address, NotAProfile, Reason, refuse
from directory.platforms.grammar.sites import Grammar, Site, find_site

# The language of a page, before its path: “meetup.com/en-US/name”.
_LOCALE: Final = re.compile("[a-z]{2}-[A-Z]{2}")
# Two addresses without a blank between them: “nasahttps://x.com/NASA” behind a host.
_GLUED: Final = re.compile(r"(.+?)[,;|]*https?:", re.IGNORECASE)
# “profile.phpid=1”, “profile.php?idequals1”, “profile.php&id=1”: what spreadsheets make of profile.php?id=1. The “id”
# of another word, such as “fbid”, is not it.
_FACEBOOK_ID: Final = re.compile(
    r"profile\.php(?:(?:[^0-9]{0,12}?[^0-9a-z])?id[^0-9]{0,8}|[?/&=]{1,3})([1-9][0-9]{4,19})(?![0-9])", re.IGNORECASE
)
# An address inside the path of another, with the sign of a handle before it.
_DOUBLED: Final = re.compile(r"[@＠]{0,2}https?(?::|%3a)", re.IGNORECASE)
# What stands in a path only where a fragment takes its place.
_FRONT_PAGES: Final = frozenset({"home", "home.php", "index.php", "!"})
# Files and programs that answer at the root: no handle ends so, whatever its letters.
_PROGRAMS: Final = frozenset(
    (
        *("php", "php3", "php4", "php5", "asp", "aspx", "ashx", "jsp", "cgi", "htm", "html", "gne", "do", "action"),
        *("json", "xml", "js", "css", "txt", "ico"),
    )
)
# What pages of a service are given in their query, and profiles are not.
_OF_SERVICE: Final = frozenset(
    (
        *("url", "href", "u", "link", "params", "app_id", "appid", "client_id", "redirect_uri", "redirect_url"),
        *("callback", "doc_id", "query_hash", "query_id", "variables", "api_key", "access_token", "response_type"),
    )
)


def read_page(site: Site, link: Link) -> Address | NotAProfile:
    """Return the result for a link on a host of a known platform."""
    grammar = site.grammar
    if site.refusal is not None:
        return _read_refused(site, site.refusal, link)
    if grammar.platform.slug == mastodon.SLUG:
        account = mastodon.read_profile(link, known=True)
        word = link.segments[0].lower() if link.segments else ""
        reason = grammar.explicit.get(word, Reason.SERVICE_PAGE) if word else Reason.BARE_HOST
        return account or _refuse(grammar, reason, link.text)
    if site.label is not None:
        return _read_label(site, site.label, link)
    if link.fragment and _FRONT_PAGES.issuperset(link.segments):
        if link.segments == ["!"]:
            link.fragment = f"!{link.fragment}"
        for begins in grammar.platform.fragment_routes:
            behind = behind_fragment(link, begins)
            if behind is not None:
                return read_page(site, behind)
    if grammar.platform.slug == "facebook" and (user_id := _find_facebook_id(link)):
        return Address("facebook", None, user_id)
    outcome = _read_path(site, link)
    if isinstance(outcome, NotAProfile) and (stripped := strip_pasted(link.segments)) != link.segments:
        link.segments = stripped
        mended = _read_path(site, link)
        return mended if isinstance(mended, Address) else outcome
    return outcome


def _read_path(site: Site, link: Link) -> Address | NotAProfile:
    _mend_path(site.grammar, link)
    if not link.segments:
        if not link.query:
            return _refuse(site.grammar, Reason.BARE_HOST, link.text)
        link.segments = [""]
    return _match(site, link)


def _find_facebook_id(link: Link) -> str | None:
    """Return the id in an address of `profile.php` that was spoiled, or None; a form reads what is whole."""
    if not link.segments or not link.segments[0].lower().startswith("profile.php") or "id" in link.parameters():
        return None
    found = _FACEBOOK_ID.match(unquote(link.behind_host.partition("#")[0]).lstrip("/"))
    return found[1] if found is not None else None


def find_doubled(site: Site, link: Link) -> str | None:
    """Return the address that was pasted into the path of another where the profile's name would stand, or None.

    Before it there may be words of the platform's own paths (`user/https://…`), and no name: that names somebody.
    """
    if site.label is not None or "http" not in link.path.lower():
        return None
    raw = [segment for segment in link.path.split("/") if segment]
    place = next((place for place, segment in enumerate(raw) if _DOUBLED.match(unquote(segment))), None)
    if place is None or not all(segment.lower() in site.grammar.forms.by_word for segment in raw[:place]):
        return None
    first, *behind = raw[place:]
    first = unquote(first).lstrip("@＠")
    # A scheme that is a segment of its own has lost its second slash here.
    inner = "/".join((f"{first}/" if first.endswith(":") else first, *behind))
    return inner + (f"?{link.query}" if link.query else "")


def _read_refused(site: Site, refusal: Reason, link: Link) -> Address | NotAProfile:
    """Return the result for a link on a host with few profiles: only its own forms count."""
    named = site.forms.match(link.segments, link, {}) if link.segments else None
    if isinstance(named, Address):
        return named
    if refusal is Reason.SERVICE_PAGE and link.segments:
        refusal = site.grammar.explicit.get(link.segments[0].lower(), refusal)
    bare = refusal is not Reason.SERVICE_PAGE and not (link.segments or link.query)
    return _refuse(site.grammar, Reason.BARE_HOST if bare else refusal, link.text)


def _mend_path(grammar: Grammar, link: Link) -> None:
    """Return a path without foreign parts: a URL pasted before or behind another, a language."""
    # “https://www.facebook.com/https://www.facebook.com/nasa”
    while link.segments and _is_of(grammar, link.segments):
        del link.segments[0]
    segments = link.segments
    for place, segment in enumerate(segments):
        glued = _GLUED.fullmatch(segment) if ":" in segment else None
        if glued is not None:
            segments[place:] = [glued[1]]
            break
    # A name that has the form of a language is a name.
    if len(segments) > 1 and _LOCALE.fullmatch(segments[0]) and not grammar.handle.fullmatch(segments[0]):
        del segments[0]


def _match(site: Site, link: Link) -> Address | NotAProfile:
    """Return the result for a link by the URL forms of its host."""
    grammar, segments = site.grammar, link.segments
    if grammar.platform.slug == "linkedin" and segments[0].lower() == "pub":
        segments = _renew_member(segments)
    reason = find_reason(grammar, segments)
    outcome = reason or site.forms.match(segments, link, grammar.reserved)
    # Weibo takes a nickname behind “n/”; people write it where a handle would stand.
    if outcome is None and grammar.platform.slug == "weibo" and not segments[0].isascii():
        outcome = site.forms.match(["n", segments[0].lstrip("@＠")], None, {})
    if isinstance(outcome, Reason):
        return _refuse(grammar, outcome, link.text)
    if outcome is None:
        reason = Reason.MALFORMED_HANDLE if segments[0] else Reason.BARE_HOST
        return _refuse(grammar, reason, segments[0] or link.text)
    if outcome.handle is not None and (reason := _keeps_for_itself(grammar, segments, outcome.handle, link)):
        return _refuse(grammar, reason, link.text)
    return outcome


def _keeps_for_itself(grammar: Grammar, segments: list[str], handle: str, link: Link) -> Reason | None:
    """Return why what stands in a handle's place is no handle: a word that the platform keeps for its own pages."""
    word = handle.rpartition("/")[2].lower()
    if word in grammar.not_handles:
        return grammar.not_handles[word]
    if grammar.at_root and handle.lower() in grammar.reserved:
        return grammar.reserved[handle.lower()]
    if segments[0].lower() != word:
        return None
    is_page = is_program(handle) or (link.query and not _OF_SERVICE.isdisjoint(link.parameters()))
    return Reason.SERVICE_PAGE if is_page else None


def is_program(handle: str) -> bool:
    """Whether a word in a handle's place is the name of a file or a program: `index.html`, `like.php`."""
    name, dot, ending = handle.rpartition(".")
    return bool(name and dot) and ending.lower() in _PROGRAMS


# https://www.npmjs.com/package/linkedin-canonical-url shows how LinkedIn leads the old form on to the new one.
_MEMBER_PART: Final = re.compile("[0-9a-f]{1,3}", re.IGNORECASE)


def _renew_member(segments: list[str]) -> list[str]:
    """Return the new form of LinkedIn's old URL of a member: `pub/name/a7/576/b50` is `in/name-b50576a7`."""
    name, parts = segments[1:2], segments[2:5]
    if len(parts) < 3 or not all(_MEMBER_PART.fullmatch(part) for part in parts):  # noqa: PLR2004 - as above
        return segments
    first, second, third = parts
    return ["in", f"{name[0]}-{third:0>3}{second:0>3}{first}"]


def find_reason(grammar: Grammar, segments: list[str]) -> Reason | None:
    """Return the reason why a path is no profile, by its first two words or as a whole, or None."""
    if grammar.not_handles:
        for segment in segments[:2]:
            if segment.lower() in grammar.not_handles:
                return grammar.not_handles[segment.lower()]
    if grammar.pairs and len(segments) > 1:
        reason = grammar.pairs.get(f"{segments[0]}/{segments[1]}".lower())
        if reason is not None:
            return reason
    path = "/".join(segments) if grammar.paths else ""
    return next((reason for pattern, reason in grammar.paths if pattern.fullmatch(path)), None)


def _is_of(grammar: Grammar, segments: list[str]) -> bool:
    """Whether a path begins with a scheme, or with a host of this platform."""
    segment = segments[0]
    if "." not in segment:
        scheme = segment.lower()
        return scheme in {"http:", "https:"} or (scheme in {"http", "https"} and "." in "".join(segments[1:2]))
    host = read_host(segment)
    site = find_site(host) if host is not None else None
    return site is not None and site.grammar is grammar


def _read_label(site: Site, label: str, link: Link) -> Address | NotAProfile:
    """Return the result for a label of a platform's host as a handle: `https://name.tumblr.com`."""
    grammar = site.grammar
    if label in grammar.explicit:
        return _refuse(grammar, grammar.explicit[label], link.text)
    handle = f"{label}.bsky.social" if grammar.platform.slug == "bluesky" else label
    if grammar.handle.fullmatch(handle):
        return Address(grammar.platform.slug, handle, is_post=link.segments[:1] == ["post"] or is_post(link.segments))
    return _refuse(grammar, Reason.MALFORMED_HANDLE, label)


def _refuse(grammar: Grammar, reason: Reason, text: str) -> NotAProfile:
    platform = grammar.platform
    return refuse(reason, text, platform=platform.slug, name=platform.name, example=platform.handle_example)
