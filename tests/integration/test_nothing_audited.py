# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that audited nothing does not look like one without faults, and does not replace the reports of one that did."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.integration.conftest import BIN, run_in

HERE = ("-i", "localhost,", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}")
RECORDED = ("-e", "audit_posture_file=embedded")
LOST = ("-i", "lost,", "-e", "ansible_host=192.0.2.1", "-e", "ansible_timeout=1")


def audit(work: Path, *words: str, hosts: t.Sequence[str] = HERE) -> subprocess.CompletedProcess[str]:
    return run_in(work, [str(BIN / "ansible-playbook"), *hosts, "seawall.docker.audit", *words])


def contents(work: Path) -> dict[str, bytes]:
    """The reports, without the record of the hosts that were lost since."""
    found = {str(path): path.read_bytes() for path in sorted((work / "reports").rglob("*")) if path.is_file()}
    found.pop(str(work / "reports" / "runs.json"), None)
    return found


def lost_since(work: Path) -> list[tuple[str, str]]:
    """Which hosts the record names, and their outcomes."""
    record = json.loads((work / "reports" / "runs.json").read_text(encoding="utf-8"))
    return [(one["host"], one["outcome"]) for one in record["lost"]]


@pytest.fixture(name="reports", scope="module")
def _reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of a run that audited a host."""
    work = tmp_path_factory.mktemp("audited")
    assert audit(work, *RECORDED).returncode == 0
    return work / "reports"


@pytest.fixture(name="audited")
def _audited(reports: Path, tmp_path: Path) -> dict[str, bytes]:
    """Those, as an earlier run in this test's directory left them."""
    shutil.copytree(reports, tmp_path / "reports")
    found = contents(tmp_path)
    assert [Path(path).name for path in found] == ["audit.json", "localhost.json", "index.html"]
    return found


def without_jmespath(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (work / "path" / "jmespath").mkdir(parents=True)
    (work / "path" / "jmespath" / "__init__.py").write_text("raise ImportError('not installed')\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(work / "path"))


def test_a_library_is_missing(audited: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_jmespath(tmp_path, monkeypatch)
    done = audit(tmp_path, *RECORDED)
    assert done.returncode == 2
    assert "1 host, 0 audited, 1 failed" in done.stdout and "jmespath" in done.stdout
    assert contents(tmp_path) == audited
    assert lost_since(tmp_path) == [("localhost", "failed")]
    assert "This run audited no host, so the reports of an earlier run were kept" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["-e", '{"audit_waivers": [{"rule": "no-such", "reason": "x", "owner": "y", "expires": "2099-01-01"}]}'],
            "no-such",
        ),
        (["-e", '{"audit_policy": {"trusted_docker_user": []}}'], "did you mean trusted_docker_users?"),
        (["-e", "audit_rule_files=missing.yml"], "/missing.yml) cannot be read"),
        (["-e", "audit_waiver_files=missing.yml"], "/missing.yml) cannot be read"),
        (["-e", "audit_polcy={}"], "did you mean audit_policy?"),
        (["-e", "remediate_max_inpact=none"], "did you mean remediate_max_impact?"),
        (["-e", "audit_timeout=0"], "audit_timeout must be at least 1"),
        (["-e", "audit_serial=0"], "audit_serial must be at least 1"),
        (["-e", "audit_serial=abc"], "audit_serial must be numbers of hosts or percentages"),
        (["-e", '{"audit_serial": [1, "x%"]}'], "audit_serial must be numbers of hosts or percentages"),
    ],
)
def test_a_mistake_in_what_is_asked(audited: dict[str, bytes], tmp_path: Path, words: list[str], said: str) -> None:
    done = audit(tmp_path, *RECORDED, *words)
    assert done.returncode == 2
    assert said in " ".join(done.stdout.split())
    assert contents(tmp_path) == audited


def test_all_hosts_are_unreachable(audited: dict[str, bytes], tmp_path: Path) -> None:
    done = audit(tmp_path, hosts=LOST)
    assert done.returncode != 0 and "1 unreachable" in done.stdout
    assert contents(tmp_path) == audited
    assert [outcome for _host, outcome in lost_since(tmp_path)] == ["unreachable"]


@pytest.mark.parametrize("tag", ["audit_report", "audit_gate"])
def test_a_tag_leaves_the_audit_out(audited: dict[str, bytes], tmp_path: Path, tag: str) -> None:
    done = audit(tmp_path, *RECORDED, "--tags", tag)
    assert done.returncode == 2
    assert "was not audited in this run" in done.stdout or "no host was audited in this run" in done.stdout
    assert contents(tmp_path) == audited


def test_a_first_run_without_a_host_is_reported(tmp_path: Path) -> None:
    done = audit(tmp_path, *RECORDED, "-e", "audit_polcy={}")
    assert done.returncode == 2
    assert "did you mean audit_policy?" in (tmp_path / "reports" / "index.html").read_text(encoding="utf-8")


def test_the_folder_of_the_reports_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file\n", encoding="utf-8")
    done = audit(tmp_path, *RECORDED)
    assert done.returncode == 2
    assert "The reports cannot be written" in done.stdout
    # The findings reach the terminal all the same.
    assert "FAILING RULES" in done.stdout and "1 host, 1 audited" in done.stdout
    assert (tmp_path / "reports").read_text(encoding="utf-8") == "a file\n"


def test_a_site_may_have_variables_of_its_own(tmp_path: Path) -> None:
    allowed = '{"audit_team_name": "x", "audit_team_room": 3, "seawall_docker_allowed_variables": ["audit_team_"]}'
    assert audit(tmp_path, *RECORDED, "-e", allowed).returncode == 0
    done = audit(tmp_path, *RECORDED, "-e", allowed, "-e", "audit_tea=1")
    assert done.returncode == 2 and "audit_tea is no variable of seawall.docker" in done.stdout


@pytest.mark.parametrize(("playbook", "name"), [("prove", "prove_serial"), ("limits", "limits_serial")])
def test_a_batch_that_is_no_number_is_refused(tmp_path: Path, playbook: str, name: str) -> None:
    words = [str(BIN / "ansible-playbook"), *HERE, f"seawall.docker.{playbook}", "-e", f"{name}=abc"]
    done = run_in(tmp_path, words)
    assert done.returncode == 2
    assert f"{name} must be numbers of hosts or percentages" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("playbook", ["harden", "userns_remap", "prove"])
@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("remediate_max_inpact=none", "remediate_max_impact"),
        ("remediate_serial=0", "remediate_serial must be at least 1"),
    ],
)
def test_what_changes_hosts_refuses_before_anything(tmp_path: Path, playbook: str, word: str, said: str) -> None:
    words = [str(BIN / "ansible-playbook"), *HERE, f"seawall.docker.{playbook}", "-e", word]
    done = run_in(tmp_path, words)
    assert done.returncode == 2
    assert said in done.stdout + done.stderr
    assert "changed=0" in done.stdout and not (tmp_path / "reports").exists()
