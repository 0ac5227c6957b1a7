# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which daemon an audit is about, on made-up hosts: the tricks here would need an attacker on a real one."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import locate, user_engines
from ansible_collections.seawall.docker.plugins.module_utils._host.model import Account, CommandResult, FileStatus
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread


class MadeUpHost(Host):
    """Files by path; ``units`` maps a systemd unit to its properties. What lies below
    /run/user belongs to the user whose directory it is, and a file that holds ``regular`` is no socket."""

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

    def stat(self, path: str, follow_links: bool = True) -> FileStatus:
        if path not in self.files:
            raise Unread(f"{path} does not exist", "absent")
        uid = int(path.split("/")[3]) if path.startswith("/run/user/") else 0
        kind = "socket" if path.endswith(".sock") and self.files[path] != "regular" else "file"
        return FileStatus(kind, 0o755, uid, 0, 1, 1, 1, 0.0)

    def read_link(self, path: str) -> str:
        if path not in self.files:
            raise Unread(f"{path} does not exist", "absent")
        return self.files[path]

    def distrust(self, path: str) -> str | None:
        return f"{path} belongs to user 1500" if path.startswith("/home/") else None

    def account(self, name_or_uid: str | int) -> Account | None:
        return Account("dev", 1000, 1000, "/home/dev", "/bin/sh") if name_or_uid == 1000 else None

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

    def run(self, program: str, *arguments: str, seconds: float = 0) -> CommandResult:
        self.ran.append((program, *arguments))
        properties = (self.units or {}).get(arguments[1], {"LoadState": "not-found", "ActiveState": "inactive"})
        return CommandResult(0, "".join(f"{key}={value}\n" for key, value in properties.items()), "")


def daemon(pid: int, *arguments: str, program: str = "/usr/bin/dockerd", uid: int = 0) -> dict[str, str]:
    """A process whose name is dockerd whatever program it runs, as anybody can have it."""
    return {
        f"/proc/{pid}/comm": "dockerd\n",
        f"/proc/{pid}/cmdline": "\0".join(("dockerd", *arguments)) + "\0",
        f"/proc/{pid}/status": "Name:\tdockerd\nUid:" + f"\t{uid}" * 4 + "\n",
        f"/proc/{pid}/exe": program,
        f"/proc/{pid}/ns/pid": "p",
        "/proc/self/ns/pid": "p",
        program: "",
    }


