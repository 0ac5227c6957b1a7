# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory that is audited in slices, at once, and reported as one fleet."""

from __future__ import annotations

import concurrent.futures
import json
import typing as t
from pathlib import Path

from .conftest import BIN, Audit, run_audit, run_in

INVENTORY = ",".join(["web1", "web2", "web3", "db1"])


def audit_of(work: Path, limit: str, **variables: t.Any) -> Audit:
    work.mkdir(parents=True, exist_ok=True)
    given = {"ansible_connection": "local", "audit_posture_file": "embedded", **variables}
    return run_audit(work, "--limit", limit, inventory=INVENTORY, variables=given)


def report_of(work: Path, *folders: Path, **more: t.Any) -> Audit:
    given = {"report_folders": [str(one) for one in folders], "audit_report_directory": str(work / "fleet")}
    variables = {**given, **more}
    done = run_in(work, [str(BIN / "ansible-playbook"), "-e", json.dumps(variables), "seawall.docker.report"])
    return Audit(done.returncode, done.stdout + done.stderr, work / "fleet")


def test_slices_that_run_at_once_become_one_fleet(tmp_path: Path) -> None:
    """Two slices overlap by a host; the report is that of one run over all."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        runs = [
            pool.submit(audit_of, tmp_path / name, limit)
            for name, limit in (("slice1", "web1,web2"), ("slice2", "web2,web3,db1"), ("whole", "all"))
        ]
        first, second, whole = (one.result() for one in runs)
    assert (first.status, second.status, whole.status) == (0, 0, 0), first.output + second.output
    fleet = report_of(tmp_path, first.reports, second.reports)
    assert fleet.status == 0, fleet.output
    assert "4 hosts, 4 audited" in fleet.output
    assert (fleet.reports / "audit.json").read_bytes() == (whole.reports / "audit.json").read_bytes()
    assert (fleet.reports / "index.html").read_bytes() == (whole.reports / "index.html").read_bytes()
    assert sorted(one.name for one in (fleet.reports / "hosts").iterdir()) == [
        "db1.json",
        "web1.json",
        "web2.json",
        "web3.json",
    ]

    # A slice that is missing is no fleet with fewer hosts, and the last report stays.
    before = (fleet.reports / "audit.json").read_bytes()
    missing = report_of(tmp_path, first.reports, tmp_path / "slice3")
    assert missing.status != 0 and "is no folder of reports" in missing.output
    assert (fleet.reports / "audit.json").read_bytes() == before
    misspelt = report_of(tmp_path, first.reports, audit_report_format=["csv"])
    assert misspelt.status != 0 and "did you mean audit_report_formats?" in misspelt.output
    assert (fleet.reports / "audit.json").read_bytes() == before
