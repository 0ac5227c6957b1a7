# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host made of dictionaries, and an engine with one container, for tests that change single answers."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import Location
from ansible_collections.seawall.docker.plugins.module_utils._host import model, reading
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.tests.support.recording import ReplayEngine

ID = "c0ffee" + "0" * 58
INITIAL = "cgroup:[4026531835]"


class DictionaryHost(reading.Host):
    """Files and links from dictionaries; a text that is an ``Unread`` is raised."""

    def __init__(self, files: dict[str, t.Any], links: dict[str, str] | None = None) -> None:
        self.files = files
        self.links = {"/proc/self/ns/cgroup": INITIAL, "/proc/1/ns/cgroup": INITIAL, **(links or {})}
        self.reads: list[str] = []

    def read_bytes(self, path: str, max_bytes: int = 0) -> bytes:
        self.reads.append(path)
        content = self.files.get(path, Unread(f"{path} does not exist", "absent"))
        if isinstance(content, Unread):
            raise content
        return content.encode()

    def read_link(self, path: str) -> str:
        if path not in self.links:
            raise Unread(f"not permitted to read {path}, which needs root", "denied")
        return self.links[path]

    def exists(self, path: str) -> bool:
        return path in self.files

    def page_size(self) -> int:
        return 4096

    def account(self, name_or_uid: str | int) -> model.Account | None:
        return next((a for a in self.accounts() if name_or_uid in (a.name, a.uid)), None)

    def accounts(self) -> list[model.Account]:
        entries = (("root", 0), ("dockremap", 112), ("nogroup", 113), ("alice", 1000))
        return [model.Account(name, uid, uid, "/", "/bin/false") for name, uid in entries]

    def group(self, name_or_gid: str | int) -> model.Group | None:
        return next((g for g in self.groups() if name_or_gid in (g.name, g.gid)), None)

    def groups(self) -> list[model.Group]:
        return [model.Group(name, gid, []) for name, gid in (("root", 0), ("dockremap", 117), ("users", 112))]


def container(running: bool = True, **host_config: t.Any) -> dict[str, t.Any]:
    return {
        "Id": ID,
        "Name": "/web",
        "State": {"Running": running, "Pid": 4242 if running else 0, "Status": "running" if running else "exited"},
        "Config": {"User": "", "Image": "", "Env": [], "Labels": {}},
        "HostConfig": {
            "Privileged": False,
            "CapAdd": None,
            "SecurityOpt": None,
            "NetworkMode": "none",
            "PidMode": "",
            "ReadonlyRootfs": False,
            **host_config,
        },
        "NetworkSettings": {"Networks": {}},
        "Mounts": [],
    }


def context_of(
    host: reading.Host, inspected: dict[str, t.Any], version: str = "26.1.5", local: bool = True, **info: t.Any
) -> Context:
    facts = {"SecurityOptions": [], "DockerRootDir": "/var/lib/docker", "CgroupDriver": "cgroupfs", **info}
    answers = {
        json.dumps(["/info"]): {"answer": facts},
        json.dumps(["/version"]): {"answer": {"Version": version}},
        json.dumps(["/containers/json", {"all": 1}]): {"answer": [{"Id": ID}]},
        json.dumps([f"/containers/{ID}/json"]): {"answer": inspected},
    }
    location = Location("running", "unix:///run/docker.sock", "default", local, None, None, None, None, "")
    return Context(host, location, ReplayEngine(answers))
