"""Known redirecting pages, and the URL that such a page leads to.

Only hosts that are known to lead where they say are followed, each by its whole name: elsewhere, a query such as
`?url=https://x.com/nasa` says nothing of where the page leads, and must not make a stranger's link look official.
"""

import re
from collections.abc import Mapping
from importlib import resources
from typing import Final
from urllib.parse import unquote

from directory.platforms.grammar.links import Link


def _read_google_hosts() -> frozenset[str]:
    lines = (resources.files("directory.platforms.grammar") / "google-domains.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


_GOOGLE: Final = _read_google_hosts()
# Microsoft's checked links have a host for each of its regions. These names have the form of such hosts; some may not
# be in use. Only Microsoft can give one out, as all are under its own domain.
_SAFE_LINKS: Final = tuple(
    f"{region}.safelinks.protection.outlook.com"
    for region in (
        *(f"{area}{number:02}" for area in ("nam", "eur", "apc", "gcc") for number in range(1, 13)),
        *("na01", "emea01", "aus01", "can01", "che01", "deu01", "fra01", "gbr01", "ind01", "jpn01", "kor01", "lam01"),
        *("nor01", "swe01", "uae01", "zaf01"),
    )
)
_Redirect = tuple[frozenset[str] | None, tuple[str, ...]]
# Host → the first word of the path (None: any) and the names of the query that may hold the address.
_REDIRECTS: Final[Mapping[str, _Redirect]] = {
    "facebook.com": (frozenset({"l.php", "flx", "plugins"}), ("u", "href")),
    "m.facebook.com": (frozenset({"l.php", "flx", "plugins"}), ("u", "href")),
    "l.facebook.com": (None, ("u",)),
    "lm.facebook.com": (None, ("u",)),
    "l.instagram.com": (None, ("u",)),
    "l.threads.net": (None, ("u",)),
    "l.threads.com": (None, ("u",)),
    "l.messenger.com": (None, ("u",)),
    "youtube.com": (frozenset({"redirect"}), ("q",)),
    "consent.youtube.com": (None, ("continue",)),
    "consent.google.com": (None, ("continue",)),
    "linkedin.com": (frozenset({"redir", "safety"}), ("url",)),
    "vk.com": (frozenset({"away.php"}), ("to",)),
    "m.vk.com": (frozenset({"away.php", "away"}), ("to",)),
    "out.reddit.com": (None, ("url",)),
    "t.umblr.com": (frozenset({"redirect"}), ("z",)),
    "weibo.com": (frozenset({"sinaurl"}), ("u", "url")),
    "weibo.cn": (frozenset({"sinaurl"}), ("u", "toasturl", "url")),
    "link.zhihu.com": (None, ("target",)),
    "translate.google.com": (None, ("u",)),
    "duckduckgo.com": (frozenset({"l"}), ("uddg",)),
    "slack-redir.net": (frozenset({"link"}), ("url",)),
    "exit.sc": (None, ("url",)),
    "l.wl.co": (frozenset({"l"}), ("u",)),
    "linkprotect.cudasvc.com": (frozenset({"url"}), ("a",)),
    "urldefense.proofpoint.com": (frozenset({"v1", "v2"}), ("u",)),
    "c.pc.qq.com": (None, ("pfurl", "url")),
    **dict.fromkeys(_GOOGLE, (frozenset({"url"}), ("q", "url"))),
    **dict.fromkeys(_SAFE_LINKS, (None, ("url",))),
}
# Facebook writes the version of its interface before them.
_FACEBOOK: Final = frozenset({"facebook.com", "m.facebook.com"})
_FACEBOOK_PLUGINS: Final = re.compile(r"/(?:v[0-9.]{1,6}/)?plugins/")
# Links that are short and say nothing of where they lead. Those of one platform stand in its reference data.
SHORTENERS: Final = frozenset(
    (
        *("1.usa.gov", "bit.do", "bit.ly", "bitly.com", "buff.ly", "cutt.ly", "dlvr.it", "dwz.cn", "go.usa.gov"),
        *("ht.ly", "is.gd", "j.mp", "lnk.bio", "ow.ly", "rb.gy", "rebrand.ly", "s.id", "shorturl.at", "suo.im"),
        *("t.ly", "tiny.cc", "tinyurl.com", "trib.al", "url.cn", "v.gd", "wp.me", "gplus.to", "dld.bz"),
        *("archive.fo", "archive.is", "archive.li", "archive.md", "archive.ph", "archive.today", "archive.vn"),
    )
)
# What stands before the archived address in each archive's own paths: a date (Memento's 14 digits or fewer, with the
# mark of how it is shown), or a word. Other paths hold what anybody has uploaded or named, whatever address is in them.
_DATE: Final = r"(?:[0-9]{4,14}(?:[a-z]{2}_)?\*?|\*)"
_ARCHIVES: Final[Mapping[str, re.Pattern[str]]] = {
    "archive.org": re.compile(rf"/web/(?:{_DATE}/)?"),
    "web.archive.org": re.compile(rf"/(?:web/(?:{_DATE}/)?|save/(?:_embed/)?)"),
    "wayback.archive-it.org": re.compile(rf"/(?:[0-9]{{1,6}}|all)/{_DATE}/"),
    "webharvest.gov": re.compile(rf"/[a-z0-9]{{2,20}}/{_DATE}/"),
    "arquivo.pt": re.compile(rf"/(?:wayback|noFrame/replay)/{_DATE}/"),
    "webarchive.nationalarchives.gov.uk": re.compile(rf"/(?:ukgwa/)?(?:{_DATE}|\+)/"),
    "webarchive.org.uk": re.compile(rf"/wayback/(?:[a-z]{{2}}/)?archive/{_DATE}/"),
    "webarchive.loc.gov": re.compile(rf"/(?:all|[a-z0-9]{{2,20}})/{_DATE}/"),
    **dict.fromkeys(
        ("archive.fo", "archive.is", "archive.li", "archive.md", "archive.ph", "archive.today", "archive.vn"),
        re.compile(r"/(?:(?:newest|oldest|timegate)/|[0-9]{4}[0-9.-]{0,13}/)?(?=https?(?::|%3a))", re.IGNORECASE),
    ),
}
_CACHED: Final = re.compile(r"cache:(?:[A-Za-z0-9_-]{6,20}:)?(\S+)")
_TRANSLATED: Final = ".translate.goog"
_TRANSLATED_ELSEWHERE: Final = frozenset({"_x_tr_hp", "_x_tr_enc"})
_URL_DEFENSE: Final = re.compile(r"/v3/__(.+?)__;.*", re.DOTALL)
_OTHERS: Final = frozenset({"urldefense.com", "href.li", "webcache.googleusercontent.com"})
# What a page to log in keeps of the page that it stands before.
_AFTER_LOGIN: Final = (
    *("next", "next_url", "continue", "redirect_after_login", "session_redirect", "sessionredirect", "redirect"),
    *("redirect_to", "redirect_url", "redirect_uri", "return_to", "returnurl", "return_url", "dest", "url", "r", "to"),
)


def leads_on(host: str) -> bool:
    """Whether pages on a host (as `Link.host`) may lead on to another, so that `unwrap` has to be asked."""
    host = host.removeprefix("www.")
    return host in _REDIRECTS or host in _ARCHIVES or host in _OTHERS or host.endswith(_TRANSLATED)


def unwrap(link: Link) -> str | None:
    """Return the URL that a known redirecting page leads to, None for any other page.

    It is empty where the page names two addresses: which one it leads to is not known.
    """
    host = link.host.removeprefix("www.")
    if host in _ARCHIVES or host in _OTHERS or host.endswith(_TRANSLATED):
        return _find_in_path(host, link)
    words, names = _REDIRECTS[host]
    if host in _GOOGLE and link.segments[:1] == ["amp"]:
        return link.behind_host.removeprefix("/amp/").removeprefix("s/")
    first = link.segments[0].lower() if link.segments else ""
    if words is not None and first not in words and not is_plugin(link):
        return None
    given = link.parameters()
    # Google gives an empty one next to the one that it takes (`q=&url=`); what is given twice is empty here as well.
    left_empty = link.left_empty()
    targets = {given[name] for name in names if name in given and name not in left_empty}
    if len(targets) != 1:
        return "" if targets else None
    target = targets.pop()
    if host == "urldefense.proofpoint.com" and first == "v2":
        # Its version 2 writes % as - and / as _.
        target = unquote(target.replace("-", "%").replace("_", "/"))
    return target


def is_plugin(link: Link) -> bool:
    """Whether a link is a box of Facebook's for other websites, which shows the page that it is given."""
    return link.host.removeprefix("www.") in _FACEBOOK and _FACEBOOK_PLUGINS.match(link.path) is not None


def _find_in_path(host: str, link: Link) -> str | None:
    """Return the URL in the path or the host of a known page that shows or opens another one."""
    archive = _ARCHIVES.get(host)
    if archive is not None:
        begins = archive.match(link.path)
        archived = link.behind_host[begins.end() :] if begins is not None else ""
        return (unquote(archived) if "%3a" in archived[:9].lower() else archived) or None
    if host == "urldefense.com":
        found = _URL_DEFENSE.fullmatch(link.path)
        # A star stands for a character that is told behind the address, in a form of its own.
        return found[1] if found is not None and "*" not in found[1] else None
    if host == "href.li":
        return link.query or None
    if host == "webcache.googleusercontent.com":
        found = _CACHED.match(link.parameters().get("q", "")) if link.segments == ["search"] else None
        return found[1] if found else None
    # Google writes a host's dots as hyphens, and its hyphens twice.
    label = host.removesuffix(_TRANSLATED)
    # The beginning of a long host, and how one that is not ASCII is written, stand in the query.
    if "." in label or not _TRANSLATED_ELSEWHERE.isdisjoint(link.parameters()):
        return None
    return label.replace("--", "\0").replace("-", ".").replace("\0", "-") + link.behind_host


def after_login(link: Link) -> str | None:
    """Return the URL of the page behind a login page, None if it names none or two."""
    given = link.parameters()
    targets = {given[name] for name in _AFTER_LOGIN if given.get(name)}
    if len(targets) != 1:
        return None
    target = targets.pop()
    if target.startswith("/") and not target.startswith(("//", "/\\")):
        return f"https://{link.host}{target}"
    return target if target.lower().startswith(("https://", "http://")) else None


# What an app opens by a scheme of its own, as on posters and in QR codes → the same in a browser.
_APPS: Final = {
    "at://": "https://bsky.app/profile/",
    "did:": "https://bsky.app/profile/did:",
    "fb://page/": "https://www.facebook.com/",
    "fb://profile/": "https://www.facebook.com/",
    "instagram://user?username=": "https://www.instagram.com/",
    "line://R/": "https://line.me/R/",
    "line://ti/": "https://line.me/ti/",
    "sinaweibo://userinfo?uid=": "https://weibo.com/u/",
    "tg://resolve?domain=": "https://t.me/",
    "twitter://user?screen_name=": "https://x.com/",
    "vk://vk.com/": "https://vk.com/",
    "weixin://contacts/profile/": "https://open.weixin.qq.com/qr/code?username=",
    "whatsapp://send?phone=": "https://wa.me/",
}


def open_in_browser(text: str) -> str:
    """Return the web URL of a profile in an app (`at://`, `fb://page/`), any other URL unchanged."""
    # Nearly all are the web's.
    if text.startswith(("http", "www.")):
        return text
    for scheme, page in _APPS.items():
        if text.startswith(scheme):
            return page + text.removeprefix(scheme)
    return text
