# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What service managers are told, and what is read from their answers and from the engine's log."""

from __future__ import annotations

import os
import struct
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import Location
from ansible_collections.seawall.docker.plugins.module_utils._engine import facts as engine_facts
from ansible_collections.seawall.docker.plugins.module_utils._host.model import CommandResult
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._restart import init_script
from ansible_collections.seawall.docker.plugins.module_utils._restart.engine_log import reason_in
from ansible_collections.seawall.docker.plugins.module_utils._restart.init_script import InitScript
from ansible_collections.seawall.docker.plugins.module_utils._restart.managers import service_of
from ansible_collections.seawall.docker.plugins.module_utils._restart.service import ServiceFault
from ansible_collections.seawall.docker.plugins.module_utils._restart.systemd import Systemd
from ansible_collections.seawall.docker.plugins.module_utils._trial.image import find_program, interpreter_of

SHOWN = {
    "docker.service": {"ActiveState": "active", "SubState": "running", "MainPID": "7", "TriggeredBy": "docker.socket"},
    "docker.socket": {"ActiveState": "active"},
}


class Told(Host):
    """A host that writes down what systemctl is told, and shows units as a test wants them."""

    def __init__(self, units: dict[str, dict[str, str]]) -> None:
        self.units = units
        self.told: list[str] = []
        super().__init__(self._run)

    def program(self, name: str) -> str | None:
        return f"/bin/{name}"

    def run(self, program: str, *arguments: str, seconds: float = 0) -> CommandResult:
        return CommandResult(*self._run([program, *arguments]))

    def exists(self, path: str) -> bool:
        return True

    def _run(self, words: list[str], **_unused: t.Any) -> tuple[int, str, str]:
        if "show" in words:
            unit = words[words.index("show") + 1]
            return 0, "".join(f"{key}={value}\n" for key, value in self.units.get(unit, {}).items()), ""
        self.told.append(" ".join(words))
        return 0, "", ""


def systemd(**changed: dict[str, str]) -> tuple[Systemd, Told]:
    units = {name: dict(shown) for name, shown in SHOWN.items()}
    for name, more in changed.items():
        units[f"docker.{name}"].update(more)
    host = Told(units)
    return Systemd(host, "docker.service"), host


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            "Job failed.\nSee the journal for details.\n",
            "systemctl stop docker.service failed: See the journal for details",
        ),
        ("", "systemctl stop docker.service failed: status 5"),
    ],
)
def test_what_systemctl_complains_of_can_stand_within_a_sentence(said: str, reason: str) -> None:
    class Failing(Told):
        def run(self, program: str, *arguments: str, seconds: float = 0) -> CommandResult:
            return CommandResult(5, "", said)

    host = Failing({})
    with pytest.raises(ServiceFault) as caught:
        Systemd(host, "docker.service")._do(1, "stop", "docker.service")
    assert caught.value.reason == reason


def test_a_restart_forgets_failures_and_never_blocks() -> None:
    service, host = systemd()
    service.restart(10)
    assert host.told == [
        "systemctl reset-failed docker.service docker.socket",
        "systemctl restart --no-block docker.service",
    ]


def test_a_stop_takes_the_socket_first_lest_clients_start_it_again() -> None:
    service, host = systemd(service={"ActiveState": "inactive"})
    service.stop(10)
    assert host.told == ["systemctl stop --no-block docker.socket", "systemctl stop --no-block docker.service"]


def test_a_socket_that_failed_with_its_service_is_started_first() -> None:
    service, host = systemd(service={"ActiveState": "failed", "MainPID": "0"}, socket={"ActiveState": "failed"})
    service.start(10)
    assert host.told == [
        "systemctl reset-failed docker.service docker.socket",
        "systemctl start docker.socket",
        "systemctl start --no-block docker.service",
    ]


def test_a_socket_that_is_not_used_stays_so() -> None:
    service, host = systemd(service={"MainPID": "0"}, socket={"ActiveState": "inactive"})
    service.start(10)
    assert "systemctl start docker.socket" not in host.told


@pytest.mark.parametrize(
    ("state", "given_up"),
    [
        ({"ActiveState": "active"}, False),
        ({"ActiveState": "activating", "SubState": "auto-restart"}, False),
        ({"ActiveState": "failed", "SubState": "failed-before-auto-restart"}, False),
        ({"ActiveState": "inactive", "Job": "12"}, False),
        ({"ActiveState": "inactive", "SubState": "dead", "Job": "0"}, True),
        ({"ActiveState": "failed", "SubState": "failed", "Result": "start-limit-hit"}, True),
    ],
)
def test_when_hope_is_lost(state: dict[str, str], given_up: bool) -> None:
    service, _host = systemd(service=state)
    assert bool(service.failure()) is given_up


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (
            "failed to start daemon: error initializing graphdriver: driver not supported: nope",
            "error initializing graphdriver: driver not supported: nope",
        ),
        (
            'time="x" level=error msg="Error reconfiguring the daemon" error="default runtime \'nope\' does not exist"',
            "Error reconfiguring the daemon: default runtime 'nope' does not exist",
        ),
        (
            'time="x" level=fatal msg="Error validating authorization plugin: plugin \\"nope\\" not found"',
            'Error validating authorization plugin: plugin "nope" not found',
        ),
        (
            'time="x" level=error msg="file configuration validation failed: no runtime"',
            "file configuration validation failed: no runtime",
        ),
    ],
)
def test_the_engine_says_why(line: str, reason: str) -> None:
    log = ['time="x" level=info msg="Starting up"', line, "docker.service: Failed with result 'exit-code'."]
    assert reason_in(log) == reason


