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
    "facebook.com": (frozenset({"l.php"}), ("u",)),
    "l.facebook.com": (None, ("u",)),
    "lm.facebook.com": (None, ("u",)),
    "l.instagram.com": (None, ("u",)),
    "l.threads.net": (None, ("u",)),
    "l.threads.com": (None, ("u",)),
    "l.messenger.com": (None, ("u",)),
    "google.com": (frozenset({"url"}), ("q", "url")),
    "youtube.com": (frozenset({"redirect"}), ("q",)),
    "linkedin.com": (frozenset({"redir", "safety"}), ("url",)),
    "vk.com": (frozenset({"away.php"}), ("to",)),
    "m.vk.com": (frozenset({"away.php", "away"}), ("to",)),
    "out.reddit.com": (None, ("url",)),
    "t.umblr.com": (None, ("z",)),
    "weibo.cn": (frozenset({"sinaurl"}), ("u", "toasturl", "url")),
    "link.zhihu.com": (None, ("target",)),
    "translate.google.com": (None, ("u",)),
    "duckduckgo.com": (frozenset({"l"}), ("uddg",)),
    "slack-redir.net": (None, ("url",)),
    "exit.sc": (None, ("url",)),
    "urldefense.proofpoint.com": (None, ("u",)),
    "c.pc.qq.com": (None, ("pfurl", "url")),
    ".safelinks.protection.outlook.com": (None, ("url",)),
}
# Links that are short and say nothing of where they lead. Those of one platform stand in its reference data.
SHORTENERS: Final = frozenset(
    (
        *("1.usa.gov", "bit.do", "bit.ly", "bitly.com", "buff.ly", "cutt.ly", "dlvr.it", "dwz.cn", "go.usa.gov"),
        *("ht.ly", "is.gd", "j.mp", "lnk.bio", "ow.ly", "rb.gy", "rebrand.ly", "s.id", "shorturl.at", "suo.im"),
        *("t.ly", "tiny.cc", "tinyurl.com", "trib.al", "url.cn", "v.gd", "wp.me"),
    )
)
_SAFE_LINKS: Final = ".safelinks.protection.outlook.com"
_GOOGLE: Final = re.compile(r"google(?:\.[a-z]{2,3}){1,2}")
_ARCHIVES: Final = frozenset({"web.archive.org", "archive.org", "webharvest.gov", "wayback.archive-it.org"})
_ARCHIVED: Final = re.compile(r".{0,200}?/[0-9]{4,14}(?:[a-z]{2}_|\*)?/(.+)", re.DOTALL)
_URL_DEFENSE: Final = re.compile(r".{0,200}?/v3/__(.+?)__;", re.DOTALL)


def unwrap(link: Link) -> str | None:
    """Give the address that a known redirecting page leads to, or None if the link is no such page."""
    host = link.host.removeprefix("www.")
    if host in _ARCHIVES:
        archived = _ARCHIVED.match(link.text)
        return archived[1] if archived else None
    if host == "urldefense.com":
        defended = _URL_DEFENSE.match(link.text)
        return defended[1] if defended else None
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
