"""Verdicts: their candidates, and the reasons with their wording in English and Chinese. The codes are public."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from directory.platforms.reference import PLATFORMS

VerdictCode = Literal["official", "formerly_official", "look_alike", "unknown"]
MatchedBy = Literal["url", "handle", "user_id", "id", "name", "look_alike"]

MAX_CANDIDATES: Final = 5


class Reason(NamedTuple):
    """One reason of a verdict, in both languages."""

    code: str
    message: str
    message_zh: str


class Candidate(NamedTuple):
    """An account that may be meant, with its score (0 to 1) and the codes of the reasons."""

    account_id: str
    score: float
    codes: tuple[str, ...]
    followers: int | None


@dataclass(slots=True)
class Match:
    """The part of the text that led to an account."""

    by: MatchedBy
    value: str
    account_id: str


@dataclass(slots=True)
class Verdict:
    """The answer to one text. Not frozen: that takes four times as long to create, and a batch has 1,000."""

    query: str
    verdict: VerdictCode
    reasons: tuple[Reason, ...]
    platform: str | None = None
    handle: str | None = None
    account_id: str | None = None
    valid_from: dt.datetime | None = None
    valid_to: dt.datetime | None = None
    match: Match | None = None
    candidates: tuple[Candidate, ...] = ()

    @property
    def account_ids(self) -> Iterator[str]:
        """The ids of the accounts in the public JSON."""
        if self.account_id is not None:
            yield self.account_id
        for candidate in self.candidates:
            yield candidate.account_id


def rank(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Return the best candidates: by score, then followers, then id."""
    ordered = sorted(
        candidates,
        key=lambda each: (-each.score, -1 if each.followers is None else -each.followers - 1, each.account_id),
    )
    return tuple(ordered[:MAX_CANDIDATES])


@lru_cache(maxsize=256)
def names_of(platform: str | None) -> Mapping[str, str]:
    """Return the English and the Chinese name of a platform, as placeholders of reasons."""
    known = PLATFORMS.get(platform or "")
    if known is None:
        return {"platform": "a platform", "platform_zh": "平台"}
    local = known.name_local if known.language.startswith("zh") else known.name
    return {"platform": known.name, "platform_zh": local}


@dataclass(frozen=True, slots=True)
class Wording:
    """The message of a reason in both languages; `{…}` is a placeholder of str.format."""

    english: str
    chinese: str


