"""Names of a snapshot's files, and the media type and encoding that follow from a name."""

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
    """Return the compression of a file with this name, None for an uncompressed one."""
    return ENCODINGS.get(name[name.rfind(".") :])


def plain_name(name: str) -> str:
    """Return the name without the suffix of its compression."""
    return name.rpartition(".")[0] if encoding_of(name) else name


def content_type_of(name: str) -> str:
    """Return the media type of a file's content after decompression."""
    plain = plain_name(name)
    return MEDIA_TYPES[plain[plain.rfind(".") :]]


def media_type_of(name: str) -> str:
    """Return the media type of a file as it is stored: `application/gzip` or `application/zstd` if compressed."""
    encoding = encoding_of(name)
    return COMPRESSED_MEDIA_TYPES[encoding] if encoding else content_type_of(name)
