# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two plays that harden one host at once, and a controller that is gone while the engine is restarted."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ansible_collections.seawall.docker.tests.support.lab_host import CONFIG, MODULES, LabHost, LabHosts, Play

HARDEN = "seawall.docker.harden"
LOCK = "/run/seawall.docker/lock"


def hardened_with_its_container(host: LabHost, variables: dict[str, str]) -> None:
    again = host.playbook(HARDEN, variables)
    assert again.status == 0, again.output
    nothing_left = host.playbook(HARDEN, variables)
    assert nothing_left.status == 0 and re.findall(r"changed=(\d+)", nothing_left.output) == ["0"], nothing_left.output
    options = host.module("daemon_info")["daemon"]["options"]
    assert options["no-new-privileges"]["value"] is True and options["userland-proxy"]["value"] is False
    assert host.docker("ps", "--format", "{{.Names}}") == "plain"


def test_two_plays_at_once_both_end_well(lab: LabHosts, tmp_path: Path) -> None:
    (host,) = lab.get("bookworm")
    host.container("plain")

    def play(name: str) -> Play:
        return host.playbook(HARDEN, {"audit_report_directory": str(tmp_path / name)})

    with ThreadPoolExecutor(2) as pool:
        plays = list(pool.map(play, ("one", "two")))
    # Each module waits for that of the other play; one that would wait for too long says for whom.
    for ended in plays:
        assert ended.status == 0 or "another run changes this host" in ended.output, ended.output
    assert host.docker("ps", "--format", "{{.Names}}") == "plain"
    hardened_with_its_container(host, {"audit_report_directory": str(tmp_path / "after")})


# The lock as a module holds it while it works.
HOLD = """
import time
from ansible_collections.seawall.docker.plugins.module_utils._daemon.write_lock import write_lock
with write_lock("engine_restart"):
    time.sleep(300)
"""


def test_a_play_that_waits_for_too_long_says_for_whom(lab: LabHosts, tmp_path: Path) -> None:
    (host,) = lab.get("bookworm")
    host.container("plain")
    host.write("/root/hold.py", HOLD)
    holder = host.shell(f"PYTHONPATH={MODULES} setsid python3 /root/hold.py >/dev/null 2>&1 & echo -n $!")
    host.shell(f"for try in $(seq 100); do grep -q engine_restart {LOCK} && exit; sleep 0.1; done; exit 1")
    play = host.playbook(HARDEN, {"audit_report_directory": str(tmp_path), "remediate_rules": ["2.15"]})
    host.shell(f"kill {holder}; rm /root/hold.py")
    assert play.status == 2, play.output
    said = " ".join(play.output.split())
    assert f"another run changes this host: engine_restart (process {holder}), since 20" in said
    assert "Nothing was changed after 60 seconds of waiting. Run this again when the other run has ended" in said
    assert host.read(CONFIG) is None
    hardened_with_its_container(host, {"audit_report_directory": str(tmp_path / "after")})


def test_a_controller_that_is_gone_during_the_restart(lab: LabHosts, tmp_path: Path) -> None:
    (host,) = lab.get("bookworm")
    variables = {"audit_report_directory": str(tmp_path / "report")}
    host.container("plain")
    # The engine is restarted for this option, and the controller ends meanwhile.
    host.kill_playbook(HARDEN, variables, f"grep -q no-new-privileges {CONFIG} && grep -q engine_restart {LOCK}")
    # The module needs no controller to go on: its lock is free when it has ended.
    host.shell(f"flock --timeout 120 {LOCK} true")
    assert host.docker("ps", "--format", "{{.Names}}") == "plain"
    hardened_with_its_container(host, variables)
