"""Reading a URL, in any form that a person pastes, as the address of an account."""

import re
from typing import Final

from directory.platforms.grammar import labels, mastodon
from directory.platforms.grammar.links import find_links, leads_to_no_page, read_link, tidy, unlabel
from directory.platforms.grammar.outcomes import Address, NotAProfile, Reason, refuse
from directory.platforms.grammar.pages import read_page
from directory.platforms.grammar.redirects import SHORTENERS, open_in_browser, unwrap
from directory.platforms.grammar.sites import find_site

LONGEST_TEXT: Final = 2048
_DEEPEST: Final = 3
_MOST_LINKS: Final = 10
_BLANK: Final = re.compile(r"\s")
_BLANK_IN_PATH: Final = re.compile(
    r"(?:https?:/+)?[\w.-]+\.[a-z]{2,10}/\S* +(?!(?:\w{1,4} +)?(?:https?:|www\.|\S*\.[a-z]{2,}))\w", re.IGNORECASE
)
# “https://twitter. com / name”: blanks and line breaks beside the dots and slashes of one address.
_SPREAD: Final = re.compile(
    r"(?:https?\s{0,3}:\s{0,3}/{1,2}\s{0,3})?"
    r"[\w-]{1,63}(?:\s{0,3}\.\s{0,3}[\w-]{1,63}){1,4}(?:\s{0,3}/\s{0,3}[^\s/]{1,200}){1,3}/?",
    re.IGNORECASE,
)


def parse_url(text: str) -> Address | NotAProfile:
    """Read the account that a URL names; text around it is passed over, and posts lead to their author.

    A handle beside its platform's name (`Twitter: @NASA`) is read as well. Never raises. Texts of more than 2,048
    characters are refused. Of several links in a text the first profile counts; of a link that shows another text
    (HTML, Markdown) what it leads to.
    """
    if len(text) > LONGEST_TEXT:
        return refuse(Reason.TOO_LONG)
    if not text.isascii() and not _is_encodable(text):
        return refuse(Reason.NOT_A_URL, "text")
    tidied = tidy(unlabel(text))
    if not tidied:
        return refuse(Reason.NOTHING_GIVEN)
    if leads_to_no_page(tidied):
        return refuse(Reason.NOT_A_URL, tidied)
    outcome = _read_alone(tidied)
    # “https://www.facebook.com/Department of Education” is no link to “Department”.
    if isinstance(outcome, Address) or (" " in tidied and outcome.reason is Reason.MALFORMED_HANDLE):
        return outcome
    outcome = _read_within(tidied, outcome)
    return _read_spoiled(tidied, outcome) if isinstance(outcome, NotAProfile) else outcome


def _read_alone(text: str) -> Address | NotAProfile:
    """Read a text as one URL and nothing else, blanks in its path included."""
    if _BLANK.search(text) is not None:
        return _read(text.replace(" ", "%20")) if _BLANK_IN_PATH.match(text) else refuse(Reason.NOT_A_URL, text)
    outcome = _read(text)
    if isinstance(outcome, NotAProfile) and text.endswith("."):
        return _prefer(_read(text.rstrip(".")), outcome)
    return outcome


def _read_spoiled(text: str, outcome: NotAProfile) -> Address | NotAProfile:
    """Read a URL that is spread over blanks, or a handle beside its platform's name; `outcome` stands if it is none."""
    if _SPREAD.fullmatch(text):
        return _prefer(_read(_BLANK.sub("", text)), outcome)
    expanded = labels.expand(text) if outcome.reason is Reason.NOT_A_URL else None
    return _prefer(_read(expanded), outcome) if expanded else outcome


def _prefer(outcome: Address | NotAProfile, other: NotAProfile) -> Address | NotAProfile:
    return outcome if isinstance(outcome, Address) else other


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
    link = read_link(open_in_browser(text))
    if link is None:
        return refuse(Reason.NOT_A_URL, text)
    site = find_site(link.host)
    if site is None or link.query or "http" in link.text[1:] or "/amp/" in link.text:
        target = unwrap(link)
        if target is not None:
            target = tidy(target)
            if depth >= _DEEPEST or len(target) > LONGEST_TEXT:
                return refuse(Reason.NOT_A_URL, text)
            return _read(target, depth + 1)
    if site is None:
        if link.host.removeprefix("www.") in SHORTENERS and link.segments:
            return refuse(Reason.SHORT_LINK, text)
        account = mastodon.read_profile(link, known=False)
        return account or refuse(Reason.UNKNOWN_HOST, link.host)
    return read_page(site, link)
