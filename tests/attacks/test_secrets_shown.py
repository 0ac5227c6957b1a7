# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials in a host's configuration and in the site's options, and everything that a run shows and writes."""

from __future__ import annotations

import json
import re
import sys
import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.tests.integration.conftest import BIN, run_in
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

CONFIG = "/etc/docker/daemon.json"
# Each credential has a word of its own, so that a failure names the form that was shown.
FILE: dict[str, t.Any] = {
    "labels": ["zone=Qlabel1Q"],
    "runtimes": {"other": {"path": "/usr/bin/other", "runtimeArgs": ["--token", "Qargs1Q", "Qargs2Q"]}},
    "registry-mirrors": ["https://mirror.example/"],
    "insecure-registries": ["registry.example:5000"],
    "max-concurrent-downloads": 4,
}
OPTIONS: dict[str, t.Any] = {
    "labels": ["zone=Qlabel2Q", "hook=https://logs.example/?sig=Qquery1Q"],
    "log-opts": {
        "tag": "Authorization: Bearer Qbearer1Q",
        "env": "xauth=Qauth1Q",
        "max-size": "10m",
    },
    "runtimes": {"third": {"path": "/usr/bin/third", "runtimeArgs": ["--key", "Qargs3Q"]}},
    "registry-mirrors": ["https://mirror.example"],
}
PROXIES = {"http-proxy": "me:Qproxy1Q@proxy:3128", "https-proxy": "http://me:a/b?Qproxy2Q#c@d@proxy:3128"}
FLAGS = ("--label", "host=Qflag1Q", "--log-opt", "labels=pwd=Qflag2Q")

CONFIGURE = """
    - seawall.docker.daemon_config:
        options: "{{ wanted }}"
    - seawall.docker.daemon_config:
        options: "{{ wanted | combine({'mtu': 'x'}) }}"
      ignore_errors: true
    - seawall.docker.daemon_config:
        options: "{{ wanted | combine({'proxies': proxies}) }}"
      ignore_errors: true
    - seawall.docker.daemon_config:
        options: "{{ wanted }}"
        timeout: soon
      ignore_errors: true
    - seawall.docker.daemon_config:
        list_add:
          labels: ["{{ more }}"]
    - seawall.docker.plan:
        daemon_options: "{{ wanted }}"
        report_directory: "{{ reports }}"
        show_summary: true
"""
# The role's own words for the options of a step, whose credentials the plan does not hold.
APPLY = """
    - ansible.builtin.copy:
        content: "{{ __remediate_step_options | to_json }}"
        dest: "{{ reports }}/applied.json"
      diff: false
      vars:
        remediate_daemon_options: "{{ wanted | combine({'live-restore': false}) }}"
        __remediate_step:
          options: {"log-opts": {"tag": "********"}, "labels": ["zone=********"], "icc": false, "live-restore": true}
"""
RESTART = """
    - seawall.docker.engine_restart:
        mode: restart
      check_mode: true
      ignore_errors: true
    - seawall.docker.engine_restart:
        mode: restart
      ignore_errors: true
    - seawall.docker.daemon_config:
        options: {"mtu": "x", "icc": false}
      ignore_errors: true
    - seawall.docker.daemon_info:
"""


def play(host: IsolatedHost, work: Path, tasks: str, *variables: str) -> str:
    """Run the tasks at -vvv with differences; what was printed and written."""
    # Ansible shows its own command line and the lines of the playbook, which are not what is tried here.
    values = {"wanted": OPTIONS, "proxies": PROXIES, "more": "more=Qlabel3Q", "reports": str(work / "reports")}
    (work / "vars.json").write_text(json.dumps(values), encoding="utf-8")
    head = f"- hosts: localhost\n  gather_facts: false\n  vars_files: [{', '.join([f'{work}/vars.json', *variables])}]\n  tasks:"
    path = work / "play.yml"
    path.write_text(head + tasks, encoding="utf-8")
    words = [str(BIN / "ansible-playbook"), "-i", "localhost,", "-c", "local", "-vvv", "--diff", str(path)]
    words += ["-e", json.dumps({"ansible_python_interpreter": sys.executable})]
    done = run_in(work, host.command(*words))
    output = done.stdout + done.stderr
    assert "failed=0" in output, output[-2000:]
    return output + "".join(one.read_text(encoding="utf-8") for one in (work / "reports").rglob("*.json"))


def shown_words(output: str) -> list[str]:
    return sorted(set(re.findall(r"Q[a-z]+\dQ", output)))


def test_options_and_file_are_shown_without_credentials(host: IsolatedHost, tmp_path: Path) -> None:
    host.start()
    try:
        host.write(CONFIG, json.dumps(FILE, indent=2))
        output = play(host, tmp_path, CONFIGURE)
        assert "Qlabel3Q" in host.run("cat", CONFIG).stdout
    finally:
        host.stop()
    assert shown_words(output) == []
    # It was a run with differences, results and a plan, in which the rest can be read.
    kept = ("max-concurrent-downloads", "/usr/bin/other", "mirror.example", "PLAN for", "module_args", "zone=", "10m")
    assert [word for word in kept if word not in output] == []


def test_the_site_s_own_values_are_applied(host: IsolatedHost, tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    variables = Path(__file__).parents[2] / "roles" / "remediate" / "vars" / "main.yml"
    play(host, tmp_path, APPLY, str(variables))
    applied = json.loads((tmp_path / "reports" / "applied.json").read_text(encoding="utf-8"))
    own = {key: OPTIONS[key] for key in ("log-opts", "labels")}
    assert applied == {**own, "icc": False, "live-restore": True}


def test_the_daemon_s_own_arguments_are_not_shown(host: IsolatedHost, tmp_path: Path) -> None:
    host.start(*FLAGS)
    try:
        output = play(host, tmp_path, RESTART)
    finally:
        host.stop()
    assert shown_words(output) == []
    assert "no service manager runs the engine (process" in output and ": dockerd)" in output
