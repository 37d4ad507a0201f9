"""Tables with a column a platform (`twitter`, `facebook_url`, 微博, `Twitter handle`): which columns are those."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from directory.imports.read.column_names import find_language, spell, words_of
from directory.platforms.reference import PLATFORMS

# What a column of a platform says of the account: words behind or before the platform's name. "" is its handle or
# address, as the cell shows.
_SAYS: Final = {
    **dict.fromkeys(
        (
            *(
                "handle",
                "username",
                "user",
                "screenname",
                "account",
                "accounts",
                "url",
                "urls",
                "link",
                "links",
                "page",
            ),
            *(
                "pages",
                "profile",
                "profiles",
                "address",
                "website",
                "site",
                "web",
                "href",
                "uri",
                "channel",
                "feed",
                "handles",
            ),
            *(
                "账号",
                "账户",
                "号",
                "链接",
                "网址",
                "主页",
                "地址",
                "主页链接",
                "账号链接",
                "账号id",
                "官方",
                "アカウント",
            ),
            *(
                "compte",
                "lien",
                "adresse",
                "konto",
                "seite",
                "profil",
                "kanal",
                "cuenta",
                "enlace",
                "perfil",
                "usuario",
            ),
            *(
                "conta",
                "utente",
                "profilo",
                "pagina",
                "página",
                "canale",
                "canal",
                "compte",
                "nutzername",
                "benutzername",
            ),
        ),
        "",
    ),
    **dict.fromkeys(("id", "did", "userid", "uid", "channelid", "pageid", "accountid", "用户id"), "id"),
    **dict.fromkeys(
        ("name", "displayname", "title", "accountname", "名称", "账号名称", "昵称", "nom", "nome", "nombre"), "name"
    ),
    **dict.fromkeys(
        (
            *("followers", "follower", "fans", "likes", "subscribers", "followerscount", "followercount", "seguidores"),
            *(
                "粉丝",
                "粉丝数",
                "粉丝量",
                "粉丝数量",
                "订阅数",
                "关注数",
                "abonnes",
                "abonnenten",
                "pagelikes",
                "フォロワー数",
            ),
        ),
        "followers",
    ),
    **dict.fromkeys(("status", "状态", "账号状态", "statut"), "status"),
    **dict.fromkeys(("开通时间", "开通日期", "开设时间", "opened", "created", "opendate"), "opened_on"),
}
_SAID: Final = {spell(word): says for word, says in _SAYS.items()}
# Words that change nothing.
_ADDED: Final = frozenset(
    map(
        spell,
        (
            *(
                "official",
                "social",
                "media",
                "contact",
                "our",
                "the",
                "government",
                "gov",
                "public",
                "formerly",
                "now",
                "or",
            ),
            *("aka", "ex", "main", "primary", "on", "de", "du", "la", "officiel", "offiziell", "oficial", "ufficiale"),
            *("政务", "机构", "单位", "政府", "企业"),
        ),
    )
)
# Names of platforms that stand above other things as well: numbers of lines, coordinates, remarks.
_NEVER: Final = frozenset(
    map(
        spell,
        ("note", "max", "ok", "zen", "red", "app", "apps", "li", "wa", "ks", "dy", "tw", "wx", "snap", "public", "ок"),
    )
)
_NEEDS_ANOTHER: Final = frozenset(
    map(
        spell,
        (
            *(
                "line",
                "medium",
                "band",
                "vine",
                "koo",
                "live stream",
                "livestream",
                "truth",
                "swarm",
                "blogger",
                "sina",
                "x",
            ),
            *(
                "microblog",
                "公众平台",
                "订阅号",
                "服务号",
                "应用程序",
                "mobile application",
                "threads",
                "rumble",
                "meetup",
                "ノート",
            ),
        ),
    )
)
_MIN_LENGTH: Final = 4
_MAX_WORDS: Final = 10


@dataclass(frozen=True, slots=True)
class PlatformHeading:
    """What a column of a platform holds: `says` is one of id, name, followers, status, opened_on, or "".

    `label` parts several accounts on one platform: a language or a number. `is_sure`: whether the heading means a
    platform wherever it stands.
    """

    platform: str
    says: str = ""
    label: str = ""
    is_sure: bool = True

    @property
    def language(self) -> str | None:
        """The language of the account, if the heading has one."""
        return self.label if self.label.isalpha() else None


@cache
def _names() -> tuple[tuple[str, str], ...]:
    """Return all names of platforms, the longest first, each with its slug."""
    found: dict[str, str] = {}
    for platform in PLATFORMS.values():
        for name in (platform.slug, platform.name, platform.name_local, *platform.aliases, *platform.hosts[:1]):
            found.setdefault(spell(name), platform.slug)
    return tuple(sorted(((key, slug) for key, slug in found.items() if key), key=lambda each: -len(each[0])))


@lru_cache(maxsize=4_096)
def find_platform_heading(heading: str) -> PlatformHeading | None:
    """Return what a heading that names one platform means; None for another."""
    key, words = spell(heading), words_of(heading)
    if not key or len(words) > _MAX_WORDS:
        return None
    for name, slug in _names():
        if name not in key or name in _NEVER:
            continue
        rest = _without(words, name) if name.isascii() else None
        if rest is None and (len(name) >= _MIN_LENGTH or not name.isascii()):
            before, _, after = key.partition(name)
            rest = [part for part in (before, after) if part]
        read = _read_rest(rest, slug) if rest is not None else None
        if read is not None:
            return PlatformHeading(slug, *read, is_sure=name not in _NEEDS_ANOTHER)
    return None


def _without(words: Sequence[str], name: str) -> list[str] | None:
    """Return the words that are left of a heading without those that make a platform's name; None if none do."""
    for start in range(len(words)):
        for end in range(start + 1, min(start + 4, len(words)) + 1):
            if "".join(words[start:end]) == name:
                return [*words[:start], *words[end:]]
    return None


def _read_rest(words: Iterable[str], slug: str) -> tuple[str, str] | None:
    """Return what the other words of a heading say, and which account they mean; None if one of them is strange."""
    says, label = "", ""
    for word in words:
        if word.isdecimal():
            label = word
        elif word in _SAID:
            says = says or _SAID[word]
        elif language := find_language(word):
            label = language.partition("-")[0]
        elif word not in _ADDED and not _is_repeated(word, slug):
            parts = _split(word)
            if parts is None:
                return None
            says = says or next((_SAID[part] for part in parts if _SAID.get(part)), "")
    return says, label


def _is_repeated(word: str, slug: str) -> bool:
    """Whether a word names the same platform again: `X (formerly Twitter)`."""
    return any(name == word for name, other in _names() if other == slug)


def _split(word: str) -> list[str] | None:
    """Return the known words of which a word without gaps consists (`accounturl`, 账号粉丝数); None if it does not."""
    for end in range(len(word) - 1, 0, -1):
        first, rest = word[:end], word[end:]
        if (first in _SAID or first in _ADDED) and (rest in _SAID or rest in _ADDED):
            return [first, rest]
    return None
