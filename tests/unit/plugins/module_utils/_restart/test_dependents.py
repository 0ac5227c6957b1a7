# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units that systemd stops with Docker: which these are, and that they are started again."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host.model import CommandResult
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._restart import systemd as systemd_service
from ansible_collections.seawall.docker.plugins.module_utils._restart.service import ServiceFault
from ansible_collections.seawall.docker.plugins.module_utils._restart.systemd import Systemd

SHOWN = {
    "docker.service": {"ActiveState": "active", "SubState": "running", "MainPID": "7", "TriggeredBy": "docker.socket"},
    "docker.socket": {"ActiveState": "active"},
}


class Dependents(Host):
    """Units that depend on Docker. ``after`` are their states once systemd was told to start them."""

    def __init__(self, units: dict[str, dict[str, str]], after: dict[str, str]) -> None:
        self.after = after
        self.units = {**{name: dict(shown) for name, shown in SHOWN.items()}, **units}
        self.told: list[str] = []
        super().__init__(self._run)

    def exists(self, path: str) -> bool:
        return True

    def program(self, name: str) -> str | None:
        return f"/bin/{name}"

    def run(self, program: str, *arguments: str, seconds: float = 0) -> CommandResult:
        return CommandResult(*self._run([program, *arguments]))

    def _run(self, words: list[str], **_unused: t.Any) -> tuple[int, str, str]:
        if "show" in words:
            named = [word for word in words[words.index("show") + 1 :] if not word.startswith("-")]
            blocks = ["".join(f"{key}={value}\n" for key, value in self.units.get(one, {}).items()) for one in named]
            return 0, "\n".join(blocks), ""
        self.told.append(" ".join(words))
        for name, state in self.after.items() if "start" in words else ():
            self.units[name]["ActiveState"] = state
        return 0, "", ""


def unit(name: str, state: str, **more: str) -> dict[str, dict[str, str]]:
    return {name: {"Id": name, "ActiveState": state, **more}}


DOCKER = {"docker.service": {**SHOWN["docker.service"], "RequiredBy": "a.service", "BoundBy": "b.service"}}


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ({**unit("a.service", "active"), **unit("b.service", "inactive")}, ["a.service"]),
        ({**unit("a.service", "failed"), **unit("b.service", "activating")}, ["b.service"]),
        # A unit that depends on one that depends on Docker, also where they name each other.
        (
            {
                **unit("a.service", "active", RequiredBy="c.service"),
                **unit("b.service", "inactive", ConsistsOf="a.service c.service docker.service docker.socket"),
                **unit("c.service", "active", BoundBy="a.service"),
            },
            ["a.service", "c.service"],
        ),
        (
            {
                **unit("a.service", "inactive", PropagatesStopTo="d.timer"),
                **unit("b.service", "inactive"),
                **unit("d.timer", "active"),
            },
            ["d.timer"],
        ),
    ],
)
def test_units_that_a_stop_of_docker_stops(units: dict[str, dict[str, str]], expected: list[str]) -> None:
    assert Systemd(Dependents({**DOCKER, **units}, {}), "docker.service").dependents == expected


def test_units_that_systemd_does_not_show_are_no_none() -> None:
    with pytest.raises(Unread, match="does not show all units that depend on docker.service: a.service, b.service"):
        Systemd(Dependents({**DOCKER, **unit("a.service", "active")}, {}), "docker.service")


def test_more_units_than_any_host_has() -> None:
    many = {"docker.service": {"RequiredBy": " ".join(f"{number}.service" for number in range(300))}}
    with pytest.raises(Unread, match="more than 256 units depend on docker.service"):
        Systemd(Dependents(many, {}), "docker.service")


@pytest.mark.parametrize(
    ("after", "fault"),
    [
        ({"a.service": "active", "b.service": "active"}, None),
        ({"a.service": "active", "b.service": "failed"}, "b.service"),
        ({"a.service": "inactive", "b.service": "inactive"}, "a.service, b.service"),
    ],
)
def test_what_was_active_before_is_started_again(
    monkeypatch: pytest.MonkeyPatch, after: dict[str, str], fault: str | None
) -> None:
    monkeypatch.setattr(systemd_service.time, "sleep", lambda _seconds: None)
    host = Dependents({**DOCKER, **unit("a.service", "active"), **unit("b.service", "active")}, after)
    service = Systemd(host, "docker.service")
    service.start_dependents(5)
    assert host.told == [] and service.stopped_dependents() == []
    for name in ("a.service", "b.service"):
        host.units[name]["ActiveState"] = "inactive"
    if fault is None:
        service.start_dependents(5)
    else:
        with pytest.raises(ServiceFault, match=f"active before are not active again: {fault}$"):
            service.start_dependents(5)
    assert host.told == ["systemctl start --no-block a.service b.service"]
    assert service.stopped_dependents() == ([] if fault is None else fault.split(", "))


def test_units_that_systemd_restarts_by_itself_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Dependents({**DOCKER, **unit("a.service", "active"), **unit("b.service", "active")}, {})
    service = Systemd(host, "docker.service")
    host.units["a.service"].update(ActiveState="inactive", Job="7")
    host.units["b.service"].update(ActiveState="activating")
    looks = 0

    def sleep(_seconds: float) -> None:
        nonlocal looks
        looks += 1
        if looks == 2:
            host.units["a.service"].update(ActiveState="active", Job="0")
            host.units["b.service"].update(ActiveState="active")

    monkeypatch.setattr(systemd_service.time, "sleep", sleep)
    service.start_dependents(5)
    assert host.told == [] and looks == 2


def test_a_unit_that_ends_again_and_again_is_not_active(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Dependents({**DOCKER, **unit("a.service", "active"), **unit("b.service", "active")}, {})
    service = Systemd(host, "docker.service")
    host.units["b.service"].update(ActiveState="activating", SubState="auto-restart")
    clock = iter(range(0, 100, 2))
    monkeypatch.setattr(systemd_service.time, "sleep", lambda _seconds: None)
    monkeypatch.setattr(systemd_service.time, "monotonic", lambda: next(clock))
    with pytest.raises(ServiceFault, match="active before are not active again: b.service$"):
        service.start_dependents(5)
    assert service.stopped_dependents() == ["b.service"]
    # One that takes its time is on its way.
    host.units["b.service"].update(SubState="start")
    service.start_dependents(5)
    assert host.told == [] and service.stopped_dependents() == []
