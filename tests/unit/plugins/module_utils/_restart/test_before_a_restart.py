# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known before a restart: arguments that it would bring into force, and containers that it would end."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import parse_flags
from ansible_collections.seawall.docker.plugins.module_utils._daemon.local_engine import LocalDaemon
from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import Location
from ansible_collections.seawall.docker.plugins.module_utils._daemon.next_start import Changed, NextStart
from ansible_collections.seawall.docker.plugins.module_utils._daemon.process import Process as DaemonProcess
from ansible_collections.seawall.docker.plugins.module_utils._daemon.process import Units
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._restart import run
from ansible_collections.seawall.docker.plugins.module_utils._restart.forecast import Container
from ansible_collections.seawall.docker.plugins.module_utils._restart.model import Process, RestartFailure, Snapshot
from ansible_collections.seawall.docker.plugins.module_utils._restart.service import Service


class Quiet(Service):
    """A daemon that runs, and that nothing may stop."""

    manager = "systemd"

    def __init__(self) -> None:
        self.did: list[str] = []

    def pid(self) -> int | None:
        return 1

    def restart(self, seconds: float) -> None:
        self.did.append("restart")


_NO_UNITS = Units("systemd", "docker.service", [], None, [], "process")


def _next(*flags: str, reload_needed: bool | None = False, changed: t.Sequence[str] = ()) -> NextStart:
    changes = [Changed(key, None, "next", "/etc/systemd/system/docker.service.d/x.conf") for key in changed]
    return NextStart("docker.service", reload_needed, parse_flags(list(flags), (26, 1)), [None] * len(flags), changes)


@pytest.mark.parametrize(
    ("mode", "coming", "content", "hidden", "said"),
    [
        ("restart", _next(reload_needed=True), "{}", False, "run systemctl daemon-reload"),
        ("restart", _next(reload_needed=None), "{}", True, "systemd does not say"),
        ("restart", _next(changed=["userns-remap"]), "{}", False, "other containers: userns-remap \\(in /etc/systemd/"),
        ("restart", _next(changed=["data-root", "debug"]), "{}", False, "other containers: data-root"),
        ("restart", _next(changed=["containerd"]), "{}", False, "other containers: containerd"),
        ("restart", _next("--icc=false"), '{"icc": false}', False, "keys that are also flags: icc"),
        ("restart", _next(changed=[""]), "{}", True, "would not start with its new arguments: next"),
        ("restart", _next(changed=["data-root", "debug"]), "{}", True, None),
        ("restart", _next(changed=["debug"]), "{}", False, None),
        # A reload starts nothing.
        ("reload", _next("--icc=false", reload_needed=True, changed=["userns-remap"]), '{"icc": false}', False, None),
    ],
)
def test_a_restart_that_would_bring_other_arguments_into_force(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    mode: str,
    coming: NextStart,
    content: str,
    hidden: bool,
    said: str | None,
) -> None:
    service = Quiet()
    path = tmp_path / "daemon.json"
    path.write_text(content, encoding="utf-8")
    location = Location("running", "unix:///s", "option", True, None, None, "systemd", "docker.service", "")
    flags = parse_flags([], (26, 1))
    daemon = LocalDaemon(None, (26, 1), "26.1", [], flags, [], str(path), None, True, coming, _NO_UNITS)
    monkeypatch.setattr(run, "open_own_engine", lambda host, *_unused: Context(host, location, None))
    monkeypatch.setattr(run, "local_daemon", lambda _context: daemon)
    monkeypatch.setattr(run, "snapshot_before", lambda _context: None)
    monkeypatch.setattr(run, "service_of", lambda *_unused: service)
    request = run.Request(mode, 20, [], {}, "never", True, hidden, False, None, True)
    host = Host(lambda *_words, **_unused: (1, "", ""))
    if said is None:
        assert run.run(host, request)["new_arguments"] == (coming.names() if mode == "restart" else [])
    else:
        with pytest.raises(RestartFailure, match=said):
            run.run(host, request)
    assert service.did == []


@pytest.mark.parametrize(
    ("kill_mode", "groups", "outcome"),
    [
        ("process", None, "keeps_running"),
        ("control-group", "/system.slice/docker.service", "stopped"),
        ("mixed", "/system.slice/docker.service/shims", "stopped"),
        ("mixed", "/system.slice/containerd.service", "keeps_running"),
        ("control-group", None, "stopped"),
        (None, None, "stopped"),
    ],
)
def test_the_forecast_reads_what_the_service_manager_ends(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kill_mode: str | None, groups: str | None, outcome: str
) -> None:
    class Shims(Host):
        def read_bytes(self, path: str, max_bytes: int = 0) -> bytes:
            files = {
                "/proc/7/cgroup": "1:name=systemd:/system.slice/docker.service\n",
                "/proc/71/status": "Name:\tsleep\nPPid:\t70\n",
                "/proc/70/cgroup": f"1:name=systemd:{groups}\n",
                str(tmp_path / "daemon.json"): '{"live-restore": true}',
            }
            if path not in files or (path == "/proc/70/cgroup" and groups is None):
                raise Unread(f"not permitted to read {path}", "denied")
            return files[path].encode()

    location = Location("running", "unix:///s", "option", True, 7, None, "systemd", "docker.service", "")
    units = Units("systemd", "docker.service", [], None, [], kill_mode)
    process = DaemonProcess(7, "systemd", 0, None, [], "")
    flags = parse_flags([], (26, 1))
    path = str(tmp_path / "daemon.json")
    daemon = LocalDaemon(process, (26, 1), "26.1", [], flags, [], path, None, True, _next(), units)
    facts = {"live_restore": True, "version": "26.1", "swarm": "inactive"}
    web = Container("id", "web", "running", "no")
    monkeypatch.setattr(run, "open_own_engine", lambda host, *_unused: Context(host, location, None))
    monkeypatch.setattr(run, "local_daemon", lambda _context: daemon)
    monkeypatch.setattr(run, "snapshot_before", lambda _context: Snapshot(facts, [web], {"web": Process(71, "71/1")}))
    monkeypatch.setattr(run, "service_of", lambda *_unused: Quiet())
    request = run.Request("restart", 20, [], {}, "never", True, False, False, None, True)
    (told,) = run.run(Shims(lambda *_words, **_unused: (1, "", "")), request)["forecast"]
    assert told["outcome"] == outcome
