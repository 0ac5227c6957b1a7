# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The callback that shows how far a run over many hosts is: on a terminal, in a log, in batches, and with names and messages
that try to control the terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import subprocess
import termios
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.support.ansible_programs import BIN, playbook_environment

GATHER = "Gather the posture and judge it"
HOSTILE = "web\u001b]0;owned\u0007\u202e4"
HOSTS = ("web1", "web2", "web3", HOSTILE)
PLAY = """
- name: Work
  hosts: all
  gather_facts: false
  serial: 3
  tasks:
    - name: "Look \\e[31m"
      ansible.builtin.debug:
        msg: "{{ said }}"
    - name: Skip
      ansible.builtin.debug:
      when: false
    - name: Fail
      ansible.builtin.fail:
        msg: "{{ said }}"
      when: inventory_hostname == 'web1'
    - name: Try each
      ansible.builtin.fail:
        msg: "{{ item }} is odd."
      loop: [1, 2, 3]
      when: inventory_hostname == 'web5' and item != 2
    - name: Hide
      ansible.builtin.fail:
        msg: secret-4711
      no_log: true
      when: inventory_hostname == 'web2'
    - name: Include
      ansible.builtin.include_tasks: more.yml
    - name: Once
      ansible.builtin.assert:
        that: true
      run_once: true
- name: Nobody
  hosts: nobody
  gather_facts: false
"""

# A host that a rescue takes back or whose task ignores that it is unreachable is not lost. The plays have one name.
GOING_ON = """
- name: Work
  hosts: all
  gather_facts: false
  tasks:
    - name: Rescue
      when: inventory_hostname == 'web1'
      block:
        - name: Break
          ansible.builtin.fail:
            msg: broken
      rescue:
        - name: Mend
          ansible.builtin.assert:
            that: true
    - name: Reach
      ansible.builtin.raw: "true"
      ignore_unreachable: true
      when: inventory_hostname == 'down'
    - name: Plan
      ansible.builtin.debug:
        msg: "{{ plan }}"
      when: inventory_hostname == 'web1'
    - name: All
      ansible.builtin.assert:
        that: true
    - name: Lose
      ansible.builtin.include_tasks: absent.yml
      when: inventory_hostname == 'web3'
- name: Nobody
  hosts: nobody
  gather_facts: false
- name: Work
  hosts: all
  gather_facts: false
  serial: 2
  tasks:
    - name: Warn
      hostile_warnings:
      when: inventory_hostname != 'down'
    - name: Once
      ansible.builtin.assert:
        that: true
      run_once: "{{ 1 == 1 }}"
    - name: Each
      ansible.builtin.assert:
        that: true
      run_once: "{{ 1 == 2 }}"
"""

HOSTILE_WARNINGS = r"""#!/bin/sh
echo '{"changed": false, "warnings": ["\u001b]0;owned\u0007\u001b[2J"], "deprecations": [{"msg": "\u001b[31mold", "version": "99.0"}]}'
"""

MORE = """
- name: Change
  ansible.builtin.assert:
    that: true
  changed_when: true
"""


def inventory(folder: Path, names: t.Sequence[str] = HOSTS) -> Path:
    hosts: dict[str, t.Any] = {
        name: {"ansible_connection": "local", "audit_posture_file": "embedded"} for name in names
    }
    # Nobody listens on port 1.
    hosts["down"] = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
    everyone = {"hosts": hosts, "vars": {"ansible_python_interpreter": "/usr/bin/python3"}}
    groups = {"all": {**everyone, "children": {"nobody": {}}}}
    (folder / "hosts.json").write_text(json.dumps(groups), encoding="utf-8")
    return folder / "hosts.json"


def words(folder: Path, playbook: str, **variables: t.Any) -> list[str]:
    given = {"audit_report_directory": str(folder / "reports"), **variables}
    return [str(BIN / "ansible-playbook"), "-i", str(folder / "hosts.json"), "-e", json.dumps(given), playbook]


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {**playbook_environment(folder), "ANSIBLE_STDOUT_CALLBACK": "seawall.docker.progress", **more}


