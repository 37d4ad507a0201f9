"""Regenerate the table of letters that look alike, from the newest Unicode that a package carries.

`pip install icukit-pyicu`, then `python -m tests.lookalikes.confusables`. ICU keeps the data of Unicode TR 39 in a
form of its own, so every character is asked for its skeleton. The package is too large to depend on: 124 MB for 33 kB
of text.
"""

import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import Final

from directory.lookalikes import skeletons

PATH: Final = Path(skeletons.__file__).with_name("confusables.txt")


def main() -> None:
    """Ask ICU for the skeleton of every character that is assigned, and write those that look like another."""
    import icu  # type: ignore[import-not-found]  # noqa: PLC0415  # pyright: ignore[reportMissingImports]

    checker = icu.SpoofChecker()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    decompose = icu.Normalizer2.getNFDInstance().normalize  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for code in range(0x110000):
        character = chr(code)
        if unicodedata.category(character) not in {"Cs", "Cc"} and decompose(character) == character:
            prototype = str(checker.getSkeleton(0, character))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
            if prototype not in {character, ""}:
                alike[prototype].append(character)
    versions = (str(icu.UNICODE_VERSION), str(icu.ICU_VERSION))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
    made = "Confusable characters of Unicode {} (TR 39), as ICU {} has them: prototype, tab, letters."
    head = f"# {made.format(*versions)}\n"
    rows = (f"{prototype}\t{''.join(letters)}\n" for prototype, letters in sorted(alike.items()))
    PATH.write_text(head + "".join(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
