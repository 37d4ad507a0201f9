"""A row of a ranking as JSON and as CSV, in SQL: `p` is the row, joined with the account, department or region."""

from __future__ import annotations

from directory.accounts.csv import Column
from directory.accounts.queries.list import record_json
from directory.database.sql import Fragment, compose
from directory.rankings.figures import Ends
from directory.rankings.parameters import RankingPageQuery, RankingQuery


def row_json(query: RankingPageQuery, ends: Ends) -> Fragment:
    """Return the SQL of a row's public JSON."""
    figure = compose("""'{{"count":', p.count_0, ',"observed_at":', to_json(p.at_0)::text, '}}'""")
    earlier = compose("""'null'""")
    if len(ends.times) > 1:
        earlier = compose(
            """CASE WHEN p.count_1 IS NULL THEN 'null'
                    ELSE concat('{{"count":', p.count_1, ',"observed_at":', to_json(p.at_1)::text, '}}') END"""
        )
    match query.of:
        case "accounts":
            about = compose("""'"account":', {}""", record_json(query.fields))
        case "departments":
            about = compose(
                """'"department":{{"id":"', p.id, '","name":', coalesce(to_json(departments.name)::text, 'null'), '}},',
                   '"accounts":', p.accounts, ',"counted":', p.counted"""
            )
        case _:
            about = compose(
                """'"region":{{"code":"', p.id, '","name":', coalesce(to_json(regions.name)::text, 'null'), '}},',
                   '"accounts":', p.accounts, ',"counted":', p.counted"""
            )
    growth = compose("''")
    if query.is_growth:
        growth = compose(
            """',"growth":', p.count_0 - p.count_1, ',"growth_rate":',
               coalesce(to_json((p.count_0 - p.count_1)::float8 / nullif(p.count_1, 0)::float8)::text, 'null')"""
        )
    return compose(
        """concat('{{"rank":', p.rank, ',"previous_rank":', coalesce(p.previous_rank::text, 'null'), ',"movement":',
                  coalesce((p.previous_rank - p.rank)::text, 'null'), ',"value":', to_json(p.value)::text, ',', {},
                  ',"figure":', {}, ',"earlier":', {}, {}, '}}')""",
        about,
        figure,
        earlier,
        growth,
    )


def csv_columns(query: RankingQuery, ends: Ends) -> list[Column]:
    """Return the columns of the CSV, of `p` and what it is joined with."""
    columns = [
        Column("rank", compose("p.rank")),
        Column("previous_rank", compose("p.previous_rank")),
        Column("movement", compose("p.previous_rank - p.rank")),
        Column("value", compose("p.value")),
    ]
    match query.of:
        case "accounts":
            columns += [
                Column("id", compose("p.id")),
                Column("platform", compose("accounts.platform")),
                Column("handle", compose("accounts.handle"), is_free=True),
                Column("url", compose("accounts.url"), is_free=True),
                Column("name", compose("accounts.name"), is_free=True),
                Column("department.id", compose("accounts.department_id")),
                Column("region.code", compose("accounts.region_code")),
            ]
        case "departments":
            columns += [
                Column("department.id", compose("p.id")),
                Column("department.name", compose("departments.name"), is_free=True),
            ]
        case _:
            columns += [
                Column("region.code", compose("p.id")),
                Column("region.name", compose("regions.name"), is_free=True),
            ]
    if query.of != "accounts":
        columns += [Column("accounts", compose("p.accounts")), Column("counted", compose("p.counted"))]
    columns += [
        Column("figure.count", compose("p.count_0")),
        Column("figure.observed_at", compose("to_json(p.at_0) #>> '{{}}'")),
    ]
    if len(ends.times) > 1:
        columns += [
            Column("earlier.count", compose("p.count_1")),
            Column("earlier.observed_at", compose("to_json(p.at_1) #>> '{{}}'")),
        ]
    return columns
