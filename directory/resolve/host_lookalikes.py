"""Hosts that imitate a platform's host: `twitter.com.evil.example`, `faceb00k.com`, `weibo-login.example`."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA

from directory.lookalikes.skeletons import skeleton
from directory.lookalikes.transforms import letters_for_digits, merge_close
from directory.platforms.reference import PLATFORMS

_MIN_BRAND_LENGTH: Final = 5
# Any host may be one of its servers, and many have its name in theirs: none of them imitates it.
_ON_ANY_HOST: Final = "mastodon"
_ACE: Final = "xn--"
# Labels of platforms' hosts that are common words or belong to other brands too.
_COMMON: Final = frozenset({"google", "apple", "blogspot", "medium", "social", "video", "business", "login"})


@lru_cache(maxsize=1)
def _brands() -> dict[str, str]:
    """Return the platform of each name before the ending of its hosts: `facebook` of facebook.com."""
    return {
        label: platform.slug
        for platform in PLATFORMS.values()
        if platform.slug != _ON_ANY_HOST
        for host in platform.hosts
        if len(label := host.split(".")[-2]) >= _MIN_BRAND_LENGTH and label not in _COMMON
    }


@lru_cache(maxsize=1)
def _hosts() -> dict[str, str]:
    return {host: platform.slug for platform in PLATFORMS.values() for host in platform.hosts}


@lru_cache(maxsize=1)
def _domains() -> tuple[str, ...]:
    """Return the platforms' own domains, with a dot before them: .naver.com for blog.naver.com."""
    domains = {".".join(host.split(".")[-2:]) for host in _hosts()}
    return tuple(f".{domain}" for domain in sorted(domains) if domain.partition(".")[0] in _brands())


@lru_cache(maxsize=4096)
def find_imitated_platform(host: str) -> str | None:
    """Return the platform whose host an unknown host (lower case, IDNA) imitates, None if it imitates none."""
    host = host.removeprefix("www.")
    if f".{host}".endswith(_domains()):
        return None
    for known, slug in _hosts().items():
        # twitter.com.evil.example, twitter.com-login.example
        if host.startswith((f"{known}.", f"{known}-")) or f".{known}." in host or f".{known}-" in host:
            return slug
    return next(filter(None, map(_find_brand, dict.fromkeys(_labels(host)))), None)


@lru_cache(maxsize=4096)
def _find_brand(label: str) -> str | None:
    """Return the platform whose brand a label of a host is, or resembles."""
    for form in _forms(label):
        if form in _brands():
            return _brands()[form]
        if (near := _near(form)) is not None:
            return near
    return None


def _labels(host: str) -> Iterator[str]:
    """Yield the labels of a host as a browser shows them, and their parts between hyphens."""
    for label in host.split(".")[:-1]:
        shown = _show(label) if label.startswith(_ACE) else label
        if shown is None:
            continue
        yield shown
        if "-" in shown:
            yield from (part for part in shown.split("-") if len(part) >= _MIN_BRAND_LENGTH)


def _show(label: str) -> str | None:
    """Return a label as a browser shows it, None if it decodes to nothing: browsers show more than IDNA 2008 allows."""
    try:
        return label.removeprefix(_ACE).encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return None


def _forms(label: str) -> Iterator[str]:
    yield label
    if not label.isascii():
        # ß is a letter of its own in IDNA 2008, and read as ss.
        yield unicodedata.normalize("NFKC", label).casefold()
    # TR 39 makes rn of every m: back again, so that both are m.
    plain = skeleton(label).lower().replace("rn", "m")
    yield plain
    yield from letters_for_digits(label)
    yield from letters_for_digits(plain)
    yield from _brands_by_merged_form().get(merge_close(plain), ())


@lru_cache(maxsize=1)
def _brands_by_merged_form() -> dict[str, list[str]]:
    """Return the brands by their form with merged letters."""
    found: dict[str, list[str]] = {}
    for brand in _brands():
        found.setdefault(merge_close(brand), []).append(brand)
    return found


@lru_cache(maxsize=1)
def _brands_by_length() -> dict[int, dict[str, int]]:
    """Return the brands by length, each with its place among all. Precomputed, as a host may have a hundred labels."""
    found: dict[int, dict[str, int]] = {}
    for place, brand in enumerate(_brands()):
        found.setdefault(len(brand), {})[brand] = place
    return found


def _near(label: str) -> str | None:
    """Return the platform whose brand is one edit away, or the label with a word before or after it."""
    if len(label) < _MIN_BRAND_LENGTH - 1:
        return None
    places: list[int] = []
    for length, brands in _brands_by_length().items():
        if abs(len(label) - length) <= 1:
            places += [place for brand, place in brands.items() if OSA.distance(label, brand, score_cutoff=1) <= 1]
        places += [brands[part] for part in (label[:length], label[-length:]) if part in brands]
    return [*_brands().values()][min(places)] if places else None
