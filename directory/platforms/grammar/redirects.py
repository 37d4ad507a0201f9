"""Known pages that only lead on to another: the address that such a one leads to.

Only hosts that are known to lead where they say are followed: elsewhere, a query such as `?url=https://x.com/nasa`
says nothing of where the page leads, and must not make a stranger's link look official.
"""

import re
from typing import Final
from urllib.parse import unquote

from directory.platforms.grammar.links import Link

# Host → the first word of the path (None: any) and the names of the query that may hold the address.
_REDIRECTS: Final[dict[str, tuple[frozenset[str] | None, tuple[str, ...]]]] = {
    "facebook.com": (frozenset({"l.php", "flx", "plugins"}), ("u", "href")),
    "l.facebook.com": (None, ("u",)),
    "lm.facebook.com": (None, ("u",)),
    "l.instagram.com": (None, ("u",)),
    "l.threads.net": (None, ("u",)),
    "l.threads.com": (None, ("u",)),
    "l.messenger.com": (None, ("u",)),
    "google.com": (frozenset({"url"}), ("q", "url")),
    "youtube.com": (frozenset({"redirect"}), ("q",)),
    "consent.youtube.com": (None, ("continue",)),
    "consent.google.com": (None, ("continue",)),
    "linkedin.com": (frozenset({"redir", "safety"}), ("url",)),
    "vk.com": (frozenset({"away.php"}), ("to",)),
    "m.vk.com": (frozenset({"away.php", "away"}), ("to",)),
    "out.reddit.com": (None, ("url",)),
    "t.umblr.com": (None, ("z",)),
    "weibo.com": (frozenset({"sinaurl"}), ("u", "url")),
    "weibo.cn": (frozenset({"sinaurl"}), ("u", "toasturl", "url")),
    "link.zhihu.com": (None, ("target",)),
    "translate.google.com": (None, ("u",)),
    "duckduckgo.com": (frozenset({"l"}), ("uddg",)),
    "slack-redir.net": (None, ("url",)),
    "exit.sc": (None, ("url",)),
    "l.wl.co": (None, ("u",)),
    "linkprotect.cudasvc.com": (None, ("a",)),
    "urldefense.proofpoint.com": (None, ("u",)),
    "c.pc.qq.com": (None, ("pfurl", "url")),
    ".safelinks.protection.outlook.com": (None, ("url",)),
}
# Links that are short and say nothing of where they lead. Those of one platform stand in its reference data.
SHORTENERS: Final = frozenset(
    (
        *("1.usa.gov", "bit.do", "bit.ly", "bitly.com", "buff.ly", "cutt.ly", "dlvr.it", "dwz.cn", "go.usa.gov"),
        *("ht.ly", "is.gd", "j.mp", "lnk.bio", "ow.ly", "rb.gy", "rebrand.ly", "s.id", "shorturl.at", "suo.im"),
        *("t.ly", "tiny.cc", "tinyurl.com", "trib.al", "url.cn", "v.gd", "wp.me", "gplus.to", "dld.bz"),
        *("archive.fo", "archive.is", "archive.li", "archive.md", "archive.ph", "archive.today", "archive.vn"),
    )
)
_SAFE_LINKS: Final = ".safelinks.protection.outlook.com"
_GOOGLE: Final = re.compile(r"google(?:\.[a-z]{2,3}){1,2}")
_ARCHIVES: Final = frozenset(
    (
        *("web.archive.org", "archive.org", "webharvest.gov", "wayback.archive-it.org", "arquivo.pt"),
        *("webarchive.nationalarchives.gov.uk", "webarchive.org.uk", "archive-it.org", "webarchive.loc.gov"),
        *("archive.fo", "archive.is", "archive.li", "archive.md", "archive.ph", "archive.today", "archive.vn"),
    )
)
# An archive writes the archived address into its own, behind a date: the first there is the one it shows.
_ARCHIVED: Final = re.compile(r"[^/]*+/(?:.{0,200}?/)??(https?(?::|%3a)/*.+)", re.DOTALL | re.IGNORECASE)
_DATED: Final = re.compile(r".{0,200}?/[0-9]{4,14}(?:[a-z]{2}_|\*)?/(.+)", re.DOTALL)
_AMP: Final = re.compile(r".{0,60}?/amp/(?:s/)?(.+)", re.DOTALL)
_CACHED: Final = re.compile(r"cache:(?:[A-Za-z0-9_-]{6,20}:)?(\S+)")
_URL_DEFENSE: Final = re.compile(r".{0,200}?/v3/__(.+?)__;", re.DOTALL)


def unwrap(link: Link) -> str | None:
    """Give the address that a known redirecting page leads to, or None if the link is no such page."""
    host = link.host.removeprefix("www.")
    in_path = _find_in_path(host, link)
    if in_path is not None:
        return in_path
    known = "google.com" if _GOOGLE.fullmatch(host) else _SAFE_LINKS if host.endswith(_SAFE_LINKS) else host
    redirect = _REDIRECTS.get(known)
    if redirect is None:
        return None
    words, names = redirect
    if words is not None and (not link.segments or link.segments[0].lower() not in words):
        return None
    given = link.parameters()
    target = next((given[name] for name in names if given.get(name)), None)
    if target is not None and host == "urldefense.proofpoint.com":
        # Its version 2 writes % as - and / as _.
        target = unquote(target.replace("-", "%").replace("_", "/"))
    return target


def _find_in_path(host: str, link: Link) -> str | None:
    """Give the address that stands in the path, or in the host, of a known page that shows or opens another."""
    found: re.Match[str] | None = None
    if host in _ARCHIVES:
        behind = link.text[link.text.lower().find(host) + len(host) :]
        found = _ARCHIVED.match(behind) or _DATED.match(behind)
        return unquote(found[1]) if found and "%3a" in found[1][:9].lower() else found[1] if found else None
    if host == "urldefense.com":
        found = _URL_DEFENSE.match(link.text)
    elif host.endswith(".translate.goog"):
        # Google writes a host's dots as hyphens, and its hyphens twice.
        label = host.removesuffix(".translate.goog")
        return label.replace("--", "\0").replace("-", ".").replace("\0", "-") + "/" + "/".join(link.segments)
    elif host == "href.li":
        return link.query or None
    elif host == "webcache.googleusercontent.com":
        found = _CACHED.match(link.parameters().get("q", ""))
    elif _GOOGLE.fullmatch(host) and link.segments[:1] == ["amp"]:
        found = _AMP.match(link.text)
    return found[1] if found else None


# What an app opens by a scheme of its own, as on posters and in QR codes → the same in a browser.
_APPS: Final = {
    "at://": "https://bsky.app/profile/",
    "did:": "https://bsky.app/profile/did:",
    "fb://page/": "https://www.facebook.com/",
    "fb://profile/": "https://www.facebook.com/",
    "instagram://user?username=": "https://www.instagram.com/",
    "tg://resolve?domain=": "https://t.me/",
    "twitter://user?screen_name=": "https://x.com/",
    "weixin://contacts/profile/": "https://open.weixin.qq.com/qr/code?username=",
}


def open_in_browser(text: str) -> str:
    """Write the address of a profile in an app (`at://`, `fb://page/`) as that of its page; others stay as they are."""
    for scheme, page in _APPS.items():
        if text.startswith(scheme):
            return page + text.removeprefix(scheme)
    return text
