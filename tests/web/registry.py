"""The registry of the website's tests: the starter data, and accounts whose names are hard to lay out."""

import datetime as dt
import io
import json
from typing import Any, Final

import psycopg

from directory.followers.reading import Block
from directory.followers.recording import RecordOptions, record_observations
from directory.http.bearer_tokens import digest
from directory.imports.options import Options
from directory.imports.pipeline import import_files
from directory.tokens.queries import insert_token
from directory.verification.evidence import Finding, Source, proved
from directory.verification.queries import select_subjects
from directory.verification.run import store
from tests.databases import make_template

SOURCE: Final = "layout"
GERMAN: Final = (
    "Landesamt für Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetzdurchführungsverordnungen und "
    "Grundstücksverkehrsgenehmigungszuständigkeitsangelegenheiten Mecklenburg-Vorpommern"
)
THAI: Final = (
    "กรุงเทพมหานครอมรรัตนโกสินทร์มหินทรายุธยามหาดิลกภพนพรัตนราชธานีบูรีรมย์อุดมราชนิเวศน์มหาสถานอมรพิมานอวตารสถิตสักกทัตติยวิษณุกรรมประสิทธิ์"
)
ARABIC: Final = "وزارة الداخلية — المديرية العامة للأمن العام (إدارة الإعلام والاتصال المؤسسي) 2024"
HEBREW: Final = "המשרד לביטחון לאומי — הרשות הארצית לכבאות והצלה (מחוז ירושלים)"
CHINESE: Final = "四川省成都市高新技术产业开发区政务服务管理和网络理政办公室" * 8
LONG: Final = {"chinese": CHINESE[:200], "german": GERMAN, "thai": THAI, "arabic": ARABIC, "hebrew": HEBREW}

_REGIONS: Final = {"chinese": "CN-510100", "german": "DE-MV", "thai": "TH-10", "arabic": "SA", "hebrew": "IL"}
_DAYS: Final = 60
# A report that was decided.
REPORT: Final = "4h6pd0t"
# Of an administrator, for the desk.
DESK_TOKEN: Final = "dir_ddddddddddddddddddddddddddddddddddddddddddd9fb93e"  # noqa: S105 - it opens no other registry


def make_registry(server_url: str, starter_template: str) -> str:
    """Return the name of a database with the starter data and the accounts below, to copy."""
    return make_template(server_url, "website", _fill, starter_template)


def _fill(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        _import(conn, [_row(name) for name in LONG])
        # A second revision with something to show in histories.
        _import(conn, [{**_row("chinese"), "handle": "layout_renamed"}, {**_row("german"), "status": "closed"}])
        lines = "".join(json.dumps(observation) + "\n" for name in LONG for observation in _series(name))
        assert record_observations(conn, [Block(lines.encode(), 1, "ndjson")], RecordOptions()).recorded
        _report(conn)
        _open_desk(conn)


def _open_desk(conn: psycopg.Connection[Any]) -> None:
    """Add a token, and reports to decide."""
    lifetime = dt.timedelta(days=365)
    insert_token(conn, digest(DESK_TOKEN), name=GERMAN[:80], scopes=["admin"], lifetime=lifetime, regions=["DE", "CN"])
    for number, state in enumerate(("received", "under_review")):
        conn.execute(
            """
            INSERT INTO feedback (id, kind, region_code, url, text, key_digest, state)
            VALUES (%s, 'other', 'DE-MV', %s, %s, %s, %s)
            """,
            (f"4h6pd1{number}", f"https://example.org/{'x' * 300}", THAI, bytes([number]) * 32, state),
        )


def _report(conn: psycopg.Connection[Any]) -> None:
    conn.execute(
        """
        INSERT INTO feedback (id, kind, region_code, text, key_digest, state, decided_at, summary, reason)
        VALUES (%s, 'fake', 'DE-MV', 'x', %s, 'accepted', now(), %s, %s)
        """,
        (REPORT, b"k" * 32, GERMAN, THAI),
    )
    for number, (before, after) in enumerate((("received", "under_review"), ("under_review", "accepted")), start=1):
        conn.execute(
            "INSERT INTO feedback_events (feedback_id, number, before, after, actor) VALUES (%s, %s, %s, %s, 'test')",
            (REPORT, number, before, after),
        )

        _check(conn)


def _check(conn: psycopg.Connection[Any]) -> None:
    """Add evidence of long addresses; the account is closed, so none of it changes its record."""
    (row,) = conn.execute("SELECT id FROM accounts WHERE handle = 'layout_german'").fetchall()
    (subject,) = select_subjects(conn, row)
    url = f"https://www.{'a' * 60}.example/{'path/' * 60}"
    at = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    link = proved("link", "link_found", "town.example", f'<a href="{url}" rel="me">', Source(url, "0" * 64))
    file = Finding(method="well-known", outcome="failed", reason="not_listed", sources=(Source(url),), checked_at=at)
    record = Finding(method="dns", outcome="unanswered", reason="dns_unanswered", sources=(), checked_at=at)
    store(conn, {subject: [link, file, record]})


def _import(conn: psycopg.Connection[Any], rows: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    import_files(conn, [io.BytesIO(text.encode())], Options(actor="test", reason="names that are hard to lay out"))


def _row(name: str) -> dict[str, Any]:
    return {
        "platform": "weibo",
        "handle": f"layout_{name}",
        "platform_user_id": _user_id(name),
        "name": LONG[name],
        "department": LONG[name],
        "department_type": "government",
        "region": _REGIONS[name],
        "followers": 1_234_567,
        "source": SOURCE,
        "source_id": name,
    }


def _user_id(name: str) -> str:
    return str(7_000_000_001 + list(LONG).index(name))


def _series(name: str) -> list[dict[str, Any]]:
    """Return daily counts up to yesterday: rankings are of the last days."""
    today = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return [
        {
            "platform": "weibo",
            "platform_user_id": _user_id(name),
            "observed_at": (today - dt.timedelta(days=day)).isoformat(),
            "followers": 1_234_567 - 1_000 * day,
            "source": SOURCE,
        }
        for day in range(1, _DAYS)
    ]
