"""Reading a URL, in any form that a person pastes, as the address of an account."""

import re
from typing import Final

from directory.platforms.grammar import mastodon
from directory.platforms.grammar.links import Link, find_links, read_host, read_link, tidy
from directory.platforms.grammar.outcomes import Address, NotAProfile, Reason, refuse
from directory.platforms.grammar.redirects import SHORTENERS, unwrap
from directory.platforms.grammar.sites import Grammar, Site, find_site

LONGEST_TEXT: Final = 2048
_DEEPEST: Final = 3
_MOST_LINKS: Final = 10
_BLANK: Final = re.compile(r"\s")
_BLANK_IN_PATH: Final = re.compile(
    r"(?:https?:/+)?[\w.-]+\.[a-z]{2,10}/\S* +(?!https?:|www\.|\S*\.[a-z]{2,})\w", re.IGNORECASE
)
# “profile.phpid=1”, “profile.php?idequals1”, “profile.php&id=1”: what spreadsheets make of profile.php?id=1.
_FACEBOOK_ID: Final = re.compile(r"profile\.php[^0-9]{0,12}?id[^0-9]{0,8}([1-9][0-9]{4,19})(?![0-9])", re.IGNORECASE)


def parse_url(text: str) -> Address | NotAProfile:
    """Read the account that a URL names; text around it is passed over, and posts lead to their author.

    Never raises. Texts of more than 2,048 characters are refused. Of several links in a text the first profile counts.
    """
    if len(text) > LONGEST_TEXT:
        return refuse(Reason.TOO_LONG)
    if not text.isascii() and not _is_encodable(text):
        return refuse(Reason.NOT_A_URL, "text")
    tidied = tidy(text)
    if not tidied:
        return refuse(Reason.NOTHING_GIVEN)
    if _BLANK.search(tidied) is None:
        outcome = _read(tidied)
        if isinstance(outcome, Address):
            return outcome
        if tidied.endswith("."):
            retried = _read(tidied.rstrip("."))
            if isinstance(retried, Address):
                return retried
    elif _BLANK_IN_PATH.match(tidied):
        # “https://www.facebook.com/Department of Education” is no link to “Department”.
        outcome = _read(tidied.replace(" ", "%20"))
        if isinstance(outcome, Address) or outcome.reason is Reason.MALFORMED_HANDLE:
            return outcome
    else:
        outcome = refuse(Reason.NOT_A_URL, tidied)
    return _read_within(tidied, outcome)


def _is_encodable(text: str) -> bool:
    """Say whether the text is Unicode without lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _read_within(text: str, outcome: NotAProfile) -> Address | NotAProfile:
    """Read the links inside a text; `outcome` stands if there is none."""
    best = outcome
    for count, found in enumerate(find_links(text)):
        if count >= _MOST_LINKS:
            break
        if found == text:
            continue
        within = _read(found)
        if isinstance(within, Address):
            return within
        if best.platform is None and within.reason is not Reason.NOT_A_URL:
            best = within
    return best


def _read(text: str, depth: int = 0) -> Address | NotAProfile:
    """Read one URL without blanks."""
    if "@" in text and "/" not in text and text.startswith(("@", "acct:")):
        account = mastodon.read_account(text)
        if account is not None:
            return account
    if text.startswith(("at://", "did:")):
        text = "https://bsky.app/profile/" + text.removeprefix("at://")
    link = read_link(text)
    if link is None:
        return refuse(Reason.NOT_A_URL, text)
    site = find_site(link.host)
    if site is None or link.query or "http" in link.text[1:]:
        target = unwrap(link)
        if target is not None:
            target = tidy(target)
            if depth >= _DEEPEST or len(target) > LONGEST_TEXT:
                return refuse(Reason.NOT_A_URL, text)
            return _read(target, depth + 1)
    if site is None:
        if link.host.removeprefix("www.") in SHORTENERS:
            return refuse(Reason.SHORT_LINK, text)
        account = mastodon.read_profile(link, known=False)
        return account or refuse(Reason.UNKNOWN_HOST, link.host)
    return _read_on(site, link)


def _read_on(site: Site, link: Link) -> Address | NotAProfile:
    """Read a link on a host of a known platform."""
    grammar = site.grammar
    if site.refusal is not None:
        return _refuse(grammar, site.refusal, link.text)
    if grammar.platform.slug == mastodon.SLUG:
        account = mastodon.read_profile(link, known=True)
        reason = Reason.SERVICE_PAGE if link.segments else Reason.BARE_HOST
        return account or _refuse(grammar, reason, link.text)
    if site.label is not None:
        return _read_label(site, site.label, link)
    if grammar.platform.slug == "facebook" and "profile.php" in link.text:
        found = _FACEBOOK_ID.search(link.text)
        if found is not None:
            return Address("facebook", None, found[1])
    # A whole address pasted behind the host: “https://www.facebook.com/https://www.facebook.com/nasa”.
    while link.segments and _is_of(grammar, link.segments[0]):
        del link.segments[0]
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


def _match(site: Site, link: Link) -> Address | NotAProfile:
    """Read a link by the URL forms of its host."""
    grammar, segments = site.grammar, link.segments
    if grammar.pairs and len(segments) > 1:
        reason = grammar.pairs.get(f"{segments[0]}/{segments[1]}".lower())
        if reason is not None:
            return _refuse(grammar, reason, link.text)
    outcome = site.forms.match(segments, link, grammar.reserved)
    if isinstance(outcome, Reason):
        return _refuse(grammar, outcome, link.text)
    if outcome is None:
        reason = Reason.MALFORMED_HANDLE if segments[0] else Reason.BARE_HOST
        return _refuse(grammar, reason, segments[0] or link.text)
    if grammar.at_root and outcome.handle is not None and outcome.handle.lower() in grammar.reserved:
        return _refuse(grammar, grammar.reserved[outcome.handle.lower()], link.text)
    return outcome


def _is_of(grammar: Grammar, segment: str) -> bool:
    """Say whether a path segment is a scheme, or a host of this platform."""
    if "." not in segment:
        return segment.lower() in {"http:", "https:"}
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
        return Address(grammar.platform.slug, handle)
    return _refuse(grammar, Reason.MALFORMED_HANDLE, label)


def _refuse(grammar: Grammar, reason: Reason, text: str) -> NotAProfile:
    platform = grammar.platform
    return refuse(reason, text, platform=platform.slug, name=platform.name, example=platform.handle_example)
