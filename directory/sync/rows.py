"""The rows of a run as a file for the import; what names no account is left out and counted.

Lists of links have websites, posts and searches among the profiles. They are no accounts, so they are not the rejected
rows of an import, for which nothing would be withdrawn.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from directory.imports.options import Progress
from directory.imports.read.headings import COLUMNS
from directory.platforms.grammar.outcomes import Address, NotAProfile
from directory.platforms.grammar.rows import identify
from directory.sync.connector import Row
from directory.sync.errors import ChangedFormError, SyncError

ROWS_MAX: Final = 2_000_000
_PROGRESS_EVERY: Final = 500
_COLUMNS: Final = frozenset(COLUMNS)
_OBSERVED: Final = frozenset({"followers", "followers_at", "posts", "last_post_at"})
# What `directory collect` records, and an import row has not.
_COLLECTED: Final = frozenset({"following", "verified"})
_EXAMPLES_MAX: Final = 3


class RowFile:
    """The file of a run's rows; `count` and `left_out` are of those that have been written so far."""

    def __init__(self, path: Path, expected: int, progress: Progress, phase: str) -> None:
        """Write to `path`; `expected` is the number of rows that the last run had."""
        self.path = path
        self.count = 0
        self._left_out: dict[str, list[str]] = {}
        self._reasons: Counter[str] = Counter()
        self._digest = hashlib.sha256()
        self._expected = expected
        self._progress = progress
        self._phase = phase

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of all that is not an observation: counts change from hour to hour."""
        return self._digest.hexdigest()

    def write(self, rows: Iterable[Row]) -> None:
        """Write all rows; raise SyncError for too many of them, an unknown column, and a text that is not Unicode."""
        with self.path.open("w", encoding="utf-8") as file:
            for row in rows:
                stated = {
                    column: value for column, value in row.items() if value is not None and column not in _COLLECTED
                }
                if not stated.keys() <= _COLUMNS:
                    unknown = ", ".join(sorted(stated.keys() - _COLUMNS))
                    raise SyncError(f"its connector yields columns that an import row does not have: {unknown}")
                if not self._names_account(stated):
                    continue
                self.count += 1
                if self.count > ROWS_MAX:
                    raise SyncError(f"it has more than the allowed {ROWS_MAX:,} rows")
                try:
                    file.write(json.dumps(stated, ensure_ascii=False) + "\n")
                except UnicodeEncodeError as error:
                    raise ChangedFormError(
                        f"a text is not Unicode ({error.reason}): {json.dumps(stated)[:200]}"
                    ) from error
                lasting = stated if _OBSERVED.isdisjoint(stated) else _without_observation(stated)
                self._digest.update(json.dumps(lasting).encode())
                if not self.count % _PROGRESS_EVERY:
                    self._progress(self._phase, self.count, max(self._expected, self.count + 1))
        self._progress(self._phase, 1, 1)

    def notes(self) -> Iterator[str]:
        """Yield a line for each reason for which rows are left out."""
        for reason, count in self._reasons.most_common():
            yield f"{count:,} rows left out, as they name no account ({reason}): {', '.join(self._left_out[reason])}"

    def _names_account(self, row: Row) -> bool:
        texts = [row.get(column) for column in ("platform", "handle", "url", "platform_user_id")]
        if not all(value is None or isinstance(value, str) for value in texts):
            raise ChangedFormError(f"a handle, URL or id is not text: {json.dumps(row, ensure_ascii=False)[:200]}")
        found = identify(*(value if isinstance(value, str) else None for value in texts))
        if isinstance(found, NotAProfile):
            reason = str(found.reason)
        elif _is_page_of_person(found) and row.get("subject", "body") == "body":
            reason = "page_of_a_person"
        else:
            return True
        self._reasons[reason] += 1
        examples = self._left_out.setdefault(reason, [])
        if len(examples) < _EXAMPLES_MAX:
            examples.append(str(row.get("url") or row.get("handle") or row.get("source_id") or "")[:120])
        return False


def _is_page_of_person(address: Address) -> bool:
    """Whether a platform has the address only for persons: lists of bodies have pages of their employees."""
    return address.platform == "linkedin" and (address.handle or "").startswith("in/")


def _without_observation(row: Row) -> Row:
    return {column: value for column, value in row.items() if column not in _OBSERVED}