def in_log(folder: Path, command: list[str], warned: t.Sequence[str] = (), **more: str) -> tuple[int, list[str]]:
    """Run it with a pipe for its output; its status and its lines. It must warn of that."""
    done = subprocess.run(
        command, cwd=folder, env=environment(folder, **more), capture_output=True, text=True, check=False, timeout=300
    )
    assert "Traceback" not in done.stderr and "callback" not in done.stderr.lower(), done.stderr
    assert all(line.isprintable() for line in (done.stdout + done.stderr).splitlines()), done.stdout + done.stderr
    assert all(done.stderr.count(warning) == 1 for warning in warned), done.stderr
    return done.returncode, done.stdout.splitlines()


def on_terminal(folder: Path, command: list[str], columns: int) -> str:
    """Run it on a terminal of its own; all that it wrote there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    written = b""
    more = {"TERM": "xterm", "COLUMNS": str(columns)}
    with subprocess.Popen(
        command, cwd=folder, env=environment(folder, **more), stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL
    ) as running:
        os.close(theirs)
        try:
            while part := os.read(ours, 65536):
                written += part
        except OSError:
            pass  # The kernel says so when the last process has closed the terminal.
        finally:
            os.close(ours)
    assert running.returncode == 4
    return written.decode().replace("\r\n", "\n")


def test_a_log_has_counts_the_summary_and_what_failed(tmp_path: Path) -> None:
    inventory(tmp_path)
    command = words(tmp_path, "seawall.docker.audit", audit_fail_on=["daemon-userns-remap"])
    status, lines = in_log(tmp_path, command, SEAWALL_PROGRESS_EVERY_HOSTS="2")
    assert status == 4
    counted = [line for line in lines if line.startswith(GATHER)]
    assert len(counted) == 3 and counted[0].startswith(f"{GATHER}: 2 of 5 hosts")
    assert counted[-1] == f"{GATHER}: 5 of 5 hosts, 1 unreachable"
    assert sum("5 hosts, 4 audited, 1 unreachable" in line for line in lines) == 1
    failed = [line for line in lines if line.startswith("FAILED ")]
    assert len(failed) == 4 and all("2.10 daemon-userns-remap" in line for line in failed)
    assert sum(line.startswith("UNREACHABLE down: down is unreachable: ") for line in lines) == 1
    assert any(line.startswith(r"FAILED web\x1b]0;owned\x07\u202e4: ") for line in lines)
    assert lines[-1] == "5 hosts: 0 ok, 4 failed, 1 unreachable"
    assert not any(line.startswith(("TASK", "ok: [", "PLAY ", "Validating", "End ")) for line in lines)


@pytest.mark.parametrize("columns", [100, 44])
def test_a_terminal_has_one_line_that_is_written_anew(tmp_path: Path, columns: int) -> None:
    inventory(tmp_path, ["web1", "web2"])
    written = on_terminal(tmp_path, words(tmp_path, "seawall.docker.audit"), columns)
    shown = written.split("\r\x1b[K")
    counted = [one.strip() for one in shown if "of 3 hosts" in one and "\n" not in one]
    name = GATHER if columns == 100 else "Gather the"
    gathering = [one for one in counted if one.startswith(name)]
    assert [one.partition(": ")[2].partition(" ")[0] for one in gathering] == ["0", "1", "2", "3"]
    assert gathering[-1].endswith(": 3 of 3 hosts, 1 unreachable")
    assert all(len(one) < columns for one in counted)
    # What stays: the summary, the host that was lost, and the last line, with no count in between.
    kept = [line.split("\r\x1b[K")[-1] for line in written.split("\n")]
    assert any("3 hosts, 2 audited, 1 unreachable" in line for line in kept)
    assert any(line.removeprefix("\x1b[1;31m").startswith("UNREACHABLE down: ") for line in kept)
    assert kept[-2] == "3 hosts: 2 ok, 1 unreachable" and kept[-1] == ""
    assert not any("of 3 hosts" in line for line in kept)


def test_batches_failures_and_messages_of_any_playbook(tmp_path: Path) -> None:
    inventory(tmp_path, [*HOSTS, "web5"])
    (tmp_path / "play.yml").write_text(PLAY, encoding="utf-8")
    (tmp_path / "more.yml").write_text(MORE, encoding="utf-8")
    command = [*words(tmp_path, "play.yml", said="one\n\u001b[2Jtwo"), "--limit", "!down", "--forks", "1"]
    status, lines = in_log(tmp_path, command)
    assert status == 2
    hidden = "the output has been hidden due to the fact that 'no_log: true' was specified for this result"
    assert lines == [
        *(rf"web{number}: one\n\x1b[2Jtwo" for number in (1, 2, 3)),
        r"Look \x1b[31m: 3 of 5 hosts",
        r"FAILED web1: Fail: one\n\x1b[2Jtwo",
        "Fail: 3 of 5 hosts, 1 failed",
        f"FAILED web2: Hide: {hidden}",
        "Hide: 3 of 5 hosts, 2 failed",
        "Change: 3 of 5 hosts, 1 changed, 2 failed",
        r"web\x1b]0;owned\x07\u202e4: one\n\x1b[2Jtwo",
        r"web5: one\n\x1b[2Jtwo",
        r"Look \x1b[31m: 5 of 5 hosts, 2 failed",
        "FAILED web5: Try each: One or more items failed; 1: 1 is odd.; 3: 3 is odd.",
        "Try each: 5 of 5 hosts, 3 failed",
        "Change: 5 of 5 hosts, 1 changed, 3 failed",
        "No host matches the play, so nothing was done.",
        "5 hosts: 2 ok, 3 failed",
    ]
    # Each host at its own speed: tasks begin once, and are done in any order.
    status, lines = in_log(tmp_path, command, ANSIBLE_STRATEGY="free")
    assert status == 2 and lines[-1] == "5 hosts: 2 ok, 3 failed"
    assert "Change: 5 of 5 hosts, 1 changed, 3 failed" in lines


def test_hosts_that_go_on_are_not_lost_and_those_that_are_lost_count_no_more(tmp_path: Path) -> None:
    inventory(tmp_path, ["web1", "web2", "web3"])
    (tmp_path / "play.yml").write_text(GOING_ON, encoding="utf-8")
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "hostile_warnings").write_text(HOSTILE_WARNINGS, encoding="utf-8")
    plan = [f"{number}: {'x' * 100}" for number in range(30)]
    warned = [r"[WARNING]: \x1b]0;owned\x07\x1b[2J", r"[WARNING]: Deprecated: \x1b[31mold"]
    deprecations = {"ANSIBLE_DEPRECATION_WARNINGS": "true"}
    status, lines = in_log(tmp_path, words(tmp_path, "play.yml", plan=plan), warned, **deprecations)
    assert status == 2
    reached = [line for line in lines if line.startswith("UNREACHABLE down (goes on): Reach: ")]
    absent = [line for line in lines if line.startswith("FAILED web3: Lose: ") and "absent.yml" in line]
    assert [line for line in lines if line not in reached + absent] == [
        "FAILED web1 (goes on): Break: broken",
        "Break: 4 of 4 hosts",
        "Mend: 1 of 4 hosts",
        "Reach: 4 of 4 hosts",
        *(f"web1: {line}" for line in plan),
        "Plan: 4 of 4 hosts",
        "All: 4 of 4 hosts",
        "No host matches the play, so nothing was done.",
        "Warn: 2 of 3 hosts",
        "Each: 2 of 3 hosts",
        "Each: 3 of 3 hosts",
        "4 hosts: 3 ok, 1 failed",
    ]
    assert len(reached) == len(absent) == 1


def test_a_run_of_nothing_does_not_look_like_one_without_faults(tmp_path: Path) -> None:
    inventory(tmp_path)
    (tmp_path / "play.yml").write_text("- hosts: nobody\n  gather_facts: false\n", encoding="utf-8")
    assert in_log(tmp_path, [*words(tmp_path, "play.yml"), "--check"]) == (
        0,
        ["Check mode: nothing is changed.", "No host matches the play, so nothing was done.", "No host did anything."],
    )
