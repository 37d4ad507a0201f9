"""The bytes of an import: a file, a .gz of one, or a stream, which is kept in a temporary file to be read twice."""

import gzip
import io
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, Final, cast

from directory.imports.errors import UnreadableFile
from directory.imports.source_ids import title_source

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"


class Input:
    """One file to import; `name` is what messages call it, `stem` its name without endings, `size` its bytes."""

    def __init__(self, source: Path | BinaryIO, name: str | None = None) -> None:
        """Take a path, or a binary stream that is read to its end now; raise UnreadableFile if it cannot be."""
        self._spool: IO[bytes] | None = None
        self.path = source if isinstance(source, Path) else None
        if isinstance(source, Path):
            self._open_raw().close()
        else:
            self._spool = tempfile.TemporaryFile(prefix="directory-import-")  # noqa: SIM115 - closed by `close`
            shutil.copyfileobj(source, self._spool, 1024 * 1024)
        self.name = name or (title_source(str(source)) if isinstance(source, Path) else "standard input")
        self.stem = Path(self.name).name.split(".")[0] if isinstance(source, Path) else "import"
        with self._open_raw() as raw:
            self.size = raw.seek(0, io.SEEK_END)
        self._raw: BinaryIO | None = None

    @property
    def bytes_read(self) -> int:
        """How far the last opening has been read, in bytes of the file as it is stored."""
        return self._raw.tell() if self._raw is not None and not self._raw.closed else 0

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Yield the content from its beginning, decompressed; what is broken raises UnreadableFile."""
        raw = self._open_raw()
        self._raw = raw
        try:
            start = raw.read(4)
            raw.seek(0)
            if start == _ZIP:
                raise UnreadableFile(f"{self.name} is a workbook or a zip archive; save it as CSV in UTF-8")
            if start.startswith(_GZIP):
                with gzip.open(raw) as unpacked:
                    yield cast("BinaryIO", unpacked)
            else:
                yield raw
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise UnreadableFile(f"{self.name} is a damaged .gz ({error}); fetch or pack it again") from error
        finally:
            if self._spool is None:
                raw.close()

    @property
    def is_archive(self) -> bool:
        """Whether it is a zip archive, as workbooks are."""
        with self._open_raw() as raw:
            return raw.read(4) == _ZIP

    @contextmanager
    def open_archive(self) -> Iterator[BinaryIO]:
        """Yield the content as it is stored, in which one can go to any place."""
        raw = self._open_raw()
        try:
            yield raw
        finally:
            if self._spool is None:
                raw.close()

    def close(self) -> None:
        """Give back what a stream was kept in."""
        if self._spool is not None:
            self._spool.close()

    def _open_raw(self) -> BinaryIO:
        if self._spool is not None:
            # The same file each time: one reading is over before the next begins.
            return cast("BinaryIO", _Kept(self._spool))
        try:
            return cast("Path", self.path).open("rb")
        except OSError as error:
            raise UnreadableFile(f"{self.path} cannot be read: {error.strerror}") from error


class _Kept(io.RawIOBase):
    """A view of a temporary file from its beginning, whose closing leaves the file open."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        file.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast("bytearray", buffer))
        data = self._file.read(len(view))
        view[: len(data)] = data
        return len(data)