# Why an account is the official one.
_OFFICIAL: Final = {
    "current_handle": Wording(
        "“{handle}” is the current handle of this registered account on {platform}.",
        "“{handle}”是该登记账号在{platform_zh}上现用的账号名。",
    ),
    "current_user_id": Wording(
        "The address holds the permanent id of this registered account on {platform}.",
        "该网址含有此登记账号在{platform_zh}上的固定编号。",
    ),
    "registry_id": Wording("This is the account’s id in this registry.", "这是该账号在本名录中的编号。"),
    "exact_name": Wording(
        "This is exactly a name of this registered account on {platform}: “{name}”.",
        "与该登记账号在{platform_zh}上的名称“{name}”完全一致。",
    ),
    "post_of_account": Wording(
        "The address is of a post or a part of the profile; it names the account as its author.",
        "该网址是一条帖子或主页的一部分，其作者为该账号。",
    ),
    "post_author_not_told": Wording(
        "{platform} opens a post by its number, whatever name stands before it: look whether the post is shown as this "
        "account’s.",
        "{platform_zh}按编号打开帖子，与网址中的账号名无关：请核对页面所示的作者是否为该账号。",
    ),
    "handle_differs": Wording(
        "The name in the address is not the account’s current handle; the permanent id decides.",
        "网址中的名称不是该账号现用的账号名，以固定编号为准。",
    ),
    "platform_not_stated": Wording(
        "No platform was stated. All registered accounts that fit belong to one department; the one that most people "
        "follow is shown, the others are candidates.",
        "未说明平台。符合的登记账号均属同一部门：所示为关注者最多的一个，其余列为候选。",
    ),
    "registered_on": Wording(
        "The handle is registered on several platforms: {platform}.", "该账号名已在多个平台登记：{platform_zh}。"
    ),
    "kind_not_stated": Wording(
        "{platform} has several kinds of names, and the same name of another kind may be somebody else’s. The "
        "registered account is at {url}.",
        "{platform_zh}有多种名称，另一种的同名账号可能属于他人。登记账号的网址是{url}。",
    ),
    "full_width_read": Wording(
        "The full-width letters were read as they are typed with an input method; in an address they would not work.",
        "全角字母已按输入法习惯读作半角；在网址中不能这样写。",
    ),
    "merged": Wording(
        "The id {id} was merged into this account in revision {revision}.",
        "编号{id}已在第{revision}次修订中并入该账号。",
    ),
}
# The status and verification of an official account.
_STANDING: Final = {
    "dormant": Wording("The account has been silent for long.", "该账号已长期未更新。"),
    "suspended": Wording(
        "The account is suspended; it is still the registered one.", "该账号已关停，但仍是登记的账号。"
    ),
    "status_unknown": Wording(
        "Whether the account is in use is not known to the registry.", "本名录尚不知该账号是否在用。"
    ),
    "verified_by_platform": Wording("The platform has verified the account.", "该账号已获平台认证。"),
    "verified_by_registry": Wording("This registry has verified the account.", "该账号已经本名录核实。"),
    "listed_by_source": Wording(
        "A named source lists the account; neither the platform nor this registry has verified it.",
        "该账号由注明的来源列出，平台和本名录均未核实。",
    ),
    "not_verified": Wording("Nobody has verified the account yet.", "该账号尚未经任何一方核实。"),
}
# Why it is official no longer.
_FORMERLY: Final = {
    "handle_released": Wording(
        "The handle “{handle}” on {platform} was given up on {until}. Who holds it now is not vouched for.",
        "{platform_zh}账号名“{handle}”已于{until}弃用，现由何人使用，本名录不作保证。",
    ),
    "renamed": Wording("The account is now “{current}” on {platform}.", "该账号现在{platform_zh}上名为“{current}”。"),
    "held_by_another": Wording(
        "Another registered account holds the handle now. That nobody has confirmed since it changed hands: it is a "
        "candidate only.",
        "该账号名现由另一登记账号使用；因其曾转手且未经确认，仅列为候选。",
    ),
    "account_closed": Wording("The account was closed{on}.", "该账号已注销{on_zh}。"),
    "account_replaced": Wording(
        "The account was given up for another, which is the first candidate.", "该账号已由另一账号接替，见首个候选。"
    ),
    "source_stopped_listing": Wording(
        "The source “{source}” listed {what}{since} and no longer does since {until}; no other source lists it.",
        "来源“{source}”{since_zh}曾列出{what_zh}，自{until}起不再列出，也没有其他来源列出。",
    ),
    "account_deleted": Wording(
        "The account was taken off the registry in revision {revision}: {why}",
        "该账号已在第{revision}次修订中从本名录移除：{why}",
    ),
}
# How it resembles a registered one; directory.lookalikes.similarity has the scores.
_ALIKE: Final = {
    "letter_case": Wording(
        "It differs from “{handle}” only by capitals, and {platform} tells them apart.",
        "与“{handle}”仅大小写不同，而{platform_zh}区分大小写。",
    ),
    "full_width": Wording(
        "It is “{handle}” in full-width or half-width letters, which {platform} does not take for the same.",
        "以全角或半角变体书写了“{handle}”，{platform_zh}不视为同一账号名。",
    ),
    "confusable": Wording(
        "It looks like “{handle}” and is written with other characters.", "看似“{handle}”，实由形近的其他字符写成。"
    ),
    "traditional_simplified": Wording(
        "It is “{handle}” in traditional for simplified characters, or the other way round.",
        "与“{handle}”仅繁简体不同。",
    ),
    "accents": Wording(
        "It differs from “{handle}” by accents or another spelling of a letter.",
        "与“{handle}”仅重音符号或字母写法不同。",
    ),
    "separators": Wording(
        "A “_”, “-” or “.” of “{handle}” was added or removed.", "与“{handle}”相比增减了“_”“-”或“.”。"
    ),
    "digits_for_letters": Wording(
        "It is “{handle}” with digits in the place of letters.", "以数字代替了“{handle}”中的字母。"
    ),
    "swapped_letters": Wording("Two letters of “{handle}” are exchanged.", "与“{handle}”相比有两个字符对调。"),
    "doubled_letters": Wording(
        "A letter of “{handle}” is doubled, or single where it is double.", "与“{handle}”相比有字符重复或缺漏。"
    ),
    "same_pinyin": Wording("It is pronounced like “{handle}”.", "与“{handle}”读音相同。"),
    "official_word": Wording(
        "It is “{handle}” with a word such as “official” added or removed.",
        "与“{handle}”相比增减了“官方”“发布”“official”一类的字样。",
    ),
    "country_suffix": Wording(
        "It is “{handle}” with the code of a country added or removed.", "与“{handle}”相比增减了国家代码。"
    ),
    "one_edit": Wording("One letter of “{handle}” is added, removed or changed.", "与“{handle}”相差一个字符。"),
    "other_kind": Wording(
        "It is another kind of page on {platform} than that of “{handle}”.",
        "与“{handle}”是{platform_zh}上不同类别的主页。",
    ),
    "other_server": Wording("It is on another server than “{handle}”.", "与“{handle}”不在同一服务器上。"),
    "other_domain": Wording(
        "It is the name of “{handle}” under another ending, or under {platform}’s own domain.",
        "与“{handle}”同名，但后缀不同，或位于{platform_zh}自己的域名之下。",
    ),
    "same_handle_other_platform": Wording(
        "The same handle is registered on {platform}. That proves nothing: anybody may take it here.",
        "{platform_zh}上登记有相同的账号名，但这并不能证明什么：任何人都可在此注册。",
    ),
    "look_alike_host": Wording(
        "The address is not {platform}’s: “{host}” only looks like it.", "该网址不属于{platform_zh}：“{host}”只是貌似。"
    ),
}
# Why it is unknown.
_UNKNOWN: Final = {
    "not_registered": Wording(
        "No registered account has this {what}. Being on a known platform proves nothing.",
        "没有登记账号使用此{what_zh}；位于已知平台并不能证明什么。",
    ),
    "ambiguous_handle": Wording(
        "Accounts of different departments have this handle; state the platform.",
        "多个部门的账号使用此账号名，请注明平台。",
    ),
    "ambiguous_name": Wording(
        "{count} registered accounts have this name; state the platform or the region.",
        "有{count}个登记账号使用此名称，请注明平台或地区。",
    ),
    "website_of_department": Wording(
        # Many may share one, as those of www.gov.uk do.
        "“{shown}” is no account: it is a website of registered departments. The candidates are accounts of theirs; "
        "/v1/accounts?website={shown} lists them all.",
        "“{shown}”并非账号，而是已登记部门的网站。候选为这些部门的账号，全部账号见 /v1/accounts?website={shown}。",
    ),
    "id_of_department": Wording(
        "“{shown}” is the id of a registered department in another register, and no account. It runs the accounts that "
        "are candidates; /v1/accounts?external_id={shown} lists them all.",
        "“{shown}”是一个已登记部门在其他名录中的编号，并非账号。候选即为其所运营的账号，全部账号见 "
        "/v1/accounts?external_id={shown}。",
    ),
    "unknown_external_id": Wording(
        "No department with the id “{shown}” runs a registered account.", "没有编号为“{shown}”的部门运营已登记账号。"
    ),
    "wrong_check_digit": Wording(
        "“{shown}” is no external id: its check digit is wrong, so a character is mistyped. Compare it with its "
        "register.",
        "“{shown}”不是有效的外部编号：校验码有误，应有字符输入错误，请与原名录核对。",
    ),
    "same_name": Wording("A registered account has this name.", "有登记账号使用此名称。"),
    "added_signs": Wording(
        "It is the name of a registered account with signs added that the registered name does not have.",
        "此名称比登记账号的名称多出了符号。",
    ),
    "similar_name": Wording(
        "No registered account has this name; the candidates have names that are like it.",
        "没有登记账号使用此名称；候选账号的名称与其相近。",
    ),
    "display_name_in_handle": Wording(
        "In the handle’s place stands a displayed name, which anybody may use.",
        "账号名的位置上是显示名称，而显示名称任何人都可使用。",
    ),
    "unreadable": Wording(
        "The text holds characters that no address or name has.", "文本含有网址或名称中不会有的字符。"
    ),
    "nothing_given": Wording("Nothing is given that could name an account.", "没有可指明账号的内容。"),
    "too_long": Wording(
        "The text is longer than {most} characters; give the address alone.", "文本超过{most}个字符，请只给出网址。"
    ),
    "unknown_platform": Wording("“{shown}” is not a platform known here.", "“{shown}”不是本名录所知的平台。"),
    "not_a_url": Wording(
        "This is neither the address of a web page nor a name known here.", "这既不是网址，也不是本名录所知的名称。"
    ),
    "unknown_host": Wording("“{host}” belongs to no platform known here.", "“{host}”不属于本名录所知的任何平台。"),
    "bare_host": Wording(
        "This is the front page of {platform}; it names no account.", "这是{platform_zh}的首页，没有指明账号。"
    ),
    "service_page": Wording(
        "This is a page of {platform} itself, not an account.", "这是{platform_zh}自身的页面，不是账号。"
    ),
    "share_link": Wording(
        "This is a button to share something on {platform}, not an account.", "这是{platform_zh}的分享链接，不是账号。"
    ),
    "short_link": Wording(
        "A short link does not say where it leads; open it and give the address that the browser then shows.",
        "短链接不显示其去向；请打开后提供浏览器显示的网址。",
    ),
    "search_page": Wording("This is a search on {platform}, not an account.", "这是{platform_zh}的搜索页，不是账号。"),
    "login_page": Wording(
        "This is a page to log in to {platform}, not an account.", "这是{platform_zh}的登录页，不是账号。"
    ),
    "hashtag": Wording("A topic on {platform} belongs to nobody.", "{platform_zh}上的话题不属于任何人。"),
    "post_without_author": Wording(
        "This is a single post on {platform}, and its address does not say whose.",
        "这是{platform_zh}上的一条帖子，网址未显示作者。",
    ),
    "playlist": Wording(
        "This is a list on {platform}, and its address does not say whose.",
        "这是{platform_zh}上的列表，网址未显示其主人。",
    ),
    "blog_article": Wording(
        "This is an article, and its address does not say whose.", "这是一篇文章，网址未显示作者。"
    ),
    "group_or_event": Wording(
        "This is a group or an event on {platform}, not an account.", "这是{platform_zh}的群组或活动，不是账号。"
    ),
    "malformed_handle": Wording(
        "“{shown}” cannot be a handle on {platform}.", "“{shown}”不可能是{platform_zh}的账号名。"
    ),
    "unverified_handle": Wording(
        "“{shown}” is what {platform} shows for a handle that it could not verify; it is nobody’s own.",
        "“{shown}”是{platform_zh}对无法验证的账号名的统一显示，不属于任何人。",
    ),
    "malformed_user_id": Wording(
        "“{shown}” cannot be a user id on {platform}.", "“{shown}”不可能是{platform_zh}的用户编号。"
    ),
    "contradiction": Wording(
        "The address is on {platform}, the stated platform is another.", "网址属于{platform_zh}，与所说明的平台不符。"
    ),
}
WORDINGS: Final[Mapping[str, Wording]] = {**_OFFICIAL, **_STANDING, **_FORMERLY, **_ALIKE, **_UNKNOWN}
"""Every code with its wording."""


def make_reason(code: str, **values: object) -> Reason:
    """Return the reason of a code with its placeholders filled; raise KeyError for an unknown code."""
    plain = _PLAIN.get(code)
    if plain is not None:
        return plain
    wording = WORDINGS[code]
    return Reason(code, wording.english.format_map(values), wording.chinese.format_map(values))


# Those without placeholders, formatted once.
_PLAIN: Final[Mapping[str, Reason]] = {
    code: Reason(code, wording.english, wording.chinese)
    for code, wording in WORDINGS.items()
    if "{" not in wording.english + wording.chinese
}
