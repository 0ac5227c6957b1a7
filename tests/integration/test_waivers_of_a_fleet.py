# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waivers are spoken of once for the fleet: expired, ending soon, and those that no host needs."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

from ansible_collections.seawall.docker.tests.integration.conftest import BIN, run_in


def test_waivers_are_said_once_for_the_fleet(tmp_path: Path) -> None:
    soon = (datetime.datetime.now().astimezone().date() + datetime.timedelta(days=5)).isoformat()
    common = {"owner": "ops", "expires": "2099-01-01"}
    waivers = [
        {**common, "rule": "2.2", "host": "new-c", "reason": "needed on one host"},
        {**common, "rule": "2.9", "host": "elsewhere", "reason": "for a host of another run"},
        {**common, "rule": "5.27", "subject": "nobody", "reason": "needed nowhere"},
        {**common, "rule": "2.15", "expires": "2020-01-31", "reason": "too old"},
        {**common, "rule": "2.16", "expires": soon, "reason": "ends soon"},
    ]
    hosts = {name: {"ansible_connection": "local"} for name in ("new-a", "new-b", "new-c")}
    (tmp_path / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    given = json.dumps({"audit_posture_file": "embedded", "audit_waivers": waivers})
    words = [str(BIN / "ansible-playbook"), "-i", "hosts.json", "seawall.docker.audit", "-e", given]
    done = run_in(tmp_path, words)
    assert done.returncode == 0, done.stdout
    said = " ".join(done.stdout.partition("WAIVERS")[2].partition("NEXT")[0].split())
    assert "expired on 2020-01-31, so 3 findings fail again: 2.15 on *, by ops: too old" in said
    assert f"ends in 5 days ({soon}): 2.16 on *, by ops: ends soon" in said
    assert said.count("not needed on any host: ") == 1
    assert "not needed on any host: 5.27 on nobody, by ops: needed nowhere" in said
    reports = tmp_path / "reports"
    fleet = json.loads((reports / "audit.json").read_text(encoding="utf-8"))
    assert [one["reason"] for one in fleet["unused_waivers"]] == ["needed nowhere"]
    for name in hosts:
        document = json.loads((reports / "hosts" / f"{name}.json").read_text(encoding="utf-8"))
        assert [one["reason"] for one in document["unused_waivers"]] == ["needed nowhere"]
    page = (reports / "index.html").read_text(encoding="utf-8")
    assert page.count("needed nowhere") == 1 and "for a host of another run" not in page
