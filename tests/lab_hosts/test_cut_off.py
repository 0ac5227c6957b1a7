# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A play that is killed between writing and restarting: the host runs, and the next play completes it or takes it back."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.seawall.docker.tests.support.lab_host import CONFIG, LabHost, LabHosts, on_each

HARDEN = "seawall.docker.harden"
USERNS = "seawall.docker.userns_remap"


def joined(output: str) -> str:
    return " ".join(output.split())


def plan_of(output: str) -> str:
    return output.partition("PLAN for ")[2].partition("\n\n\n")[0].partition("\nTASK ")[0]


def hardening_is_completed(host: LabHost, work: Path) -> None:
    variables = {"audit_report_directory": str(work / host.name)}
    host.container("plain")
    pid = host.engine_pid()
    host.kill_playbook(HARDEN, variables, f"grep -q icc {CONFIG}")
    assert host.docker("ps", "--format", "{{.Names}}") == "plain"

    foreseen = None
    if host.name == "bookworm":  # the plan depends on the recorded change alone
        limited = host.playbook(HARDEN, {**variables, "remediate_max_impact": "reload"})
        assert limited.status == 0, limited.output
        assert "its impact is restart, and remediate_max_impact is reload" in joined(limited.output)
        foreseen = host.playbook(HARDEN, variables, "--check")
        assert foreseen.status == 0 and host.engine_pid() == pid, foreseen.output
    again = host.playbook(HARDEN, variables)
    assert again.status == 0 and "UNFINISHED: an earlier run wrote" in again.output, again.output
    assert "Completion of the earlier change" in again.output
    assert foreseen is None or plan_of(foreseen.output) == plan_of(again.output)
    assert host.engine_pid() != pid and host.docker("ps", "--format", "{{.Names}}") == "plain"
    options = host.module("daemon_info")["daemon"]["options"]
    assert options["no-new-privileges"]["value"] is True and options["userland-proxy"]["value"] is False
    third = host.playbook(HARDEN, variables)
    assert third.status == 0 and re.findall(r"changed=(\d+)", third.output) == ["0"]


def test_a_hardening_that_was_killed_is_completed(lab: LabHosts, tmp_path: Path) -> None:
    """With the oldest engine and the newest one, which different service managers start."""
    on_each(lab.get("bookworm", "sid"), lambda host: hardening_is_completed(host, tmp_path))


def remapping_is_completed(host: LabHost, work: Path) -> None:
    variables = {"audit_report_directory": str(work / host.name)}
    host.container("plain")
    host.kill_playbook(USERNS, variables, f"grep -q userns-remap {CONFIG}")
    pid = host.engine_pid()
    if host.name == "bookworm":
        by_another_name = host.playbook(HARDEN, {**variables, "remediate_max_impact": "disruptive"})
        assert by_another_name.status == 0, by_another_name.output
        assert "seawall.docker.userns_remap completes it" in joined(by_another_name.output)
        assert host.engine_pid() == pid
    again = host.playbook(USERNS, variables)
    assert again.status == 0 and "UNFINISHED: an earlier run wrote" in again.output, again.output
    info = host.info()
    assert "name=userns" in info["SecurityOptions"] and info["ContainersRunning"] == 0
    assert host.run("pgrep", "-x", "containerd-shim.*").returncode == 1
    back = host.playbook(USERNS, {**variables, "userns_remap_state": "absent"})
    assert back.status == 0, back.output
    assert host.docker("ps", "--all", "--format", "{{.Names}}") == "plain"


def test_a_remapping_that_was_killed_is_completed(lab: LabHosts, tmp_path: Path) -> None:
    on_each(lab.get("bookworm", "sid"), lambda host: remapping_is_completed(host, tmp_path))


def dead_engine_is_brought_back(host: LabHost, work: Path) -> None:
    """Written, cut off, and then the engine dies: it cannot start with what was written."""
    variables = {"audit_report_directory": str(work / host.name)}
    original = '{ "debug":false }\n'
    host.write(CONFIG, original)
    host.service("restart")
    written = host.module("daemon_config", {"options": {"debug": True}})
    assert not written["failed"] and written["needs"] == "reload"
    # What another run adds is no reason to go back only to what the first one wrote.
    written = host.module("daemon_config", {"options": {"storage-driver": "nope"}})
    assert not written["failed"] and written["needs"] == "restart"
    assert written["changed_keys"] == ["debug", "storage-driver"]
    host.shell("pkill -KILL -x dockerd")
    # A service manager that tries again by itself gives up in the end.
    host.run("for try in $(seq 150); do pgrep -x dockerd || break; sleep 0.2; done; sleep 8")
    assert host.run("docker", "version").returncode != 0

    first = host.playbook(HARDEN, variables)
    assert first.status != 0 and "UNFINISHED" in first.output, first.output
    assert "The previous files were put back" in first.output
    assert host.read(CONFIG) == original
    assert host.docker("run", "--rm", "busybox:local", "echo", "ran") == "ran"
    second = host.playbook(HARDEN, variables)
    assert second.status == 0, second.output


def test_an_engine_that_died_of_what_was_written_is_brought_back(lab: LabHosts, tmp_path: Path) -> None:
    on_each(lab.get("bookworm", "sid"), lambda host: dead_engine_is_brought_back(host, tmp_path))


def test_a_change_of_somebody_else_is_left_alone(lab: LabHosts, tmp_path: Path) -> None:
    """Somebody else's change may be one with which no engine starts: it must not become what is gone back to."""
    (host,) = lab.get("trixie")
    host.write(CONFIG, '{"storage-driver": "nope"}')
    pid = host.engine_pid()
    failed = host.playbook(HARDEN, {"audit_report_directory": str(tmp_path / host.name)})
    assert failed.status != 0 and f"{CONFIG} was changed after the engine started" in failed.output
    assert host.read(CONFIG) == '{"storage-driver": "nope"}' and host.engine_pid() == pid