def in_unit(pid: int, unit: str) -> dict[str, str]:
    return {f"/proc/{pid}/cgroup": f"0::/system.slice/{unit}\n", "/proc/1/cgroup": "0::/init.scope\n"}


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
            MadeUpHost({**daemon(99, program="/usr/sbin/cron"), "/run/docker.pid": "99", "/var/run/docker.sock": ""}),
            {"state": "running", "pid": None},
            id="a pid file that names another program",
        ),
        pytest.param(
            MadeUpHost({**daemon(99, uid=1500), "/run/docker.pid": "99", "/usr/bin/dockerd": ""}),
            {"state": "stopped", "pid": None},
            id="a pid file whose number came round to a user's process",
        ),
        pytest.param(
            MadeUpHost({**daemon(99, program="/home/u/dockerd"), "/run/docker.pid": "99", "/usr/bin/dockerd": ""}),
            {"state": "stopped", "pid": None},
            id="a pid file that names a process of root with a user's program",
        ),
        pytest.param(
            MadeUpHost({**daemon(812, uid=1500), "/var/run/docker.sock": ""}, RUNNING),
            {"state": "running", "pid": None, "pid_source": None},
            id="a unit whose process is not root's",
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
            MadeUpHost(
                {
                    **daemon(99),
                    **in_unit(99, "docker-engine.service"),
                    "/run/docker.pid": "99",
                    "/var/run/docker.sock": "",
                },
                {**STOPPED, "docker-engine.service": {"LoadState": "loaded", "ActiveState": "active", "MainPID": "99"}},
            ),
            {"state": "running", "pid": 99, "unit": "docker-engine.service", "manager": "systemd"},
            id="a unit of another name runs it, besides an inactive docker.service",
        ),
        pytest.param(
            MadeUpHost(
                {**daemon(99), **in_unit(99, "ssh.service"), "/run/docker.pid": "99", "/var/run/docker.sock": ""},
                {**STOPPED, "ssh.service": {"LoadState": "loaded", "ActiveState": "active", "MainPID": "50"}},
            ),
            {"state": "running", "pid": 99, "unit": None, "manager": "none"},
            id="started from a login is not run by the unit of logins",
        ),
        pytest.param(
            MadeUpHost(
                {**daemon(99), **in_unit(99, "docker.service"), "/run/docker.pid": "99", "/var/run/docker.sock": ""},
                {"docker.service": {"LoadState": "loaded", "ActiveState": "active", "MainPID": "50"}},
            ),
            {"state": "running", "pid": 99, "unit": "docker.service", "manager": "systemd"},
            id="a script is the main process of docker.service",
        ),
        pytest.param(
            MadeUpHost({}, {"docker.service": {**STOPPED["docker.service"], "SourcePath": "/etc/init.d/docker"}}),
            {"state": "absent"},
            id="an init script that was left over",
        ),
        pytest.param(
            MadeUpHost({"/run/user/1000/docker.sock": "", "/run/user/1000/docker.pid": "5", **daemon(5, uid=1000)}),
            {"state": "stopped", "pid": None, "manager": "none"},
            id="a user's engine is not the host's",
        ),
        pytest.param(
            MadeUpHost({"/run/user/1000/docker.sock": "", "/usr/bin/dockerd": ""}, STOPPED),
            {"state": "stopped", "unit": "docker.service"},
            id="a user's engine does not stand in for the stopped one",
        ),
        pytest.param(
            MadeUpHost(
                {"/run/user/1000/docker.sock": "", "/run/user/1000/docker.pid": "5", **daemon(5, uid=1000)}, uid=1000
            ),
            {"state": "running", "address_origin": "rootless", "pid": 5, "manager": "rootless"},
            id="rootless, seen by its user",
        ),
        pytest.param(
            MadeUpHost({"/run/user/1000/docker.sock": "", "/run/user/1000/docker.pid": "5", **daemon(5)}, uid=1000),
            {"state": "running", "address_origin": "rootless", "pid": None},
            id="rootless, with a pid file that names a process of another user",
        ),
        pytest.param(
            MadeUpHost({"/run/user/1000/docker.sock": "regular", "/usr/bin/dockerd": ""}, uid=1000),
            {"state": "stopped"},
            id="a regular file where the socket of a rootless engine would be",
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


def test_engines_of_users_are_told_beside_the_hosts_own() -> None:
    files = {
        "/run/user/1000/docker.sock": "",
        "/run/user/1001/docker.sock": "",
        "/run/user/1002/docker.sock": "regular",
    }
    host = MadeUpHost({**files, "/run/user/0/docker.sock": "", "/run/user/1003/other.sock": ""})
    assert user_engines(host) == [
        {"uid": 1000, "name": "dev", "address": "unix:///run/user/1000/docker.sock"},
        {"uid": 1001, "name": None, "address": "unix:///run/user/1001/docker.sock"},
    ]
    assert user_engines(MadeUpHost({})) == []


def test_an_environment_that_came_along_chooses_no_engine_for_root(monkeypatch: pytest.MonkeyPatch) -> None:
    host = MadeUpHost({"/run/user/1000/docker.sock": "", "/usr/bin/dockerd": ""})
    monkeypatch.setattr(host, "environment", {"XDG_RUNTIME_DIR": "/run/user/1000", "DOCKER_HOST": "unix:///x"}.get)
    assert locate(host, None).state == "stopped"


def test_the_own_engine_is_known_by_its_address_too() -> None:
    files = {"/run/user/1000/docker.sock": "", "/run/user/1000/docker.pid": "5", **daemon(5, uid=1000)}
    location = locate(MadeUpHost(files, uid=1000), "unix:///run/user/1000/docker.sock")
    assert (location.manager, location.pid, location.address_origin) == ("rootless", 5, "option")


def test_a_remote_engine_is_never_looked_for_here() -> None:
    host = MadeUpHost(daemon(812), RUNNING)
    location = locate(host, "tcp://10.0.0.1:2376")
    assert (location.local, location.pid, host.ran) == (False, None, [])


def test_a_foreign_socket_is_not_said_to_be_the_hosts_daemon() -> None:
    host = MadeUpHost({**daemon(812), "/srv/other.sock": ""}, RUNNING)
    location = locate(host, "unix:///srv/other.sock")
    assert (location.address, location.pid, location.manager) == ("unix:///srv/other.sock", None, None)


LIMIT = {"LoadState": "loaded", "ActiveState": "failed", "MainPID": "0", "Result": "start-limit-hit"}
AGAIN = (
    "See journalctl -u docker.service; once the cause is gone: systemctl reset-failed docker.service docker.socket && "
    "systemctl start docker.socket docker.service"
)


@pytest.mark.parametrize(
    ("service", "socket", "said"),
    [
        # The socket would start the engine, and systemd does not let it.
        (
            LIMIT,
            {"ActiveState": "active", "Result": "success"},
            f"(docker.service has failed (start-limit-hit). {AGAIN})",
        ),
        (
            LIMIT,
            {"ActiveState": "failed", "Result": "service-start-limit-hit"},
            "(docker.service has failed (start-limit-hit), docker.socket has failed (service-start-limit-hit). "
            + AGAIN,
        ),
        # Somebody has forgiven the service alone.
        (
            STOPPED["docker.service"],
            {"ActiveState": "failed", "Result": "trigger-limit-hit"},
            f"(docker.socket has failed (trigger-limit-hit). {AGAIN})",
        ),
        ({**LIMIT, "Result": "exit-code"}, {"ActiveState": "active"}, "(docker.service has failed (exit-code). See"),
        (STOPPED["docker.service"], {"ActiveState": "active"}, "does not run (docker.service is inactive)"),
    ],
)
def test_a_stopped_engine_says_its_state_and_what_starts_it(
    service: dict[str, str], socket: dict[str, str], said: str
) -> None:
    units = {"docker.service": {**service, "TriggeredBy": "docker.socket"}, "docker.socket": socket}
    host = MadeUpHost({"/run/systemd/system": "", "/usr/bin/dockerd": "", "/var/run/docker.sock": ""}, units)
    found = locate(host, None)
    assert found.state == "stopped" and said in found.reason, found.reason


def test_the_command_for_an_engine_without_a_socket_names_none() -> None:
    host = MadeUpHost({"/run/systemd/system": "", "/usr/bin/dockerd": ""}, {"docker.service": LIMIT})
    assert locate(host, None).reason.endswith("reset-failed docker.service && systemctl start docker.service)")
