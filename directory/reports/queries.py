"""SQL of the coverage report: the bodies that are expected or known, and which of them have accounts.

One fragment finds the bodies of a row, whichever way they are known: by the region that each governs, by name, or as
the departments of a type; both lists read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from psycopg import Connection, sql

from directory.accounts.csv import Column, csv_expression
from directory.database.sql import compose, join
from directory.http.fields import Selection
from directory.reports.schemas import FIRST_MAX

# The accounts that count. `0` follows `/` in ASCII, so under COLLATE "C" this is the range of all paths below one.
_LISTED: Final = sql.SQL("""
    a.withdrawn_by IS NULL AND a.status NOT IN ('closed', 'suspended') AND a.subject = 'body'
    AND (%(platforms)s::text[] IS NULL OR a.platform = ANY (%(platforms)s)) AND a.platform <> ALL (%(without)s)
""")
# The bodies of a row `e` with `path`, `department_type`, `regions` and `bodies`.
_BODIES: Final = sql.SQL("""
    SELECT p.path AS key, coalesce(p.name_local, p.name) AS name, p.code AS region_code, d.id AS department_id,
           d.id IS NOT NULL OR run.is_known AS is_known, run.platforms
      FROM regions AS p
      LEFT JOIN LATERAL (SELECT min(id) AS id FROM departments AS d
                          WHERE d.region_path = p.path AND d.type = e.department_type) AS d ON true
     CROSS JOIN LATERAL (SELECT count(*) > 0 AS is_known,
                                array_agg(DISTINCT a.platform) FILTER (WHERE {listed}) AS platforms
                           FROM accounts AS a
                          WHERE a.region_path = p.path AND a.department_type = e.department_type
                            AND a.subject = 'body') AS run
     WHERE p.code = ANY (e.regions)
     UNION ALL
    SELECT lpad(b.place::text, 6, '0'), b.body ->> 'name', NULL, d.ids[1], d.ids IS NOT NULL, run.platforms
      FROM jsonb_array_elements(e.bodies) WITH ORDINALITY AS b (body, place)
     CROSS JOIN LATERAL (SELECT array_agg(d.id ORDER BY d.id) AS ids FROM departments AS d
                          WHERE d.name_key = ANY (ARRAY(SELECT jsonb_array_elements_text(b.body -> 'keys')))
                            AND d.region_code = e.code) AS d
     CROSS JOIN LATERAL (SELECT array_agg(DISTINCT a.platform) FILTER (WHERE {listed}) AS platforms
                           FROM accounts AS a WHERE a.department_id = ANY (d.ids)) AS run
     UNION ALL
    SELECT concat(d.name_key, ' ', d.id), d.name, NULL, d.id, true, run.platforms
      FROM departments AS d
     CROSS JOIN LATERAL (SELECT array_agg(DISTINCT a.platform) FILTER (WHERE {listed}) AS platforms
                           FROM accounts AS a WHERE a.department_id = d.id) AS run
     WHERE e.regions = '{{}}' AND e.bodies = '[]' AND d.type = e.department_type
       AND d.region_path >= e.path AND d.region_path < left(e.path, -1) || '0'
     UNION ALL
    -- An account whose body is not named stands for one: its type is known.
    SELECT concat(a.name_key, ' ', a.id), coalesce(a.name, a.handle, a.id), NULL, NULL, true,
           CASE WHEN {listed} THEN ARRAY[a.platform] END
      FROM accounts AS a
     WHERE e.regions = '{{}}' AND e.bodies = '[]' AND a.department_type = e.department_type AND a.department_id IS NULL
       AND a.subject = 'body' AND a.region_path >= e.path AND a.region_path < left(e.path, -1) || '0'
