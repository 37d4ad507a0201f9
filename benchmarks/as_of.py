"""The cost of a response as of an earlier revision compared with the current one, without HTTP.

`python -m benchmarks.as_of URL` asks a registry that has a history, such as `--write` gives to one that
`directory sample` made: nine times, in ten revisions each, all accounts change their followers and some their status.
It asks as of the last revision of each of the three latest eras, by when most of their states have ended, or as of
the revisions that `--as-of` names.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psycopg
from flask.testing import FlaskClient

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database, connect
from directory.database.revisions import begin_revision
from directory.followers.queries import create_staging, merge_observations

ROUNDS: Final = 9
PARTS: Final = 10
ASKED: Final = 60
# Answers that are not counted.
WARM: Final = 24
# Pages of 1,000 before the deep one.
DEEP: Final = 40
_DEEP_PAGE: Final = "deep page: after row 40,000"
# In the synthetic names: words that many, some and few have.
_WORDS: Final = ("公安", "人民政府", "成都", "京")

Address = Callable[[int], str]


def main() -> None:
    """Write a history if asked to, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--write", action="store_true", help="write the history first")
    parser.add_argument("--as-of", type=int, nargs="+", metavar="REVISION", help="in place of the ends of the eras")
    parser.add_argument("--works", nargs="+", default=[""], metavar="TEXT", help="only works with this in their name")
    options = parser.parse_args()
    with connect(options.url) as conn:
        if options.write:
            write_history(conn)
        rows = conn.execute("SELECT first_revision - 1 FROM account_eras ORDER BY era DESC LIMIT 3")
        revisions = options.as_of or [row[0] for row in rows]
        works = {name: work for name, work in _works(conn).items() if any(text in name for text in options.works)}
    with (
        closing(Database(options.url, statement_timeout_ms=60_000)) as database,
        tempfile.TemporaryDirectory() as folder,
    ):
        app = create_app(Config(data_dir=Path(folder), download_cache_dir=Path(folder) / "download-cache"), database)
        print("| work | now | then | then : now |\n| --- | ---: | ---: | ---: |")
        client = app.test_client()
        for name, address in works.items():
            _report(name, *_measure(client, address, revisions))
        if any(text in _DEEP_PAGE for text in options.works):
            pages = [_deep(client, as_of) for as_of in ("", f"&as_of={revisions[0]}")]
            _report(_DEEP_PAGE, *(min(_ask(client, page) for _ in range(ASKED)) for page in pages))


