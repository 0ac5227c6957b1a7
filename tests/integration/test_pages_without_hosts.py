# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of pages that need no host: rules of one's own, several audits in one report, and questions to the files."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.integration.conftest import BIN, run_in
from ansible_collections.seawall.docker.tests.support.postures import posture_in

DOCS = Path(__file__).resolve().parents[2] / "docs"
HERE = f"-e ansible_python_interpreter={sys.executable}"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8").replace("\\\n", " ")


def commands(name: str, first: str) -> list[str]:
    return re.findall(rf"(?m)^    ({first} .*)$", page(name))


def run(work: Path, command: str) -> subprocess.CompletedProcess[str]:
    program, *words = shlex.split(command)
    return run_in(work, [str(BIN / program) if (BIN / program).exists() else program, *words])


def test_the_rule_of_the_page_decides_as_the_page_says(tmp_path: Path) -> None:
    (rules,) = re.findall(r"```yaml\n(.*?)```", page("writing-rules.md"), re.DOTALL)
    (tmp_path / "acme.yml").write_text(rules, encoding="utf-8")
    _hosts, without_hosts = commands("writing-rules.md", "ansible-playbook")
    for labels, status in (["owner"], 0), (["owners"], 2):
        posture = posture_in()
        for container in posture["containers"]:
            container["label_names"] = labels
        (tmp_path / "good.json").write_text(json.dumps(posture), encoding="utf-8")
        done = run(tmp_path, f"{without_hosts} {HERE}")
        assert done.returncode == status, done.stdout + done.stderr
        assert "ACME container baseline 1: 1 host, 1 audited" in done.stdout
    assert "Every container says who owns it" in done.stdout


@pytest.fixture(name="fleet", scope="module")
def _fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where two audits were made one report, as the page says."""
    work = tmp_path_factory.mktemp("slices")
    (work / "posture.json").write_text(json.dumps(posture_in(base="bad")), encoding="utf-8")
    for folder, host in (("slice1", "web1"), ("slice2", "web2")):
        words = f"-i {host}, -c local {HERE} -e audit_posture_file=posture.json -e audit_report_directory={folder}"
        done = run(work, f"ansible-playbook seawall.docker.audit {words}")
        assert done.returncode == 0, done.stdout + done.stderr
    (merge,) = commands("playbooks.md", "ansible-playbook seawall.docker.report")
    done = run(work, merge)
    assert done.returncode == 0 and "2 hosts, 2 audited" in done.stdout, done.stdout + done.stderr
    return work


def test_two_audits_are_compared_as_the_page_says(fleet: Path) -> None:
    (compare,) = commands("reading-a-report.md", "git diff")
    done = run(fleet, compare.replace("old/", "slice1/").replace("new/", "fleet/"))
    assert "web2.json" in done.stdout and "web1.json" not in done.stdout, done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("jq") is None, reason="needs jq (apt-get install jq)")
def test_the_questions_of_the_page_are_answered(fleet: Path) -> None:
    of_host, of_rule = commands("reading-a-report.md", "jq")
    failing = run(fleet, of_host.replace("reports/", "fleet/")).stdout.splitlines()
    assert "2.10 daemon-userns-remap" in failing
    assert run(fleet, of_rule.replace("reports/", "fleet/")).stdout.split() == ["web1", "web2"]
