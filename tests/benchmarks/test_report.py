from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.measure import Figures
from tests.search.scoring import Score, Scores


def figures(name: str, unit: str, **of: list[float]) -> Figures:
    """Return figures of subjects, a comma in their names written as two underscores."""
    return Figures(name, unit, {subject.replace("__", ", "): values for subject, values in of.items()})


ASKED = figures("one account", "requests per second", ceiling=[100, 900], service=[50, 300], service__cached=[90, 800])


def test_a_ratio_is_the_middle_of_the_rounds_own_ratios() -> None:
    assert ASKED.ratio("service", "ceiling") == pytest.approx((0.5 + 1 / 3) / 2)


def test_what_was_not_measured_has_no_figure() -> None:
    assert ASKED.median("Datasette") is None
    assert ASKED.ratio("service", "Datasette") is None


def test_the_table_says_on_what_it_was_measured() -> None:
    found = Scores(Score(asked=200, found=199, reciprocal_ranks=190))
    table = report.table([ASKED], {"service": 81.4}, found, ["2 cores", "Python 3.11"], 50_000)
    assert "50,000 synthetic accounts on 2 cores, Python 3.11" in table
    assert "| one account | 500 | 175 | 445 | – | 0.42 | 0.89 | – |" in table
    assert "| 81.4 |" in table
    assert "99.5% had their account in the first three; mean reciprocal rank 0.950" in table


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
    about, grid = report.transfers([ASKED, speed])
    assert "MiB per second" in about
    assert "| 1 MiB over 4 connections | 100 | 150 | 90.0 | 1.50 | 0.90 |" in grid
    assert report.transfers([ASKED]) == []
