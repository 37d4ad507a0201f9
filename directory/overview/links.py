"""The links of the service: `/v1`, the front page, the API catalogue and llms.txt are generated from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Section = Literal["API", "Reports", "Data", "About"]

_JSON: Final = "application/json"
_HTML: Final = "text/html"
_NDJSON: Final = "application/x-ndjson"
_CSV: Final = "text/csv"


@dataclass(frozen=True, slots=True)
class Link:
    """An endpoint: its key in `/v1`, and its path (with a query where it requires one).

    `note` describes it; `relation` is its link relation to the API (RFC 8631, RFC 9727).
    """

    name: str
    path: str
    title: str
    note: str
    section: Section = "API"
    media_type: str = _JSON
    relation: str = "item"


@dataclass(frozen=True, slots=True)
class Template:
    """A URI template (RFC 6570)."""

    name: str
    path: str
    note: str


_REPORTS: Final = (
    ("dormancy", "/v1/reports/dormancy", "Dormancy", "how many accounts are silent, by region, platform or department"),
    ("dormant_accounts", "/v1/reports/dormancy/accounts", "Dormant accounts", "which ones, the longest silent first"),
    ("duplicates", "/v1/reports/duplicates", "Duplicates", "departments with several accounts on one platform"),
    ("names", "/v1/reports/names", "Names", "names that contradict each other, or that departments share"),
    ("closed_platforms", "/v1/reports/closed-platforms", "Closed platforms", "accounts whose platform has closed"),
    ("verification", "/v1/reports/verification", "Verification", "accounts without a valid proof"),
    ("freshness", "/v1/reports/freshness", "Age of sources", "when each was last imported or observed"),
    ("observation_freshness", "/v1/reports/freshness/observations", "Age of counts", "of followers, by platform"),
)

LINKS: Final = (
    Link("self", "/v1", "Overview", "the title, revision, counts and licence of the registry, and all these links"),
    Link("accounts", "/v1/accounts", "Accounts", "search and filter, with counts and facets; follow `page.next`"),
    Link(
        "resolve",
        "/v1/resolve?q=https://weibo.com/bjsubway",
        "Resolve",
        "is this official? Takes any URL, handle, id or name; `POST` takes up to 1,000",
    ),
    Link("suggest", "/v1/suggest?q=police", "Suggest", "accounts in short, while a name is typed"),
    Link(
        "aggregates",
        "/v1/aggregates?by=platform",
        "Aggregates",
        "accounts and followers counted by up to three dimensions, within any filter",
    ),
    Link(
        "rankings",
        "/v1/rankings",
        "Rankings",
        "accounts, departments and regions by followers, growth or posts, within any filter",
    ),
    Link("changes", "/v1/changes", "Changes", "every change in order, deletions included; `since` a revision"),
    Link("observations", "/v1/observations", "Observations", "followers and more, as counted; `since` a revision"),
    Link("proposals", "/v1/proposals", "Proposals", "changes that somebody proposed, and what was decided"),
    Link(
        "feedback", "/v1/feedback", "Feedback", "what anybody reported, and what was decided; `POST` reports something"
    ),
    Link("feedback_challenge", "/v1/feedback/challenge", "Challenge", "what a program solves before it reports"),
    Link(
        "feedback_statistics", "/v1/feedback/statistics", "Feedback, counted", "by region and kind, with the time taken"
    ),
    Link("departments", "/v1/departments", "Departments", "the bodies that run accounts"),
    Link("department_types", "/v1/department-types", "Types of department", "police, health, transport and others"),
    Link(
        "regions", "/v1/regions", "Regions", "countries and their divisions; one means all below it too; `q` finds one"
    ),
    Link("platforms", "/v1/platforms", "Platforms", "hosts, forms of URLs, grammar of handles"),
    Link("sources", "/v1/sources", "Sources", "where rows come from, and under which licence"),
    Link(
        "coverage",
        "/v1/reports/coverage",
        "Coverage",
        "bodies expected, known and with accounts; names what is missing",
        "Reports",
    ),
    *(Link(name, path, title, note, "Reports") for name, path, title, note in _REPORTS),
    *(
        Link(f"{name}_csv", f"{path}.csv", f"{title} as CSV", "the same as a table", "Reports", _CSV)
        for name, path, title, _ in (("coverage", "/v1/reports/coverage", "Coverage", ""), *_REPORTS)
    ),
    Link(
        "snapshots",
        "/v1/snapshots",
        "Snapshots",
        "the whole registry as signed files, with deltas between them",
        "Data",
    ),
    Link(
        "download",
        "/v1/accounts.ndjson",
        "Accounts as NDJSON",
        "every match of any filter, one a line",
        "Data",
        _NDJSON,
    ),
    Link("download_json", "/v1/accounts.json", "Accounts as JSON", "the same as one document", "Data"),
    Link("download_csv", "/v1/accounts.csv", "Accounts as CSV", "the same as a table", "Data", _CSV),
    Link(
        "aggregates_csv",
        "/v1/aggregates.csv?by=platform",
        "Aggregates as CSV",
        "all groups as a table, for a spreadsheet",
        "Data",
        "text/csv",
    ),
    Link("rankings_csv", "/v1/rankings.csv", "Ranking as CSV", "a whole ranking as a table", "Data", "text/csv"),
    Link(
        "rankings_chart",
        "/v1/rankings.svg",
        "Ranking as a picture",
        "its first ranks, for any page",
        "Data",
        "image/svg+xml",
    ),
    Link("changes_ndjson", "/v1/changes.ndjson", "Changes as NDJSON", "all of them as one file", "Data", _NDJSON),
    Link(
        "observations_ndjson",
        "/v1/observations.ndjson",
        "Observations as NDJSON",
        "all that was counted as one file",
        "Data",
        _NDJSON,
    ),
    Link("feed", "/v1/changes.atom", "Feed", "the newest changes for feed readers", "Data", "application/atom+xml"),
    Link(
        "catalogue", "/data.json", "Catalogue", "all datasets and files, DCAT-US 1.1", "Data", relation="service-meta"
    ),
    Link(
        "linked_catalogue",
        "/catalog.jsonld",
        "Linked catalogue",
        "the same as DCAT 3 in JSON-LD",
        "Data",
        "application/ld+json",
        "service-meta",
    ),
    Link("schemas", "/schemas", "Schemas", "JSON Schema 2020-12 of every record", "Data", relation="describedby"),
    Link(
        "openapi",
        "/openapi.json",
        "Contract",
        "every endpoint, parameter and schema, OpenAPI 3.1",
        "About",
        relation="service-desc",
    ),
    Link(
        "docs",
        "/docs",
        "Docs",
        "the contract, to read and to try, and the pages about it",
        "About",
        _HTML,
        "service-doc",
    ),
    Link(
        "guide",
        "/docs/api.md",
        "The API in words",
        "search, paging, downloads, caching, errors",
        "About",
        "text/markdown",
        "service-doc",
    ),
    Link(
        "problems",
        "/problems",
        "Errors",
        "what each problem means and what to do about it",
        "About",
        _HTML,
        "service-doc",
    ),
    Link("llms", "/llms.txt", "For language models", "all of this in short", "About", "text/plain"),
    Link(
        "api_catalog",
        "/.well-known/api-catalog",
        "API catalogue",
        "these links as RFC 9727 has them",
        "About",
        "application/linkset+json",
    ),
    Link("health", "/healthz", "Health", "whether the service can answer", "About", relation="status"),
    Link("home", "/en/", "Website", "the registry as pages, to search, check and compare", "About", _HTML),
    Link("home_zh", "/zh/", "Website in Chinese", "the same pages: 官方账号名录", "About", _HTML),
)

TEMPLATES: Final = (
    Template("account", "/v1/accounts/{id}", "One account, with its handles."),
    Template("history", "/v1/accounts/{id}/history", "Its changes, field by field."),
    Template("evidence", "/v1/accounts/{id}/evidence", "What proves it."),
    Template("followers", "/v1/accounts/{id}/followers", "What was observed of it."),
    Template("followers_chart", "/v1/accounts/{id}/followers.svg", "A picture of it over time."),
    Template("followers_csv", "/v1/accounts/{id}/followers.csv", "All of it, for a spreadsheet."),
    Template("badge", "/v1/accounts/{id}/badge.svg", "What the registry says of it, as a picture."),
    Template("accounts", "/v1/accounts{?q,region,department_type,platform,fields,limit,as_of}", "The list, filtered."),
    Template("resolve", "/v1/resolve{?q,platform,as_of}", "Whether an account is official."),
    Template("suggest", "/v1/suggest{?q}", "Accounts while a name is typed."),
    Template("aggregates", "/v1/aggregates{?by,region_level,region,platform,as_of}", "Groups of accounts, counted."),
    Template("rankings", "/v1/rankings{?by,of,days,date,region,platform,limit}", "Who has the most, and who gains."),
    Template("rankings_chart", "/v1/rankings.svg{?by,of,days,date,region,platform,limit}", "A picture of a ranking."),
    Template("changes", "/v1/changes{?since,until,kind,region}", "Changes after a revision."),
    Template("observations", "/v1/observations{?since}", "What was observed of all accounts after a revision."),
    Template("proposal", "/v1/proposals/{id}", "What was proposed, and what was decided."),
    Template("feedback", "/v1/feedback/{id}", "What was reported, and each step since."),
    Template("department", "/v1/departments/{id}", "One department."),
    Template(
        "government_accounts", "/v1/departments/{id}/government-accounts.json", "What it publishes of its accounts."
    ),
    Template("region", "/v1/regions/{code}", "One region."),
    Template("coverage", "/v1/reports/coverage{?region,department_type,platform}", "Bodies with and without accounts."),
    Template("missing", "/v1/reports/coverage/{code}/{kind}/missing", "The bodies of a kind without accounts."),
    Template("dormancy", "/v1/reports/dormancy{?by,days,region,platform}", "How many accounts are silent."),
    Template("dormant_accounts", "/v1/reports/dormancy/accounts{?days,region,platform}", "Which accounts are silent."),
    Template(
        "duplicates", "/v1/reports/duplicates{?region,platform}", "Departments with several accounts in one place."
    ),
    Template("names", "/v1/reports/names{?kind,region}", "Names that contradict each other."),
    Template("closed_platforms", "/v1/reports/closed-platforms{?region}", "Accounts on platforms that have closed."),
    Template("verification", "/v1/reports/verification{?days,region}", "Accounts without a valid proof."),
    Template("freshness", "/v1/reports/freshness", "How old the sources are."),
    Template("observation_freshness", "/v1/reports/freshness/observations{?region}", "How old the counts are."),
    Template("platform", "/v1/platforms/{slug}", "One platform."),
    Template("source", "/v1/sources/{id}", "One source."),
    Template("snapshot", "/v1/snapshots/{revision}", "The manifest of a snapshot; `latest` is the newest."),
    Template("snapshot_file", "/v1/snapshots/{revision}/{name}", "One of its files."),
    Template("webhook", "/v1/webhooks/{id}", "Whom the registry tells of changes."),
    Template("webhook_deliveries", "/v1/webhooks/{id}/deliveries", "What it was sent, with all attempts."),
    Template("schema", "/schemas/{name}.json", "The JSON Schema of a kind of record."),
    Template("problem", "/problems/{slug}", "What a problem means."),
)


def links_in(section: Section) -> tuple[Link, ...]:
    """Return the links of a section in their order."""
    return tuple(link for link in LINKS if link.section == section)


def link_paths() -> Mapping[str, str]:
    """Return the path of every link by its key."""
    return {link.name: link.path for link in LINKS}


def uri_templates() -> Mapping[str, str]:
    """Return every URI template by its key."""
    return {template.name: template.path for template in TEMPLATES}
