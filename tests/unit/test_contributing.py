# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The new rule that CONTRIBUTING.md shows is one, and its cases give the verdicts that they say."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.tests.support.rule_cases import Case

ROOT = Path(__file__).resolve().parents[2]


def shown(what: str) -> str:
    """The block of YAML below a mark."""
    found = re.search(rf"<!-- {what} -->\n```yaml\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL)
    assert found
    return found[1]


ENTRY = yaml.safe_load(shown("cases"))[0]


@pytest.mark.parametrize("wanted", ENTRY["cases"], ids=lambda wanted: wanted["name"])
def test_the_rule_shown_decides_as_its_cases_say(wanted: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "2-daemon.yml"
    path.write_text("rules:\n" + shown("rule"), encoding="utf-8")
    benchmark = load_benchmark("cis-1.8.0", [str(path)])
    case = Case(ENTRY["rule"], wanted["name"], wanted["expect"], wanted.get("because", ""), dict(wanted))
    assert case.finding(benchmark)["status"] == wanted["expect"]


def test_the_make_targets_that_are_named_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for name in ("CONTRIBUTING.md", "README.md", ".ci/run", ".github/workflows/checks.yml"):
        targets = set(re.findall(r"\bmake ([a-z][a-z-]+)", (ROOT / name).read_text("utf-8")))
        assert targets, name
        assert not {target for target in targets if not re.search(rf"(?m)^{target}:", makefile)}, name


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_help_lists_the_commands_of_the_readme_and_none_that_is_not_there() -> None:
    done = subprocess.run(["make", "--silent", "-C", str(ROOT), "help"], capture_output=True, text=True, check=True)
    listed = {line.split()[1] for line in done.stdout.splitlines()}
    assert set(re.findall(r"\bmake ([a-z][a-z-]+)", (ROOT / "README.md").read_text("utf-8"))) <= listed
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert not {target for target in listed if not re.search(rf"(?m)^{target}:", makefile)}
