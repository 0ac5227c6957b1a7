# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role ``userns_migrate`` says of a move before it begins, from what was recorded of a host."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.tests.support.ansible_programs import BIN, playbook_environment

VARS = Path(__file__).resolve().parents[2] / "roles/userns_migrate/vars/main.yml"
GIB = 1 << 30


def _container(name: str, was_running: bool = True) -> dict[str, t.Any]:
    return {"name": name, "was_running": was_running, "outside": False, "written": 0}


def _project(name: str, left: bool, *containers: str) -> dict[str, t.Any]:
    return {"project": name, "containers": containers, "left": left, "command": None}


def _planned(work: Path, *hosts: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """What is said of each of these hosts, by one play."""
    nothing = ("images", "networks", "volumes", "volumes_elsewhere", "compose_projects", "containers")
    empty = {
        **{key: [] for key in nothing},
        "switched": False,
        "image_bytes": 0,
        "free_bytes": 5 * GIB,
        "reserve_bytes": GIB,
    }
    text = "{{ {'plan': __userns_migrate_plan, 'needed': __userns_migrate_needed | int} | to_json }}"
    tasks = []
    for number, had in enumerate(hosts):
        copy = {"content": text, "dest": str(work / f"{number}.json"), "mode": "0600"}
        tasks.append({"ansible.builtin.copy": copy, "vars": {"__userns_migrate_had": {**empty, **had}}})
    variables = {
        "__userns_migrate_measured": {"results": []},
        "__userns_migrate_mounts": {"bind_mounts": [], "shifted": []},
        "userns_migrate_bind_mounts": [],
    }
    done = _played(work, tasks, variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads((work / f"{number}.json").read_text(encoding="utf-8")) for number in range(len(hosts))]


def _played(work: Path, tasks: list[dict[str, t.Any]], variables: dict[str, t.Any]) -> subprocess.CompletedProcess[str]:
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars_files": [str(VARS)],
        "tasks": tasks,
    }
    (work / "play.yml").write_text(json.dumps([play]), encoding="utf-8")
    words = [str(BIN / "ansible-playbook"), "-e", json.dumps(variables), str(work / "play.yml")]
    return subprocess.run(words, env=playbook_environment(work), capture_output=True, text=True, check=False)


def test_the_plan_of_a_move(tmp_path: Path) -> None:
    containers = [_container("db"), _container("shop-db-1"), _container("shop-web-1"), _container("idle", False)]
    containers += [_container("shop-job-1", False), _container("web")]
    shop = ("shop-db-1", "shop-web-1", "shop-job-1")
    left, taken, empty = _planned(
        tmp_path,
        {"containers": containers, "compose_projects": [_project("shop", True, *shop)], "image_bytes": GIB},
        {"containers": containers, "compose_projects": [_project("shop", False, *shop)]},
        {},
    )
    assert "Stops, and starts again in the other order: web, db" in left["plan"], left
    assert "Stops, and leaves to compose: shop-web-1, shop-db-1" in left["plan"], left
    assert "container idle" in left["plan"] and "container shop-job-1" not in left["plan"], left
    assert left["needed"] == 4 * GIB

    assert "Stops, and starts again in the other order: web, shop-web-1, shop-db-1, db" in taken["plan"], taken
    assert not [line for line in taken["plan"] if "leaves to compose" in line], taken
    assert "Stops, and starts again in the other order: nothing" in empty["plan"] and empty["needed"] == GIB


def test_what_keeps_a_volume_from_being_asked_is_no_refusal_of_the_volume(tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho Data could not be sent >&2; exit 255\n", encoding="ascii")
    broken.chmod(0o755)
    volumes = [{"name": name, "path": str(tmp_path / name / "_data")} for name in ("data", "other")]
    variables: dict[str, t.Any] = {"__userns_migrate_had": {"switched": False, "volumes": volumes}}
    tasks = [{"ansible.builtin.include_tasks": str(VARS.parents[1] / "tasks/show.yml")}]
    refused = _played(tmp_path, tasks, variables)
    said = " ".join(refused.stdout.split())
    assert refused.returncode != 0 and "volume data: " in said and "volume other: " in said, said
    failed = _played(tmp_path, tasks, {**variables, "ansible_python_interpreter": str(broken)})
    said = " ".join((failed.stdout + failed.stderr).split())
    assert failed.returncode != 0 and "Data could not be sent" in said and "volume data: " not in said, said
