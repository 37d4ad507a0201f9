"""Texts with a URL, in any form that a person pastes: which part is the URL, and which account it names.

Only what no browser opens is repaired. A URL that a browser opens as a stranger's page never names another's account:
tests/platforms/test_strangers.py holds that on every platform.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from directory.platforms.grammar import labels, mastodon
from directory.platforms.grammar.links import (
    EDGES,
    ENDS,
    Link,
    cut_at_mark,
    find_links,
    is_address,
    leads_to_no_page,
    opens_ip_address,
    read_link,
    tidy,
)
from directory.platforms.grammar.markup import replace_link_markup, shows_another
from directory.platforms.grammar.outcomes import Address, NotAProfile, Reason, refuse
from directory.platforms.grammar.pages import find_doubled, read_page
from directory.platforms.grammar.redirects import SHORTENERS, after_login, is_plugin, leads_on, open_in_browser, unwrap
from directory.platforms.grammar.sites import Site, find_site

MAX_TEXT_LENGTH: Final = 2048
_DEEPEST: Final = 3
_MAX_LINKS: Final = 10
_BLANK: Final = re.compile(r"\s")
_BLANK_IN_PATH: Final = re.compile(
    r"(?:https?:/+)?[\w.-]+\.[a-z]{2,10}/\S* +(?!(?:\w{1,4} +)?(?:https?:|www\.|\S*\.[a-z]{2,}))\w", re.IGNORECASE
)
# “https://twitter. com / name”: blanks and line breaks next to the dots and slashes of one address.
_SPREAD: Final = re.compile(
    r"(?:https?\s{0,3}:\s{0,3}/{1,2}\s{0,3})?"
    r"[\w-]{1,63}(?:\s{0,3}\.\s{0,3}[\w-]{1,63}){1,4}(?:\s{0,3}/\s{0,3}[^\s/]{1,200}){1,3}/?",
    re.IGNORECASE,
)
# Every URL, link in marks and handle next to a platform's name has one of these. Most names have none.
_SIGNS: Final = re.compile("[./:@\\\\|<&–—＠：．。｡／-]")


def may_be_url(text: str) -> bool:
    """Whether a text has a sign without which `parse_url` finds no account in it."""
    return _SIGNS.search(text) is not None


def parse_url(text: str) -> Address | NotAProfile:
    """Return the account that a URL names; text around it is skipped, and posts lead to their author.

    What a browser would open decides: a text that begins with a URL is read as that URL, and nothing behind it counts.
    Only what no browser opens is repaired. A handle next to its platform's name (`Twitter: @NASA`) is read as well.
    Never raises. Texts of more than 2,048 characters are refused. Of several links in a text that begins otherwise the
    first profile counts; of a link that shows another text (HTML, Markdown) what it leads to.
    """
    if len(text) > MAX_TEXT_LENGTH:
        return refuse(Reason.TOO_LONG)
    # JSON can state half of a surrogate pair (RFC 8259, section 8.2), which UTF-8 cannot encode.
    if not text.isascii() and not _is_encodable(text):
        return refuse(Reason.NOT_A_URL, "text")
    exact = text.strip(ENDS)
    if not may_be_url(exact):
        return refuse(Reason.NOT_A_URL, exact) if exact.strip(EDGES) else refuse(Reason.NOTHING_GIVEN)
    if "." in exact or ":" in exact:
        outcome = _read(exact)
        if isinstance(outcome, Address):
            return outcome if "<http" not in exact else _agree(outcome, exact)
        if opens_ip_address(exact):
            return refuse(Reason.NOT_A_URL, exact)
        if is_address(exact) and _opens(exact):
            return _read_first(exact, outcome)
    return _read_text(text)


def _agree(outcome: Address, text: str) -> Address | NotAProfile:
    """Return the URL that a text begins with, unless a mail program wrote another one behind it: `URL <URL>`."""
    target = text.partition("<")[2].partition(">")[0]
    return outcome if _read(target) == outcome else refuse(Reason.NOT_A_URL, text)


def _opens(text: str) -> bool:
    """Whether a browser opens a host of the web by what a text begins with."""
    link = read_link(text.split(maxsplit=1)[0])
    return link is not None and "." in link.host


def read_first_link(text: str) -> Link | None:
    """Return the link that a text begins with, as `parse_url` reads it, or None where it begins with none."""
    exact = text.strip(ENDS)
    if is_address(exact):
        link = read_link(exact) or read_link(exact.split(maxsplit=1)[0])
        if link is not None:
            return link
    return read_link(tidy(exact).replace(" ", "%20"))


def _read_first(text: str, outcome: NotAProfile) -> Address | NotAProfile:
    """Read the URL that a text begins with, and on no account one behind it; `outcome` is what the whole text is."""
    if outcome.reason is Reason.UNKNOWN_HOST:
        return _read_server(text, outcome)
    # “https://www.facebook.com/Department of Education” is no link to “Department”.
    if outcome.reason is Reason.MALFORMED_HANDLE and _BLANK_IN_PATH.match(text):
        return outcome
    first = text.split(maxsplit=1)[0]
    refused: NotAProfile | None = None
    for spelling in dict.fromkeys(_spellings(first)):
        read = _read(spelling)
        if isinstance(read, Address):
            return read if "<http" not in text else _agree(read, text)
        if read.reason is not Reason.NOT_A_URL:
            refused = refused or read
    return refused or outcome


def _read_server(text: str, outcome: NotAProfile) -> Address | NotAProfile:
    """Return the result for a URL on an unknown host, read again without what is pasted along."""
    first = text.split(maxsplit=1)[0]
    opened = read_link(first)
    for spelling in _spellings(first):
        read = _read(spelling)
        if opened is not None and isinstance(read, Address) and (read.handle or "").endswith(f"@{opened.host}"):
            return read
    return outcome


def _spellings(first: str) -> Iterator[str]:
    """Yield a URL unchanged, then without what is pasted along with it."""
    yield first
    tidied = tidy(first)
    yield tidied
    yield tidied.rstrip(".")
    yield cut_at_mark(tidied)


def _read_text(text: str) -> Address | NotAProfile:
    """Return the result for a text that does not begin with a URL that a browser would open."""
    unlabelled = replace_link_markup(text)
    tidied = tidy(unlabelled)
    if not tidied:
        return refuse(Reason.NOTHING_GIVEN)
    if leads_to_no_page(tidied):
        return refuse(Reason.NOT_A_URL, tidied)
    if shows_another(unlabelled):
        return _read_marked(tidied)
    outcome = _read_alone(tidied)
    if isinstance(outcome, Address) or (" " in tidied and outcome.reason is Reason.MALFORMED_HANDLE):
        return outcome
    outcome = _read_within(tidied, outcome)
    return _read_spoiled(tidied, outcome) if isinstance(outcome, NotAProfile) else outcome


def _read_marked(text: str) -> Address | NotAProfile:
    """Return the account that all links of a text lead to, where one may be displayed as another."""
    outcomes = [_read(found) for found in islice(find_links(text), _MAX_LINKS)]
    refused = next((outcome for outcome in outcomes if isinstance(outcome, NotAProfile)), None)
    if refused is None and outcomes and all(outcome == outcomes[0] for outcome in outcomes):
        return outcomes[0]
    return refused or refuse(Reason.NOT_A_URL, text)


def _read_alone(text: str) -> Address | NotAProfile:
    """Return the result for a text as one URL, blanks in its path included."""
    if _BLANK.search(text) is not None:
        return _read(text.replace(" ", "%20")) if _BLANK_IN_PATH.match(text) else refuse(Reason.NOT_A_URL, text)
    outcome = _read(text)
    # It may be the full stop of the sentence that ends with the URL.
    if isinstance(outcome, NotAProfile) and text.endswith("."):
        return _prefer(_read(text.rstrip(".")), outcome)
    return outcome


def _read_spoiled(text: str, outcome: NotAProfile) -> Address | NotAProfile:
    """Return the result for a URL with blanks in it, or a handle next to its platform's name; else `outcome`."""
    if _SPREAD.fullmatch(text):
        return _prefer(_read(_BLANK.sub("", text)), outcome)
    expanded = labels.expand(text) if outcome.reason is Reason.NOT_A_URL else None
    return _prefer(_read(expanded), outcome) if expanded else outcome


