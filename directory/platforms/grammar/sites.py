"""The platform of a host, and the grammar of each platform, compiled once from the reference data."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from directory.platforms.grammar.forms import Form, Forms, make_form, split_template
from directory.platforms.grammar.outcomes import Reason
from directory.platforms.reference import PLATFORMS, Platform

# First words that are no handle on any platform with profiles at the root.
_EVERYWHERE: Final = {
    "index.php": Reason.SERVICE_PAGE,
    "index.html": Reason.SERVICE_PAGE,
    "index.htm": Reason.SERVICE_PAGE,
    "favicon.ico": Reason.SERVICE_PAGE,
    "robots.txt": Reason.SERVICE_PAGE,
    "hashtag": Reason.HASHTAG,
    "login": Reason.LOGIN_PAGE,
    "signup": Reason.LOGIN_PAGE,
    "search": Reason.SEARCH_PAGE,
}
_SUBDOMAIN: Final = "{handle}."
# Labels before a platform's host that show the same profiles: mobile, country and language editions.
_SAME: Final = re.compile(
    r"w{2,4}[0-9]*|web|m|mobile|mbasic|touch|wap|lite|app|amp|beta|new|old|secure|ssl|[a-z]{2}|[a-z]{2,3}-[a-z]{2}"
)


@dataclass(frozen=True, slots=True)
class Grammar:
    """The grammar of the handles and URLs of one platform."""

    platform: Platform
    handle: re.Pattern[str]
    user_id: re.Pattern[str] | None
    id_in_handle: re.Pattern[str] | None
    namespaces: Mapping[str, re.Pattern[str]]
    namespace_urls: Mapping[str, str]
    # Words of namespaces that are not part of the public handle.
    in_url_only: frozenset[str]
    forms: Forms
    # Forms of one segment on the main host: `public123` is read so in the handle's place as well.
    short: tuple[Form, ...]
    # First words of a path that are no handle; `explicit` without those that merely begin a form.
    reserved: Mapping[str, Reason]
    explicit: Mapping[str, Reason]
    # Words that are no handle anywhere.
    not_handles: Mapping[str, Reason]
    # Likewise by the first two words (`photos/tags`), and by patterns of the whole path.
    pairs: Mapping[str, Reason]
    paths: tuple[tuple[re.Pattern[str], Reason], ...]
    # Where the canonical URL has the handle: alone in the path, or as a label of the host.
    at_root: bool
    in_host: bool


@dataclass(frozen=True, slots=True)
class Site:
    """A host: the grammar of its platform, its forms, and the label that may be a handle."""

    grammar: Grammar
    forms: Forms
    label: str | None = None
    # Reason for URLs that match no form, on a host that shows other things than profiles.
    refusal: Reason | None = None


def _templates(platform: Platform) -> Iterator[tuple[str, str]]:
    spaces = {namespace.url: namespace.word for namespace in platform.namespaces}
    for template in platform.url_forms:
        yield template, spaces.get(template, "")


def _rank(form: Form) -> tuple[int, bool, int, int]:
    """Return the sort key of a form: the more literals the earlier, and the path before the query.

    Then the longer ones; a user id before a handle, a namespace last.
    """
    kinds = (0 if part.kind == "user_id" else 2 if part.prefix else 1 for part in form.parts if part.kind != "any")
    return -sum(part.literal is not None for part in form.parts), bool(form.names), -len(form.parts), min(kinds)


def _reserved(platform: Platform) -> dict[str, Reason]:
    return {word.lower(): Reason(reason) for reason, words in platform.not_profiles.items() for word in words}


def _make_grammar(platform: Platform, by_host: Mapping[str, list[Form]]) -> Grammar:
    main = by_host.get(platform.hosts[0], [])
    explicit = _reserved(platform)
    begun = dict.fromkeys(
        (part.literal for form in main for part in form.parts[:1] if part.literal), Reason.SERVICE_PAGE
    )
    host, segments, _ = split_template(platform.handle_url or "")
    return Grammar(
        platform=platform,
        handle=re.compile(platform.handle_pattern),
        user_id=re.compile(platform.user_id_pattern) if platform.user_id_pattern else None,
        id_in_handle=re.compile(platform.id_in_handle) if platform.id_in_handle else None,
        namespaces={space.word: re.compile(space.pattern) for space in platform.namespaces},
        namespace_urls={space.word: space.url for space in platform.namespaces},
        in_url_only=frozenset(space.word for space in platform.namespaces if space.is_in_url_only),
        forms=_gather(main),
        short=tuple(form for form in main if not form.names and [part.kind for part in form.parts] == ["user_id"]),
        reserved=_EVERYWHERE | begun | explicit,
        explicit=explicit,
        not_handles={word: Reason(reason) for reason, words in platform.not_handles.items() for word in words},
        pairs={words: reason for words, reason in explicit.items() if "/" in words},
        paths=tuple(
            (re.compile(pattern), Reason(reason))
            for reason, patterns in platform.not_profile_paths.items()
            for pattern in patterns
        ),
        at_root=segments == ["{handle}"],
        in_host=host.startswith(_SUBDOMAIN),
    )


def _forms_by_host(platform: Platform) -> dict[str, list[Form]]:
    by_host: dict[str, list[Form]] = {}
    for template, space in _templates(platform):
        if "{server}" in template or template.startswith(f"https://{_SUBDOMAIN}"):
            continue
        host, form = make_form(platform, template, space)
        by_host.setdefault(host, []).append(form)
    for forms in by_host.values():
        forms.sort(key=_rank)
    return by_host


def _suffixes(platform: Platform) -> Iterator[str]:
    """Return the hosts on which the first label is a handle."""
    for template, _ in _templates(platform):
        host, _, _ = split_template(template)
        if host.startswith(_SUBDOMAIN):
            suffix = host.removeprefix(_SUBDOMAIN)
            yield suffix
            # The same in other countries: blogspot.co.uk next to blogspot.com.
            brand = suffix.partition(".")[0]
            if template == platform.handle_url:
                yield from (other for other in platform.hosts if other.partition(".")[0] == brand)


GRAMMARS: Final[dict[str, Grammar]] = {}
_SITES: Final[dict[str, Site]] = {}
_LABELLED: Final[dict[str, Site]] = {}


def _gather(of_host: Iterable[Form]) -> Forms:
    forms = Forms()
    for form in of_host:
        forms.add(form)
    return forms


def _build() -> None:
    for platform in PLATFORMS.values():
        by_host = _forms_by_host(platform)
        grammar = GRAMMARS[platform.slug] = _make_grammar(platform, by_host)
        for host in platform.hosts:
            own = host in by_host and host != platform.hosts[0]
            both = (*by_host.get(host, ()), *by_host.get(platform.hosts[0], ()))
            _SITES[host] = Site(grammar, _gather(both) if own else grammar.forms)
        for suffix in _suffixes(platform):
            _LABELLED[suffix] = Site(grammar, grammar.forms)
        for reason, hosts in platform.not_profile_hosts.items():
            for host in hosts:
                _SITES[host] = Site(grammar, _gather(by_host.get(host, ())), None, Reason(reason))


_build()


@lru_cache(maxsize=4096)
def find_site(host: str) -> Site | None:
    """Return the site of a host, None if it belongs to no known platform; cached in bounded memory."""
    host = host.removeprefix("www.")
    if "." not in host:
        host += ".com"
    site = _SITES.get(host)
    if site is not None:
        return site
    label, _, parent = host.partition(".")
    labelled = _LABELLED.get(parent)
    if labelled is not None:
        return Site(labelled.grammar, labelled.forms, label)
    same = True
    while parent:
        same = same and _SAME.fullmatch(label) is not None
        site = _SITES.get(parent)
        if site is not None:
            return site if same else Site(site.grammar, Forms(), None, Reason.SERVICE_PAGE)
        label, _, parent = parent.partition(".")
    return None
