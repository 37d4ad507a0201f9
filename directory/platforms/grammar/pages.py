"""What a link leads to on the host of a platform: an account, or why it is none."""

import re
from typing import Final

from directory.platforms.grammar import mastodon
from directory.platforms.grammar.forms import is_post
from directory.platforms.grammar.links import Link, read_host
from directory.platforms.grammar.outcomes import Address, NotAProfile, Reason, refuse
from directory.platforms.grammar.sites import Grammar, Site, find_site

# The language of a page, before its path: “meetup.com/en-US/name”.
_LOCALE: Final = re.compile("[a-z]{2}-[A-Z]{2}")
# Two addresses without a blank between them: “nasahttps://x.com/NASA” behind a host.
_GLUED: Final = re.compile(r"(.+?)[,;|]*https?:", re.IGNORECASE)
# “profile.phpid=1”, “profile.php?idequals1”, “profile.php&id=1”: what spreadsheets make of profile.php?id=1.
_FACEBOOK_ID: Final = re.compile(
    r"profile\.php(?:[^0-9]{0,12}?id[^0-9]{0,8}|[?/&=]{1,3})([1-9][0-9]{4,19})(?![0-9])", re.IGNORECASE
)


def read_page(site: Site, link: Link) -> Address | NotAProfile:
    """Read a link on a host of a known platform."""
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
    if grammar.platform.slug == "facebook" and any("profile.php" in segment for segment in link.segments):
        found = _FACEBOOK_ID.search(link.text.partition("#!")[2] if link.fallback else link.text)
        if found is not None:
            return Address("facebook", None, found[1])
    _mend_path(grammar, link)
    if not link.segments:
        if not link.query:
            return _refuse(grammar, Reason.BARE_HOST, link.text)
        link.segments = [""]
    outcome = _match(site, link)
    if isinstance(outcome, NotAProfile) and link.fallback is not None:
        link.segments, link.query = link.fallback
        behind = _match(site, link) if link.segments else outcome
        return behind if isinstance(behind, Address) else outcome
    return outcome


def _read_refused(site: Site, refusal: Reason, link: Link) -> Address | NotAProfile:
    """Read a link on a host of a platform that shows other things than profiles, but by the forms that name it."""
    named = site.forms.match(link.segments, link, {}) if link.segments else None
    if isinstance(named, Address):
        return named
    bare = refusal is not Reason.SERVICE_PAGE and not (link.segments or link.query)
    return _refuse(site.grammar, Reason.BARE_HOST if bare else refusal, link.text)


def _mend_path(grammar: Grammar, link: Link) -> None:
    """Leave out of a path what does not belong to it: an address pasted before or behind another, a language."""
    # “https://www.facebook.com/https://www.facebook.com/nasa”
    while link.segments and _is_of(grammar, link.segments):
        del link.segments[0]
    for place, segment in enumerate(link.segments):
        glued = _GLUED.fullmatch(segment)
        if glued is not None:
            link.segments[place:] = [glued[1]]
            break
    if len(link.segments) > 1 and _LOCALE.fullmatch(link.segments[0]):
        del link.segments[0]


def _match(site: Site, link: Link) -> Address | NotAProfile:
    """Read a link by the URL forms of its host."""
    grammar, segments = site.grammar, link.segments
    if grammar.platform.slug == "linkedin" and segments[0].lower() == "pub":
        segments = _renew_member(segments)
    reason = _find_reason(grammar, segments)
    outcome = reason or site.forms.match(segments, link, grammar.reserved)
    # Weibo takes a nickname behind “n/”; people write it where a handle would stand.
    if outcome is None and grammar.platform.slug == "weibo" and not segments[0].isascii():
        outcome = site.forms.match(["n", segments[0].lstrip("@＠")], None, {})
    if isinstance(outcome, Reason):
        return _refuse(grammar, outcome, link.text)
    if outcome is None:
        reason = Reason.MALFORMED_HANDLE if segments[0] else Reason.BARE_HOST
        return _refuse(grammar, reason, segments[0] or link.text)
    if grammar.at_root and outcome.handle is not None and outcome.handle.lower() in grammar.reserved:
        return _refuse(grammar, grammar.reserved[outcome.handle.lower()], link.text)
    return outcome


# https://www.npmjs.com/package/linkedin-canonical-url shows how LinkedIn leads the old form on to the new one.
_MEMBER_PART: Final = re.compile("[0-9a-f]{1,3}", re.IGNORECASE)


def _renew_member(segments: list[str]) -> list[str]:
    """Write LinkedIn's old address of a member as the new one: `pub/name/a7/576/b50` is `in/name-b50576a7`."""
    name, parts = segments[1:2], segments[2:5]
    if len(parts) < 3 or not all(_MEMBER_PART.fullmatch(part) for part in parts):  # noqa: PLR2004 - as above
        return segments
    first, second, third = parts
    return ["in", f"{name[0]}-{third:0>3}{second:0>3}{first}"]


def _find_reason(grammar: Grammar, segments: list[str]) -> Reason | None:
    """Find the reason why a path is no profile, by its first two words or as a whole."""
    if grammar.pairs and len(segments) > 1:
        reason = grammar.pairs.get(f"{segments[0]}/{segments[1]}".lower())
        if reason is not None:
            return reason
    path = "/".join(segments) if grammar.paths else ""
    return next((reason for pattern, reason in grammar.paths if pattern.fullmatch(path)), None)


def _is_of(grammar: Grammar, segments: list[str]) -> bool:
    """Say whether a path begins with a scheme, or with a host of this platform."""
    segment = segments[0]
    if "." not in segment:
        scheme = segment.lower()
        return scheme in {"http:", "https:"} or (scheme in {"http", "https"} and "." in "".join(segments[1:2]))
    host = read_host(segment)
    site = find_site(host) if host is not None else None
    return site is not None and site.grammar is grammar


def _read_label(site: Site, label: str, link: Link) -> Address | NotAProfile:
    """Read a label before a platform's host as a handle: `https://name.tumblr.com`."""
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
