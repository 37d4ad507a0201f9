"""The account that a row names by platform, handle, URL and user id, or some of them."""

import re
from typing import Final

from directory.platforms.grammar import mastodon
from directory.platforms.grammar.forms import MAX_HANDLE_LENGTH, fold_user_id
from directory.platforms.grammar.handles import handle_key, read_handle
from directory.platforms.grammar.links import read_host
from directory.platforms.grammar.outcomes import Address, NotAProfile, Reason, contradict, refuse, shorten
from directory.platforms.grammar.pages import find_reason
from directory.platforms.grammar.sites import GRAMMARS, Grammar, find_site
from directory.platforms.grammar.urls import MAX_TEXT_LENGTH, parse_url
from directory.platforms.reference import find_platform

# The URL of most rows: one word behind the host, which a browser opens as it is written.
_PLAIN_PROFILE: Final = re.compile("https?://([a-z0-9.-]{1,253})/([A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)/?")
_SEPARATOR: Final = re.compile(r"[/?#&=]")
# Reasons that leave open what a URL is: the handle of the row may be right.
_SAYS_NOTHING: Final = frozenset({Reason.MALFORMED_HANDLE, Reason.BARE_HOST, Reason.NOT_A_URL, Reason.NOTHING_GIVEN})
_ONE_THING: Final = frozenset({Reason.PLAYLIST, Reason.POST_WITHOUT_AUTHOR, Reason.SHARE_LINK, Reason.BLOG_ARTICLE})


def identify(
    platform: str | None, handle: str | None, url: str | None, user_id: str | None, *, lenient: bool = False
) -> Address | NotAProfile:
    """Return the address that a row names by all its values, or a refusal if these contradict each other. Never raises.

    The URL tells the platform and the handle where they are absent. A handle as displayed goes before the URL's
    spelling of it; what cannot be a handle at all (a name, a word of the URL's path) gives way to a URL that names one.
    A URL on the platform that names no account (a post, a search) yields to a handle that is not copied from it.
    `lenient` accepts a handle that is a word of the platform's own URLs (`login`, `profile`) and ends the URL's path:
    older registries may have such handles, and operators have to be able to name them.
    """
    if not (handle or url or user_id):
        return refuse(Reason.NOTHING_GIVEN)
    known = find_platform(platform) if platform else None
    if platform and known is None:
        return refuse(Reason.UNKNOWN_PLATFORM, platform)
    if known is not None and handle and url and _is_profile_of(GRAMMARS[known.slug], handle, url):
        stated = read_handle(GRAMMARS[known.slug], handle)
        if isinstance(stated, Address) and stated.handle == handle:
            return _with_user_id(GRAMMARS[known.slug], stated, user_id)
    from_url = parse_url(url) if url and url.strip() else None
    if known is not None:
        slug = known.slug
    elif from_url is None:
        return _identify_alone(handle or "", user_id)
    elif isinstance(from_url, NotAProfile):
        return from_url
    else:
        slug = from_url.platform
    grammar = GRAMMARS[slug]
    if from_url is not None and from_url.platform != slug:
        return _refuse_platform(grammar, url or "", from_url)
    address = from_url
    if handle and handle.strip():
        address = _merge(grammar, handle, from_url, url or "", lenient=lenient)
    return _with_user_id(grammar, address, user_id)


def _is_profile_of(grammar: Grammar, handle: str, url: str) -> bool:
    """Whether a URL has nothing but the handle behind a host on which all profiles of the platform are.

    Then the handle says all: parsing such URLs takes 11 µs, a third of what the whole row takes without it.
    """
    profile = _PLAIN_PROFILE.fullmatch(url)
    if profile is None or profile[2] != handle or not grammar.at_root:
        return False
    site = find_site(profile[1])
    is_main = site is not None and site.forms is grammar.forms and site.label is None and site.refusal is None
    return is_main and find_reason(grammar, [handle]) is None


def _identify_alone(handle: str, user_id: str | None) -> Address | NotAProfile:
    """Return the address of a handle without a platform: a whole URL names it."""
    address = parse_url(handle)
    if isinstance(address, NotAProfile):
        return refuse(Reason.UNKNOWN_PLATFORM, "")
    return _with_user_id(GRAMMARS[address.platform], address, user_id)


def _refuse_platform(grammar: Grammar, url: str, from_url: Address | NotAProfile) -> NotAProfile:
    """Return the refusal of a URL of another platform than the row states."""
    if isinstance(from_url, NotAProfile) and from_url.platform is None and from_url.reason is not Reason.UNKNOWN_HOST:
        return from_url
    other = f"of {GRAMMARS[from_url.platform].platform.name}" if from_url.platform else "of no platform known here"
    return contradict(
        f"The URL “{shorten(url)}”, {other},", f"the platform, {grammar.platform.name}", platform=grammar.platform.slug
    )


