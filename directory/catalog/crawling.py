"""robots.txt and sitemap.xml.

Source: RFC 9309 for robots.txt; <https://www.sitemaps.org/protocol.html> for the sitemap, which has at most 50,000
URLs in a file.
"""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape

from directory.config import Config
from directory.http.problems import PROBLEMS

# URLs without an end: each combination of filters is another one.
_ENDLESS: Final = ("/v1/accounts?*", "/v1/aggregates", "/v1/rankings", "/v1/resolve", "/v1/suggest")


def robots_text(config: Config) -> str:
    """Return robots.txt: all robots may fetch everything but the endless URLs."""
    rules = [f"Disallow: {path}" for path in _ENDLESS]
    return "\n".join(["User-agent: *", *rules, "Allow: /", "", f"Sitemap: {config.base_url}/sitemap.xml", ""])


def sitemap(config: Config, modified: str | None) -> str:
    """Return the sitemap: the HTML pages, the front page with the time of the latest revision.

    Records are not in it: they are JSON, which search engines do not index, and /data.json lists all of them.
    """
    paths = ["/", "/docs", "/problems", *(f"/problems/{slug}" for slug in sorted(PROBLEMS))]
    urls = [
        f"<url><loc>{escape(config.base_url + path)}</loc>"
        + (f"<lastmod>{modified}</lastmod>" if modified and path == "/" else "")
        + "</url>"
        for path in paths
    ]
    body = "\n".join(urls)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{body}\n</urlset>\n'
    )
