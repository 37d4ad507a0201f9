"""Loading of a sample into an otherwise empty registry, in one revision."""

from collections.abc import Iterable
from typing import Final

from psycopg import Connection

from directory.database import advisory_locks
from directory.imports.merge.matching import reject_contradictions
from directory.imports.merge.staging import copy_rows, create_staging
from directory.imports.options import Progress
from directory.imports.pipeline import merge_rows
from directory.imports.report import Report
from directory.sample.import_rows import to_import_row
from directory.sample.queries import count_real_accounts, select_loaded_sample
from directory.sample.rows import SOURCE, Row
from directory.sample.series import record_days
from directory.sources.upsert import Source

_EVERY: Final = 5_000
_REMEDY: Final = (
    "make the sample in a registry of its own: set DIRECTORY_DATA_DIR to an empty folder, "
    "or DATABASE_URL to an empty database"
)


class SampleRefusedError(Exception):
    """The registry has other data than this sample; the message names them and the remedy."""

    def __init__(self, contents: str) -> None:
        super().__init__(f"{contents}, and synthetic accounts are never mixed with other data; {_REMEDY}")


def describe(accounts: int, seed: int, days: int = 0) -> Source:
    """Return the source of all accounts of a sample; its note identifies the sample."""
    return Source(
        id=SOURCE,
        title="Synthetic accounts in the shape of China's: none is a real account",
        publisher="official-directory",
        licence="CC0-1.0",
        origin="directory sample",
        note=(
            f"--accounts {accounts} --seed {seed}{f' --days {days}' if days else ''}. Regions are those of GB/T 2260, "
            "and departments bear the names that such bodies bear; accounts, handles, followers and dates are "
            "invented. Shares of platforms and levels are those published for Gansu in June 2024."
        ),
    )


def require_compatible(conn: Connection, accounts: int, seed: int, days: int = 0) -> bool:
    """Return whether this sample is loaded already; raise SampleRefusedError if the registry has other data."""
    real = count_real_accounts(conn, SOURCE)
    if real:
        raise SampleRefusedError(f"the registry holds {real:,} accounts that are not synthetic")
    loaded = select_loaded_sample(conn, SOURCE)
    if loaded not in {None, describe(accounts, seed, days).note}:
        raise SampleRefusedError(f"the registry holds another sample ({str(loaded).partition('.')[0]})")
    return loaded is not None


def load_sample(
    conn: Connection, rows: Iterable[Row], accounts: int, seed: int, progress: Progress, *, days: int = 0
) -> Report | None:
    """Load `rows`, the sample of `accounts` and `seed`, in a transaction of its own; None if it is loaded already.

    With `days`, record so many daily counts of each account too, the stories of which `rows` have to have. Raises
    SampleRefusedError for a registry with other accounts or another sample.
    """
    with conn.transaction():
        advisory_locks.lock_writes(conn)
        # Under the lock: of two samples that start at once, the second must see the first.
        if require_compatible(conn, accounts, seed, days):
            return None
        report = _merge(conn, rows, accounts, describe(accounts, seed, days), progress)
        if days:
            report.observations += record_days(conn, days)
        return report


def _merge(conn: Connection, rows: Iterable[Row], accounts: int, source: Source, progress: Progress) -> Report:
    create_staging(conn)
    with copy_rows(conn) as stage:
        for position, row in enumerate(rows, 1):
            stage.add(position, to_import_row(row))
            if not position % _EVERY:
                progress("making", position, accounts)
    progress("making", accounts, accounts)
    reject_contradictions(conn)
    report = Report()
    merge_rows(
        conn,
        report,
        actor="directory sample",
        reason=source.title,
        origin=source.id,
        sources=[source],
        progress=progress,
    )
    return report
