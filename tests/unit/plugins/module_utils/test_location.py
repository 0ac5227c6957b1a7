# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which daemon an audit is about, on made-up hosts: the tricks here would need an attacker on a real one."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host import CommandResult, Host
from ansible_collections.seawall.docker.plugins.module_utils._location import locate
from ansible_collections.seawall.docker.plugins.module_utils._unread import Unread


class MadeUpHost(Host):
    """Files by path; ``units`` maps a systemd unit to its properties."""

    def __init__(self, files: dict[str, str], units: dict[str, dict[str, str]] | None = None, uid: int = 0) -> None:
        self.files = files
        self.units = units
        self.uid = uid
        self.ran: list[tuple[str, ...]] = []

    def effective_uid(self) -> int:
        return self.uid

    def environment(self, name: str) -> str | None:
        return None

    def read_bytes(self, path: str, max_bytes: int = 0) -> bytes:
        if path not in self.files:
            raise Unread(f"{path} does not exist", "absent")
        return self.files[path].encode()

    def exists(self, path: str) -> bool:
        if path == "/run/systemd/system":
            return self.units is not None
        return path in self.files or any(known.startswith(path + "/") for known in self.files)

    def list_directory(self, path: str) -> list[str]:
        names = {known[len(path) + 1 :].split("/")[0] for known in self.files if known.startswith(path + "/")}
        if not names:
            raise Unread(f"{path} does not exist", "absent")
        return sorted(names)

    def real_path(self, path: str) -> str:
        return path.replace("/var/run/", "/run/")

    def run(self, program: str, *arguments: str) -> CommandResult:
        self.ran.append((program, *arguments))
        properties = (self.units or {}).get(arguments[1], {"LoadState": "not-found", "ActiveState": "inactive"})
        return CommandResult(0, "".join(f"{key}={value}\n" for key, value in properties.items()), "")


def daemon(pid: int, *arguments: str, comm: str = "dockerd") -> dict[str, str]:
    return {f"/proc/{pid}/comm": comm + "\n", f"/proc/{pid}/cmdline": "\0".join(("dockerd", *arguments)) + "\0"}


RUNNING = {"docker.service": {"LoadState": "loaded", "ActiveState": "active", "MainPID": "812"}}
STOPPED = {"docker.service": {"LoadState": "loaded", "ActiveState": "inactive", "MainPID": "0"}}
INIT = {"/etc/init.d/docker": "", "/proc/1/comm": "init\n"}


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        pytest.param(
            MadeUpHost({**daemon(812, "-H", "fd://"), "/var/run/docker.sock": ""}, RUNNING),
            {"state": "running", "pid": 812, "pid_source": "systemd", "manager": "systemd", "unit": "docker.service"},
            id="systemd",
        ),
        pytest.param(
            MadeUpHost({**daemon(99), **INIT, "/run/docker.pid": "99", "/var/run/docker.sock": ""}),
            {"state": "running", "pid": 99, "pid_source": "pid_file", "manager": "sysvinit"},
            id="sysvinit",
        ),
        pytest.param(
            MadeUpHost({**daemon(99, "--host=unix:///srv/d.sock"), "/run/docker.pid": "99", "/srv/d.sock": ""}),
            {"state": "running", "address": "unix:///srv/d.sock", "address_origin": "daemon", "manager": "none"},
            id="a socket elsewhere, found from the daemon",
        ),
        pytest.param(
            MadeUpHost({**daemon(7, "-Hunix:///x.sock"), "/run/docker.pid": "99", "/var/run/docker.sock": ""}),
            {"state": "running", "pid": None},
            id="a pid file that names nobody",
        ),
        pytest.param(
            MadeUpHost({**daemon(99, comm="evil"), "/run/docker.pid": "99", "/var/run/docker.sock": ""}),
            {"state": "running", "pid": None},
            id="a pid file that names another program",
        ),
        pytest.param(
            MadeUpHost({**daemon(666, "--tlsverify"), "/usr/bin/dockerd": ""}),
            {"state": "stopped", "pid": None, "reason": "the Docker Engine is installed but does not run"},
            id="somebody's process called dockerd is not the daemon",
        ),
        pytest.param(
            MadeUpHost({"/var/run/docker.sock": "", "/usr/bin/dockerd": ""}, STOPPED),
            {"state": "stopped", "manager": "systemd"},
            id="a socket of systemd with the service stopped is not touched",
        ),
        pytest.param(MadeUpHost({}), {"state": "absent", "address": None}, id="no engine"),
        pytest.param(
            MadeUpHost({"/run/user/1000/docker.sock": "", "/run/user/1000/docker.pid": "5", **daemon(5)}),
            {"state": "running", "address": "unix:///run/user/1000/docker.sock", "manager": "rootless", "pid": 5},
            id="rootless, seen by root",
        ),
        pytest.param(
            MadeUpHost({"/run/user/1000/docker.sock": ""}, uid=1000),
            {"state": "running", "address_origin": "rootless", "pid": None},
            id="rootless, seen by its user",
        ),
    ],
)
def test_the_daemon_is_found(host: MadeUpHost, expected: dict[str, t.Any]) -> None:
    location = locate(host, None)._asdict()
    assert {key: location[key] for key in expected} == expected


def test_who_became_another_user_finds_the_rootless_engine_of_that_user(monkeypatch: pytest.MonkeyPatch) -> None:
    host = MadeUpHost({"/run/user/1000/docker.sock": ""}, uid=1000)
    monkeypatch.setattr(host, "environment", {"XDG_RUNTIME_DIR": "/run/user/0"}.get)
    assert locate(host, None).address == "unix:///run/user/1000/docker.sock"


def test_several_rootless_engines_need_a_choice() -> None:
    host = MadeUpHost({"/run/user/1000/docker.sock": "", "/run/user/1001/docker.sock": ""})
    with pytest.raises(
        Unread, match="choose one with docker_host: unix:///run/user/1000/docker.sock, unix:///run/user/1001"
    ):
        locate(host, None)


def test_a_remote_engine_is_never_looked_for_here() -> None:
    host = MadeUpHost(daemon(812), RUNNING)
    location = locate(host, "tcp://10.0.0.1:2376")
    assert (location.local, location.pid, host.ran) == (False, None, [])


def test_a_foreign_socket_is_not_said_to_be_the_hosts_daemon() -> None:
    host = MadeUpHost({**daemon(812), "/srv/other.sock": ""}, RUNNING)
    location = locate(host, "unix:///srv/other.sock")
    assert (location.address, location.pid, location.manager) == ("unix:///srv/other.sock", None, None)
