# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan needs one question: it can be made from a posture that was recorded, and is the same."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.seawall.docker.tests.support.lab_host import LabHost, LabHosts, on_each

# Of every kind that a restart treats otherwise.
POPULATE = """
set -e
docker run --detach --name tried --restart on-failure:3 busybox:local sleep 3600
docker run --detach --name removed --rm busybox:local sleep 3600
docker run --name failed --restart on-failure:2 busybox:local false || true
for try in $(seq 50); do docker ps --all --filter name=failed --filter status=exited -q | grep -q . && exit; sleep 0.2; done
"""
PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Plan for the host
      seawall.docker.plan:
        userns_remap: "{{ userns | default(omit, true) }}"
        keep_containers: false
        report_directory: "{{ work }}/asked"
    - name: Gather
      seawall.docker.posture_info:
      register: gathered
    - name: Record
      ansible.builtin.copy:
        content: "{{ gathered.posture | to_json }}"
        dest: "{{ work }}/posture.json"
        mode: "0600"
      delegate_to: localhost
      become: false
      vars:
        ansible_connection: local
        ansible_python_interpreter: "{{ ansible_playbook_python }}"
    - name: Plan from the file
      seawall.docker.plan:
        posture_file: "{{ work }}/posture.json"
        userns_remap: "{{ userns | default(omit, true) }}"
        keep_containers: false
        report_directory: "{{ work }}/read"
"""


def same_plan(host: LabHost, work: Path) -> None:
    host.shell(POPULATE)
    for userns in ("", "present"):
        folder = work / f"{host.name}-{userns}"
        folder.mkdir()
        play = folder / "play.yml"
        play.write_text(PLAY, encoding="utf-8")
        done = host.playbook(play, {"work": str(folder), "userns": userns})
        assert done.status == 0, done.output
        asked, read = (folder / name / "plans" / f"{host.name}.json" for name in ("asked", "read"))
        assert asked.read_bytes() == read.read_bytes()
        assert '"outcome": "' in asked.read_text(encoding="utf-8")


def test_the_plan_from_a_file_is_byte_for_byte_the_plan_from_the_host(lab_hosts: list[LabHost], tmp_path: Path) -> None:
    on_each(lab_hosts, lambda host: same_plan(host, tmp_path))


def test_a_dry_run_asks_one_question_before_it_tries_what_it_would_change(lab: LabHosts, tmp_path: Path) -> None:
    """The modules that a dry run sends to the host, in their order: one looks, and all others would change something."""
    (host,) = lab.get("trixie")
    done = host.playbook("seawall.docker.harden", {"audit_report_directory": str(tmp_path)}, "--check", "-vvv")
    assert done.status == 0, done.output
    sent = re.findall(r"Using module file \S+/(\w+)\.py", done.output)
    # Before everything, all hosts are asked whether they answer, so that one that does not keeps the plans of no other back.
    sent = [name for name in sent if name not in ("setup", "ping")]
    assert sent[0] == "posture_info" and sent.count("posture_info") == 1
    assert set(sent[1:]) <= {"daemon_config", "engine_restart", "file", "copy", "stat", "command"}
    # The first that follows the look is the one with which changes begin.
    assert sent[1] == "daemon_config" and not {"find", "slurp"} & set(sent), sent