def _merge(
    grammar: Grammar, handle: str, from_url: Address | NotAProfile | None, url: str, *, lenient: bool
) -> Address | NotAProfile:
    """Return the address that the handle's column and the URL name together."""
    if isinstance(from_url, Address) and _repeats(grammar, handle, from_url):
        return from_url
    stated = read_handle(grammar, handle) if len(handle) <= MAX_TEXT_LENGTH else refuse(Reason.TOO_LONG)
    if isinstance(from_url, Address):
        return _join(grammar, handle, stated, from_url)
    if isinstance(stated, Address) and not _is_copied(handle, from_url, url):
        return stated
    if lenient and grammar.handle.fullmatch(handle) and (from_url is None or _ends(handle, from_url, url)):
        return Address(grammar.platform.slug, handle)
    return stated if from_url is None or _is_elsewhere(stated) else from_url


def _is_elsewhere(stated: Address | NotAProfile) -> bool:
    """Whether the handle's column has a URL of another platform."""
    return isinstance(stated, NotAProfile) and stated.reason is Reason.CONTRADICTION


def _is_copied(handle: str, from_url: NotAProfile | None, url: str) -> bool:
    """Whether the handle is only a word of a URL that is not a profile."""
    if from_url is None or from_url.reason in _SAYS_NOTHING:
        return False
    return handle.strip().lower() in _SEPARATOR.split(url.lower())


def _ends(handle: str, from_url: NotAProfile, url: str) -> bool:
    """Whether the handle ends the path of a URL that is not clearly a single item, such as a video."""
    path, question, _ = url.partition("?")
    if question and from_url.reason in _ONE_THING:
        return False
    return path.rstrip("/").rpartition("/")[2].lower() == handle.lower()


def _repeats(grammar: Grammar, handle: str, from_url: Address) -> bool:
    """Whether the handle's column has the URL's handle without its namespace: `name` for `in/name`."""
    word, slash, name = (from_url.handle or "").partition("/")
    if not slash:
        return False
    plain = handle.strip()
    return plain == name or grammar.forms.match([word, plain], None, {}) == from_url


def _join(grammar: Grammar, text: str, stated: Address | NotAProfile, from_url: Address) -> Address | NotAProfile:
    slug = grammar.platform.slug
    if isinstance(stated, NotAProfile):
        return stated if stated.reason is Reason.CONTRADICTION else from_url
    if stated.handle is None or from_url.handle is None:
        if stated.user_id and from_url.user_id and stated.user_id != from_url.user_id:
            return _contradict(slug, stated.user_id, from_url.user_id)
        return Address(slug, stated.handle or from_url.handle, stated.user_id or from_url.user_id)
    key, url_key = handle_key(slug, stated.handle), handle_key(slug, from_url.handle)
    if key == url_key:
        return stated
    if "/" not in key and url_key.partition("/")[2] == key:
        return from_url
    # A careless extraction leaves a word of the path in place of the handle (`channel`, `biz`).
    if text.strip().lower() in grammar.reserved:
        return from_url
    return _contradict(slug, stated.handle, from_url.handle)


def _contradict(slug: str, stated: str, from_url: str) -> NotAProfile:
    return contradict(f"The handle “{shorten(stated)}”", f"the URL, which names “{shorten(from_url)}”", platform=slug)


def _with_user_id(
    grammar: Grammar, address: Address | NotAProfile | None, user_id: str | None
) -> Address | NotAProfile:
    """Return the address with the user id that a row states, or the refusal of a contradiction."""
    stated = (user_id or "").strip()
    # An account without a verified handle is identified by its id.
    if isinstance(address, NotAProfile) and address.reason is Reason.UNVERIFIED_HANDLE and stated:
        address = None
    if isinstance(address, NotAProfile) or not stated:
        return refuse(Reason.NOTHING_GIVEN) if address is None else address
    platform = grammar.platform
    if address is not None and stated == address.user_id:
        return address
    stated = fold_user_id(platform.slug, _spell(grammar, stated))
    if not _is_user_id(grammar, stated):
        return refuse(Reason.MALFORMED_USER_ID, stated, platform=platform.slug, name=platform.name)
    if address is not None and address.user_id and address.user_id != stated:
        return contradict(
            f"The user id “{shorten(stated)}”",
            f"the address, which names “{shorten(address.user_id)}”",
            platform=platform.slug,
        )
    return Address(platform.slug, address.handle if address is not None else None, stated)


def _is_user_id(grammar: Grammar, user_id: str) -> bool:
    if grammar.user_id is None or len(user_id) > MAX_HANDLE_LENGTH or grammar.user_id.fullmatch(user_id) is None:
        return False
    # A pattern cannot check a host name in another script.
    server = user_id.rpartition("@")[2]
    return grammar.platform.slug != mastodon.SLUG or read_host(server) == server


def _spell(grammar: Grammar, user_id: str) -> str:
    """Return a user id in the form of the platform's pattern: `club1` for VK's `public1`."""
    for form in grammar.short:
        read = form.match([user_id], None)
        if read is not None and read.user_id is not None:
            return read.user_id
    return user_id
