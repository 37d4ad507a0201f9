"""Detection of a department's type from its name, for lists without types: 应急管理局 is an emergency service.

`kinds.csv` has words of names by type. A Chinese name ends with what the body does, so the last match counts; in other
languages words are matched whole, and the first matching line counts: narrow types come before wide ones. Names are
compared without case and accents, and in simplified characters.
"""

import csv
import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from directory.regions.folding import fold

_IS_HAN: Final = re.compile("[\u3400-\u9fff]")
_MAX_LENGTH: Final = 200


@lru_cache(maxsize=4_096)
def find_type(name: str) -> str | None:
    """Return the type that a name in Chinese, Japanese or Latin letters implies; None if there is none."""
    if len(name) > _MAX_LENGTH:
        return None
    if _IS_HAN.search(name):
        folded = fold(name)
        ends = [
            # At one end the earlier line of the table counts, so its number is negated.
            (max(found.end() for found in form.finditer(folded)), -number, kind)
            for number, (kind, form) in enumerate(_forms("han"))
            if form.search(folded)
        ]
        return max(ends)[2] if ends else None
    folded = fold(name)
    return next((kind for kind, form in _forms("latin") if form.search(folded)), None)


@cache
def _forms(script: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    text = (files("directory.departments") / "kinds.csv").read_text(encoding="utf-8")
    # Chinese has no blanks between words. For Latin words `\b` does not do: it takes a hyphen for an end.
    form = "(?:%s)" if script == "han" else r"(?<![\w-])(?:%s)(?![\w-])"
    return tuple(
        (row["type"], re.compile(form % row["words"]))
        for row in csv.DictReader(text.splitlines())
        if row["script"] == script
    )
