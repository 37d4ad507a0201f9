"""Names of departments and accounts as they are compared: one form for every way of writing the same name."""

import unicodedata


def fold(name: str) -> str:
    """Give the form of `name` that is compared: NFKC (full-width, ligatures), no case, single inner spaces."""
    if name.isascii():
        return " ".join(name.lower().split())
    # Case folding can undo the normal form (U+0345 and the like), so it is made again.
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).split())
