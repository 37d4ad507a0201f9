"""A sample with a history: daily counts, bursts of growth, and the two stories, all of it invented."""

import psycopg
import pytest

from directory.sample.loading import SampleRefusedError, load_sample
from directory.sample.places import SamplePlace
from directory.sample.rows import generate
from directory.sample.stories import LEADS_WITH, add_stories
from tests.databases import copy_template

PLACES = ("CN-11", "CN-5101")
DAYS = 30


def quiet(_phase: str, _done: int, _total: int) -> None:
    """Show no progress."""


def test_daily_counts_tell_both_stories_and_end_with_the_latest_count(
    server_url: str, template: str, places: list[SamplePlace]
) -> None:
    rows = [row for row in add_stories(generate(20_000, 1, places)) if str(row["region"]).startswith(PLACES)]
    with copy_template(server_url, template) as url, psycopg.connect(url) as conn:
        report = load_sample(conn, rows, len(rows), 1, quiet, days=DAYS)
        assert report is not None
        stored = conn.execute(
            "SELECT count(*), count(DISTINCT observed_at), min(followers) FROM observations"
        ).fetchone()
        assert stored is not None
        assert stored[:2] == (report.observations, DAYS)
        assert stored[2] >= 0
        assert conn.execute(
            """SELECT count(*) FROM account_followers AS f JOIN observations AS o USING (account_id)
                WHERE o.observed_at > f.followers_at
                   OR (o.observed_at = f.followers_at AND o.followers <> f.followers)"""
        ).fetchone() == (0,)
        # One soared to 60,000 within a week.
        soared = conn.execute(
            """SELECT array_agg(o.followers ORDER BY o.observed_at), min(a.name), min(d.name)
                 FROM accounts AS a JOIN observations AS o ON o.account_id = a.id
                 JOIN departments AS d ON d.id = a.department_id
                WHERE a.region_path LIKE 'CN/CN-11%' AND a.department_type = 'health'
                GROUP BY a.id HAVING max(o.followers) = 60000 AND min(o.followers) < 2000"""
        ).fetchall()
        assert len(soared) == 1
        counts, name, department = soared[0]
        assert name.endswith("急救·样例")
        assert department.endswith("医疗急救中心")
        assert counts == sorted(counts)
        assert counts[-8] < 1_000
        assert counts[-3] > 50_000
        # One leads Chengdu with 1.5 million.
        leading = conn.execute(
            """SELECT a.department_type, a.name, a.followers FROM account_records AS a
                WHERE a.region_path LIKE '%/CN-510100/%' AND a.followers IS NOT NULL
                ORDER BY a.followers DESC LIMIT 2"""
        ).fetchall()
        assert leading[0][0] == "publicity"
        assert leading[0][1].endswith("样例")
        assert leading[0][2] == LEADS_WITH > leading[1][2]
        # It is loaded once, and no other is mixed with it.
        assert load_sample(conn, rows, len(rows), 1, quiet, days=DAYS) is None
        with pytest.raises(SampleRefusedError, match=f"--days {DAYS}"):
            load_sample(conn, rows, len(rows), 1, quiet)
