"""What reading an address gives: an `Address`, or `NotAProfile` with the reason and the remedy."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


@dataclass(frozen=True, slots=True)
class Address:
    """Which account an address names: the platform's slug, and the handle, the immutable user id, or both."""

    platform: str
    handle: str | None = None
    user_id: str | None = None


class Reason(StrEnum):
    """Why something is not the address of one account. The codes are public and keep their meaning."""

    NOTHING_GIVEN = "nothing_given"
    UNKNOWN_PLATFORM = "unknown_platform"
    NOT_A_URL = "not_a_url"
    TOO_LONG = "too_long"
    UNKNOWN_HOST = "unknown_host"
    BARE_HOST = "bare_host"
    SERVICE_PAGE = "service_page"
    SHARE_LINK = "share_link"
    SHORT_LINK = "short_link"
    SEARCH_PAGE = "search_page"
    LOGIN_PAGE = "login_page"
    HASHTAG = "hashtag"
    POST_WITHOUT_AUTHOR = "post_without_author"
    PLAYLIST = "playlist"
    BLOG_ARTICLE = "blog_article"
    GROUP_OR_EVENT = "group_or_event"
    MALFORMED_HANDLE = "malformed_handle"
    MALFORMED_USER_ID = "malformed_user_id"
    CONTRADICTION = "contradiction"


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
    Reason.MALFORMED_HANDLE: "“{shown}” cannot be a handle on {platform}. "
    "Give the name that stands in the profile's address (of the form “{example}”), not the name displayed.",
    Reason.MALFORMED_USER_ID: "“{shown}” cannot be a user id on {platform}. "
    "Leave it empty, or give the platform's own immutable id.",
}

_LONGEST_SHOWN: Final = 80


def shorten(text: str) -> str:
    """Cut a text for a message: at most 80 characters, none of them a control character."""
    cut = text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
    return cut if cut.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in cut)


def refuse(
    reason: Reason,
    text: str = "",
    *,
    platform: str | None = None,
    name: str = "the platform",
    example: str = "name",
) -> NotAProfile:
    """Give the refusal for a reason, with the text shown in its message."""
    message = _MESSAGES[reason].format(shown=shorten(text), platform=name, example=example)
    return NotAProfile(reason, message, platform)


def contradict(first: str, second: str, *, platform: str | None = None) -> NotAProfile:
    """Give the refusal of two statements that cannot both hold, naming both."""
    message = f"{first} contradicts {second}. Correct the one that is wrong, or leave it empty."
    return NotAProfile(Reason.CONTRADICTION, message, platform)
