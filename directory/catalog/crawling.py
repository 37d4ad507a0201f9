"""robots.txt and sitemap.xml.

Source: RFC 9309 for robots.txt; <https://www.sitemaps.org/protocol.html> for the sitemap, which has at most 50,000
URLs in a file.
"""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape

from directory.config import Config
from directory.http.problems import PROBLEMS

# The codes of the languages in the paths of the site, by their tags (BCP 47) in the sitemap.
_LANGUAGES: Final = {"en": "en", "zh-Hans": "zh"}
# The pages of the site that are one each, below the language.
_PAGES: Final = (
    *("", "accounts", "check", "regions", "departments", "platforms", "rankings", "reports", "aggregates", "downloads"),
    *("feedback", "feedback/reports"),
    *("docs", "about", "official", "terms", "privacy", "contact", "accessibility", "feeds"),
)
_FRONT_PAGES: Final = frozenset(f"/{code}/" for code in _LANGUAGES.values())
# URLs without an end: each combination of filters is another one. Pages of the site name the one without parameters
# as canonical instead.
_ENDLESS: Final = (
    *("/v1/accounts?*", "/v1/aggregates", "/v1/rankings", "/v1/resolve", "/v1/suggest"),
    # A page with one parameter is a search or a check that somebody links to.
    *("/*/accounts?*&", "/*/aggregates?", "/*/rankings?", "/*/reports/*?", "/*/departments?*&"),
)


def robots_text(config: Config) -> str:
    """Return robots.txt: all robots may fetch everything but the endless URLs."""
    rules = [f"Disallow: {path}" for path in _ENDLESS]
    return "\n".join(["User-agent: *", *rules, "Allow: /", "", f"Sitemap: {config.base_url}/sitemap.xml", ""])


def sitemap(config: Config, modified: str | None) -> str:
    """Return the sitemap: the pages that are one each, in every language, the front page with the latest revision.

    Pages of records are not in it: they are reached from these, and more than a sitemap holds.
    """
    alternates = {
        page: "".join(
            f'<xhtml:link rel="alternate" hreflang="{tag}" href="{escape(config.base_url)}/{code}/{page}"/>'
            for tag, code in _LANGUAGES.items()
        )
        for page in _PAGES
    }
    pages = [(f"/{code}/{page}", alternates[page]) for page in _PAGES for code in _LANGUAGES.values()]
    others = [(path, "") for path in ("/docs", "/problems", *(f"/problems/{slug}" for slug in sorted(PROBLEMS)))]
    urls = [
        f"<url><loc>{escape(config.base_url + path)}</loc>"
        + (f"<lastmod>{modified}</lastmod>" if modified and path in _FRONT_PAGES else "")
        + f"{links}</url>"
        for path, links in (*pages, *others)
    ]
    body = "\n".join(urls)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
        f"{body}\n</urlset>\n"
    )
