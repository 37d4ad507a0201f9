"""The tables of the report: medians, and ratios within the same round."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.downloads import Download
from benchmarks.measure import Figures, Measured, Sample
from benchmarks.questions import PEERS, SERVICE
from tests.search.scoring import Scores

BEGIN = "<!-- figures: written by `make bench BENCH=--write` -->"
END = "<!-- end of figures -->"

_TABLES: Final[Mapping[str, Callable[[Sample], str]]] = {
    "Processor µs for a request, of the server and its PostgreSQL together.": lambda each: _number(each.processor),
    "Requests per second, 16 connections.": lambda each: _number(each.load.per_second),
    "Milliseconds of an answer, median / 99th percentile.": lambda each: f"{each.load.p50:.1f} / {each.load.p99:.0f}",
    "Bytes of an answer, headers included.": lambda each: _number(each.load.bytes),
}
SENT = {
    "MiB per second": """MiB per second of a snapshot's file, in memory already: sent by nginx, by the service, and by
an nginx to which the service leaves it (`DIRECTORY_ACCEL_PREFIX`).""",
    "processor seconds per GiB": """Seconds of a processor that each GiB of this takes the server, the kernel's part
included; in the last column without the service's own part.""",
}


def line(measured: Measured) -> str:
    """Return one work as a line of progress."""
    shown = (
        f"{name} {measured.median(name, _processor):,.0f} µs, {measured.median(name, _per_second):,.0f}/s"
        for name in measured.of
    )
    return f"{measured.name}: {'; '.join(shown)}"


def describe(facts: Iterable[str], accounts: int) -> str:
    """Return when and on what it was measured."""
    return f"Measured {datetime.now(UTC):%Y-%m-%d} with {accounts:,} synthetic accounts on {', '.join(facts)}."


def requests(measured: Sequence[Measured]) -> list[str]:
    """Return the tables of requests, each with what it shows above it."""
    subjects = list(dict.fromkeys(name for work in measured for name in work.of))
    parts: list[str] = []
    for about, show in _TABLES.items():
        ratios = (_processor, _per_second)[: 1 if "Processor" in about else 2][-1]
        compared = about.startswith(("Processor", "Requests"))
        heads = ["work", *subjects, *(["next to the best peer"] if compared else [])]
        cells = []
        for work in measured:
            shown = [_shown(work, name, show) for name in subjects]
            cells.append([work.name, *shown, *([_best(work, ratios)] if compared else [])])
        parts += [about, grid(heads, cells)]
    return parts


def downloads(found: Sequence[Download], accounts: int) -> str:
    """Return the table of downloads."""
    heads = ["download of everything", "bytes", "first byte, s", "last byte, s", "accounts per second"]
    return grid(heads, [each.cells(accounts) for each in found])


def memory(found: Mapping[str, tuple[float, float]]) -> str:
    """Return the table of memory, before and after all requests."""
    return grid(
        ["MiB (PSS), without PostgreSQL", *found],
        [[name, *(f"{pair[at]:,.0f}" for pair in found.values())] for at, name in enumerate(("idle", "after load"))],
    )


def evaluation(found: Scores) -> str:
    """Return what the evaluation set of the search scored."""
    total = found.total
    return (
        f"Of {total.asked} queries of the evaluation set of the search (tests/search/evaluation.ndjson), on the starter"
        f" data, {total.share:.1%} had their account in the first three; mean reciprocal rank"
        f" {total.mean_reciprocal_rank:.3f}."
    )


def transfers(measured: Sequence[Figures]) -> list[str]:
    """Return the tables of file transfers, empty if they were not measured."""
    subjects = ("nginx", "service", "behind nginx")
    ratios = (("service", "nginx"), ("behind nginx", "nginx"))
    parts: list[str] = []
    for unit, about in SENT.items():
        figures = [found for found in measured if found.unit == unit]
        if figures:
            heads = ["file", *subjects, *(f"{subject} : {to}" for subject, to in ratios)]
            parts += [about, grid(heads, [_row(found, subjects, ratios) for found in figures])]
    return parts


def write(path: Path, text: str) -> None:
    """Replace the figures between the marks in the file."""
    before, mark, rest = path.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    if not mark or not after:
        raise ValueError(f"{path} does not have the lines {BEGIN} and {END}")
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


def grid(heads: Sequence[str], cells: Iterable[Sequence[str]]) -> str:
    """Return a table as Markdown."""
    ruler = ["---"] + ["---:"] * (len(heads) - 1)
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ruler, *cells))


def _processor(sample: Sample) -> float:
    return sample.processor


def _per_second(sample: Sample) -> float:
    return sample.load.per_second


def _shown(work: Measured, name: str, show: Callable[[Sample], str]) -> str:
    """Return a cell of the round that was in the middle by processor time; – where a system cannot answer."""
    if name not in work.of:
        return "–"
    return show(sorted(work.of[name], key=_processor)[len(work.of[name]) // 2])


def _best(work: Measured, figure: Callable[[Sample], float]) -> str:
    """Return how many times as good the service is as the best peer, and which that is."""
    is_cost = figure is _processor
    found = [
        (work.ratio(name, SERVICE, figure) if is_cost else work.ratio(SERVICE, name, figure), name)
        for name in PEERS
        if name in work.of and SERVICE in work.of
    ]
    return "{:.2f} ({})".format(*min(found)) if found else "–"


def _row(figures: Figures, subjects: Iterable[str], ratios: Iterable[tuple[str, str]]) -> list[str]:
    medians = [_number(figures.median(subject)) for subject in subjects]
    return [figures.name, *medians, *(_ratio(figures.ratio(subject, to)) for subject, to in ratios)]


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value < 10 else f"{value:.1f}"  # noqa: PLR2004


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}" if value < 10 else f"{value:.0f}"  # noqa: PLR2004 - two digits