def _prefer(outcome: Address | NotAProfile, other: NotAProfile) -> Address | NotAProfile:
    return outcome if isinstance(outcome, Address) else other


def _is_encodable(text: str) -> bool:
    """Whether the text is Unicode without lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _read_within(text: str, outcome: NotAProfile) -> Address | NotAProfile:
    """Return the result for the links inside a text; `outcome` if there are none."""
    best = outcome
    for count, found in enumerate(find_links(text)):
        if count >= _MAX_LINKS:
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
    """Return the result for one URL."""
    if "@" in text and "/" not in text and text.startswith(("@", "acct:")):
        account = mastodon.read_account(text)
        if account is not None:
            return account
    link = read_link(open_in_browser(text))
    if link is None:
        return refuse(Reason.NOT_A_URL, text)
    site = find_site(link.host)
    if leads_on(link.host):
        target = unwrap(link)
        led = _read_target(target, depth) if target is not None else None
        if led is not None and is_plugin(link) and led.platform != "facebook":
            # It shows a page of Facebook's; of another address it shows nothing.
            led = None
        if led is not None and (isinstance(led, Address) or led.reason is not Reason.NOT_A_URL or site is None):
            return led
    if site is not None:
        return _read_on_site(site, link, depth)
    if link.host.removeprefix("www.") in SHORTENERS and link.segments:
        return refuse(Reason.SHORT_LINK, text)
    account = mastodon.read_profile(link, known=False)
    return account or refuse(Reason.UNKNOWN_HOST, link.host)


def _read_target(target: str, depth: int) -> Address | NotAProfile | None:
    """Return the result for the target of a page; None after too many redirects, or without a target."""
    if depth >= _DEEPEST or not target or len(target) > MAX_TEXT_LENGTH:
        return None
    return _read(target.strip(ENDS), depth + 1)


def _read_on_site(site: Site, link: Link, depth: int) -> Address | NotAProfile:
    """Return the result for a link on a platform's host: itself, a URL in its path, or the page behind a login."""
    doubled = find_doubled(site, link)
    if doubled is not None:
        inner = _read_target(doubled, depth)
        if isinstance(inner, Address) and inner.platform == site.grammar.platform.slug:
            return inner
    outcome = read_page(site, link)
    if isinstance(outcome, Address) or outcome.reason is not Reason.LOGIN_PAGE or not link.query:
        return outcome
    target = after_login(link)
    there = read_link(target) if target is not None else None
    onto = find_site(there.host) if there is not None else None
    # Platforms lead on to their own pages only.
    if target is None or onto is None or onto.grammar is not site.grammar:
        return outcome
    return _prefer(_read_target(target, depth) or outcome, outcome)
