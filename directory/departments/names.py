"""Case folding of names of departments and accounts, for comparisons."""

import unicodedata


def fold(name: str) -> str:
    """Return `name` folded: NFKC (full-width letters, ligatures), without case, with single spaces."""
    if name.isascii():
        return " ".join(name.lower().split())
    # Case folding can undo the normal form (U+0345 and others), so it is normalized twice.
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).split())
