from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.load import Load
from benchmarks.measure import Figures, Measured, Sample
from benchmarks.questions import DATASETTE, PLATFORMATIC, SERVICE
from tests.search.scoring import Score, Scores


def samples(*processor: float) -> list[Sample]:
    """Return samples that took so many microseconds of the processor, and were the faster for that."""
    return [Sample(Load(int(1e6 / each), 1.0, each / 100, each / 10, 900, 0), each, 0) for each in processor]


ASKED = Measured(
    "one account", {SERVICE: samples(100, 300), DATASETTE: samples(400, 900), PLATFORMATIC: samples(150, 600)}
)


def test_a_ratio_is_the_middle_of_the_rounds_own_ratios() -> None:
    figures = Figures("a file", "MiB per second", {"nginx": [100, 900], "service": [50, 300]})
    assert figures.ratio("service", "nginx") == pytest.approx((0.5 + 1 / 3) / 2)
    assert ASKED.ratio(DATASETTE, SERVICE, lambda each: each.processor) == pytest.approx(3.5)


def test_what_was_not_measured_has_no_figure() -> None:
    figures = Figures("a file", "MiB per second", {"nginx": [100]})
    assert figures.median("service") is None
    assert figures.ratio("service", "nginx") is None


def test_a_work_is_shown_next_to_its_best_peer() -> None:
    alone = Measured("suggest", {SERVICE: samples(200)})
    about, table = report.requests([ASKED, alone])[:2]
    assert "Processor µs" in about
    assert "| one account | 300 | 900 | 600 | 1.75 (Platformatic DB) |" in table
    assert "| suggest | 200 | – | – | – |" in table


def test_the_report_says_when_and_on_what_it_was_measured() -> None:
    assert "50,000 synthetic accounts on 2 cores, Python 3.11" in report.describe(["2 cores", "Python 3.11"], 50_000)
    found = Scores(Score(asked=200, found=199, reciprocal_ranks=190))
    assert "99.5% had their account in the first three; mean reciprocal rank 0.950" in report.evaluation(found)
    assert "| idle | 81 |" in report.memory({"service": (81.4, 99.9)})


def test_new_figures_replace_the_old_ones_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"# Title\n\n{report.BEGIN}\n\nold\n\n{report.END}\n\nThe end.\n")
    report.write(page, "new")
    assert page.read_text() == f"# Title\n\n{report.BEGIN}\n\nnew\n\n{report.END}\n\nThe end.\n"


def test_a_page_without_the_marks_is_left_as_it_is(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text("# Title\n")
    with pytest.raises(ValueError, match="does not have the lines"):
        report.write(page, "new")
    assert page.read_text() == "# Title\n"


def test_what_it_takes_to_send_files_is_shown_where_it_was_measured() -> None:
    speed = Figures(
        "1 MiB over 4 connections", "MiB per second", {"nginx": [100], "service": [150], "behind nginx": [90]}
    )
    about, grid = report.transfers([speed])
    assert "MiB per second" in about
    assert "| 1 MiB over 4 connections | 100 | 150 | 90.0 | 1.50 | 0.90 |" in grid
    assert report.transfers([]) == []
