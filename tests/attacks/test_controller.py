# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attacks on the machine that audits: by who wrote its files, and by who controls a host of the inventory.

A host that answers what it likes is an interpreter that prints an answer instead of running the module.
"""

from __future__ import annotations

import copy
import json
import os
import re
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.seawall.docker.tests.integration.conftest import BIN, playbook_environment
from ansible_collections.seawall.docker.tests.support.postures import good

Json = dict[str, t.Any]
# An audit of a recorded posture takes four seconds. Twenty are far from the minutes that an attack is after.
PATIENCE = 40
MEMORY = 3 * 1024**3

STEERING = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp\u2066\u200b"
STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Run(t.NamedTuple):
    status: int
    output: str
    seconds: float
    reports: Path

    @property
    def fleet(self) -> Json:
        return json.loads((self.reports / "audit.json").read_text(encoding="utf-8"))

    @property
    def outcomes(self) -> dict[str, str]:
        return {host["host"]: host["outcome"] for host in self.fleet["hosts"]}

    def error(self, host: str) -> str:
        return next(str(one["error"]) for one in self.fleet["hosts"] if one["host"] == host)


def play(work: Path, hosts: dict[str, Json], playbook: str = "seawall.docker.audit", **variables: t.Any) -> Run:
    """A playbook on local hosts, each with variables of its own. It may take neither long nor much memory."""
    inventory = work / "hosts.yml"
    everybody = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    named = {name: {**everybody, **own} for name, own in hosts.items()}
    inventory.write_text(json.dumps({"all": {"hosts": named}}), encoding="utf-8")
    extra = {"audit_report_directory": str(work / "reports"), **variables}
    begun = time.monotonic()
    process = subprocess.Popen(
        [
            "prlimit",
            f"--as={MEMORY}",
            str(BIN / "ansible-playbook"),
            "-i",
            str(inventory),
            "-e",
            json.dumps(extra),
            playbook,
        ],
        env=playbook_environment(work),
        cwd=work,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _nothing = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # its workers as well
        process.communicate()
        raise
    assert "Traceback" not in output, output
    return Run(process.returncode, output, time.monotonic() - begun, work / "reports")


def recorded(work: Path, name: str, content: t.Any) -> Json:
    """Variables of a host whose posture lies in a file."""
    file = work / f"{name}.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return {"audit_posture_file": str(file)}


def answering(work: Path, name: str, answer: str) -> Json:
    """Variables of a host that answers each module with this text."""
    (work / f"{name}.txt").write_text(answer, encoding="utf-8")
    program = work / f"{name}.sh"
    program.write_text(f"#!/bin/sh\ncat '{work}/{name}.txt'\n", encoding="utf-8")
    program.chmod(0o755)
    return {"ansible_python_interpreter": str(program)}


def changed(path: str, value: t.Any) -> Json:
    posture = copy.deepcopy(good())
    *above, last = path.split(".")
    place: t.Any = posture
    for part in above:
        place = place[int(part) if part.isdecimal() else part]
    place[int(last) if last.isdecimal() else last] = value
    return posture


def aliases(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, levels + 1)]
    return "\n".join(lines) + "\n"


def test_aliases_in_files_cost_nothing(tmp_path: Path) -> None:
    waivers, rules = tmp_path / "waivers.yml", tmp_path / "rules.yml"
    waivers.write_text(aliases(8), encoding="utf-8")
    rules.write_text("rules: &a [*a]\n", encoding="utf-8")
    own = recorded(tmp_path, "posture", good())
    hosts = {
        "waived": {**own, "audit_waiver_files": [str(waivers)]},
        "ruled": {**own, "audit_rule_files": [str(rules)]},
        "web1": own,
    }
    run = play(tmp_path, hosts)
    assert run.outcomes == {"ruled": "failed", "waived": "failed", "web1": "audited"}
    assert "holds more than 100,000 values" in run.error("waived")
    assert re.search(r"rules.yml, line 1, rules.0.0: nested deeper than 32 levels", run.error("ruled"))
    assert run.status != 0 and run.seconds < PATIENCE / 2


@pytest.mark.parametrize("option", ["audit_waiver_files", "audit_rule_files", "audit_posture_file"])
def test_pipes_devices_and_sockets_are_no_files(option: str, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    hosts: dict[str, Json] = {}
    for name, path in {"pipe": str(pipe), "endless": "/dev/zero", "folder": str(tmp_path)}.items():
        hosts[name] = {**recorded(tmp_path, "posture", good()), option: path if "posture" in option else [path]}
    run = play(tmp_path, hosts)
    assert set(run.outcomes.values()) == {"failed"}
    assert "is a pipe; name a regular file" in run.error("pipe")
    assert "is a device; name a regular file" in run.error("endless")
    assert "cannot be read: Is a directory" in run.error("folder")
    assert run.status != 0 and run.seconds < PATIENCE / 2


def test_files_are_read_within_bounds(tmp_path: Path) -> None:
    sparse = tmp_path / "sparse.json"
    with open(sparse, "wb") as file:
        file.truncate(20 * 1024**3)
    number = tmp_path / "number.yml"
    number.write_text("- rule: 1" + ":1" * 400_000 + "\n", encoding="utf-8")
    hosts = {
        "sparse": {"audit_posture_file": str(sparse)},
        "lists": recorded(tmp_path, "lists", "[" + "[]," * 20_000_000 + "[]]"),
        "number": {**recorded(tmp_path, "posture", good()), "audit_waiver_files": [str(number)]},
    }
    run = play(tmp_path, hosts)
    assert "is larger than 256 MiB" in run.error("sparse")
    assert "holds more than 5,000,000 values" in run.error("lists")
    assert "line 1, 0.rule: this value is too long for a number" in run.error("number")
    assert run.status != 0 and run.seconds < PATIENCE / 2


# What is put in the place of a part of a posture, and what the report says of the host then.
SHAPES: dict[str, tuple[t.Any, str]] = {
    "text": (changed("containers", "str"), "containers must be a list, and is text"),
    "list": (changed("engine", []), "engine must be a mapping, and is a list"),
    "null": (changed("containers.0", None), "containers[0] must be a mapping, and is null"),
    "name": (changed("containers.0.name", {"a": 1}), "containers[0].name must be text, and is a mapping"),
    "joined": (changed("userns.containers", [[]]), "userns.containers[0] must be a mapping, and is a list"),
    "other": ([], "it is a list, not a mapping"),
    "deep": ("[" * 500 + "]" * 500, "nested deeper than 100 levels"),
    "endless": (json.dumps(good())[:-1] + ', "x": 1e999}', "1e999 is too large for a number"),
}


def test_a_posture_of_another_shape_is_a_host_that_was_not_audited(tmp_path: Path) -> None:
    hosts = {name: recorded(tmp_path, name, posture) for name, (posture, _said) in SHAPES.items()}
    hosts["web1"] = recorded(tmp_path, "web1", good())
    hosts["pair"] = recorded(tmp_path, "pair", changed("containers.0.user", "half \ud800 a pair"))
    run = play(tmp_path, hosts)
    assert run.outcomes == {**dict.fromkeys(SHAPES, "failed"), "web1": "audited", "pair": "audited"}
    for name, (_posture, said) in SHAPES.items():
        assert said in run.error(name), run.error(name)
        assert f"{name} could not be audited" in run.output
    assert run.status != 0


def test_a_host_is_in_the_report_whatever_happens_to_it(tmp_path: Path) -> None:
    own = recorded(tmp_path, "posture", good())
    posture = json.dumps({"changed": False, "posture_text": json.dumps(changed("networks", {"a": []}))})
    deep = json.dumps({"changed": False, "posture_text": '{"a":' * 3000 + "1" + "}" * 3000})
    half = json.dumps({"changed": False, "posture_text": json.dumps(good())[:-1]})
    hosts = {
        "undefined": {**own, "audit_policy": {"allowed_registries": "{{ nobody_defines_this }}"}},
        "kind": {**own, "audit_host_kind": {"not": "text"}},
        "forged": answering(tmp_path, "forged", posture),
        "deep": answering(tmp_path, "deep", deep),
        "half": answering(tmp_path, "half", half),
        "untold": answering(tmp_path, "untold", json.dumps({"changed": False, "posture_text": good()})),
        "nested": answering(tmp_path, "nested", '{"changed": false, "posture": ' + '{"a":' * 3000 + "1" + "}" * 3001),
        "web1": own,
    }
    run = play(tmp_path, hosts)
    assert run.outcomes == {**dict.fromkeys(hosts, "failed"), "web1": "audited"}
    assert "networks must be a list, and is a mapping" in run.error("forged")
    assert "before its audit began" in run.error("undefined")
    assert "the posture that the host sent does not hold valid JSON" in run.error("half")
    for name in ("kind", "forged", "deep", "half", "untold", "nested"):
        assert f"{name} could not be audited" in run.output
    assert not STEERS.search(run.output)
    assert run.status != 0


def test_a_play_whose_only_host_fails_is_reported(tmp_path: Path) -> None:
    run = play(tmp_path, {"web1": recorded(tmp_path, "posture", changed("files", {"a": None}))})
    assert run.outcomes == {"web1": "failed"}
    assert run.status != 0


def test_nothing_that_a_host_or_a_file_says_steers_the_terminal(tmp_path: Path) -> None:
    own = recorded(tmp_path, "posture", good())
    waivers = tmp_path / "waivers.yml"
    waivers.write_text(yaml.safe_dump([{"rule": f"x{STEERING}", "reason": "r", "owner": "o", "expires": "2999-01-01"}]))
    keys = tmp_path / f"keys{STEERING}.yml"
    keys.write_text("x: 1\n")
    failed = json.dumps({"failed": True, "msg": f"no {STEERING}"}, ensure_ascii=False)
    hosts = {
        f"db\u202e{STEERING[-1]}": {**own, "audit_posture_file": "/absent"},
        "failed": answering(tmp_path, "failed", failed),
        "noise": answering(tmp_path, "noise", f"Traceback (most recent call last):\nOSError: {STEERING}\n"),
        "waived": {**own, "audit_waiver_files": [str(waivers)]},
        "ruled": {**own, "audit_rule_files": [str(keys)]},
        "version": recorded(tmp_path, "version", {"posture_version": STEERING}),
    }
    run = play(tmp_path, hosts)
    assert set(run.outcomes.values()) == {"failed"} and len(run.outcomes) == len(hosts)
    named = run.output.split("TASK [seawall.docker.audit : Write the reports]")[1]
    # Ansible itself prints a host's name as the inventory has it; what we say of the host is ours.
    ours = "\n".join(line.replace(f"db\u202e{STEERING[-1]}", "db") for line in named.splitlines())
    assert not STEERS.search(ours), ours
    assert "\\x1b]0;owned" in run.output
    assert run.status != 0


@pytest.mark.parametrize("playbook", ["seawall.docker.prove", "seawall.docker.harden"])
def test_messages_of_other_playbooks_do_not_steer_the_terminal(playbook: str, tmp_path: Path) -> None:
    answer = {"changed": False, "verdict": "exposed", "lines": [f"line {STEERING}"], "reason": STEERING, "posture": []}
    answer["ansible_facts"] = {"audit_report_directory": str(tmp_path / "elsewhere")}
    if playbook == "seawall.docker.harden":
        answer.update(failed=True, msg=f"no {STEERING}")
    hosts = {"web1": answering(tmp_path, "web1", json.dumps(answer, ensure_ascii=False))}
    run = play(tmp_path, hosts, playbook, prove_fail=True)
    assert run.status != 0
    assert not STEERS.search(run.output), run.output
    assert not (tmp_path / "elsewhere").exists()


GATHERS = """
- hosts: all
  gather_facts: true
  roles:
    - role: seawall.docker.audit
