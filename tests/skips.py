"""A plugin: with `CI=true` a skipped test fails the run. `pytest -p tests.skips`, as the Makefile calls it.

What is said of root and runs as another user, or the reverse, is left out rightly: its reason names root.
"""

import os

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn success into failure where something was left out that had to run."""
    if _skipped(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say why the run fails."""
    if number := _skipped(config):
        terminalreporter.write_line(f"CI=true: {number} skipped tests count as failed", red=True)


def _skipped(config: pytest.Config) -> int:
    """Give how many tests were skipped that may not be."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or not isinstance(reporter, pytest.TerminalReporter):
        return 0
    return sum("root" not in str(report.longrepr) for report in reporter.stats.get("skipped", []))