""").format(listed=_LISTED)
_COVERAGE: Final = sql.SQL("""
    WITH asked AS (
        SELECT r.path, r.code, r.name AS region_name, r.name_local, e.department_type, e.kind, e.name, e.expected,
               e.counted_on, e.source, e.regions, e.bodies
          FROM current_expected_counts AS e
          JOIN regions AS r ON r.code = e.region_code
         WHERE (%(low)s::text IS NULL OR (r.path >= %(low)s AND r.path < %(high)s))
           AND (%(kind)s::text IS NULL OR e.kind = %(kind)s)
         UNION ALL
        SELECT r.path, r.code, r.name, r.name_local, t.slug, '', t.name, NULL, NULL, NULL, '{{}}', '[]'
          FROM regions AS r, department_types AS t
         WHERE r.path = %(low)s AND %(kind)s::text IS NULL
           AND t.slug IN (SELECT d.type FROM departments AS d
                           WHERE d.region_path >= %(low)s AND d.region_path < %(high)s
                           UNION
                          SELECT a.department_type FROM accounts AS a
                           WHERE a.region_path >= %(low)s AND a.region_path < %(high)s)
    ), page AS (
        SELECT * FROM asked
         WHERE (%(types)s::text[] IS NULL OR department_type = ANY (%(types)s))
           AND department_type <> ALL (%(without_types)s)
           AND (%(path)s::text IS NULL OR (path, department_type, kind) > (%(path)s, %(type)s, %(after_kind)s))
         ORDER BY path, department_type, kind LIMIT %(limit)s
    )
    SELECT row_to_json(report)::text, e.path, e.department_type, e.kind
      FROM page AS e
     CROSS JOIN LATERAL (
           SELECT count(*) FILTER (WHERE is_known) AS known, count(*) FILTER (WHERE platforms IS NOT NULL) AS run,
                  count(*) FILTER (WHERE platforms IS NULL) AS named,
                  coalesce((array_agg(name ORDER BY key COLLATE "C") FILTER (WHERE platforms IS NULL))[:%(first)s],
                           '{{}}') AS first,
                  coalesce(json_agg(platforms) FILTER (WHERE platforms IS NOT NULL), '[]') AS lists
             FROM ({bodies}) AS body) AS counted
     CROSS JOIN LATERAL (
           SELECT (SELECT row_to_json(r) FROM (SELECT e.code, e.region_name AS name, e.name_local) AS r) AS region,
                  nullif(e.kind, '') AS kind, e.name, e.department_type, e.expected, counted.known,
                  counted.run AS with_accounts,
                  (SELECT row_to_json(m)
                     FROM (SELECT CASE WHEN e.expected IS NULL THEN counted.named
                                       ELSE greatest(e.expected - counted.run, 0) END AS count,
                                  counted.named, counted.first) AS m) AS missing,
                  (SELECT coalesce(json_agg(row_to_json(p)), '[]')
                     FROM (SELECT platform, count(*) AS with_accounts
                             FROM json_array_elements(counted.lists) AS list, json_array_elements_text(list) AS platform
                            GROUP BY platform ORDER BY platform COLLATE "C") AS p) AS platforms,
                  e.counted_on, e.source,
                  (SELECT row_to_json(l)
                     FROM (SELECT concat('/v1/reports/coverage/', e.code, '/',
                                         coalesce(nullif(e.kind, ''), e.department_type), '/missing',
                                         '?platform=' || %(only)s::text) AS missing,
                                  concat('/v1/accounts?region=', e.code, '&department_type=', e.department_type,
                                         '&platform=' || %(only)s::text) AS accounts) AS l) AS links) AS report
     ORDER BY e.path, e.department_type, e.kind
