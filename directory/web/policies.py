"""What the browser lets a page of ours do (Content Security Policy)."""

from __future__ import annotations

from typing import Final

# Pages of the site have scripts of ours too, and draw little pictures from data: URLs; nothing inline. Programs
# that judge pages fetch robots.txt by connect-src.
SITE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
