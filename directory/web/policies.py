"""What the browser lets a page of ours do (Content Security Policy)."""

from __future__ import annotations

from typing import Final

# Nothing of ours connects from a page; programs that judge pages fetch robots.txt so.
PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
