# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An audit of hosts with systemd: files that only the service manager knows are judged where they are."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.seawall.docker.tests.support import findings_file
from ansible_collections.seawall.docker.tests.support.lab_host import LabHost, LabHosts, on_each

UNITS = "/etc/systemd/system"
DROP_IN = f"{UNITS}/docker.service.d/10 proxy.conf"
_SETTINGS = """[Service]
Environment=NO_PROXY=localhost
EnvironmentFile=-/etc/docker/%p.env
EnvironmentFile=-/etc/docker/env.d/*.env
"""


def open_files(host: LabHost, work: Path) -> None:
    """What systemd reads to start the daemon is part of the unit: who can write it says what runs as root."""
    host.write(DROP_IN, _SETTINGS, mode=0o666)
    host.write("/etc/docker/docker.env", "A=b\n", mode=0o666)
    host.write("/etc/docker/env.d/10-site.env", "C=d\n", mode=0o666)
    host.shell(
        f"mkdir -m 0777 {UNITS}/service.d; mkdir -m 0777 {UNITS}.control; systemctl daemon-reload && "
        "systemctl restart docker && systemctl mask docker.socket"
    )
    done = host.playbook("seawall.docker.audit", {"audit_report_directory": str(work / host.name)})
    assert done.status == 0, done.output
    report = findings_file.read(work / host.name / "hosts" / f"{host.name}.json")
    findings = {one["number"]: one for one in report["findings"]}

    def failed(number: str) -> set[str]:
        return {one["name"] for one in findings[number]["subjects"] if one["verdict"] == "fail"}

    opened = {f"{UNITS}/service.d", f"{UNITS}.control/docker.service.d"}
    assert failed("3.2") == {DROP_IN, *opened}, findings["3.2"]
    assert failed("3.20") == {"/etc/docker/docker.env", "/etc/docker/env.d/10-site.env"}, findings["3.20"]
    # The socket unit is a link to /dev/null, which is writable by everybody.
    assert [findings[number]["status"] for number in ("3.3", "3.4")] == ["not_applicable"] * 2, findings["3.4"]
    assert host.shell("stat --format %a /dev/null").strip() == "666"


def test_what_systemd_reads_for_the_daemon_is_judged(lab: LabHosts, tmp_path: Path) -> None:
    on_each(lab.get("bookworm", "trixie"), lambda host: open_files(host, tmp_path))
