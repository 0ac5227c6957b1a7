# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A made-up host with one daemon, for what no real host shows at will: files that change, answers that lack fields."""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import Location
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import Engine, EngineError
from ansible_collections.seawall.docker.plugins.module_utils._host.model import (
    Account,
    Clocks,
    CommandResult,
    FileStatus,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

PID = 812
STARTED = 1_700_000_000
SOCKET = "/var/run/docker.sock"
CONFIG = "/etc/docker/daemon.json"

VERSION = {
    "Version": "26.1.5",
    "ApiVersion": "1.45",
    "MinAPIVersion": "1.24",
    "Components": [
        {"Name": "Engine", "Version": "26.1.5"},
        {"Name": "containerd", "Version": "1.7.24"},
        {"Name": "runc", "Version": "1.1.15"},
        {"Name": "docker-init", "Version": "0.19.0"},
    ],
}
INFO: dict[str, t.Any] = {
    "Driver": "overlay2",
    "DriverStatus": [["Backing Filesystem", "extfs"]],
    "DockerRootDir": "/var/lib/docker",
    "CgroupDriver": "systemd",
    "CgroupVersion": "2",
    "LoggingDriver": "json-file",
    "LiveRestoreEnabled": False,
    "DefaultRuntime": "runc",
    "Runtimes": {"io.containerd.runc.v2": {"path": "runc"}, "runc": {"path": "runc"}},
    "ExperimentalBuild": False,
    "Debug": False,
    "OperatingSystem": "Debian",
    "KernelVersion": "6.1",
    "Architecture": "x86_64",
    "Name": "web1",
    "Images": 1,
    "Containers": 2,
    "ContainersRunning": 1,
    "ContainersPaused": 0,
    "ContainersStopped": 1,
    "SecurityOptions": ["name=apparmor", "name=seccomp,profile=builtin", "name=cgroupns"],
    "Swarm": {"LocalNodeState": "inactive", "ControlAvailable": False},
    "RegistryConfig": {
        "InsecureRegistryCIDRs": ["127.0.0.0/8", "::1/128"],
        "IndexConfigs": {"docker.io": {"Name": "docker.io", "Secure": True}},
        "Mirrors": None,
    },
    "Plugins": {"Authorization": None},
    "Labels": [],
    "HttpProxy": "",
    "HttpsProxy": "",
    "NoProxy": "",
    "CDISpecDirs": ["/etc/cdi", "/var/run/cdi"],
    "Warnings": None,
    "MemoryLimit": True,
    "SwapLimit": True,
    "CpuCfsPeriod": True,
    "CpuCfsQuota": True,
    "CPUShares": True,
    "CPUSet": True,
    "PidsLimit": True,
}
BRIDGE = {
    "EnableIPv6": False,
    "Options": {
        "com.docker.network.bridge.enable_icc": "true",
        "com.docker.network.bridge.enable_ip_masquerade": "true",
        "com.docker.network.bridge.host_binding_ipv4": "0.0.0.0",
        "com.docker.network.driver.mtu": "1500",
    },
}


class MadeUpEngine(Engine):
    def __init__(self, answers: dict[str, t.Any], peer: int | None) -> None:
        self.answers = answers
        self.peer = peer
        self.address = f"unix://{SOCKET}"
        self.api_version = "1.45"

    def get(self, path: str, **query: t.Any) -> t.Any:
        if path not in self.answers:
            raise EngineError("no such thing", "absent")
        return copy.deepcopy(self.answers[path])

    def peer_pid(self) -> int | None:
        return self.peer


class MadeUpHost(Host):
    """``files`` by path; a value that is an ``Unread`` is raised. ``changed`` holds times that are not long ago."""

    def __init__(self) -> None:
        self.uid = 0
        self.now = Clocks(STARTED + 3600.0, 3610.0)
        self.files: dict[str, t.Any] = {
            f"/proc/{PID}/comm": "dockerd\n",
            f"/proc/{PID}/stat": f"{PID} (dock (er) d) S 1 " + "0 " * 17 + "1000 0 0",
            "/proc/stat": f"cpu 1\nbtime {STARTED - 10}\n",
            f"/proc/{PID}/net/tcp": "header\n",
            f"/proc/{PID}/net/tcp6": "header\n",
            f"/proc/{PID}/net/unix": f"header\n0000000000000000: 00000002 00000000 00010000 0001 01 777 {SOCKET}\n",
            "/proc/self/net/unix": "header\n",
            f"/proc/{PID}/environ": "HOME=/root\0PASSWORD=x\0",
            "/etc/docker": None,
        }
        self.links = {f"/proc/{PID}/fd/3": "socket:[777]", f"/proc/{PID}/ns/mnt": "m", "/proc/self/ns/mnt": "m"}
        self.links["/proc/self/ns/pid"] = "p"
        self.runs_dockerd(PID)
        self.changed: dict[str, float] = {}
        self.turned: dict[str, float] = {}
        self.commands: dict[tuple[str, ...], str] = {}
        self.arguments("--iptables")

    def runs_dockerd(self, pid: int, uid: int = 0) -> None:
        """Have the process run the installed program as the user."""
        self.files[f"/proc/{pid}/status"] = "Name:\tdockerd\nUid:" + f"\t{uid}" * 4 + "\n"
        self.links[f"/proc/{pid}/exe"] = "/usr/bin/dockerd"
        self.links[f"/proc/{pid}/ns/pid"] = "p"
        for path in (f"/proc/{pid}/exe", "/usr/bin/dockerd"):
            self.files.setdefault(path, "")

    def distrust(self, path: str) -> str | None:
        return None

    def arguments(self, *arguments: str) -> None:
        self.files[f"/proc/{PID}/cmdline"] = "\0".join(("/usr/bin/dockerd", *arguments)) + "\0"

    def _entry(self, path: str) -> t.Any:
        if path not in self.files:
            raise Unread(f"{path} does not exist", "absent")
        if isinstance(self.files[path], Unread):
            raise self.files[path]
        return self.files[path]

    def effective_uid(self) -> int:
        return self.uid

    def environment(self, name: str) -> str | None:
        return None

    def read_bytes(self, path: str, max_bytes: int = 0) -> bytes:
        content = self._entry(path)
        return content if isinstance(content, bytes) else str(content).encode()

    def stat(self, path: str, follow_links: bool = True) -> FileStatus:
        if path != "/":
            self._entry(path)
        kind = "directory" if path == "/" or self.files[path] is None else "file"
        return FileStatus(kind, 0o644, 0, 0, 1, 1, 1, self.changed.get(path, STARTED - 1000.0))

    def list_directory(self, path: str) -> list[str]:
        return [name[len(path) + 1 :] for name in self.links if name.startswith(path + "/")]

    def read_link(self, path: str) -> str:
        if path not in self.links:
            raise Unread(f"{path} does not exist", "absent")
        return self.links[path]

    def real_path(self, path: str) -> str:
        return path.replace("/var/run/", "/run/")

    def links_changed_at(self, path: str) -> float:
        return self.turned.get(path, 0.0)

    def clock_ticks(self) -> int:
        return 100

    def clocks(self) -> Clocks:
        return self.now

    def run(self, program: str, *arguments: str, seconds: float = 0) -> CommandResult:
        return CommandResult(0, self.commands.get((program, *arguments[:2]), ""), "")

    def account(self, name_or_uid: str | int) -> Account | None:
        return Account("root", 0, 0, "/root", "/bin/sh") if name_or_uid in ("root", 0) else None


class Case:
    """A host, its engine, and where they are; change them, then ask for ``context()``."""

    def __init__(self) -> None:
        self.host = MadeUpHost()
        self.answers: dict[str, t.Any] = copy.deepcopy({"/version": VERSION, "/info": INFO, "/networks/bridge": BRIDGE})
        self.location = Location("running", f"unix://{SOCKET}", "default", True, PID, "pid_file", "none", None, "")
        self.fault = ""
        self.peer: int | None = PID
        self.owner = 0

    @property
    def info(self) -> dict[str, t.Any]:
        return t.cast("dict[str, t.Any]", self.answers["/info"])

    def engine_version(self, text: str) -> None:
        self.answers["/version"]["Version"] = text

    def context(self) -> Context:
        engine = None if self.fault or self.location.state != "running" else MadeUpEngine(self.answers, self.peer)
        return Context(self.host, self.location, engine, self.fault, self.owner)