""").format(bodies=_BODIES)
_LIST: Final = r"""nullif(replace(replace(replace((
        SELECT string_agg(item, E'\x1f' ORDER BY place)
          FROM jsonb_array_elements_text({}) WITH ORDINALITY AS l (item, place)
    ), '\', '\\'), '|', '\|'), E'\x1f', '|'), '')"""
_FILE_COLUMNS: Final = (
    Column("region.code", compose("r #>> '{{region,code}}'")),
    Column("region.name", compose("r #>> '{{region,name}}'"), is_free=True),
    Column("region.name_local", compose("r #>> '{{region,name_local}}'"), is_free=True),
    Column("kind", compose("r ->> 'kind'")),
    Column("name", compose("r ->> 'name'"), is_free=True),
    Column("department_type", compose("r ->> 'department_type'")),
    Column("expected", compose("r ->> 'expected'")),
    Column("known", compose("r ->> 'known'")),
    Column("with_accounts", compose("r ->> 'with_accounts'")),
    Column("missing.count", compose("r #>> '{{missing,count}}'")),
    Column("missing.named", compose("r #>> '{{missing,named}}'")),
    Column("missing.first", compose(_LIST, compose("r #> '{{missing,first}}'")), is_free=True),
    Column("platforms", compose(_LIST, compose("jsonb_path_query_array(r, '$.platforms[*].platform')"))),
    Column("counted_on", compose("r ->> 'counted_on'")),
    Column("source", compose("r ->> 'source'"), is_free=True),
    Column("links.missing", compose("r #>> '{{links,missing}}'")),
    Column("links.accounts", compose("r #>> '{{links,accounts}}'")),
)
_COVERAGE_FILE: Final = """COPY (
    SELECT {columns}
      FROM ({coverage}) AS page (report, path, department_type, kind)
     CROSS JOIN LATERAL (SELECT page.report::jsonb AS r) AS parsed
     ORDER BY page.path, page.department_type, page.kind) TO STDOUT (FORMAT csv, HEADER)"""
_MISSING: Final = sql.SQL("""
    SELECT row_to_json(missing)::text, body.key
      FROM (SELECT r.path, r.code, %(type)s::text AS department_type, '{{}}'::text[] AS regions, '[]'::jsonb AS bodies
              FROM regions AS r WHERE r.code = %(region)s AND %(kind)s::text IS NULL
             UNION ALL
            SELECT r.path, r.code, c.department_type, c.regions, c.bodies
              FROM current_expected_counts AS c
              JOIN regions AS r ON r.code = c.region_code
             WHERE c.region_code = %(region)s AND c.kind = %(kind)s) AS e
     CROSS JOIN LATERAL ({bodies}) AS body
     CROSS JOIN LATERAL (
           SELECT body.name,
                  CASE WHEN g.code IS NOT NULL
                       THEN (SELECT row_to_json(r) FROM (SELECT g.code, g.name, g.name_local) AS r) END AS region,
                  body.department_id AS department, body.is_known AS known
             FROM (SELECT) AS one LEFT JOIN regions AS g ON g.code = body.region_code) AS missing
     WHERE body.platforms IS NULL AND (%(after)s::text IS NULL OR body.key COLLATE "C" > %(after)s)
     ORDER BY body.key COLLATE "C" LIMIT %(limit)s
""").format(bodies=_BODIES)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageFilter:
    """What the report is about: a range of region paths, platforms and types as they are stored, and a kind."""

    path: str | None
    platforms: Selection
    types: Selection
    kind: str | None


def select_coverage(
    conn: Connection[Any], wanted: CoverageFilter, *, after: tuple[str, str, str] | None, limit: int
) -> list[tuple[str, str, str, str]]:
    """Return public JSON, path, type and kind ("" for none) of rows of the report, sorted by the last three."""
    # Planned for these values (no generic plan): conditions on absent parameters then cost nothing.
    return conn.execute(_COVERAGE, _coverage_parameters(wanted, after=after, limit=limit), prepare=False).fetchall()


def csv_statement(wanted: CoverageFilter, *, escape_formulas: bool) -> tuple[sql.Composed, dict[str, object]]:
    """Return the COPY that writes the whole report as CSV, and its parameters."""
    columns = join(", ", (csv_expression(each, escape_formulas=escape_formulas) for each in _FILE_COLUMNS))
    statement = sql.SQL(_COVERAGE_FILE).format(columns=columns, coverage=_COVERAGE)
    return statement, _coverage_parameters(wanted, after=None, limit=None)


def _coverage_parameters(
    wanted: CoverageFilter, *, after: tuple[str, str, str] | None, limit: int | None
) -> dict[str, object]:
    path, department_type, kind = after or (None, None, None)
    return {
        **_platform_parameters(wanted.platforms),
        "low": wanted.path,
        "high": f"{wanted.path[:-1]}0" if wanted.path else None,
        "kind": wanted.kind,
        "types": list(wanted.types.include) or None,
        "without_types": list(wanted.types.exclude),
        "path": path,
        "type": department_type,
        "after_kind": kind,
        "first": FIRST_MAX,
        "only": _list_platforms(wanted.platforms),
        "limit": limit,
    }


def select_missing(
    conn: Connection[Any],
    region_code: str,
    *,
    kind: str | None,
    department_type: str | None,
    platforms: Selection,
    after: str | None,
    limit: int,
) -> list[tuple[str, str]]:
    """Return public JSON and sort key of the bodies of a row that have no account on the platforms.

    The row is that of a kind, or of a type of which no number is expected.
    """
    return conn.execute(
        _MISSING,
        {
            **_platform_parameters(platforms),
            "region": region_code,
            "kind": kind,
            "type": department_type,
            "after": after,
            "limit": limit,
        },
        prepare=False,
    ).fetchall()


def select_kinds(conn: Connection[Any], region_code: str | None = None) -> list[str]:
    """Return the kinds of which a region, or any, has an expected number."""
    rows = conn.execute(
        """
        SELECT DISTINCT kind FROM expected_counts
         WHERE %(region)s::text IS NULL OR region_code = %(region)s ORDER BY kind
        """,
        {"region": region_code},
    )
    return [kind for (kind,) in rows]


def _platform_parameters(platforms: Selection) -> dict[str, object]:
    return {"platforms": list(platforms.include) or None, "without": list(platforms.exclude)}


def _list_platforms(platforms: Selection) -> str | None:
    """Return the platforms as a parameter has them; None for all."""
    return ",".join([*platforms.include, *(f"-{slug}" for slug in platforms.exclude)]) or None