def test_last_words_without_a_form_count_where_the_engine_ended() -> None:
    log = [
        'time="x" level=info msg="Starting up"',
        'Error during uid lookup for "ghost": getent unable to find entry "ghost" in passwd database',
        "docker.service: Main process exited, code=exited, status=1/FAILURE",
        "Failed to start docker.service - Docker Application Container Engine.",
    ]
    assert reason_in(log) == ""
    assert reason_in(log, ended=True).startswith("Error during uid lookup")


@pytest.mark.parametrize(
    ("manager", "said"),
    [("snap", "snap restart"), ("rootless", "systemctl --user"), ("none", "nobody would start it again")],
)
def test_what_cannot_be_restarted_is_refused(manager: str, said: str) -> None:
    location = Location("running", "unix:///run/docker.sock", "default", True, None, None, manager, None, "")
    with pytest.raises(ServiceFault, match=said):
        service_of(Told({}), location)


def elf(kinds: list[int], interpreter: bytes = b"/lib/ld.so\0") -> bytes:
    at = 64 + 56 * len(kinds)
    head = b"\x7fELF\x02\x01" + b"\0" * 26 + struct.pack("<Q", 64) + b"\0" * 14 + struct.pack("<HH", 56, len(kinds))
    segments = b"".join(struct.pack("<IIQQQQQQ", kind, 0, at, 0, 0, len(interpreter), 0, 0) for kind in kinds)
    return head.ljust(64, b"\0") + segments + interpreter


def test_static_programs_are_told_from_others() -> None:
    assert interpreter_of(elf([1])) == ""
    assert interpreter_of(elf([1, 3])) == "/lib/ld.so"
    assert interpreter_of(elf([1, 3], b"ld.so\0")) is None
    for damaged in (b"", b"#!/bin/sh\n", elf([1])[:70], elf([4]), b"\x7fELF" + b"\xff" * 80):
        assert interpreter_of(damaged) is None


def test_an_image_is_made_of_what_the_host_has() -> None:
    def run(words: list[str], **_unused: t.Any) -> tuple[int, str, str]:
        import subprocess

        done = subprocess.run(words, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    program = find_program(Host(run))
    assert program is not None and program.command[0] in program.files
    assert len(program.archive()) > len(program.files[program.command[0]])
    longer = find_program(Host(run), 7)
    assert longer is not None and longer.command == [*program.command[:-1], "7"]


def test_facts_are_compared_as_people_write_them() -> None:
    info = {
        "SecurityOptions": ["name=seccomp,profile=builtin", "name=userns"],
        "LiveRestoreEnabled": True,
        "DockerRootDir": "/var/lib/docker/165536.165536",
        "RegistryConfig": {
            "InsecureRegistryCIDRs": ["127.0.0.0/8", "10.0.0.0/8"],
            "IndexConfigs": {"docker.io": {"Secure": True}, "reg:5000": {"Secure": False}},
        },
    }
    facts = engine_facts.facts_of(info)
    assert facts["userns"] is True and facts["insecure_registries"] == ["10.0.0.0/8", "reg:5000"]
    assert engine_facts.unmet({"userns": True, "live_restore": "yes"}, facts) == []
    assert engine_facts.unmet({"data_root": "/var/lib/docker/165536.165536/"}, facts) == []
    assert engine_facts.unmet({"insecure_registries": ["reg:5000", "10.0.0.0/8"]}, facts) == []
    assert engine_facts.unmet({"userns": False}, facts) == ["userns is True and not False"]
    assert engine_facts.unknown({"usernz": True}) == ["usernz"]
    other = engine_facts.facts_of({**info, "LiveRestoreEnabled": False})
    assert engine_facts.differences(facts, other) == {"live_restore": {"before": True, "after": False}}


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_a_log_that_is_no_regular_file_is_not_read(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log, secret = tmp_path / "docker.log", tmp_path / "secret"
    secret.write_text("secret\n")
    monkeypatch.setattr(init_script, "_LOG_FILES", (str(log),))
    service = InitScript(Host(lambda *_words, **_options: (1, "", "")), "sysvinit")
    if kind == "link":
        log.symlink_to(secret)
    else:
        os.mkfifo(log)
    assert service.log_tail("") == []
    log.unlink()
    log.write_text("one\n")
    assert service.log_tail("") == ["one"]
