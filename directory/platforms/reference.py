"""The supported platforms as reference data: names, hosts, forms of URLs and rules of handles.

The data are in `directory/platforms/data/*.toml`, one `[[platform]]` a platform, with the keys of `Platform`.
"""

import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Namespace:
    """A second set of names on a platform, distinguished by a word before the handle (`in/name`).

    `is_in_url_only`: whether the public handle leaves the word out, since the account's URL has it (`user/` of
    YouTube); the handle's key has it all the same, so that one name of two kinds is two accounts.
    """

    word: str
    url: str
    pattern: str
    is_in_url_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A social platform: its names, the forms of its profile URLs, and the syntax of its handles.

    Patterns are Python regular expressions that hold for the whole text. Templates hold `{handle}`, `{user_id}`,
    `{language}` (`en`, `zh-Hant`), `{words}` (whatever is no number) or `{any}` (whatever stands there);
    `{in/handle}` is a handle of the namespace `in`, `{club:user_id}` an id that begins with the word. Examples show
    the form; they need not be accounts.

    `website`, templates: URLs. `language`: BCP 47, of `name_local`. `country`: ISO 3166-1 alpha-2, of the operator.
    `hosts`: the first is the main one; `www.`, `m.` and country labels before them are taken as well.
    `id_in_handle`: pattern of what is a user id when it stands in the handle's place. `case_sensitive`: whether two
    handles that differ only by case are two accounts. `opened_on`, `closed_on`: dates of the service, None if not
    certain to the month at least. `not_profiles`: reason → first words of a path that are no profile (or two, `a/b`);
    `not_profile_paths`: reason → patterns of such paths; `not_profile_hosts`: reason → hosts that show no profiles but
    by the forms that name them; `not_handles`: reason → words that are no handle wherever one stands.
    `fragment_routes`: what a fragment began with when pages drawn by scripts had the profile there (`!`: `/#!/name`).
    `opens_post_by_number`: whether a post's URL opens the post whatever name is before its number.
    """

    slug: str
    name: str
    name_local: str
    language: str
    country: str
    website: str
    aliases: tuple[str, ...]
    hosts: tuple[str, ...]
    url_forms: tuple[str, ...]
    handle_url: str | None
    user_id_url: str | None
    namespaces: tuple[Namespace, ...]
    handle_pattern: str
    handle_example: str
    user_id_pattern: str | None
    user_id_example: str | None
    id_in_handle: str | None
    case_sensitive: bool
    opened_on: date | None
    closed_on: date | None
    not_profiles: Mapping[str, tuple[str, ...]]
    not_profile_paths: Mapping[str, tuple[str, ...]]
    not_profile_hosts: Mapping[str, tuple[str, ...]]
    not_handles: Mapping[str, tuple[str, ...]]
    fragment_routes: tuple[str, ...]
    opens_post_by_number: bool


@lru_cache(maxsize=4_096)
def fold_name(name: str) -> str:
    """Return a platform's name folded: NFKC, without case, spaces, underscores and hyphens."""
    folded = name.lower() if name.isascii() else unicodedata.normalize("NFKC", name).casefold()
    return "".join(folded.replace("_", "").replace("-", "").split())


def find_platform(name: str) -> Platform | None:
    """Return a platform by slug, name, alias or host, whatever its case and spaces; None if there is none."""
    platform = PLATFORMS.get(name)
    if platform is not None or len(name) > _MAX_NAME_LENGTH:
        return platform
    return _BY_NAME.get(fold_name(name))


def find_by_folded_name(key: str) -> Platform | None:
    """Return a platform by a name folded by `fold_name`; None if there is none."""
    return _BY_NAME.get(key)


# No name is longer, so longer texts are not folded: the work stays bounded.
_MAX_NAME_LENGTH: Final = 100


def _tuples(reasons: Mapping[str, list[str]]) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({reason: tuple(words) for reason, words in reasons.items()})


def _platform(entry: Mapping[str, Any]) -> Platform:
    namespaces = tuple(Namespace(**space) for space in entry.get("namespaces", ()))
    canonical = (entry.get("handle_url"), entry.get("user_id_url"), *(space.url for space in namespaces))
    id_in_handle = entry.get("id_in_handle", False)
    return Platform(
        slug=entry["slug"],
        name=entry["name"],
        name_local=entry["name_local"],
        language=entry["language"],
        country=entry["country"],
        website=entry["website"],
        aliases=tuple(entry["aliases"]),
        hosts=tuple(entry["hosts"]),
        url_forms=tuple(dict.fromkeys((*filter(None, canonical), *entry.get("url_forms", ())))),
        handle_url=entry.get("handle_url"),
        user_id_url=entry.get("user_id_url"),
        namespaces=namespaces,
        handle_pattern=entry["handle_pattern"],
        handle_example=entry["handle_example"],
        user_id_pattern=entry.get("user_id_pattern"),
        user_id_example=entry.get("user_id_example"),
        id_in_handle=entry.get("user_id_pattern") if id_in_handle is True else id_in_handle or None,
        case_sensitive=entry.get("case_sensitive", False),
        opened_on=entry.get("opened_on"),
        closed_on=entry.get("closed_on"),
        not_profiles=_tuples(entry.get("not_profiles", {})),
        not_profile_paths=_tuples(entry.get("not_profile_paths", {})),
        not_profile_hosts=_tuples(entry.get("not_profile_hosts", {})),
        not_handles=_tuples(entry.get("not_handles", {})),
        fragment_routes=tuple(entry.get("fragment_routes", ())),
        opens_post_by_number=entry.get("opens_post_by_number", False),
    )


def _load() -> Iterator[Platform]:
    folder = resources.files("directory.platforms").joinpath("data")
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            for entry in tomllib.loads(file.read_text(encoding="utf-8"))["platform"]:
                yield _platform(entry)


PLATFORMS: Final[Mapping[str, Platform]] = MappingProxyType({platform.slug: platform for platform in _load()})
"""Every platform by its slug."""

_BY_NAME: Final[Mapping[str, Platform]] = {
    fold_name(name): platform
    for platform in PLATFORMS.values()
    for name in (
        *platform.hosts,
        *(f"www.{host}" for host in platform.hosts),
        *platform.aliases,
        platform.name,
        platform.name_local,
        platform.slug,
    )
}
