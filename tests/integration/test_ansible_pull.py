# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that audits itself: ansible-pull fetches the site's playbook and runs it where the engine is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from ansible_collections.seawall.docker.tests.integration.conftest import BIN, run_in
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

SITE = """\
- name: Audit this host
  ansible.builtin.import_playbook: seawall.docker.audit
"""
INVENTORY = """\
all:
  hosts:
    localhost:
      ansible_connection: local
      audit_profile: level1
"""
_COMMIT = (
    "-c",
    "user.name=site",
    "-c",
    "user.email=site@example.org",
    "commit",
    "--quiet",
    "--all",
    "--message",
    "Site",
)


def repository(place: Path) -> Path:
    """What a site would keep on its forge: the playbook, and the inventory with its variables."""
    place.mkdir()
    (place / "local.yml").write_text(SITE, encoding="utf-8")
    (place / "hosts.yml").write_text(INVENTORY, encoding="utf-8")
    for command in (["init", "--quiet"], ["add", "--all"], _COMMIT):
        subprocess.run(["git", "-C", str(place), *command], check=True, capture_output=True)
    return place


def test_a_host_audits_itself(host: IsolatedHost, tmp_path: Path) -> None:
    host.start()
    variables = {"ansible_python_interpreter": sys.executable, "audit_report_directory": str(tmp_path / "reports")}
    words = [
        str(BIN / "ansible-pull"),
        "--url",
        str(repository(tmp_path / "site")),
        "--directory",
        str(tmp_path / "pulled"),
    ]
    inventory = ["--inventory", str(tmp_path / "pulled" / "hosts.yml")]
    done = run_in(tmp_path, host.command(*words, *inventory, "--extra-vars", json.dumps(variables), "local.yml"))
    assert done.returncode == 0, done.stdout + done.stderr
    (report,) = (tmp_path / "reports" / "hosts").glob("*.json")
    said = json.loads(report.read_text(encoding="utf-8"))
    assert (said["outcome"], said["engine"]["state"]) == ("audited", "running")
    assert {finding["level"] for finding in said["findings"]} == {1}
