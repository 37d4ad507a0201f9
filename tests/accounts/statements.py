"""Typical requests of accounts whose SQL is committed in `statements/`, so that a review sees what really runs."""

import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import psycopg

from directory.accounts.commands import record_statements
from directory.accounts.explain import RecordingDatabase
from directory.app import create_app
from directory.config import Config
from tests.accounts.conftest import fill

FOLDER: Final = Path(__file__).parent / "statements"
LIST: Final = "/v1/accounts"
REQUESTS: Final = {
    "list": LIST,
    "list_by_followers": f"{LIST}?sort=-followers",
    "list_by_two_keys": f"{LIST}?sort=-followers,name",
    "list_by_two_keys_second_page": f"{LIST}?sort=-followers,name&limit=10&cursor=NEXT",
    "list_second_page": f"{LIST}?limit=10&cursor=NEXT",
    "list_of_fields": f"{LIST}?fields=id,name,url",
    "region_country": f"{LIST}?region=FR",
    "region_province": f"{LIST}?region=CN-510000&platform=weibo&sort=-followers",
    "region_excluded": f"{LIST}?region=CN,-CN-510000",
    "filters_of_terms": f"{LIST}?department_type=police,health&status=-closed&verification=source&subject=body",
    "filters_of_arrays": f"{LIST}?tag=covid&source=s1,s2",
    "filter_of_language": f"{LIST}?language=en,-en-GB",
    "filters_of_ranges": f"{LIST}?followers_min=7&followers_max=1000000&opened_after=2012-01-01"
    "&opened_before=2019-12-31&updated_after=2020-01-01",
    "count_exact": f"{LIST}?count=exact&platform=weibo&region=CN-510000&limit=1",
    "count_exact_of_accounts": f"{LIST}?count=exact&followers_min=7&limit=1",
    "count_exact_of_tag": f"{LIST}?count=exact&tag=covid&limit=1",
    "count_estimated": f"{LIST}?count=estimated&followers_min=7&limit=1",
    "facets": f"{LIST}?facets=platform,region,status&limit=1",
    "facets_of_accounts": f"{LIST}?facets=platform,tag&followers_min=7&limit=1",
    "facets_of_region": f"{LIST}?facets=region&region=CN-510000&limit=1",
    "search": f"{LIST}?q=nasa",
    "search_second_page": f"{LIST}?q=nasa&limit=10&cursor=NEXT",
    "search_filtered": f"{LIST}?q=nasa&platform=x,weibo&region=-FR",
    "search_post_filtered": f"{LIST}?q=nasa&language=zh&limit=5",
    "search_by_followers": f"{LIST}?q=nasa&sort=-followers&limit=5",
    "search_by_index_scan": f"{LIST}?q=handle&sort=-followers&limit=5",
    "search_count": f"{LIST}?q=nasa&count=exact&limit=20",
    "as_of": f"{LIST}?as_of=3",
    "as_of_filtered": f"{LIST}?as_of=3&platform=weibo&sort=-updated_at",
    "as_of_count": f"{LIST}?as_of=3&count=exact&facets=platform,tag&limit=1",
    "as_of_search": f"{LIST}?as_of=3&q=nasa&limit=20",
    "record": f"{LIST}/ID",
    "record_as_of": f"{LIST}/ID?as_of=3",
    "followers": f"{LIST}/ID/followers",
}
# Different in each registry, or by what the planner has sampled: shown as variables of psql, `:'as_of_at'`.
VARIABLES: Final = frozenset(
    {
        *("id", "as_of", "as_of_at", "as_of_checkpoint", *(f"after_{position}" for position in range(5))),
        *("tiers", "index_queries", "text_patterns", "excluded_pattern"),
        *("group_starts", "by_band", "band_facets", "band_floors"),
        *("tier", "followers", "status_rank", "name_length"),
        *("q", "q_terms", "q_checks", "q_never", "most"),
    }
)


def write_statements(url: str) -> dict[str, str]:
    """Return the SQL of each of REQUESTS by the name of its file, on a migrated database that this fills."""
    fill(url)
    with psycopg.connect(url, autocommit=True) as conn:
        # All rows are in the sample of so small a table: what the planner expects does not change from run to run.
        conn.execute("ANALYZE")
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(RecordingDatabase(url, statement_timeout_ms=30_000)) as database,
    ):
        client = create_app(
            Config(data_dir=Path(folder), download_cache_dir=Path(folder) / "downloads"), database
        ).test_client()

        def page(address: str) -> Any:  # noqa: ANN401 - of JSON
            return client.get(address).get_json()

        account_id = page(f"{LIST}?limit=1")["data"][0]["id"]
        files = {}
        for name, request in REQUESTS.items():
            address = request.replace("ID", account_id)
            if "cursor=NEXT" in address:
                address = address.replace("NEXT", page(address.replace("&cursor=NEXT", ""))["page"]["next"])
            statements = record_statements(database, client.get, address)
            texts = "\n\n".join(f"{statement.literal_sql(VARIABLES)};" for statement in statements)
            files[f"{name}.sql"] = f"-- GET {request}\n\n{texts}\n"
    return files
