"""A plugin: with `CI=true` a skipped test fails the run. `pytest -p tests.skips`, as the Makefile calls it.

Left out rightly, and known by the reason that they give, are tests of what only root or only another user can do, and
trials on data next to the project that are not part of it.
"""

import os

import pytest

RIGHTLY = ("root", "shared/data")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn success into failure where something was left out that had to run."""
    if _skipped(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Report why the run fails."""
    if number := _skipped(config):
        terminalreporter.write_line(f"CI=true: {number} skipped tests count as failed", red=True)


def _skipped(config: pytest.Config) -> int:
    """Return how many tests were skipped that may not be."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or not isinstance(reporter, pytest.TerminalReporter):
        return 0
    reasons = [str(report.longrepr) for report in reporter.stats.get("skipped", [])]
    return sum(not any(word in reason for word in RIGHTLY) for reason in reasons)
