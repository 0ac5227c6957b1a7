# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Root audits the engine of another user with the rights of that user, who can read neither Ansible's archive nor root's files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.support.direct_module import archive, input_of, module_name, result_of

NOBODY = 65534
# Every user may run the Python of the system, and read its library.
PYTHON = "/usr/bin/python3"
SECONDS = 60

# An engine that says what a test wants, served by another user. It prints a line when it can be asked.
ENGINE = """
import json, os, sys
from pathlib import Path
from ansible_collections.seawall.docker.tests.support.fake_engine import PING, json_answer, serving
answers, path = json.loads(sys.argv[1]), Path(sys.argv[2])
def talk(connection, target):
    answer = answers.get(target.partition("/v1.45")[2])
    known = json_answer(json.dumps(answer).encode()) if answer is not None else json_answer(b"{}", "404 Not Found")
    connection.sendall(PING if target == "/_ping" else known)
os.setgroups([])
os.setgid(int(sys.argv[3]))
os.setuid(int(sys.argv[3]))
with serving(path, talk):
    print("ready", flush=True)
    sys.stdin.read()
"""
# As Ansible runs a module: from an archive.
MODULE = """
import runpy, sys
archive, name = sys.argv[1:]
sys.path.insert(0, archive)
del sys.argv[1:]
runpy.run_module(name, run_name="__main__")
"""
NETWORK = {
    "Id": "1",
    "Name": "bridge",
    "Driver": "bridge",
    "Options": {"com.docker.network.bridge.enable_icc": "false"},
}
ANSWERS: dict[str, t.Any] = {
    "/info": {
        "SecurityOptions": [],
        "DockerRootDir": "/home/nobody/docker",
        "CgroupDriver": "cgroupfs",
        "DriverStatus": [],
    },
    "/version": {"Version": "26.1.5", "ApiVersion": "1.45"},
    "/containers/json?all=1": [],
    "/images/json": [],
    "/networks": [NETWORK],
    "/networks/bridge": NETWORK,
    "/volumes": {"Volumes": []},
}


@pytest.fixture
def socket_of_nobody(tmp_path: Path) -> t.Iterator[Path]:
    place = Path(f"/run/seawall-test-{os.getpid()}")
    place.mkdir()
    os.chown(place, NOBODY, NOBODY)
    words = [sys.executable, "-c", ENGINE, json.dumps(ANSWERS), str(place / "s"), str(NOBODY)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    try:
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as engine:
            assert engine.stdout is not None and engine.stdout.readline() == b"ready\n"
            yield place / "s"
            assert engine.stdin is not None
            engine.stdin.close()
    finally:
        (place / "s").unlink(missing_ok=True)
        place.rmdir()


def run(tmp_path: Path, name: str, **arguments: t.Any) -> dict[str, t.Any]:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    (private / "modules.zip").write_bytes(archive())
    done = subprocess.run(
        [PYTHON, "-c", MODULE, str(private / "modules.zip"), module_name(name)],
        input=input_of(arguments, ()),
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
        cwd="/",
    )
    return result_of(name, done)


def test_a_posture_is_gathered_with_the_rights_of_the_user(socket_of_nobody: Path, tmp_path: Path) -> None:
    found = run(tmp_path, "posture_info", docker_host=f"unix://{socket_of_nobody}", registry_check=True)
    assert not found["failed"], found
    posture = found["posture"]
    assert posture["auditor"]["effective_uid"] == NOBODY
    assert (posture["engine"]["state"], posture["engine"]["owner"]) == ("running", None)
    # All collectors ran, with what they need for a network that keeps containers apart, and for registries.
    assert posture["daemon"]["default_bridge"]["icc"] is False and posture["networks"][0]["name"] == "bridge"
    assert posture["registry_tags"] == []
    assert not [reason for reason in posture["unread"].values() if "failed: " in reason]


@pytest.mark.parametrize("section", ["daemon", "userns", "cgroup"])
def test_a_section_is_gathered_with_the_rights_of_the_user(
    socket_of_nobody: Path, tmp_path: Path, section: str
) -> None:
    found = run(tmp_path, f"{section}_info", docker_host=f"unix://{socket_of_nobody}")
    assert not found["failed"], found
    assert found["engine"]["state"] == "running"
    assert not [reason for reason in found["unread"].values() if "failed: " in reason]
