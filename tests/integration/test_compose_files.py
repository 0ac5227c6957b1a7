# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compose files of a repository are audited by a playbook, with the real Compose and without any host."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.judge import ARGUMENTS, judge_of
from ansible_collections.seawall.docker.plugins.plugin_utils._compose.auditing import findings_of
from ansible_collections.seawall.docker.plugins.plugin_utils._compose.resolving import Project
from ansible_collections.seawall.docker.plugins.plugin_utils._compose.service import KEYS_OF_RULES
from ansible_collections.seawall.docker.tests.support.compose import compose_program
from ansible_collections.seawall.docker.tests.support.examples import contradictions, playbook, recorded

from .conftest import BIN, playbook_environment

Result = dict[str, t.Any]
SECRET = "correct-horse-7193"
BASE = """services:
  base:
    image: web:1
    privileged: true
"""
COMPOSE = """services:
  web:
    extends: {file: base.yml, service: base}
    ports:
      - "${PORT}:80"
    environment: {TOKEN: "%s"}
  debug:
    image: web:1
    profiles: [debug]
    network_mode: host
"""
OVERRIDE = """services:
  web:
    privileged: false
    cap_add: [SYS_ADMIN]
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name, text in (
        ("compose.yml", COMPOSE % SECRET),
        ("base.yml", BASE),
        ("shop/compose.yml", COMPOSE % SECRET),
        ("shop/base.yml", BASE),
        ("shop/production.yml", OVERRIDE),
        (".env", "PORT=443\n"),
        ("shop/.env", "PORT=127.0.0.1:8080\n"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def run(work: Path, name: str, with_compose: bool = True, **variables: t.Any) -> subprocess.CompletedProcess[str]:
    environment = dict(playbook_environment(work))
    path = environment.get("PATH", os.environ["PATH"])
    environment.update(PATH=f"{Path(compose_program()).parent}:{path}" if with_compose else path, PWD=str(work))
    extra = {"ansible_python_interpreter": sys.executable, "ansible_connection": "local", **variables}
    words = [str(BIN / "ansible-playbook"), "-i", "localhost,", name, "-e", json.dumps(extra)]
    return subprocess.run(words, env=environment, cwd=work, capture_output=True, text=True, check=False, timeout=300)


def test_each_finding_has_its_file_and_line_and_the_pipeline_its_status(repository: Path) -> None:
    projects = [
        {"files": ["compose.yml"]},
        {"name": "shop", "files": ["shop/compose.yml", "shop/production.yml"], "profiles": ["debug"]},
    ]
    wanted = {"audit_compose_projects": projects, "audit_report_formats": ["json", "html", "sarif", "junit"]}
    failed = run(repository, "seawall.docker.audit_compose_files", audit_fail_on=["5.5"], **wanted)
    assert (
        failed.returncode == 2
        and "compose.yml fails 1 rule of audit_fail_on: 5.5 container-not-privileged." in failed.stdout
    ), failed.stdout
    assert SECRET not in failed.stdout + failed.stderr and "shop fails" not in failed.stdout

    sarif = json.loads((repository / "reports" / "audit.sarif").read_text("utf-8"))
    places = {
        (one["ruleId"], place["artifactLocation"]["uri"], place["region"]["startLine"])
        for one in sarif["runs"][0]["results"]
        if one["kind"] == "fail"
        for place in [one["locations"][0]["physicalLocation"]]
    }
    # It stands in another file, so the place is the service; the last file decides where several have a key.
    assert ("container-not-privileged", "compose.yml", 2) in places
    assert ("container-no-privileged-ports", "compose.yml", 4) in places
    assert ("container-capabilities-restricted", "shop/production.yml", 4) in places
    assert ("container-network-not-host", "shop/compose.yml", 10) in places
    # A profile that is not active, and a port that is bound to an address.
    assert not {one for one in places if one[:2] == ("container-network-not-host", "compose.yml")}
    assert not {one for one in places if one[:2] == ("container-no-privileged-ports", "shop/compose.yml")}
    for path in (repository / "reports").rglob("*"):
        assert path.is_dir() or SECRET not in path.read_text("utf-8"), path

    passed = run(repository, "seawall.docker.audit_compose_files", audit_fail_on=["5.20"], **wanted)
    assert passed.returncode == 0, passed.stdout


def test_a_project_that_cannot_be_judged_is_named_beside_the_others(repository: Path) -> None:
    (repository / "broken.yml").write_text("services:\n  web:\n    imagee: x\n", encoding="utf-8")
    projects = [{"files": ["broken.yml"]}, {"files": ["base.yml"]}]
    done = run(repository, "seawall.docker.audit_compose_files", audit_compose_projects=projects)
    assert done.returncode == 2 and "broken.yml could not be audited" in done.stdout and "imagee" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr and "base.yml, line 4" in done.stdout


@pytest.mark.parametrize(
    ("keys", "verdict"),
    [
        ("ports: ['127.0.0.1:${CONTROLLER_SECRET}:80']", "unknown"),
        ("volumes: ['/srv/${CONTROLLER_SECRET}:/etc']", "unknown"),
        ("mem_limit: $CONTROLLER_SECRET", "unknown"),
        ("privileged: ${CONTROLLER_SECRET:-true}", "fail"),
        ("volumes: ['/srv/$$CONTROLLER_SECRET:/etc']", "manual"),
    ],
)
def test_the_environment_of_the_controller_is_not_for_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: str, verdict: str
) -> None:
    monkeypatch.setenv("CONTROLLER_SECRET", SECRET)
    path = tmp_path / "compose.yml"
    path.write_text(f"services:\n  web:\n    image: x\n    {keys}\n", encoding="utf-8")
    judge = judge_of({name: one.get("default") for name, one in ARGUMENTS.items()}, "level2")

    def judged(**environment: str) -> tuple[str, list[str]]:
        try:
            project = Project("x", [str(path)], [], [], environment)
            document = findings_of(project, judge, [compose_program()], str(tmp_path))
        except BenchmarkError as fault:
            return str(fault), []
        rules = [slug for slug, names in KEYS_OF_RULES.items() if keys.partition(":")[0] in names]
        found = [one["subjects"][0]["verdict"] for one in document["findings"] if one["rule"] in rules]
        return json.dumps(document), found

    text, verdicts = judged()
    assert SECRET not in text and (verdict in verdicts or "refuses it" in text), text
    assert verdict != "unknown" or "pass" not in verdicts
    # Named by the task, it is no secret of the controller, and it is used.
    assert "unknown" not in judged(CONTROLLER_SECRET="8080")[1]


def test_examples_run_and_return_what_is_documented(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results = recorded(monkeypatch, repository / "results.jsonl")
    more = [{"seawall.docker.evaluate_compose": {"projects": [{"files": ["compose.yml"]}], "resolve": "never"}}]
    path = playbook("evaluate_compose", repository / "examples.yml", more)
    (repository / "shop" / "production.yml").write_text("services: {web: {read_only: true}}\n", encoding="utf-8")
    done = run(repository, str(path))
    assert done.returncode == 0 and "changed=0" in done.stdout, done.stdout + done.stderr
    ran = [one for one in results() if one.action == "seawall.docker.evaluate_compose"]
    assert not (found := contradictions("evaluate_compose", ran, frozenset())), "\n".join(found)
    # Without Compose, what it would resolve is unknown.
    assert not ran[-1].result["resolved"]
    assert {one["verdict"] for one in ran[-1].result["places"] if one["service"] == "web"} == {"unknown"}
