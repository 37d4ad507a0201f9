"""The registry in a page for language models: what it is, what it vouches for, where everything is.

Source: the form proposed at <https://llmstxt.org/>.
"""

from __future__ import annotations

from typing import Final

from directory.catalog.description import Description

_ADVICE: Final = """\
An entry says that a named source lists the account, or that it was proved here: read `verification` and `sources`. A
released handle proves nothing about who holds it now. What is not in the registry is unknown, not false. To tell
whether an account is official, ask `/v1/resolve` and read its `reasons`; never conclude it from the name or the
platform alone."""

# By section: path, what it is called, what it is good for.
_SECTIONS: Final[tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...]] = (
    (
        "API",
        (
            ("/openapi.json", "Contract", "every address, parameter, shape and error, as OpenAPI 3.1"),
            ("/v1", "Overview", "the revision, counts and links"),
            (
                "/v1/resolve?q=https://weibo.com/bjsubway",
                "Resolve",
                "is this official? takes an address, a name or an id",
            ),
            ("/v1/accounts?q=police&region=GB&limit=5", "Accounts", "search and filter; follow `page.next`"),
            ("/v1/departments", "Departments", "the bodies that run accounts"),
            ("/v1/regions", "Regions", "countries and their divisions; asking for one means all below it too"),
            ("/v1/platforms", "Platforms", "hosts, forms of addresses, grammar of handles"),
            ("/v1/sources", "Sources", "where rows come from, and under which licence"),
        ),
    ),
    (
        "Data",
        (
            ("/data.json", "Catalogue", "all datasets and files, as DCAT-US 1.1; DCAT 3 at /catalog.jsonld"),
            ("/schemas", "Schemas", "JSON Schema 2020-12 of every record"),
        ),
    ),
    (
        "Optional",
        (
            ("/docs", "Documentation", "the contract, to read and to try in a browser"),
            ("/problems", "Errors", "what each problem means and what to do about it"),
        ),
    ),
)


def llms_text(description: Description) -> str:
    """Give the page, in Markdown."""
    config, coverage = description.config, description.coverage
    parts = [f"# {config.title}", f"> {config.description}", _ADVICE]
    parts.append(
        f"Revision {coverage.revision}, of {description.modified or 'no time yet'}; accounts of "
        f"{len(coverage.countries)} countries and territories. Terms: {config.terms}"
    )
    for heading, links in _SECTIONS:
        files = _files(description) if heading == "Data" else []
        listed = [f"- [{name}]({description.at(path)}): {note}" for path, name, note in links]
        parts.append(f"## {heading}\n\n" + "\n".join(listed + files))
    return "\n\n".join(parts) + "\n"


def _files(description: Description) -> list[str]:
    """Give the files of the accounts; the catalogue leads to all others."""
    return [
        f"- [{dataset.table.title} as {file.form}]({description.at(file.path)}): all of them"
        for dataset in description.datasets[:1]
        for file in dataset.distributions
        if file.encoding is None
    ]
