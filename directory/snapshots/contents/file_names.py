"""The names of a snapshot's files, and what each of them is."""

from __future__ import annotations

from typing import Final, Literal

Encoding = Literal["gzip", "zstd"]
MEDIA_TYPES: Final = {
    ".ndjson": "application/x-ndjson",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8; header=present",
    ".parquet": "application/vnd.apache.parquet",
    ".minisig": "text/plain; charset=utf-8",
    ".pub": "text/plain; charset=utf-8",
}
ENCODINGS: Final[dict[str, Encoding]] = {".gz": "gzip", ".zst": "zstd"}
COMPRESSED_MEDIA_TYPES: Final[dict[Encoding, str]] = {"gzip": "application/gzip", "zstd": "application/zstd"}
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.json.minisig"
PUBLIC_KEY: Final = "minisign.pub"
DATA_PACKAGE: Final = "datapackage.json"


def encoding_of(name: str) -> Encoding | None:
    """Give what a file of this name is compressed with, None for a plain one."""
    return ENCODINGS.get(name[name.rfind(".") :])


def plain_name(name: str) -> str:
    """Give the name of the file that is in a compressed one."""
    return name.rpartition(".")[0] if encoding_of(name) else name


def content_type_of(name: str) -> str:
    """Give the media type of what a file holds, once it is no longer compressed."""
    plain = plain_name(name)
    return MEDIA_TYPES[plain[plain.rfind(".") :]]


def media_type_of(name: str) -> str:
    """Give the media type of a file as it lies: a compressed one is an archive, whatever is in it."""
    encoding = encoding_of(name)
    return COMPRESSED_MEDIA_TYPES[encoding] if encoding else content_type_of(name)
