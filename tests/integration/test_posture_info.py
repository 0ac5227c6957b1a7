# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task gets the posture as data, whether the host sent a text or the task ran in the background."""

from __future__ import annotations

import json
import os
import sys
import time
import typing as t

import pytest
import yaml

from ansible_collections.seawall.docker.tests.integration.conftest import BIN, run_in
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

# What a container calls itself must reach a task as it is, and nothing may evaluate it.
LABEL = "{{1+1}}\x1b[2Jä"
TASKS: dict[str, dict[str, t.Any]] = {
    "plain": {},
    "as_text": {"posture_as_text": True},
    "as_data": {"posture_as_text": False},
    "background": {},
    "refused": {"gather_subset": ["nonsense"]},
}


@pytest.fixture(scope="module")
def answers(host: IsolatedHost, tmp_path_factory: pytest.TempPathFactory) -> dict[str, t.Any]:
    host.start()
    made = host.docker("run", "--detach", "--label", f"{LABEL}=1", "busybox:local", "sleep", "3600")
    assert made.returncode == 0, made.stderr
    # A file name that is no text, which Ansible refuses to take from a module.
    script = "n=$(printf '/busybox\\377'); cat /bin/busybox > $n; chmod 755 $n; exec $n httpd -f -p 22"
    host.container("serves", command=("sh", "-c", script))
    pid = host.docker("inspect", "--format", "{{.State.Pid}}", "serves").stdout.strip()
    deadline = time.monotonic() + 20
    while not os.readlink(f"/proc/{pid}/exe").endswith("\udcff"):
        assert time.monotonic() < deadline, host.docker("logs", "serves")
        time.sleep(0.1)
    time.sleep(0.5)  # until it listens
    work = tmp_path_factory.mktemp("posture")
    tasks: list[dict[str, t.Any]] = [
        {"seawall.docker.posture_info": arguments, "register": name, "ignore_errors": True}
        for name, arguments in TASKS.items()
    ]
    tasks[list(TASKS).index("background")].update({"async": 60, "poll": 1})
    content = f"{{{{ {{{', '.join(f'{name!r}: {name}' for name in TASKS)}}} | to_json }}}}"
    tasks.append({"ansible.builtin.copy": {"content": content, "dest": str(work / "answers.json")}})
    play = [{"hosts": "all", "gather_facts": False, "tasks": tasks}]
    (work / "play.yml").write_text(yaml.safe_dump(play), encoding="utf-8")
    words = ["-i", "localhost,", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}"]
    done = run_in(work, host.command(str(BIN / "ansible-playbook"), *words, str(work / "play.yml")))
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((work / "answers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["plain", "as_data", "background"])
def test_the_posture_is_data(name: str, answers: dict[str, t.Any]) -> None:
    posture = answers[name]["posture"]
    assert "posture_text" not in answers[name] and answers[name]["changed"] is False
    assert posture["engine"]["state"] == "running"
    labelled, serving = sorted(posture["containers"], key=lambda one: one["name"] == "serves")
    assert labelled["label_names"] == [LABEL]
    assert [one["program"] for one in serving["processes"]["ssh_servers"]] == ["busybox\ufffd"]
    assert posture.keys() == json.loads(answers["as_text"]["posture_text"]).keys()


def test_a_text_is_returned_to_who_asks_for_it(answers: dict[str, t.Any]) -> None:
    assert "posture" not in answers["as_text"]
    posture = json.loads(answers["as_text"]["posture_text"])
    assert LABEL in [name for one in posture["containers"] for name in one["label_names"]]


def test_a_refused_task_says_why(answers: dict[str, t.Any]) -> None:
    assert answers["refused"]["failed"] is True and "nonsense" in answers["refused"]["msg"]
    assert "posture" not in answers["refused"] and "posture_text" not in answers["refused"]
