"""A registry of a few hundred made-up accounts in which every value and every gap occurs, and a client of it."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg import sql

from directory.app import create_app
from directory.config import Config
from directory.database.connections import Database
from directory.database.revisions import begin_revision
from directory.departments.names import fold
from directory.search.indexing import index_pending
from tests.databases import copy_template, make_template

ACCOUNTS = 400
PLATFORMS = ("weibo", "x", "youtube", "wechat", "facebook")
# A country, provinces, prefectures and counties below one another, places without any below, and none.
REGIONS = (
    "CN", "CN-510000", "CN-510100", "CN-510104", "CN-510105", "CN-320000", "CN-320500", "FR", "FR-ARA", "LI", None,
)  # fmt: skip
TYPES = ("police", "health", "publicity", "other")
LANGUAGES = ("zh", "zh-Hant-TW", "en", "en-GB", "fr", None)
NAMES = (
    "成都发布",
    "Zürich Police",
    "=SUM(A1)",
    "NASA",
    "Ville de Lyon",
    "-1",
    "＝全角",
    'a "b", c',
    "| \\",
    "line\nbreak",
    None,
)
TAGS = ("covid", "traffic|roads", "a\\b", "旅游")


@dataclass(frozen=True)
class Registry:
    """The registry, and all its records as a client sees them."""

    database: Database
    url: str
    documents: list[dict[str, Any]]
    paths: dict[str, str]


def insert_account(conn: psycopg.Connection, number: int, values: dict[str, Any]) -> None:
    """Insert one account; what `values` lacks gets its default."""
    name, handle = values.get("name"), values.get("handle", f"Handle{number}")
    counts = {key: values.get(key) for key in ("followers", "followers_at", "last_post_at")}
    row = {
        "handle": handle,
        "handle_key": handle if values.get("platform") == "youtube" else handle and fold(handle),
        "name_key": fold(name) if name else None,
        "name_keys": sorted({fold(each) for each in (name, *(n["name"] for n in values.get("names", ()))) if each}),
        "platform": "weibo",
        **{key: value for key, value in values.items() if key not in counts},
        "names": json.dumps(values.get("names", [])),
    }
    columns = sql.SQL(", ").join(map(sql.Identifier, row))
    places = sql.SQL(", ").join(map(sql.Placeholder, row))
    found = conn.execute(sql.SQL("INSERT INTO accounts ({}) VALUES ({}) RETURNING id").format(columns, places), row)
    if any(value is not None for value in counts.values()):
        # As a batch of observations leaves it, which takes some statements for each.
        conn.execute(
            """
            UPDATE account_followers
               SET (followers, followers_at, last_post_at, revision)
                 = (%(followers)s, %(followers_at)s, %(last_post_at)s, current_revision())
             WHERE account_id = %(id)s
            """,
            {"id": found.fetchall()[0][0], **counts},
        )


def make_departments(conn: psycopg.Connection) -> list[str]:
    """Insert a department of each type in each region and return their ids."""
    rows = [(f"{kind} of {region}", kind, region) for kind in TYPES for region in REGIONS if region]
    return [
        conn.execute(
            "INSERT INTO departments (name, name_key, type, region_code) VALUES (%s, %s, %s, %s) RETURNING id",
            (name, fold(name), kind, region),
        ).fetchone()[0]  # type: ignore[index]
        for name, kind, region in rows
    ]


def fill(url: str) -> None:
    """Insert departments, sources and accounts in several revisions, each value chosen by a fixed seed."""
    chance = random.Random(1911)  # noqa: S311 - not for secrets
    with psycopg.connect(url, autocommit=True) as conn:
        with conn.transaction():
            begin_revision(conn, actor="test", reason="sources and departments")
            conn.execute("INSERT INTO sources (id, title, licence) VALUES ('s1', 'One', 'CC0'), ('s2', 'Two', 'CC0')")
            departments = [*make_departments(conn), None]
        for part in range(4):
            with conn.transaction():
                begin_revision(conn, actor="test", reason=f"accounts, part {part}")
                for number in range(part * ACCOUNTS // 4, (part + 1) * ACCOUNTS // 4):
                    insert_account(conn, number, choose_values(chance, departments, number))
                index_pending(conn)


def choose_values(chance: random.Random, departments: list[str | None], number: int) -> dict[str, Any]:
    """Return the values of one account."""
    followers = chance.choice((None, 0, 7, 7, chance.randrange(10**7)))
    opened = chance.choice((None, f"20{chance.randrange(10, 20)}-0{chance.randrange(1, 10)}-15"))
    name = chance.choice(NAMES)
    values = {
        "platform": chance.choice(PLATFORMS),
        "platform_user_id": chance.choice((None, f"+{number}")),
        "name": name and chance.choice((name, f"{name} {number % 9}")),
        "names": chance.choice(
            ([], [{"name": "Chengdu|Release", "language": "en"}, {"name": "b:c", "language": None}])
        ),
        "url": chance.choice((None, f"https://example.org/{number}")),
        "description": chance.choice((None, "Official.\nSecond line, with a comma", "@home")),
        "department_id": chance.choice(departments),
        "region_code": chance.choice(REGIONS),
        "subject": chance.choice(("body", "body", "person")),
        "status": chance.choice(("active", "dormant", "suspended", "closed", "unknown")),
        "verification": chance.choice(("platform", "registry", "source", "none")),
        "verification_method": chance.choice((None, "dns")),
        "verification_checked_at": chance.choice((None, "2024-02-29T12:00:00.5+00:00")),
        "followers": followers,
        "followers_at": None if followers is None else "2024-06-30T23:59:59+08:00",
        "opened_on": opened,
        "closed_on": opened and chance.choice((None, "2023-01-01")),
        "last_post_at": chance.choice((None, "2024-01-01T00:00:00+00:00")),
        "language": chance.choice(LANGUAGES),
        "tags": sorted(chance.sample(TAGS, chance.randrange(3))),
        "sources": sorted(chance.sample(("s1", "s2"), chance.randrange(3))),
        **({} if number % 7 else {"withdrawn_by": "s1", "listed_until": "2024-05-31T10:00:00+00:00"}),
        **({} if number % 14 else {"listed_from": "2020-02-29T08:30:00+08:00"}),
    }
    # Of some bodies that are not named the type is known.
    if values["department_id"] is None and number % 2:
        values["department_type"] = TYPES[number % len(TYPES)]
    return values


@pytest.fixture(scope="session")
def registry_template(server_url: str, template: str) -> str:
    """Return the name of the filled database, to copy and never to connect to."""
    return make_template(server_url, "registry", fill, template)


@pytest.fixture(scope="module")
def registry(server_url: str, registry_template: str) -> Iterator[Registry]:
    """Yield the filled registry of this module."""
    with copy_template(server_url, registry_template) as url:
        with psycopg.connect(url, options="-c timezone=UTC") as conn:
            documents = [json.loads(row[0]) for row in conn.execute("SELECT document FROM account_records ORDER BY id")]
            paths: dict[str, str] = dict(conn.execute("SELECT code, path FROM regions").fetchall())
        database = Database(url, statement_timeout_ms=10_000)
        yield Registry(database, url, documents, paths)
        database.close()


@pytest.fixture(scope="module")
def app(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Return the application on the filled registry."""
    folder: Path = tmp_path_factory.mktemp("application")
    return create_app(Config(data_dir=folder, download_cache_dir=folder / "download-cache"), registry.database)


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    """Return a client of the application."""
    return app.test_client()
