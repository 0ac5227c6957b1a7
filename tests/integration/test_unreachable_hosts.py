# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that cannot be asked, in playbooks that change hosts one after the other: who was not done is said, host by host."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.integration.conftest import BIN, recap_of, run_in

HERE = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
# Nobody listens there.
LOST = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1, "ansible_ssh_retries": 0}
# A host on which hardening is refused: it has no engine at this address.
REFUSED = {**HERE, "audit_docker_host": "unix:///nonexistent/docker.sock"}
FINE = {"unreachable": 0, "failed": 0}
GO_ON = ("-e", "remediate_go_on=true")

NO_SOCKET = "The engine is unreachable: there is no Docker socket at /nonexistent/docker.sock."


def run(work: Path, hosts: dict[str, dict[str, t.Any]], *words: str) -> subprocess.CompletedProcess[str]:
    (work / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    return run_in(work, [str(BIN / "ansible-playbook"), "-i", "hosts.json", *words])


@pytest.mark.parametrize("playbook", ["harden", "userns_remap"])
def test_no_host_is_begun_while_another_is_unreachable(tmp_path: Path, playbook: str) -> None:
    done = run(tmp_path, {"lost": LOST, "a": REFUSED, "b": REFUSED}, f"seawall.docker.{playbook}")
    assert done.returncode == 4, done.stdout
    assert recap_of(done.stdout) == {"a": FINE, "b": FINE, "lost": {"unreachable": 1, "failed": 0}}
    assert done.stdout.count("fatal: [lost]: UNREACHABLE!") == 1
    assert "ansible -m ansible.builtin.ping lost" in done.stdout
    for line in ('"lost: could not be asked, see above"', '"a: not begun"', '"b: not begun"'):
        assert line in done.stdout
    assert "remediate_go_on=true" in done.stdout and not (tmp_path / "reports").exists()


@pytest.mark.parametrize("playbook", ["harden", "userns_remap"])
def test_the_play_goes_on_where_that_is_wanted(tmp_path: Path, playbook: str) -> None:
    done = run(tmp_path, {"lost": LOST, "a": REFUSED, "b": REFUSED}, f"seawall.docker.{playbook}", *GO_ON)
    assert done.returncode == 4, done.stdout
    failed = {"unreachable": 0, "failed": 1}
    assert recap_of(done.stdout) == {"a": failed, "b": failed, "lost": {"unreachable": 1, "failed": 0}}
    assert ": not begun" not in done.stdout
    # At the end of a long run stands why each host failed, and between the plans nothing twice.
    during, end = done.stdout.split("PLAY [End hosts that failed]")
    for name in ("a", "b"):
        assert f"{name}: {NO_SOCKET}" in end and f"{name}: {NO_SOCKET}" not in during
    assert sorted(path.name for path in (tmp_path / "reports" / "plans").iterdir()) == ["a.json", "b.json"]


def test_a_host_that_fails_ends_the_play_and_the_others_are_named(tmp_path: Path) -> None:
    done = run(tmp_path, {"a": REFUSED, "b": REFUSED, "c": REFUSED}, "seawall.docker.harden")
    assert done.returncode == 2, done.stdout
    assert recap_of(done.stdout) == {"a": {"unreachable": 0, "failed": 1}, "b": FINE, "c": FINE}
    assert '"b: not begun"' in done.stdout and '"c: not begun"' in done.stdout
    assert re.search(rf"fatal: \[a\]: FAILED! => .*{NO_SOCKET}", done.stdout)


def test_a_dry_run_shows_the_plans_of_all_hosts(tmp_path: Path) -> None:
    done = run(tmp_path, {"a": REFUSED, "lost": LOST, "b": REFUSED}, "seawall.docker.userns_remap", "--check")
    assert done.returncode == 4, done.stdout
    assert "PLAN for a:" in done.stdout and "PLAN for b:" in done.stdout
    assert recap_of(done.stdout)["lost"] == {"unreachable": 1, "failed": 0}


def test_a_proof_and_a_plan_call_a_host_unreachable(tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text("- hosts: all\n  gather_facts: false\n  roles: [seawall.docker.remediate]\n")
    for words in (["seawall.docker.prove"], ["site.yml"]):
        done = run(tmp_path, {"lost": LOST}, *words)
        assert done.returncode == 4, done.stdout
        assert recap_of(done.stdout) == {"lost": {"unreachable": 1, "failed": 0}}
        assert "ansible -m ansible.builtin.ping lost" in done.stdout


@pytest.mark.parametrize(("facts", "outcome"), [("false", "unreachable"), ("true", "failed")])
def test_a_play_of_the_site_has_every_host_in_its_report(tmp_path: Path, facts: str, outcome: str) -> None:
    """The roles in a play of the site. A host that is lost before the roles begin is one of which they know only that."""
    play = f"- hosts: all\n  gather_facts: {facts}\n  roles: [seawall.docker.audit, seawall.docker.remediate]\n"
    (tmp_path / "site.yml").write_text(play)
    done = run(
        tmp_path, {"lost": LOST, "a": REFUSED, "b": REFUSED}, "site.yml", "-e", '{"audit_rules": ["1.1.18", "2.3"]}'
    )
    failed = {"unreachable": 0, "failed": 1}
    assert recap_of(done.stdout) == {"a": failed, "b": failed, "lost": {"unreachable": 1, "failed": 0}}
    assert done.returncode != 0 and done.stdout.count("fatal: [lost]: UNREACHABLE!") == 1
    assert f"3 hosts, 2 audited, 1 {outcome}" in done.stdout
    assert "PLAN for a:" in done.stdout and "PLAN for b:" in done.stdout and "PLAN for lost" not in done.stdout
    report = json.loads((tmp_path / "reports" / "audit.json").read_text(encoding="utf-8"))
    assert {host["host"]: host["outcome"] for host in report["hosts"]} == {
        "a": "audited",
        "b": "audited",
        "lost": outcome,
    }


def test_hosts_that_cannot_run_modules_say_what_to_try(tmp_path: Path) -> None:
    hosts = {"a": {**HERE, "ansible_python_interpreter": "/nonexistent/python3"}, "b": REFUSED}
    done = run(tmp_path, hosts, "seawall.docker.harden")
    assert done.returncode == 2, done.stdout
    assert "Install python3 on the host, or set ansible_python_interpreter" in done.stdout
    assert (
        recap_of(done.stdout) == {"a": {"unreachable": 0, "failed": 1}, "b": FINE} and '"b: not begun"' in done.stdout
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--skip-tags", "remediate_verify"], "Start it first"),
        (["--tags", "remediate_files"], "Start it first"),
        (["--skip-tags", "remediate_plan,remediate_files"], "Start it first"),
        (["--start-at-task", "Owners and modes of files"], "A hardening cannot start in the middle"),
        (["--start-at-task", "Options of the daemon"], "A hardening cannot start in the middle"),
        (["--skip-tags", "always"], "A hardening cannot start in the middle"),
    ],
)
def test_tags_can_be_combined_and_what_cannot_start_in_the_middle_says_so(
    tmp_path: Path, words: list[str], said: str
) -> None:
    done = run(tmp_path, {"a": REFUSED}, "seawall.docker.harden", "--check", *words)
    assert done.returncode == 2, done.stdout
    assert said in " ".join((done.stdout + done.stderr).split())
    assert "'__remediate_plan' is undefined" not in done.stdout + done.stderr
    left_out = "its phase is not part of this run (--tags, --skip-tags)" in " ".join(done.stdout.split())
    assert left_out or "--tags" not in words, done.stdout
