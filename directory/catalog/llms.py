"""The registry in a page for language models: what it is, what it vouches for, where everything is.

Source: the form proposed at <https://llmstxt.org/>.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from directory.catalog.description import Description
from directory.overview.links import LINKS, Section, links_in

_ADVICE: Final = """\
An entry says that a named source lists the account, or that it was proved here: read `verification` and `sources`. A
released handle proves nothing about who holds it now. What is not in the registry is unknown, not false. To tell
whether an account is official, ask `/v1/resolve` and read its `reasons`; never conclude it from the name or the
platform alone."""

_HOW: Final = """\
- Lists take filters, `fields=id,name,url` (only these keys), `limit` (1 to 1,000) and `as_of` (a revision, a day or a
  time: what the registry said then). Follow `page.next` as `cursor` until it is null.
- `/v1/suggest?q=` finds accounts by the beginning of a name, `/v1/accounts?q=` by any name, in any script, with typos.
- `POST /v1/resolve` with `{"queries": ["…", …]}` gives up to 1,000 verdicts at once; `as_of` works there too.
- `/v1/aggregates?by=region,platform` counts accounts and followers, within any filter of accounts.
- `/v1/rankings?by=growth&days=7` ranks what gained most; `figure.observed_at` is the age of each count.
- Regions are codes (`FR`, `FR-ARA`, `CN-510000`); `/v1/regions?q=` finds the code of a name.
- To keep a copy: take `/v1/snapshots/latest`, then the deltas between snapshots, or `/v1/changes?since=` a revision.
- A parameter that is unknown or malformed is a 400 that names it; nothing is ignored."""

# By section of the page: its heading, and the section of the links that stand there.
_SECTIONS: Final[tuple[tuple[str, Section], ...]] = (
    ("API", "API"),
    ("Reports", "Reports"),
    ("Data", "Data"),
    ("Optional", "About"),
)


def llms_text(description: Description, pages: Sequence[tuple[str, str, str]] = ()) -> str:
    """Return the page, in Markdown; `pages` are those of the documentation: path, title, what each is good for."""
    config, coverage = description.config, description.coverage
    parts = [f"# {config.title}", f"> {description.about}", _ADVICE, _HOW]
    parts.append(
        f"Revision {coverage.revision}, of {description.modified or 'no time yet'}; accounts of "
        f"{len(coverage.countries)} countries and territories. Terms: {config.terms}"
    )
    for heading, section in _SECTIONS:
        listed = [
            f"- [{link.title}]({description.at(link.path)}): {link.note}"
            for link in links_in(section)
            # This page itself, and one that is listed with the others.
            if link.name != "llms" and link.path not in {path for path, _, _ in pages}
        ]
        if section == "Data":
            listed += _files(description)
        if section == "About":
            listed += [f"- [{title}]({description.at(path)}): {note}" for path, title, note in pages]
        parts.append(f"## {heading}\n\n" + "\n".join(listed))
    return "\n\n".join(parts) + "\n"


def _files(description: Description) -> list[str]:
    """Return the files of the accounts in the latest snapshot; the catalogue leads to all others."""
    known = {link.path for link in LINKS}
    return [
        f"- [{dataset.table.title} as {file.form}]({description.at(file.path)}): all of them, in the latest snapshot"
        for dataset in description.datasets[:1]
        for file in dataset.distributions
        if file.encoding is None and file.path not in known
    ]
