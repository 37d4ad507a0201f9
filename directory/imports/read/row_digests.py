"""Row digests: by the digest of a row as it was read an import knows rows whose normal form the registry has.

Validating and staging a row takes 50 µs, and its digest 1 µs. A digest is that of the row and of all else that its
normal form depends on (the context): this program, the libraries that it reads rows with, Unicode's tables in Python,
the options, the registry's regions. So a row of a known digest would be validated to the same normal form again.
"""

import hashlib
import sys
from collections.abc import Collection
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from directory.imports.read.records import Record

SIZE: Final = 16
# The packages and the modules outside of them that rows are read and validated with, and the libraries: a test compares
# them with what is imported.
PACKAGES: Final = ("departments", "imports", "platforms", "regions", "text")
MODULES: Final = ("accounts/csv.py", "sources/synthetic.py")
LIBRARIES: Final = ("can-ada", "opencc", "python-calamine", "rapidfuzz")


class RowDigests:
    """The digests of rows in one context, and `known`: those of rows whose normal form the registry has."""

    def __init__(self, known: Collection[bytes], *context: object) -> None:
        """Prepare the digest of rows in the context of this program and of `context`, values with a stable `repr`."""
        self.known = known
        key = hashlib.blake2b(_digest_program(), digest_size=32)
        key.update(repr(context).encode("utf-8", "surrogatepass"))
        self._empty = hashlib.blake2b(digest_size=SIZE, key=key.digest())

    def of_text(self, text: str) -> bytes:
        """Return the digest of a row as its text."""
        digest = self._empty.copy()
        digest.update(text.encode("utf-8", "surrogatepass"))
        return digest.digest()

    def of_record(self, record: "Record") -> bytes:
        """Return the digest of a record by its values, and by the columns in which it has none."""
        # It begins with "(", so it is never that of a text, which is an object and begins with "{".
        return self.of_text(repr((dict(record.values), sorted(record.empty))))


@cache
def _digest_program() -> bytes:
    """Return the digest of what rows are read and validated with."""
    digest = hashlib.blake2b(sys.version.encode(), digest_size=32)
    for library in LIBRARIES:
        digest.update(f"{library} {version(library)}\n".encode())
    root = Path(__file__).parents[2]
    paths = [path for package in PACKAGES for path in sorted((root / package).rglob("*"))]
    for path in [*paths, *(root / module for module in MODULES)]:
        # The starter data are rows and read none.
        if path.suffix not in {".pyc", ".gz"} and path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.digest()
