"""Known rows: an import that takes them from the registry is the same, to the byte, as one that validates them all."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.imports import pipeline
from directory.imports.merge.known_rows import CLEARABLE, restore_known_rows
from directory.imports.read import row_digests
from directory.imports.read.headings import COLUMNS
from directory.imports.report import Report, RowsRejected, WithdrawalsRefused
from directory.imports.validate.rows import Validator

Load = Callable[..., Report]
Row = dict[str, Any]

_FIELDS: Final = {
    "name": st.sampled_from(["成都发布", "Chengdu Release", "POLICE"]),
    "name_zh": st.sampled_from(["成都发布", "公安"]),
    "department": st.sampled_from(["Police", "HÔTEL de Ville", "House"]),
    "department_type": st.sampled_from(["police", "legislature"]),
    # The last two are warned of.
    "region": st.sampled_from(["CN-510100", "US-OH", "US", "Ruritania"]),
    "language": st.sampled_from(["zh", "tlh-tlh-tlh"]),
    "subject": st.sampled_from(["person"]),
    "followers": st.integers(0, 9),
    "followers_at": st.sampled_from(["2011-11-14"]),
    "external_ids": st.sampled_from(["wikidata:Q1", "wikidata:Q2", "wikidata:Q1; ror:042twtr12", "lei:0"]),
    "tags": st.sampled_from(["a", "b"]),
    "source_id": st.sampled_from(["1", "2"]),
    "source": st.sampled_from(["one", "two"]),
}
_ROW: Final = st.builds(
    lambda number, known, rest: {
        "platform": "weibo",
        **({"handle": f"a{number % 4}"} if known != "id" else {}),
        **({"platform_user_id": f"970000{number}"} if known != "handle" else {}),
        **rest,
    },
    st.integers(0, 5),
    st.sampled_from(["handle", "handle", "id", "both"]),
    st.fixed_dictionaries({}, optional=_FIELDS),
)
# Of few rows, so that most imports have rows that the imports before them had, in any order, repeated and left out.
_IMPORTS: Final = st.lists(_ROW, min_size=3, max_size=7).flatmap(
    lambda pool: st.lists(
        st.tuples(
            st.lists(st.sampled_from(pool), min_size=1, max_size=8),
            st.sampled_from(["ndjson", "csv"]),
            st.sampled_from([[], [], ["complete"], ["replace"], ["complete", "replace"]]),
            st.sampled_from(["", "", "rename", "department"]),
        ),
        min_size=2,
        max_size=4,
    )
)


def _write(rows: list[Row], form: str) -> bytes:
    if form == "ndjson":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    text = io.StringIO()
    names = ["platform", "handle", "platform_user_id", *_FIELDS]
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _edit(conn: psycopg.Connection, edit: str) -> None:
    """Change the registry as an operator would between two imports."""
    if edit:
        conn.execute("SELECT begin_revision('test', 'test')")
    if edit == "rename":
        conn.execute(
            """
            UPDATE accounts AS a SET (handle, handle_key) = ('renamed', 'renamed')
             WHERE id = (SELECT min(id) FROM accounts WHERE handle_key = 'a1')
               AND NOT EXISTS (SELECT FROM accounts WHERE handle_key = 'renamed')
            """
        )
    if edit == "department":
        conn.execute("UPDATE departments SET (name, name_key) = ('Yard', 'yard') WHERE name_key = 'police'")


def _state(conn: psycopg.Connection, report: Report, before: set[str]) -> list[str]:
    """All that an import decides and reports, without what follows the ids of new records, which are random."""
    names: dict[str, str] = dict(
        conn.execute(
            """
            SELECT id, concat_ws('/', platform, platform_user_id, handle_key) FROM accounts
             UNION ALL SELECT id, concat_ws('/', name_key, region_code) FROM departments
            """
        ).fetchall()
    )
    lines = conn.execute(
        """
        SELECT document FROM account_records
         UNION ALL SELECT document FROM departments
         UNION ALL SELECT concat(to_jsonb(v) - 'record' - 'sequence' - dropped, v.record::jsonb - dropped)
                     FROM versions AS v, LATERAL (SELECT CASE kind WHEN 'handle' THEN 'id' ELSE '' END) AS d (dropped)
                    WHERE revision = (SELECT max(revision) FROM revisions)
         UNION ALL SELECT (to_jsonb(s) - '{row_digest,row_cleared,row_department_key}'::text[])::text
                     FROM statements AS s
         UNION ALL SELECT concat_ws(' ', account_id, handle_key, valid_to IS NULL) FROM handles
         UNION ALL SELECT concat_ws(' ', account_id, observed_at, source, followers, posts) FROM observations
         UNION ALL SELECT concat_ws(' ', account_id, followers, followers_at, source) FROM account_followers
         UNION ALL SELECT to_jsonb(t)::text FROM tombstones AS t
        """
    ).fetchall()
    told = {**report.as_json(), "seconds": 0}
    new = sorted({*names} - before)
    written = [line for (line,) in lines] + [json.dumps(told, ensure_ascii=False)]
    now = re.compile(rf"{datetime.now(UTC).year}-\d\d-\d\d[T ][0-9:.]+")
    for number, line in enumerate(written):
        text = line
        for each in new:
            text = text.replace(each, names[each])
        written[number] = now.sub("", text)
    return sorted(written)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(imports=_IMPORTS)
def test_an_import_with_row_digests_is_the_same_as_without(
    conn: psycopg.Connection, load: Load, imports: list[tuple[list[Row], str, list[str], str]]
) -> None:
    def run(mode: str, content: bytes, chosen: list[str]) -> list[str]:
        before = {
            name for (name,) in conn.execute("SELECT id FROM accounts UNION ALL SELECT id FROM departments").fetchall()
        }
        try:
            with conn.transaction():
                report = load(
                    content,
                    skip_invalid=True,
                    row_digests=mode,
                    allow_withdrawals=100.0,
                    default_source="one",
                    **dict.fromkeys(chosen, True),
                )
        except (RowsRejected, WithdrawalsRefused) as refused:
            report = refused.report
        return _state(conn, report, before)

    with conn.transaction(force_rollback=True):
        for rows, form, chosen, edit in imports:
            content = _write(rows, form)
            with conn.transaction(force_rollback=True):
                plain = run("never", content, chosen)
            assert run("always", content, chosen) == plain
            _edit(conn, edit)


@contextmanager
def _counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Yield the list of the names in the rows that are validated."""
    validated: list[object] = []
    normalize = Validator.normalize
    with monkeypatch.context() as patch:

        def count(self: Validator, record: Row, empty: Iterable[str] = ()) -> object:
            validated.append(record.get("name"))
            return normalize(self, record, empty)

        patch.setattr(Validator, "normalize", count)
        yield validated


