"""What a single change of a record costs next to a bare INSERT: `python -m benchmarks.writes [--changes N]`.

In turn, in each round: the rows of some accounts go, one a commit, into a table with the columns of `accounts`, a
primary key and nothing else; an editor corrects the names of as many accounts, one a commit, each with its revision,
version, change, decision and search index; and the same by `PATCH` through the application, with token, `If-Match` and
JSON. It prints changes a second by the clock, the processor time of one (Python and PostgreSQL), and the shares of the
INSERT. Before it is timed, each way is checked: the row, or the new name with a change in the history, is there.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import psycopg

from benchmarks import machine, registries, servers
from directory.accounts.queries.account import select_current_account
from directory.app import create_app
from directory.config import Config
from directory.database.advisory_locks import lock_writes
from directory.database.connections import Database
from directory.departments.names import fold
from directory.editing.corrections import correct
from directory.embedded.server import running
from directory.handles.changes import AuditNote
from directory.http.bearer_tokens import digest, make_token
from directory.tokens.queries import insert_token

FOLDER: Final = servers.ROOT / ".cache" / "benchmarks" / "writes"
_NOTE: Final = AuditNote("benchmark", "as its profile has it")
_PATCH: Final = "application/merge-patch+json"


@dataclass(frozen=True, slots=True)
class Sample:
    """Of one round: changes a second, and microseconds of processor time for each."""

    rate: float
    microseconds: float


class Writers:
    """The three ways, on one registry; a new name is of the round, so that each is a change."""

    def __init__(self, url: str) -> None:
        """Prepare a bare table, and a token."""
        self._conn = psycopg.connect(url, autocommit=True)
        self._conn.execute("DROP TABLE IF EXISTS bare")
        self._conn.execute("CREATE TABLE bare (LIKE accounts, PRIMARY KEY (id))")
        rows = self._conn.execute("SELECT id, accounts::text FROM accounts ORDER BY md5(id)")
        self._rows: dict[str, str] = dict(rows.fetchall())
        self.ids: Sequence[str] = [*self._rows]
        token = make_token()
        insert_token(self._conn, digest(token), name="benchmark", scopes=["edit"], lifetime=dt.timedelta(days=1))
        config = Config(data_dir=FOLDER, download_cache_dir=FOLDER / "cache", database_url=url)
        self._client = create_app(config, Database(url, statement_timeout_ms=config.statement_timeout_ms)).test_client()
        self._headers = {"Authorization": f"Bearer {token}", "If-Match": "*", "Content-Type": _PATCH}

    def insert(self, account_id: str, name: str) -> None:
        """Insert the row of an account into the bare table."""
        del name
        self._conn.execute("INSERT INTO bare SELECT (%s::accounts).*", (self._rows[account_id],))

    def correct(self, account_id: str, name: str) -> None:
        """Correct the name of an account, as the route does behind HTTP."""
        with self._conn.transaction():
            lock_writes(self._conn)
            account = select_current_account(self._conn, account_id)
            if account is None:
                raise LookupError(account_id)
            stated = {"name": {"name": name, "name_key": fold(name)}}
            correct(self._conn, account_id, stated, json.loads(account.document), _NOTE)

    def patch(self, account_id: str, name: str) -> None:
        """Correct the name of an account by HTTP, without a network."""
        body = json.dumps({"name": name})
        url = f"/v1/accounts/{account_id}?reason=benchmark"
        response = self._client.patch(url, data=body, headers=self._headers)
        if response.status_code != HTTPStatus.OK:
            raise SystemExit(response.get_data(as_text=True))

    def check(self) -> None:
        """Raise AssertionError where one of the ways does not write what it should."""
        account_id = self.ids[-1]
        self.insert(account_id, "")
        row = self._conn.execute(
            "SELECT bare IS NOT DISTINCT FROM accounts.* FROM bare JOIN accounts USING (id)"
        ).fetchone()
        assert row == (True,), row  # noqa: S101 - a comparison before anything is timed
        for way, name in ((self.correct, "City of A"), (self.patch, "City of B")):
            way(account_id, name)
            history = self._client.get(f"/v1/accounts/{account_id}/history").get_json()["data"]
            changes = {each["field"]: each["new"] for each in history[0]["changes"]}
            assert changes["name"] == name, history[0]  # noqa: S101 - likewise
        self._conn.execute("TRUNCATE bare")


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=50_000)
    parser.add_argument("--changes", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with running(FOLDER / "postgres") as postgres, psycopg.connect(postgres.superuser_url, autocommit=True) as admin:
        name = f"writes_{chosen.accounts}"
        url = registries.address(postgres.superuser_url, name)
        if not registries.exists(admin, name):
            registries.create(admin, postgres.superuser_url, name, "template0")
            environment = {"DATABASE_URL": url, "DIRECTORY_DATA_DIR": str(FOLDER)}
            servers.run(["sample", "--accounts", str(chosen.accounts)], environment)
        writers = Writers(registries.create(admin, postgres.superuser_url, "writes_work", name))
        writers.check()
        ways = {"bare INSERT": writers.insert, "correction": writers.correct, "PATCH by HTTP": writers.patch}
        samples: dict[str, list[Sample]] = {name: [] for name in ways}
        postmaster = machine.postmaster(admin)
        for number in range(chosen.rounds):
            some = writers.ids[number * chosen.changes : (number + 1) * chosen.changes]
            for name, way in ways.items():
                samples[name].append(_measure(way, some, f"Public office {number} {name}", postmaster))
    _print(samples)


def _measure(way: Callable[[str, str], None], ids: Sequence[str], name: str, postmaster: int) -> Sample:
    began, processor = time.monotonic(), time.process_time() + machine.processor_of_postgres(postmaster)
    for number, account_id in enumerate(ids):
        way(account_id, f"{name} {number}")
    seconds = time.monotonic() - began
    spent = time.process_time() + machine.processor_of_postgres(postmaster) - processor
    return Sample(len(ids) / seconds, spent / len(ids) * 1_000_000)


def _print(samples: dict[str, list[Sample]]) -> None:
    reference = samples["bare INSERT"]
    print("| way | a second | share of the INSERT | processor µs each | share of the INSERT |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, each in samples.items():
        rate = statistics.median(one.rate for one in each)
        share = statistics.median(one.rate / other.rate for one, other in zip(each, reference, strict=True))
        spent = statistics.median(one.microseconds for one in each)
        cost = statistics.median(
            other.microseconds / one.microseconds for one, other in zip(each, reference, strict=True)
        )
        print(f"| {name} | {rate:,.0f} | {share:.0%} | {spent:,.0f} | {cost:.0%} |")


if __name__ == "__main__":
    main()