"""


def test_a_host_does_not_choose_how_it_is_audited(tmp_path: Path) -> None:
    facts = {"audit_skip_rules": ["level1"], "audit_fail_on": [], "audit_waivers": [], "userns_migrate_replace": True}
    answer = {"changed": False, "ansible_facts": facts, "posture_text": json.dumps(good())}
    (tmp_path / "site.yml").write_text(GATHERS)
    hosts = {
        "web1": recorded(tmp_path, "web1", good()),
        "zz": answering(tmp_path, "zz", json.dumps(answer)),
    }
    run = play(tmp_path, hosts, str(tmp_path / "site.yml"))
    assert run.outcomes == {"web1": "audited", "zz": "failed"}
    taken = "audit_fail_on, audit_skip_rules, audit_waivers, userns_migrate_replace"
    assert f"the facts of zz set {taken}" in run.error("zz")
    assert run.status != 0


def test_an_engine_that_is_down_has_no_score(tmp_path: Path) -> None:
    posture = good()
    for section in ("daemon", "containers", "images", "networks", "userns", "cgroup", "swarm"):
        posture.pop(section, None)
    posture["engine"] = {
        **posture["engine"],
        "state": "stopped",
        "reason": "the Docker Engine is installed, but stopped",
    }
    run = play(tmp_path, {"web1": recorded(tmp_path, "web1", posture)})
    (host,) = run.fleet["hosts"]
    assert host["score"]["percent"] is None and run.fleet["totals"]["score"]["percent"] is None
    assert host["counts"]["pass"] > 0 and host["counts"]["fail"] == 0
    assert "No score: the engine is stopped," in run.output and "100%" not in run.output
    page = (run.reports / "index.html").read_text(encoding="utf-8")
    assert "no score:\nthe engine is stopped," in page and '<span class="figure">100%</span>' not in page
