# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What could not run is named at the end with the reason; with SEAWALL_TEST_ALL=1 it is a failure."""

from __future__ import annotations

import functools
import os
import re
import typing as t
from pathlib import Path

import hypothesis
import pytest

# The same cases in every run: what fails here fails there. More of them, and other ones, with --hypothesis-profile=deep.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile("deep", max_examples=5000, deadline=None, database=None)
hypothesis.settings.load_profile("steady")


# Assertions in what tests share tell what they compared, as those in tests do.
pytest.register_assert_rewrite("ansible_collections.seawall.docker.tests.support")


def pytest_terminal_summary(terminalreporter: t.Any) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    terminalreporter.section("NOT RUN ON THIS MACHINE")
    reasons: dict[str, int] = {}
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[reason] = reasons.get(reason, 0) + 1
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{count} tests: {reason.replace('Skipped: ', '')}")


# Files with lab hosts that take about half of the time of all.
FIRST_LAB = ("test_hardening", "test_guides", "test_audit", "test_plan_recorded", "test_lab_hosts")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: t.Any) -> t.Any:
    """With ``--dist loadfile``, files with lab hosts are like two files, each with hosts of its own, which are there once."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    @functools.cache
    def has_lab_hosts(file: str) -> bool:
        text = (config.rootpath / file).read_text(encoding="utf-8")
        uses = re.search(r"support\.(lab_host|journey|attacker) import", text)
        return file.startswith("tests/lab_hosts/") or uses is not None

    class TwoLabs(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            if not has_lab_hosts(file):
                return file
            return "first lab" if Path(file).stem in FIRST_LAB else "second lab"

    return TwoLabs(config, log)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    # ansible-test distributes tests otherwise, and on Pythons that only hosts may have.
    if session.config.getoption("dist", "no") == "loadfile" and not hasattr(session.config, "workerinput"):
        from ansible_collections.seawall.docker.tests.support.lab_host import stop_engine

        stop_engine()
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("SEAWALL_TEST_ALL") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
