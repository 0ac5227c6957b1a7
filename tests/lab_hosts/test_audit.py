# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit of hosts with systemd: files that only the service manager knows are judged where they are."""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.seawall.docker.tests.support.lab_host import LabHost, LabHosts, on_each

DROP_IN = "/etc/systemd/system/docker.service.d/10-proxy.conf"


def open_drop_in(host: LabHost, work: Path) -> None:
    """A drop-in is part of the unit: who can write it says what runs as root."""
    host.write(DROP_IN, "[Service]\nEnvironment=NO_PROXY=localhost\n", mode=0o666)
    host.shell("systemctl daemon-reload && systemctl restart docker")
    done = host.playbook("seawall.docker.audit", {"audit_report_directory": str(work / host.name)})
    assert done.status == 0, done.output
    report = json.loads((work / host.name / "hosts" / f"{host.name}.json").read_text(encoding="utf-8"))
    (finding,) = [one for one in report["findings"] if one["number"] == "3.2"]
    verdicts = {one["name"]: one["verdict"] for one in finding["subjects"]}
    assert verdicts.pop(DROP_IN) == "fail" and set(verdicts.values()) == {"pass"}, finding


def test_drop_ins_of_the_unit_are_judged(lab: LabHosts, tmp_path: Path) -> None:
    on_each(lab.get("bookworm", "trixie"), lambda host: open_drop_in(host, tmp_path))
