"""Whatever happens to a registry, it answers as of each revision what it answered then."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from directory.database.revisions import begin_revision
from directory.departments.names import fold
from directory.handles.queries import insert_exemption
from directory.imports.merge.matching import inherit_handles
from directory.search.indexing import index_pending
from tests.accounts.conftest import NAMES, choose_values, insert_account, make_departments
from tests.followers.observing import observe

FACETS = "platform,region,department_type,status,verification,language,subject,source,tag"
QUESTIONS = (
    "/v1/accounts?limit=1000",
    f"/v1/accounts?limit=2&count=exact&facets={FACETS}",
    f"/v1/accounts?limit=1000&region=CN&platform=weibo,x&status=-closed&sort=-followers&count=exact&facets={FACETS}",
    f"/v1/accounts?limit=1000&region=CN-510000&platform=weibo&sort=-followers&facets={FACETS}",
    f"/v1/accounts?limit=1000&region=CN-510100&count=exact&facets={FACETS}",
    "/v1/accounts?limit=1000&tag=covid&count=exact&facets=tag,source,platform&sort=name",
    "/v1/accounts?limit=1000&source=s1&count=exact&sort=-updated_at,id",
    "/v1/accounts?limit=1000&followers_min=7&language=zh,en&sort=created_at&count=exact",
    "/v1/accounts?limit=1000&opened_after=2012-01-01&sort=-opened_on,name&fields=id,name,department",
    "/v1/accounts?limit=1000&q=nasa&count=exact&facets=platform,status&highlight=true",
    "/v1/accounts?limit=1&q=成都&count=exact",
    "/v1/accounts?limit=1&q=handle -nasa&count=exact",
    '/v1/accounts?limit=1&q="Zurich police"&count=exact',
    "/v1/accounts?limit=1000&q=成都&platform=weibo,wechat,x&count=exact",
    "/v1/accounts?limit=1000&q=police&sort=-followers&region=CN&count=exact",
    "/v1/accounts.csv?sort=-followers",
    "/v1/accounts.csv?q=nasa&escape_formulas=true&fields=name,handle,followers",
    "/v1/accounts.ndjson?region=FR&sort=-name",
    "/v1/accounts.json?status=active&sort=id",
)
Answer = tuple[int, Any]


class History:
    """A registry that is written in revisions, and what it answered at each."""

    def __init__(self, conn: psycopg.Connection, client: FlaskClient, departments: list[str | None]) -> None:
        self.conn = conn
        self.client = client
        self.departments = departments
        self.number = 0
        self.answers: dict[int, dict[str, Answer]] = {}
        self.known: list[str] = []
        self.texts: list[str] = ["成都发布", "NASA", "nasaa", "https://x.com/nobody"]

    def write(self, chance: random.Random, steps: list[str]) -> None:
        """Make one revision of some steps, and keep what is answered then."""
        with self.conn.transaction():
            revision = begin_revision(self.conn, actor="test", reason=",".join(steps))
            for step in steps:
                getattr(self, f"_{step}")(chance)
            index_pending(self.conn)
        self.answers[revision] = {question: self.ask(question) for question in self._questions(chance)}

    def ask(self, question: str, revision: int | None = None) -> Answer:
        """Return status and body of a response, without what differs because of `as_of`."""
        then = f"{'&' if '?' in question else '?'}as_of={revision}" if revision else ""
        response = self.client.get(f"{question}{then}")
        if response.status_code != 200:
            return response.status_code, response.headers.get("Location", "").partition("?")[0]
        if response.content_type != "application/json":
            return 200, response.get_data(as_text=True)
        body = response.get_json()
        if "page" in body:
            assert body["page"].pop("revision", None) == revision
            body["page"].pop("mark", None)
            body["page"]["next"] = body["page"]["next"] is not None
        return 200, body

    def _questions(self, chance: random.Random) -> Iterator[str]:
        yield from QUESTIONS
        yield from (f"/v1/accounts?limit=1000&department={each}&count=exact" for each in self.departments[:1])
        yield from (f"/v1/accounts/{each}" for each in self.known[-12:])
        texts = chance.sample(self.texts, min(8, len(self.texts)))
        yield from (f"/v1/resolve?q={quote(text)}" for text in texts)

    def _some(self, chance: random.Random, most: int) -> list[str]:
        ids = [row[0] for row in self.conn.execute("SELECT id FROM accounts ORDER BY id")]
        return chance.sample(ids, min(len(ids), chance.randrange(1, most + 1)))

    def _insert(self, chance: random.Random) -> None:
        for _ in range(chance.choice((1, 3, 30))):
            self.number += 1
            insert_account(self.conn, self.number, choose_values(chance, self.departments, self.number))
        self.known += [row[0] for row in self.conn.execute("SELECT id FROM accounts ORDER BY created_at DESC LIMIT 2")]
        self.texts += [f"@Handle{self.number}", f"https://weibo.com/Handle{self.number}", f"Handle{self.number}l"]

    def _follow(self, chance: random.Random) -> None:
        observe(self.conn, self._some(chance, 40), chance.randrange(10**6))

    def _move(self, chance: random.Random) -> None:
        values = choose_values(chance, self.departments, 0)
        self.conn.execute(
            """UPDATE accounts SET (region_code, department_id, status, tags, sources, language)
                    = (%(region_code)s, %(department_id)s, %(status)s, %(tags)s, %(sources)s, %(language)s)
                WHERE id = ANY(%(ids)s)""",
            {**values, "ids": self._some(chance, 5)},
        )

    def _rename(self, chance: random.Random) -> None:
        name = chance.choice([name for name in NAMES if name])
        self.conn.execute(
            "UPDATE accounts SET (name, name_key, name_keys) = (%s, %s, ARRAY[%s]) WHERE id = ANY(%s)",
            (name, fold(name), fold(name), self._some(chance, 4)),
        )

    def _change_handle(self, chance: random.Random) -> None:
        for account in self._some(chance, 3):
            self.number += 1
            self.conn.execute(
                "UPDATE accounts SET (handle, handle_key) = (%s, %s) WHERE id = %s",
                (f"New{self.number}", f"new{self.number}", account),
            )
            self.known.append(account)
        self.texts += [f"@New{self.number}", f"https://weibo.com/new{self.number}"]

    def _take_up(self, chance: random.Random) -> None:
        """Assign a released handle to a new account, and perhaps clear it."""
        row = self.conn.execute(
            "SELECT platform, handle, handle_key FROM handles AS h WHERE valid_to IS NOT NULL AND NOT EXISTS"
            " (SELECT FROM accounts AS a WHERE (a.platform, a.handle_key) = (h.platform, h.handle_key))"
            " ORDER BY id DESC LIMIT 1"
        ).fetchone()
        if row is not None:
            self.number += 1
            values = {"platform": row[0], "handle": row[1], "handle_key": row[2], "name": "Taken up"}
            insert_account(self.conn, self.number, values)
            self.texts.append(f"@{row[1]}")
            if chance.random() < 0.5:
                insert_exemption(self.conn, row[0], row[2], chance.choice((None, self._some(chance, 1)[0])))

    def _delete(self, chance: random.Random) -> None:
        for account in self._some(chance, 2)[1:]:
            self.conn.execute(
                "INSERT INTO tombstones (kind, id, revision) VALUES ('account', %s, current_revision())", (account,)
            )
            self.conn.execute("DELETE FROM accounts WHERE id = %s", (account,))
            self.known.append(account)
            self.texts.append(account)

    def _merge(self, chance: random.Random) -> None:
        """Merge accounts as an import does when they turn out to be one."""
        pair = self._some(chance, 6)[:2]
        if len(pair) == 2:
            successor, loser = pair
            self.conn.execute(
                "CREATE TEMP TABLE import_duplicates (survivor_id text, duplicate_id text) ON COMMIT DROP"
            )
            self.conn.execute("INSERT INTO import_duplicates VALUES (%s, %s)", (successor, loser))
            self.conn.execute(
                "UPDATE tombstones SET successor_id = %s WHERE kind = 'account' AND successor_id = %s",
                (successor, loser),
            )
            inherit_handles(self.conn)
            self.conn.execute(
                "INSERT INTO tombstones (kind, id, successor_id, revision)"
                " VALUES ('account', %s, %s, current_revision())",
                (loser, successor),
            )
            self.conn.execute("DELETE FROM accounts WHERE id = %s", (loser,))
            self.conn.execute(
                """UPDATE handles AS h SET (valid_to, released_in) = (r.at, r.revision)
                     FROM accounts AS a, revisions AS r
                    WHERE h.account_id = %s AND h.valid_to IS NULL AND a.id = h.account_id
                      AND h.handle_key IS DISTINCT FROM a.handle_key AND r.revision = current_revision()""",
                (successor,),
            )
            self.conn.execute("SELECT coalesce_handle_intervals(ARRAY[%s])", (successor,))
            self.conn.execute("DROP TABLE import_duplicates")
            self.known += [loser, successor]
            self.texts.append(loser)

    def _rename_department(self, chance: random.Random) -> None:
        name = f"Department {chance.randrange(10**6)}"
        self.conn.execute(
            "UPDATE departments SET (name, name_key) = (%s, %s) WHERE id = %s",
            (name, fold(name), chance.choice([each for each in self.departments if each])),
        )


STEPS = ["insert", "follow", "move", "rename", "change_handle", "take_up", "delete", "merge", "rename_department"]


@pytest.fixture(scope="module")
def history(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    """Yield a registry whose eras are short: a few dozen states begin the next."""
    folder: Path = tmp_path_factory.mktemp("application")
    with psycopg.connect(module_database_url, autocommit=True, options="-c directory.era_size=40") as conn:
        with conn.transaction():
            begin_revision(conn, actor="test", reason="sources and departments")
            conn.execute("INSERT INTO sources (id, title, licence) VALUES ('s1', 'One', 'CC0'), ('s2', 'Two', 'CC0')")
            departments: list[str | None] = [*make_departments(conn), None]
        database = Database(module_database_url, statement_timeout_ms=10_000)
        app = create_app(Config(data_dir=folder, download_cache_dir=folder / "download-cache"), database)
        yield History(conn, app.test_client(), departments)
        database.close()


# The registry goes on from example to example, so none can be made smaller by trying it again.
@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    seed=st.integers(0, 2**32),
    revisions=st.lists(st.lists(st.sampled_from(STEPS), min_size=1, max_size=4, unique=True), min_size=1, max_size=8),
)
def test_each_revision_is_answered_for_as_it_was(history: History, seed: int, revisions: list[list[str]]) -> None:
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    for steps in [["insert"], *revisions]:
        history.write(chance, steps)
    # Those of this example, and some of what was long ago by then.
    written = list(history.answers)
    for revision in [*written[-1 - len(revisions) :], *chance.sample(written, min(3, len(written)))]:
        for question, answer in history.answers[revision].items():
            then = history.ask(question, revision)
            assert then == answer, (revision, question, json.dumps(then)[:300])
