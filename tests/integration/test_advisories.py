# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role audit with a site's own file of advisories."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import typing as t
from pathlib import Path

BIN = Path(sys.executable).parent
OWN = """\
advisories_version: 1
updated: "2026-08-01"
advisories:
  - {id: CVE-2026-99999, component: runc, title: ours, affected: [{introduced: "0", fixed: "99.0.0"}], severity: high, source: us}
"""


def audited(work: Path, own: str, *fail_on: str) -> tuple[subprocess.CompletedProcess[str], dict[str, t.Any] | None]:
    (work / "own.yml").write_text(own, encoding="utf-8")
    variables = {
        "ansible_python_interpreter": sys.executable,
        "audit_posture_file": "embedded",
        "audit_advisory_files": [str(work / "own.yml")],
        "audit_fail_on": list(fail_on),
    }
    words = [str(BIN / "ansible-playbook"), "-i", "localhost,", "-c", "local", "seawall.docker.audit"]
    done = subprocess.run(
        [*words, "-e", json.dumps(variables)], cwd=work, capture_output=True, text=True, check=False, timeout=300
    )
    report = work / "reports" / "hosts" / "localhost.json"
    return done, json.loads(report.read_text(encoding="utf-8")) if report.exists() else None


def test_an_advisory_of_the_site_needs_no_release(tmp_path: Path) -> None:
    done, report = audited(tmp_path, OWN)
    assert done.returncode == 0 and report is not None, done.stdout + done.stderr
    advisories = report["advisories"]
    assert advisories["data"][1] == {"file": "own.yml", "updated": "2026-08-01"}
    (own,) = [one for one in advisories["results"] if one["id"] == "CVE-2026-99999"]
    assert (own["state"], own["severity"]) == ("potentially_vulnerable", "high")
    assert own["package"]["name"] == "runc" and own["version"] == report_version(report, "runc")
    assert sum(advisories["counts"].values()) == len(advisories["results"]) > 90


def report_version(report: dict[str, t.Any], component: str) -> str:
    """The version that the other advisories about the component have."""
    (version,) = {one["version"] for one in report["advisories"]["results"] if one["component"] == component}
    return str(version)


def test_a_wrong_file_is_named_with_line_and_key(tmp_path: Path) -> None:
    done, _report = audited(tmp_path, OWN.replace("component: runc", "component: crun"))
    said = " ".join(done.stdout.split())
    assert done.returncode != 0 and "own.yml, line 4, advisories.0.component: must be one of engine" in said


def test_open_advisories_fail_the_play_after_the_reports(tmp_path: Path) -> None:
    """The one of the site has a severity. Those without count as unknown, and are named as such."""
    done, report = audited(tmp_path, OWN, "cve:high")
    said = " ".join(done.stdout.split())
    assert done.returncode == 2 and report is not None, said
    named, *_again = re.findall(r"has open \d+ advisories of cve:high: (.*?), and leaves unknown", said)
    # The one of the site, and one of the collection that is rated as critical.
    assert "CVE-2026-99999 (runc)" in named and "CVE-2024-23652 (engine)" in named, said
    page = (tmp_path / "reports" / "index.html").read_text(encoding="utf-8")
    assert "CVE-2026-99999" in page and "data of 20" in page
    done, _report = audited(tmp_path, OWN, "cve:hihg")
    assert done.returncode != 0 and "did you mean cve:high?" in " ".join(done.stdout.split())
