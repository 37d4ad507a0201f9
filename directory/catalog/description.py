"""The description of the registry that all catalogue formats share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from directory.catalog.datasets import Dataset, further_files, list_datasets
from directory.catalog.queries import (
    Coverage,
    Origin,
    PublishedFile,
    select_coverage,
    select_origins,
    select_published_files,
)
from directory.config import Config
from directory.overview.notice import select_invented


@dataclass(frozen=True, slots=True)
class Description:
    """The registry as its operator describes it and as its data show it; `further` are paths of describing files.

    `published` is the revision of the latest snapshot, None where the registry has none; `notice` is what has to be
    said before anything else: that accounts here are invented.
    """

    config: Config
    coverage: Coverage
    origins: Sequence[Origin]
    datasets: tuple[Dataset, ...]
    further: tuple[str, ...]
    published: int | None
    notice: str | None

    def at(self, path: str) -> str:
        """Return the absolute URL of a path of this service."""
        return f"{self.config.base_url}{path}"

    def id_of(self, dataset: Dataset) -> str:
        """Return the stable identifier of a dataset in every catalogue."""
        # A fragment of the catalogue, since a dataset has no document of its own.
        return self.at(f"/data.json#{dataset.table.name}")

    def title_of(self, dataset: Dataset) -> str:
        """Return the title of a dataset with that of its registry."""
        return f"{self.config.title}: {dataset.table.title}"

    @property
    def about(self) -> str:
        """Return the description of the registry, the notice first."""
        return f"{self.notice} {self.config.description}" if self.notice else self.config.description

    @property
    def modified(self) -> str | None:
        """Return the time of the latest revision (RFC 3339); None before the first."""
        return self.coverage.modified_at.isoformat() if self.coverage.modified_at else None

    @property
    def begins(self) -> str | None:
        """Return the first day that the data cover; None before the first revision."""
        return self.coverage.begins.isoformat() if self.coverage.begins else None

    @property
    def ends(self) -> str | None:
        """Return the last day that the data cover; None before the first revision."""
        return self.coverage.modified_at.date().isoformat() if self.coverage.modified_at else None


def describe(conn: Connection[Any], config: Config) -> Description:
    """Return the description of a registry as it is now, with the files of its latest snapshot."""
    return _describe(conn, config, select_published_files(conn))


def describe_without_files(conn: Connection[Any], config: Config) -> Description:
    """Return a description that changes with the revision alone: a snapshot is made without one."""
    return _describe(conn, config, ())


def _describe(conn: Connection[Any], config: Config, files: Sequence[PublishedFile]) -> Description:
    return Description(
        config=config,
        coverage=select_coverage(conn),
        origins=select_origins(conn),
        datasets=list_datasets(files),
        further=further_files(files),
        published=files[0].revision if files else None,
        notice=select_invented(conn).notice,
    )
