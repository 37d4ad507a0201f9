"""The results of parsing: an `Address`, or `NotAProfile` with the reason and the remedy."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


@dataclass(frozen=True, slots=True)
class Address:
    """Which account an address names: the platform's slug, and the handle, the immutable user id, or both.

    `is_post`: whether it was read from the address of one post, picture or video of the account. Two that differ only
    by this are equal.
    """

    platform: str
    handle: str | None = None
    user_id: str | None = None
    is_post: bool = field(default=False, compare=False, kw_only=True)


class Reason(StrEnum):
    """Why something is not the address of one account. The codes are public and keep their meaning.

    Below each stands when it is given. Where two fit, the one that says more counts: a search on a platform is
    `search_page`, not `service_page`.
    """

    NOTHING_GIVEN = "nothing_given"
    """There is no text, or nothing but blanks and marks."""
    UNKNOWN_PLATFORM = "unknown_platform"
    """The platform that a row states is none of those known here."""
    NOT_A_URL = "not_a_url"
    """The text is no web address: a display name, an e-mail address, a `javascript:`, a host that cannot be."""
    TOO_LONG = "too_long"
    """The text has more than 2,048 characters."""
    UNKNOWN_HOST = "unknown_host"
    """The host belongs to no platform known here: a website, a mirror, a look-alike of a platform's host."""
    BARE_HOST = "bare_host"
    """The address is a platform's front page."""
    SERVICE_PAGE = "service_page"
    """The page is about the platform itself, a tool of it, or a part of a profile's address without the name."""
    SHARE_LINK = "share_link"
    """The page is there to write or share something (share and intent addresses that name no account)."""
    SHORT_LINK = "short_link"
    """A short link, which does not say where it leads."""
    SEARCH_PAGE = "search_page"
    """Results of a search, or a page to search and explore."""
    LOGIN_PAGE = "login_page"
    """A page to log in or sign up, whatever would be shown behind it."""
    HASHTAG = "hashtag"
    """All that is said under a topic, which belongs to nobody."""
    POST_WITHOUT_AUTHOR = "post_without_author"
    """One post, picture or video, whose address does not say whose (one that does leads to its author)."""
    PLAYLIST = "playlist"
    """A list of things that its address says no owner of."""
    BLOG_ARTICLE = "blog_article"
    """An article whose address says no author."""
    GROUP_OR_EVENT = "group_or_event"
    """A group without its name, an invitation to one, or an event; a group that is named is an account."""
    UNVERIFIED_HANDLE = "unverified_handle"
    """A platform's own word for a handle that it could not verify (Bluesky's `handle.invalid`): it is nobody's."""
    MALFORMED_HANDLE = "malformed_handle"
    """On the platform, but what stands in the handle's place cannot be one: a display name, foreign letters."""
    MALFORMED_USER_ID = "malformed_user_id"
    """A user id is stated that the platform cannot have given."""
    CONTRADICTION = "contradiction"
    """Two things that a row states cannot both hold."""


@dataclass(frozen=True, slots=True)
class NotAProfile:
    """Why a text names no account, what to do about it, and the platform it belongs to where that much is clear."""

    reason: Reason
    message: str
    platform: str | None = None


_PROFILE: Final = "Give the address of the profile itself."
_MESSAGES: Final = {
    Reason.NOTHING_GIVEN: "Nothing is given that names an account. Give a platform and a handle, or the profile's URL.",
    Reason.UNKNOWN_PLATFORM: "“{shown}” is not a platform known here. Use a slug or an alias of GET /v1/platforms.",
    Reason.NOT_A_URL: "“{shown}” is not the address of a web page. Paste it as the browser shows it.",
    Reason.TOO_LONG: "The text is longer than 2,048 characters. Give the profile's address alone.",
    Reason.UNKNOWN_HOST: "“{shown}” is on no platform known here. Give a profile on one of GET /v1/platforms.",
    Reason.BARE_HOST: "“{shown}” is the front page of {platform} and names no account. " + _PROFILE,
    Reason.SERVICE_PAGE: "“{shown}” is a page of {platform} about itself or a tool, not an account. " + _PROFILE,
    Reason.SHARE_LINK: "“{shown}” is a button to share something on {platform}. " + _PROFILE,
    Reason.SHORT_LINK: "“{shown}” is a short link, which does not say where it leads. "
    "Open it, and give the address that the browser then shows.",
    Reason.SEARCH_PAGE: "“{shown}” is a search on {platform}. " + _PROFILE,
    Reason.LOGIN_PAGE: "“{shown}” is a page to log in to {platform}. Log in, and give the address of the profile.",
    Reason.HASHTAG: "“{shown}” is a topic on {platform}, which belongs to nobody. " + _PROFILE,
    Reason.POST_WITHOUT_AUTHOR: "“{shown}” is a single post on {platform}, and its address does not say whose. "
    "Open it, follow its author's name, and give that address.",
    Reason.PLAYLIST: "“{shown}” is a list on {platform}, and its address does not say whose. " + _PROFILE,
    Reason.BLOG_ARTICLE: "“{shown}” is an article, and its address does not say whose. " + _PROFILE,
    Reason.GROUP_OR_EVENT: "“{shown}” is a group or an event on {platform}, not an account. " + _PROFILE,
    Reason.UNVERIFIED_HANDLE: "“{shown}” is what {platform} shows for a handle that it could not verify, "
    "and no account's own. Give the account's permanent id.",
    Reason.MALFORMED_HANDLE: "“{shown}” cannot be a handle on {platform}. "
    "Give the name that stands in the profile's address (of the form “{example}”), not the name displayed.",
    Reason.MALFORMED_USER_ID: "“{shown}” cannot be a user id on {platform}. "
    "Leave it empty, or give the platform's own immutable id.",
}

_MAX_SHOWN_LENGTH: Final = 80


def shorten(text: str) -> str:
    """Return a text for a message: at most 80 characters, without control characters."""
    cut = text if len(text) <= _MAX_SHOWN_LENGTH else text[: _MAX_SHOWN_LENGTH - 1] + "…"
    return cut if cut.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in cut)


def refuse(
    reason: Reason,
    text: str = "",
    *,
    platform: str | None = None,
    name: str = "the platform",
    example: str = "name",
) -> NotAProfile:
    """Return the refusal for a reason, with the text shown in its message."""
    message = _MESSAGES[reason].format(shown=shorten(text), platform=name, example=example)
    return NotAProfile(reason, message, platform)


def contradict(first: str, second: str, *, platform: str | None = None) -> NotAProfile:
    """Return the refusal of two contradicting statements, naming both."""
    message = f"{first} contradicts {second}. Correct the one that is wrong, or leave it empty."
    return NotAProfile(Reason.CONTRADICTION, message, platform)
