"""The type of a department by its name, where its list states none: 成都市双流区应急管理局 is of emergency services.

`kinds.csv` has words of names. In Chinese what a body does stands at its end, so the last word that fits counts; in
other languages it is a whole word, and the first line that fits counts, the narrower kinds before the wider. Names are
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
    """Return the type that a department's name tells, in Chinese, Japanese or Latin letters; else None."""
    if len(name) > _MAX_LENGTH:
        return None
    if _IS_HAN.search(name):
        folded = fold(name)
        ends = [
            (max(found.end() for found in form.finditer(folded)), -place, kind)
            for place, (kind, form) in enumerate(_forms("han"))
            if form.search(folded)
        ]
        return max(ends)[2] if ends else None
    folded = fold(name)
    return next((kind for kind, form in _forms("latin") if form.search(folded)), None)


@cache
def _forms(script: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    text = (files("directory.departments") / "kinds.csv").read_text(encoding="utf-8")
    form = "(?:%s)" if script == "han" else r"(?<![\w-])(?:%s)(?![\w-])"
    return tuple(
        (row["type"], re.compile(form % row["words"]))
        for row in csv.DictReader(text.splitlines())
        if row["script"] == script
    )
