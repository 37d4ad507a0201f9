"""The tables of the report: medians, and ratios within the same round."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measure import Figures
from tests.search.scoring import Scores

BEGIN = "<!-- figures: written by `make bench BENCH=--write` -->"
END = "<!-- end of figures -->"
IMPORTED = """Seconds for an import of all rows, the start of the program included: into an empty registry, and the same
once more. SQLite: the same rows put into the file that Datasette serves, with its indexes; nothing is checked, merged
or versioned there."""

SENT = {
    "MiB per second": """MiB per second of a snapshot's file, in memory already: sent by nginx, by the service, and by
an nginx to which the service leaves it (`DIRECTORY_ACCEL_PREFIX`).""",
    "processor seconds per GiB": """Seconds of a processor that each GiB of this takes the server, the kernel's part
included; in the last column without the service's own part.""",
}


def line(figures: Figures) -> str:
    """Return one measurement as a line of progress."""
    shown = (f"{subject} {_number(figures.median(subject))}" for subject in figures.of)
    return f"{figures.name} ({figures.unit}): {'; '.join(shown)}"


def table(
    measured: Sequence[Figures], memory: Mapping[str, float], found: Scores, facts: Iterable[str], accounts: int
) -> str:
    """Return all measurements as Markdown."""
    parts = [
        f"Measured {datetime.now(UTC):%Y-%m-%d} with {accounts:,} synthetic accounts on {', '.join(facts)}.",
        "Requests per second, 16 connections (the ceiling is the framework's own: an empty answer).",
        _requests([figures for figures in measured if figures.unit == "requests per second"]),
        "Seconds for a download of everything (the ceiling is a finished file sent by the framework).",
        _downloads([figures for figures in measured if figures.unit == "seconds" and "ceiling" in figures.of]),
        IMPORTED,
        _imports([figures for figures in measured if "SQLite" in figures.of], accounts),
        *transfers(measured),
        "Largest resident memory of all processes of a server after all of this, without PostgreSQL, MiB.",
        _grid([*memory], [[_number(peak) for peak in memory.values()]]),
        _found(found),
    ]
    return "\n\n".join(parts)


def transfers(measured: Sequence[Figures]) -> list[str]:
    """Return the tables of file transfers, empty if they were not measured."""
    subjects = ("nginx", "service", "behind nginx")
    ratios = (("service", "nginx"), ("behind nginx", "nginx"))
    parts: list[str] = []
    for unit, about in SENT.items():
        figures = [found for found in measured if found.unit == unit]
        if figures:
            heads = ["file", *subjects, *(f"{subject} : {to}" for subject, to in ratios)]
            parts += [about, _grid(heads, [_row(found, subjects, ratios) for found in figures])]
    return parts


def _found(found: Scores) -> str:
    total = found.total
    return (
        f"Of {total.asked} queries of the evaluation set of the search (tests/search/evaluation.ndjson), on the starter"
        f" data, {total.share:.1%} had their account in the first three; mean reciprocal rank"
        f" {total.mean_reciprocal_rank:.3f}."
    )


def _requests(measured: Sequence[Figures]) -> str:
    subjects = ("ceiling", "service", "service, cached", "Datasette")
    heads = ["work", *subjects, "service : ceiling", "cached : ceiling", "service : Datasette"]
    ratios = (("service", "ceiling"), ("service, cached", "ceiling"), ("service", "Datasette"))
    return _grid(heads, [_row(figures, subjects, ratios) for figures in measured])


def _downloads(measured: Sequence[Figures]) -> str:
    subjects = ("ceiling", "service, new", "service, again", "Datasette")
    heads = ["file", *subjects, "Datasette : new"]
    return _grid(heads, [_row(figures, subjects, [("Datasette", "service, new")]) for figures in measured])


def _imports(measured: Sequence[Figures], accounts: int) -> str:
    subjects = ("service, new", "service, again", "SQLite")
    heads = ["", *subjects, "new : SQLite", "rows per second, new"]
    rate = [_number(accounts / (figures.median("service, new") or 1)) for figures in measured]
    cells = [_row(figures, subjects, [("service, new", "SQLite")]) for figures in measured]
    return _grid(heads, [[*row, per_second] for row, per_second in zip(cells, rate, strict=True)])


def _row(figures: Figures, subjects: Iterable[str], ratios: Iterable[tuple[str, str]]) -> list[str]:
    medians = [_number(figures.median(subject)) for subject in subjects]
    return [figures.name, *medians, *(_ratio(figures.ratio(subject, to)) for subject, to in ratios)]


def write(path: Path, text: str) -> None:
    """Replace the figures between the marks in the file."""
    before, mark, rest = path.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    if not mark or not after:
        raise ValueError(f"{path} does not have the lines {BEGIN} and {END}")
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


def _grid(heads: Sequence[str], cells: Iterable[Sequence[str]]) -> str:
    ruler = ["---"] + ["---:"] * (len(heads) - 1)
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ruler, *cells))


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value < 10 else f"{value:.1f}"  # noqa: PLR2004


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}" if value < 10 else f"{value:.0f}"  # noqa: PLR2004 - two digits
