# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk that fails in the middle of a play: what could not be put back is said, and the next play puts it right."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.support.journey import USERNS, Journey
from ansible_collections.seawall.docker.tests.support.lab_host import CONFIG, LabHost, on_each

LIVE = '{ "live-restore": true }\n'


def becomes_read_only(host: LabHost, work: Path, sign: str) -> str:
    """Have the disk fail in the middle of the play that remaps; what the play says in the end."""
    host.shell("mount -t tmpfs -o size=1m,mode=755 tmpfs /etc/docker")
    host.write(CONFIG, LIVE)
    host.service("restart")
    host.container("always", "--restart", "always")
    # From the first module on that sees the sign, nothing can be written beside daemon.json.
    python = host.python_behind(f"if grep -q '{sign}' {CONFIG}; then mount -o remount,ro /etc/docker; fi")
    failed = Journey(host, work).play(USERNS, ansible_python_interpreter=python)
    last = failed.last_failure
    assert failed.status != 0 and "mounted read-only" in last, failed.output
    # Its file may name the user, without whom no engine starts.
    assert "the user dockremap and its group: the engine may need them" in last, failed.output
    assert host.run("id", "dockremap").returncode == 0 and host.run("getent", "group", "dockremap").returncode == 0
    host.shell("mount -o remount,rw /etc/docker")
    return last


def read_only_between_two_changes(host: LabHost, work: Path) -> None:
    """Live restore is off already, and can neither be turned on again nor can users be remapped."""
    ranges = host.shell("cat /etc/subuid /etc/subgid")
    last = becomes_read_only(host, work, '"live-restore": false')
    assert f"What could not be taken back: {CONFIG}: " in last and "userns" not in str(host.read(CONFIG)), last
    assert host.shell("cat /etc/subuid /etc/subgid") == ranges
    assert host.docker("ps", "--format", "{{.Names}} {{.Status}}").startswith("always Up")
    # A later change goes back to the file of before both, and turns live restore on again.
    written = host.module("daemon_config", {"options": {"userns-remap": "dockremap"}}, "--check")
    assert written["changed_keys"] == ["live-restore", "userns-remap"], written
    assert host.read(written["backup_file"]) == LIVE
    assert Journey(host, work).done(USERNS) > 0
    info = host.info()
    assert "name=userns" in info["SecurityOptions"] and info["LiveRestoreEnabled"] is True


def read_only_before_the_restart(host: LabHost, work: Path) -> None:
    """The engine cannot start with the mapping, and its old file cannot be put back."""
    ranges = host.shell("cat /etc/subuid /etc/subgid")
    host.shell("touch /var/lib/docker/100000.100000")
    last = becomes_read_only(host, work, "userns-remap")
    assert "Not all files are back, and the engine does not come up" in last, last
    assert host.run("docker", "version").returncode != 0 and "userns-remap" in str(host.read(CONFIG))
    assert host.shell("cat /etc/subuid /etc/subgid") == ranges
    # The next run knows what is left to do, and the file names nobody any more without whom the engine does not start.
    host.shell("rm /var/lib/docker/100000.100000")
    again = Journey(host, work).play(USERNS)
    assert again.status != 0 and "UNFINISHED: an earlier run wrote" in again.output, again.output
    assert "The previous files were put back" in again.output and "userns" not in str(host.read(CONFIG)), again.output
    assert host.docker("ps", "--format", "{{.Names}}") == "always"
    # The file of before both changes, not of between them.
    assert host.read(CONFIG) == LIVE
    assert Journey(host, work).done(USERNS) > 0
    assert "name=userns" in host.info()["SecurityOptions"]


@pytest.mark.parametrize("damage", [read_only_between_two_changes, read_only_before_the_restart])
def test_a_play_whose_disk_fails_is_completed_by_the_next(
    lab_hosts: list[LabHost], tmp_path: Path, damage: t.Callable[[LabHost, Path], None]
) -> None:
    on_each(lab_hosts, lambda host: damage(host, tmp_path))
