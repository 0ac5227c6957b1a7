# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A runtime that gives containers more than the engine ordered, as those for graphics cards do."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.tests.support import quick_audit
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost
from ansible_collections.seawall.docker.tests.support.quick_audit import Judged

# The environment of a container says what its record gets.
RUNTIME = """#!/usr/bin/env python3
import json, os, sys
if "create" in sys.argv:
    path = os.path.join(sys.argv[sys.argv.index("--bundle") + 1], "config.json")
    with open(path) as file:
        record = json.load(file)
    wanted = [one for one in record["process"]["env"] if one.startswith("WANTED=")]
    name, _equals, source = wanted[0][7:].partition("=") if wanted else ("", "", "")
    if name == "device":
        device = {"path": "/dev/given", "type": "c", "major": 1, "minor": 11, "fileMode": 384, "uid": 0, "gid": 0}
        record["linux"].setdefault("devices", []).append(device)
        record["linux"]["resources"]["devices"].append(
            {"allow": True, "type": "c", "major": 1, "minor": 11, "access": "rwm"})
    if name == "mount":
        record["mounts"].append({"source": source, "destination": "/y", "type": "bind", "options": ["rbind", "ro"]})
    with open(path, "w") as file:
        json.dump(record, file)
os.execvp("runc", ["runc", *sys.argv[1:]])
"""
WANTED = {
    "device": "device",
    "directory": "mount=/etc",
    "by-link": "mount=/run/t/link",
    "socket": "mount=/run/docker.sock",
    "engine-directory": "mount=/var/lib/docker",
    "other-container": "mount=/var/lib/docker/containers",
    "containerd": "mount=/run/docker/containerd/containerd.sock",
    "driver": "mount=/usr/bin/true",
    "harmless": "mount=/run/t/plain",
    "nothing": "",
}


@pytest.fixture(scope="module")
def judged(host: IsolatedHost) -> t.Iterator[Judged]:
    host.run("mkdir", "/run/t")
    host.write("/run/t/runtime", RUNTIME, 0o755)
    prepared = host.run("sh", "-c", "mkdir /run/t/plain; ln -s /root /run/t/link")
    assert prepared.returncode == 0, prepared.stderr
    host.start(config={"runtimes": {"generous": {"path": "/run/t/runtime"}}})
    for name, wanted in WANTED.items():
        host.container(name, "--runtime", "generous", "--env", f"WANTED={wanted}")
    # What the engine itself adds.
    shared = ("--network", "host", "--pid", "host", "--ipc", "host", "--init")
    host.container("shared", *shared)
    host.container("asked", "--device", "/dev/kmsg:/dev/given", "--volume", "/run/t/plain:/y")
    try:
        yield quick_audit.audit(host)
    finally:
        host.stop()


def test_the_container_really_has_it(host: IsolatedHost, judged: Judged) -> None:
    del judged
    assert host.docker("exec", "device", "sh", "-c", "test -c /dev/given").returncode == 0
    assert host.docker("exec", "directory", "sh", "-c", "test -e /y/passwd").returncode == 0


def test_a_device_that_the_runtime_adds_fails(judged: Judged) -> None:
    assert judged.verdict("5.18", "device") == "fail"
    assert judged.container("device")["started_with"]["added_devices"] == ["/dev/given"]
    assert judged.with_policy(allowed_devices=["/dev/given"]).verdict("5.18", "device") == "pass"
    assert judged.with_policy(allowed_devices=["/dev/kmsg"]).verdict("5.18", "asked") == "pass"


@pytest.mark.parametrize(("name", "place"), [("directory", "/etc"), ("by-link", "/root")])
def test_a_directory_that_the_runtime_adds_is_judged_as_any_other(judged: Judged, name: str, place: str) -> None:
    assert not any(one["asked"] for one in judged.container(name)["mounts"])
    # With what is mounted below it.
    assert place in [one["real_source"] for one in judged.container(name)["mounts"]]
    assert judged.verdict("5.6", name) == "fail"


@pytest.mark.parametrize("name", ["engine-directory", "other-container"])
def test_what_the_engine_did_not_prepare_for_this_container_is_not_its_own(judged: Judged, name: str) -> None:
    assert judged.verdict("5.6", name) == "fail"


@pytest.mark.parametrize("name", ["socket", "containerd"])
def test_a_socket_of_the_engine_that_the_runtime_adds_fails(judged: Judged, name: str) -> None:
    assert judged.verdict("5.32", name) == "fail"


@pytest.mark.parametrize("name", ["driver", "harmless", "nothing", "shared", "asked"])
def test_what_is_harmless_or_the_engines_own_is_not_counted(judged: Judged, name: str) -> None:
    assert judged.container(name)["started_with"]["added_devices"] == []
    assert (judged.verdict("5.6", name), judged.verdict("5.32", name)) == ("pass", "pass")
    places = [one["real_source"] for one in judged.container(name)["mounts"]]
    assert places == (["/run/t/plain"] if name in ("harmless", "asked") else [])
