"""The text of HTML in a field of a source."""

from __future__ import annotations

import html
import re
from typing import Final

_TAGS: Final = re.compile(r"<[^>]*>")


def plain_text(markup: str) -> str:
    """Return the text of a piece of HTML, on one line."""
    return " ".join(html.unescape(_TAGS.sub(" ", markup)).split())