@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_rows_that_are_known_are_not_validated_again(load: Load, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    rows: list[Row] = [{"platform": "weibo", "handle": f"h{number}", "name": f"N{number}"} for number in range(4)]
    # A row that is warned of is to be warned of again.
    rows += [{"platform": "weibo", "handle": "h9", "name": "Odd", "region": "Ruritania"}]
    load(_write(rows, form))
    rows[2]["name"] = "Other"
    with _counted(monkeypatch) as validated:
        report = load(_write(rows, form), row_digests="always")
    assert validated == ["Other", "Odd"]
    assert (report.created, report.updated, report.unchanged) == (0, 1, 4)
    assert "Ruritania" in report.notes[0]
    monkeypatch.setattr(row_digests, "_digest_program", lambda: b"another version")
    with _counted(monkeypatch) as validated:
        assert load(_write(rows, form), row_digests="always").revision is None
    assert len(validated) == 5
    # Their digests are stored although nothing else was to be written.
    with _counted(monkeypatch) as validated:
        load(_write(rows, form), row_digests="always")
    assert validated == ["Odd"]


def test_known_rows_whose_statements_go_while_the_file_is_read_are_validated_after_all(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"platform": "weibo", "handle": f"h{number}", "name": f"N{number}"} for number in range(3)]
    load(rows)

    def restore_all_but_one(conn: psycopg.Connection) -> list[int]:
        conn.execute("UPDATE statements SET row_digest = NULL WHERE statement ->> 'name' = 'N1'")
        return restore_known_rows(conn)

    monkeypatch.setattr(pipeline, "restore_known_rows", restore_all_but_one)
    with _counted(monkeypatch) as validated:
        report = load(rows, row_digests="always")
    assert validated == ["N1"]
    assert (report.unchanged, report.revision) == (3, None)


def test_a_digest_is_of_all_that_rows_are_read_and_validated_with() -> None:
    code = """
import sys
before = set(sys.modules)
import directory.imports.read.files, directory.imports.validate.rows
from directory.imports.values.regions import Regions
from directory.imports.validate.rows import Validator
Validator(Regions([("CN", "China", "中国", [], "country")]), default_source="s").normalize(
    {"platform": "weibo", "handle": "成都", "name_zh": "成都發布", "region": "Ruritania", "language": "zh-cn",
     "url": "https://weibo.com/n/成都", "followers": "1.2万", "opened_on": "2011-11-14", "tags": "a"})
for name in set(sys.modules) - before:
    print(getattr(sys.modules[name], "__file__", None) or "")
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    package = Path(row_digests.__file__).parents[2]
    files = {Path(line) for line in run.stdout.split("\n") if line}
    own = {file.relative_to(package) for file in files if file.is_relative_to(package)}
    left = {
        file.as_posix()
        for file in own
        if file.parts[0] not in row_digests.PACKAGES and file.as_posix() not in row_digests.MODULES
    }
    # What only queries need.
    assert {name for name in left if not name.endswith("__init__.py")} <= {"database/sql.py"}
    libraries = {
        file.parts[file.parts.index("site-packages") + 1].partition(".")[0]
        for file in files
        if "site-packages" in file.parts
    } - {"psycopg", "psycopg_binary", "typing_extensions"}
    assert {name.replace("_", "-") for name in libraries} <= {*row_digests.LIBRARIES}


def test_every_field_that_a_row_can_clear_has_a_bit() -> None:
    assert {*COLUMNS, "name_key", "name_derived"} == {*CLEARABLE}
    assert len(CLEARABLE) < 32
