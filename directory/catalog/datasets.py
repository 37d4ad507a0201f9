"""The datasets of the registry: its tables, each with its files and endpoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from directory.catalog.queries import PublishedFile
from directory.snapshots.contents.file_names import (
    COMPRESSED_MEDIA_TYPES,
    DATA_PACKAGE,
    MANIFEST,
    Encoding,
    content_type_of,
)
from directory.snapshots.contents.observations import NAME as OBSERVATIONS
from directory.snapshots.contents.observations import part_of


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the registry: the name of its files, what it is called, what it holds, the record that it is made of.

    `path` is the path of its list and `downloads` the forms in which that list can be taken whole; a table without a
    list is in snapshots alone.
    """

    name: str
    title: str
    description: str
    record: str
    path: str | None = None
    downloads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Distribution:
    """One file of a dataset: its path here, what it is before it is compressed (`media_type`), with what it is.

    `bytes` is its size where that is known.
    """

    path: str
    media_type: str
    encoding: Encoding | None = None
    bytes: int | None = None

    @property
    def form(self) -> str:
        """Return the common name of the format."""
        return _FORMS.get(self.media_type, self.media_type)

    @property
    def sent_type(self) -> str:
        """Return the media type of the file as it is sent."""
        return COMPRESSED_MEDIA_TYPES[self.encoding] if self.encoding else self.media_type


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table with the files in which it is to be had now."""

    table: Table
    distributions: tuple[Distribution, ...]


TABLES: Final = (
    Table(
        "accounts",
        "Accounts",
        "Official accounts of government bodies on social platforms: platform, handle, name, department, region, "
        "status, how it was verified, followers, and where each statement comes from.",
        "account",
        "/v1/accounts",
        ("ndjson", "json", "csv"),
    ),
    Table(
        "departments",
        "Departments",
        "The government bodies that run the accounts: name, type, region, parent, website.",
        "department",
        "/v1/departments",
    ),
    Table(
        "followers",
        "Followers",
        "The latest counts of each account: followers, with their time and source, posts and last post.",
        "followers",
    ),
    Table(
        "handles",
        "Handles",
        "Who held which handle on which platform from when to when: a handle that was given up proves nothing.",
        "handle",
    ),
    Table(
        "observations",
        "Observations",
        "Followers, following, posts and last post of each account as they were seen, each with its time and source: "
        "a file for each year, and for each month of this year.",
        "observation",
        "/v1/observations",
        ("ndjson",),
    ),
    Table(
        "platforms",
        "Platforms",
        "The platforms on which there are accounts: hosts, forms of profile URLs, grammar of handles, lifetime.",
        "platform",
        "/v1/platforms",
    ),
    Table(
        "regions",
        "Regions",
        "Countries and their divisions by ISO 3166-1, ISO 3166-2 and GB/T 2260, as a tree, with names in Latin and "
        "local script.",
        "region",
        "/v1/regions",
    ),
    Table(
        "sources",
        "Sources",
        "Where the rows of the registry come from: publisher, licence, origin, day of taking.",
        "source",
        "/v1/sources",
    ),
    Table(
        "tombstones",
        "Removed records",
        "Records that were deleted or merged into another: kind, id, revision, and which record took their place.",
        "tombstone",
    ),
    Table(
        "changes",
        "Changes",
        "Every change of every record in order: when, by whom, why, from which source, the record before and after.",
        "change",
        "/v1/changes",
        ("ndjson",),
    ),
)

# By media type, how people call it.
_FORMS: Final = {
    "application/x-ndjson": "NDJSON",
    "application/json": "JSON",
    "text/csv": "CSV",
    "application/vnd.apache.parquet": "Parquet",
}
# Not by the number of a revision: such a snapshot can be pruned while a portal has its URL.
_LATEST: Final = "/v1/snapshots/latest"


def list_datasets(files: Sequence[PublishedFile]) -> tuple[Dataset, ...]:
    """Return the available datasets: with files of the latest snapshot, or without one with downloads of lists."""
    # A table without a list is in snapshots only, so without a snapshot it is left out.
    datasets = (Dataset(table, _files_of(table, files) or _downloads_of(table)) for table in TABLES)
    return tuple(dataset for dataset in datasets if dataset.distributions or dataset.table.path)


def further_files(files: Sequence[PublishedFile]) -> tuple[str, ...]:
    """Return the paths of the files that describe a snapshot as a whole."""
    return tuple(f"{_LATEST}/{file.name}" for file in files if file.name in {DATA_PACKAGE, MANIFEST})


def _files_of(table: Table, files: Sequence[PublishedFile]) -> tuple[Distribution, ...]:
    return tuple(
        Distribution(f"{_LATEST}/{file.name}", _plain(file.media_type), file.encoding, file.bytes)
        for file in files
        if (OBSERVATIONS if part_of(file.name) is not None else file.name.partition(".")[0]) == table.name
    )


def _downloads_of(table: Table) -> tuple[Distribution, ...]:
    return tuple(Distribution(f"{table.path}.{form}", _plain(content_type_of(f".{form}"))) for form in table.downloads)


def _plain(content_type: str) -> str:
    """Return a media type without its parameters."""
    return content_type.partition(";")[0]
