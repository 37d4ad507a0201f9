"""Where a table's header is: below lines of title, and in two lines where one groups the columns of the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from directory.imports.read.columns import Headings, Meaning

# So many lines at the beginning of a file are looked at for its header.
LOOKED_AT: Final = 30
_ENOUGH: Final = 2


@dataclass(frozen=True, slots=True)
class Header:
    """The headings of a table's columns, and which of the lines at its beginning are its first and last ones.

    `rows` are those lines as they stand, so that they are known where they are repeated; `notes` say what was done.
    """

    headings: tuple[str, ...]
    first: int
    last: int
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def find_header(rows: Sequence[Sequence[str]], headings: Headings) -> int:
    """Return which of `rows`, those at the beginning of a table that are not blank, names the columns.

    It is the first one, unless a later one has more headings that are known, and two at least.
    """
    counts = [headings.count_known(row) for row in rows]
    most = max(counts, default=0)
    return counts.index(most) if most >= _ENOUGH and most > counts[0] else 0


def read_header(rows: Sequence[Sequence[str]], at: int, numbers: Sequence[int], headings: Headings) -> Header:
    """Return the header whose main line is `rows[at]`, `numbers` being those of the lines."""
    row = _clean(rows[at])
    first = last = at
    notes = []
    if at > 0 and (above := _join(_clean(rows[at - 1]), row, headings, is_group=True)) is not None:
        row, first = above, at - 1
    elif at + 1 < len(rows):
        below = _clean(rows[at + 1])
        joined = _join(row, below, headings)
        if joined is not None:
            row, last = joined, at + 1
        elif _is_second(row, below, headings):
            last = at + 1
            notes.append(f"line {numbers[last]} names the columns once more, and was left out")
    if first != last and not notes:
        notes.append(f"lines {numbers[first]} and {numbers[last]} were read as one header")
    if first > 0:
        titles = "; ".join(repr(" ".join(filter(None, map(str.strip, title)))[:100]) for title in rows[: min(first, 3)])
        notes.insert(
            0, f"line {numbers[first]} was taken for the header, and what stands above it left out ({titles}); "
            "--header-line N names another line"
        )  # fmt: skip
    while last + 1 < len(rows) and _counts_columns(rows[last + 1]):
        last += 1
        notes.append(f"line {numbers[last]} numbers the columns, and was left out")
    return Header(tuple(row), first, last, tuple(tuple(each) for each in rows[first : last + 1]), tuple(notes))


def _clean(row: Sequence[str]) -> list[str]:
    return [" ".join(cell.split()) for cell in row]


def _is_known(meaning: Meaning) -> bool:
    return meaning.column is not None or meaning.account is not None


def _join(
    upper: Sequence[str], lower: Sequence[str], headings: Headings, *, is_group: bool = False
) -> list[str] | None:
    """Return the headings of two lines of which the upper groups the lower; None if they are none.

    A group stands above the first of its columns, and above the others nothing. `is_group`: whether the lower line is
    the header without the upper one, which may be a title.
    """
    width = max(len(upper), len(lower))
    upper, lower = [*upper, *[""] * (width - len(upper))], [*lower, *[""] * (width - len(lower))]
    spans = [place for place in range(width) if not upper[place] and lower[place]]
    if not spans or spans[0] == 0 or not any(upper):
        return None
    joined, known, grouped, group = [], 0, 0, ""
    for place in range(width):
        group = upper[place] or group
        # A heading that spans both lines stands in each of them in a workbook.
        if not lower[place] or lower[place] == upper[place]:
            joined.append(upper[place])
            continue
        begins = bool(upper[place]) and place + 1 in spans
        if not (begins or place in spans):
            # A line that stands below a whole heading is data, or a heading of its own.
            if not _is_known(headings.find(lower[place])):
                return None
            joined.append(upper[place])
            continue
        whole, alone = f"{group} {lower[place]}", headings.find(lower[place])
        meaning = headings.find(whole)
        # A title above a heading changes nothing of what that means.
        if _is_known(meaning) and meaning != alone:
            known += 1
            grouped += 1
            joined.append(whole)
        elif _is_known(alone):
            known += 1
            joined.append(lower[place])
        else:
            joined.append(whole)
    if is_group and not grouped:
        return None
    return joined if known >= _ENOUGH or known >= len(spans) else None


def _is_second(header: Sequence[str], row: Sequence[str], headings: Headings) -> bool:
    """Whether a line below the header is another one, in another language or of the names that programs use."""
    filled = [cell for cell in row if cell]
    if len(filled) < max(_ENOUGH, len([cell for cell in header if cell]) // 2):
        return False
    alike = sum(
        1
        for heading, cell in zip(header, row, strict=False)
        if cell and (found := headings.find(cell)).column is not None and found.column == headings.find(heading).column
    )
    return alike >= max(_ENOUGH, len(filled) // 2)


def _counts_columns(row: Sequence[str]) -> bool:
    """Whether a line has the numbers of the columns: 1, 2, 3 or (1), (2), (3)."""
    cells = [cell.strip().strip("()（）") for cell in row]
    return len(cells) > _ENOUGH and cells == [str(number) for number in range(1, len(cells) + 1)]
