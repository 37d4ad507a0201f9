"""Databases to measure on, and the public documents of two registries compared."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit
from urllib.request import urlopen

from psycopg import Connection, sql

Documents = Mapping[str, Mapping[str, Any]]

# What each registry gives itself, or gets from its clock; of an account, and of what is within it.
_OWN: Final = frozenset({"id", "revision", "created_at", "updated_at", "first_seen_at", "last_seen_at", "links"})
_SHOWN: Final = 5


def create(conn: Connection[Any], server: str, name: str, template: str) -> str:
    """Make a database in place of one of that name, a copy of another, and return its URL."""
    conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'")
    conn.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    return address(server, name)


def exists(conn: Connection[Any], name: str) -> bool:
    """Whether there is a database of that name."""
    return conn.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def address(server: str, name: str) -> str:
    """Return the URL of a database of the server at `server`."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def read(base: str) -> Documents:
    """Return all accounts of the service at `base` by what identifies them, without what is the registry's own."""
    found: dict[str, Mapping[str, Any]] = {}
    with urlopen(f"{base}/v1/accounts.ndjson", timeout=300) as answer:  # noqa: S310 - our own server
        for line in answer:
            account = json.loads(line)
            place = account["handle"] or account["platform_user_id"] or account["url"]
            found[f"{account['platform']} {place}"] = _strip(account)
    return found


def compare(old: Documents, new: Documents, *, ignore: Sequence[str] = ()) -> Iterator[str]:
    """Yield a line for each way in which two registries differ, with some of the accounts."""
    if len(old) != len(new):
        yield f"{len(old):,} and {len(new):,} accounts"
    for name, only in (("old", [*(old.keys() - new.keys())]), ("new", [*(new.keys() - old.keys())])):
        if only:
            yield f"{len(only):,} accounts only in {name}: {', '.join(sorted(only)[:_SHOWN])}"
    differing: Counter[str] = Counter()
    examples: dict[str, list[str]] = {}
    for key in old.keys() & new.keys():
        for field in {*old[key], *new[key]} - {*ignore}:
            if (before := old[key].get(field)) != (after := new[key].get(field)):
                differing[field] += 1
                examples.setdefault(field, []).append(f"{key}: {_text(before)} and {_text(after)}")
    for field, number in differing.most_common():
        yield f"{field} of {number:,} accounts: {'; '.join(examples[field][:_SHOWN])}"


def _strip(document: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(document, dict):
        return {name: _strip(value) for name, value in document.items() if name not in _OWN}
    return [_strip(value) for value in document] if isinstance(document, list) else document


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)[:200]