def write_history(conn: psycopg.Connection[Any]) -> None:
    """Change every account nine times, a tenth of them in each revision."""
    for turn in range(ROUNDS * PARTS):
        with conn.transaction():
            begin_revision(conn, actor="benchmark", reason="observations")
            chosen = {"round": str(turn // PARTS), "parts": PARTS, "part": turn % PARTS}
            create_staging(conn)
            conn.execute(
                """
                INSERT INTO observation_rows (account_id, observed_at, source, followers)
                SELECT account_id, now(), 'synthetic',
                       coalesce(followers, 100) * (90 + floor(random() * 25)) / 100 + 1
                  FROM account_followers WHERE abs(hashtext(account_id || %(round)s)) %% %(parts)s = %(part)s
                """,
                chosen,
            )
            merge_observations(conn)
            conn.execute(
                """
                UPDATE accounts
                   SET status = (ARRAY['active', 'dormant', 'suspended'])[1 + floor(random() * 3)]
                 WHERE random() < 0.05 AND abs(hashtext(id || %(round)s)) %% %(parts)s = %(part)s
                """,
                chosen,
            )
    conn.execute("VACUUM ANALYZE")


def _works(conn: psycopg.Connection[Any]) -> dict[str, Address]:
    """Return what is asked, by its name: addresses that differ from each other."""
    rows = conn.execute(
        "SELECT id, url, name FROM accounts WHERE url IS NOT NULL AND name IS NOT NULL ORDER BY md5(id) LIMIT %s",
        (ASKED,),
    ).fetchall()
    places = [
        row[0]
        for row in conn.execute(
            "SELECT division FROM accounts WHERE division IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 10"
        )
    ]
    province = [f"region={place}" for place in places]
    return {
        "record": lambda i: f"/v1/accounts/{rows[i][0]}?",
        "list: province and platform, top 25 by followers":
            lambda i: f"/v1/accounts?{province[i % 10]}&platform=weibo&sort=-followers",
        "list: type and status, by name":
            lambda i: f"/v1/accounts?department_type=police&status=active&sort=name&limit={20 + i % 9}",
        "list: latest changes": lambda i: f"/v1/accounts?sort=-updated_at&limit={20 + i % 9}",
        "facets: platform and type of a province and status":
            lambda i: f"/v1/accounts?{province[i % 10]}&status=active&facets=platform,department_type&limit=1",
        "facets: five dimensions of everything":
            lambda i: f"/v1/accounts?facets=platform,region,status,source,tag&limit={1 + i % 9}",
        "count by platform": lambda i: f"/v1/accounts?platform=weibo&count=exact&limit={1 + i % 9}",
        "count by followers": lambda i: f"/v1/accounts?followers_min={100 + i}&count=exact&limit=1",
        "search: a whole name": lambda i: f"/v1/accounts?q={quote(rows[i][2])}",
        "search: two characters": lambda i: f"/v1/accounts?q={quote(rows[i][2][:2])}",
        **{
            f"search: {word}{name}": _search(word, asked)
            for word in _WORDS
            for name, asked in {"": "", ", by followers": "&sort=-followers", ", counted": "&count=exact"}.items()
        },
        "resolve: a registered profile": lambda i: f"/v1/resolve?q={quote(rows[i][1])}",
        "resolve: a look-alike": lambda i: f"/v1/resolve?q={quote(rows[i][1][:-1])}",
        "resolve: a name": lambda i: f"/v1/resolve?q={quote(rows[i][2])}",
        "download: everything as NDJSON": lambda i: f"/v1/accounts.ndjson?followers_max={10**10 + i}",
        "download: everything as CSV": lambda i: f"/v1/accounts.csv?followers_max={10**10 + i}",
    }  # fmt: skip


def _search(word: str, asked: str) -> Address:
    return lambda i: f"/v1/accounts?q={quote(word)}{asked}&limit={20 + i % 9}"


def _measure(client: FlaskClient, address: Address, revisions: Sequence[int]) -> tuple[float, float]:
    """Return the least times of a response with and without `as_of`, requested in turn."""
    now, then = [], []
    is_download = ".ndjson" in address(0) or ".csv" in address(0)
    # Statements are prepared, once for each era, and after a few times planned no more.
    for number in range(0 if is_download else WARM):
        _ask(client, address(number))
        _ask(client, f"{address(number)}&as_of={revisions[number % len(revisions)]}")
    for number in range(4 if is_download else ASKED):
        asked = address(number)
        now.append(_ask(client, asked))
        then.append(_ask(client, f"{asked}&as_of={revisions[number % len(revisions)]}"))
    return min(now), min(then)


def _ask(client: FlaskClient, address: str) -> float:
    began = time.perf_counter()
    response = client.get(address)
    response.get_data()
    took = time.perf_counter() - began
    if response.status_code != 200:  # noqa: PLR2004 - OK
        raise RuntimeError(f"{address}: {response.status_code}")
    return took


def _deep(client: FlaskClient, as_of: str) -> str:
    """Return the address of a page deep in the list."""
    address = f"/v1/accounts?sort=-followers&limit=1000{as_of}"
    cursor = ""
    for _ in range(DEEP):
        cursor = client.get(f"{address}{cursor}").get_json()["page"]["next"]
        cursor = f"&cursor={cursor}"
    return f"/v1/accounts?sort=-followers{as_of}{cursor}"


def _report(name: str, now: float, then: float) -> None:
    print(f"| {name} | {now * 1000:.2f} | {then * 1000:.2f} | {then / now:.2f} |", flush=True)


if __name__ == "__main__":
    main()
