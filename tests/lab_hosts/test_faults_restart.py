# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restarts that go wrong in every way that a service manager knows: Docker runs afterwards, and nothing is lost."""

from __future__ import annotations

import threading
import typing as t
from concurrent.futures import ThreadPoolExecutor

import pytest

from ansible_collections.seawall.docker.tests.support.lab_host import CONFIG, LabHost, LabHosts, Result, on_each

OLD = '{\n    "labels": ["a=b"],\n\t"mtu" : 1450\n}\n'
NEW = {"options": {"mtu": 1400}}

# What starts the engine in place of dockerd, so that a test can decide how it starts.
WRAPPER = """#!/bin/sh
if grep -q '"mtu" *: 1400' /etc/docker/daemon.json 2>/dev/null; then
  {behaviour}
fi
exec /usr/sbin/dockerd "$@"
"""
DROP_IN = """[Unit]
StartLimitBurst=2
StartLimitIntervalSec=600
[Service]
RestartSec=1
ExecStart=
ExecStart=/usr/local/sbin/start-engine -H fd:// --containerd=/run/containerd/containerd.sock
"""
SOCKET_DROP_IN = """[Unit]
StartLimitBurst=2
StartLimitIntervalSec=600
"""


class Belongings(t.NamedTuple):
    """What an engine holds for its users."""

    containers: list[str]
    images: list[str]
    volumes: list[str]
    content: str


def furnish(host: LabHost, job_restarts: str = "unless-stopped") -> Belongings:
    """A host that is in use: a configuration, running containers, an image of its own, a volume with something in it.

    An engine that finds containers alive at its start ends them, and takes those of unless-stopped for stopped by hand.
    """
    host.write(CONFIG, OLD)
    host.service("restart")
    host.docker("volume", "create", "data")
    host.docker("run", "--rm", "-v", "data:/data", "busybox:local", "sh", "-c", "echo precious > /data/file")
    # Docker's own ten seconds, in which an engine that ends can be killed.
    host.container("web", "--stop-timeout", "10", "--restart", "always", "-v", "data:/data")
    host.container("job", "--stop-timeout", "10", "--restart", job_restarts)
    host.docker("commit", "job", "mine:1")
    return belongings(host)


def belongings(host: LabHost) -> Belongings:
    return Belongings(
        sorted(host.docker("ps", "--no-trunc", "--format", "{{.Names}} {{.ID}}").splitlines()),
        sorted(host.docker("images", "--no-trunc", "--format", "{{.Repository}} {{.ID}}").splitlines()),
        sorted(host.docker("volume", "ls", "--quiet").splitlines()),
        host.docker("exec", "web", "cat", "/data/file"),
    )


def starts(host: LabHost, behaviour: str) -> None:
    """From now on the engine starts like that when it has the new configuration."""
    host.write("/usr/local/sbin/start-engine", WRAPPER.format(behaviour=behaviour), 0o755)
    host.write("/etc/systemd/system/docker.service.d/test.conf", DROP_IN)
    host.shell("systemctl daemon-reload")


def refuses_other_arguments(host: LabHost) -> None:
    """Going back would not take them back, so they are refused by name before anything is written or stopped."""
    drop_in = "/etc/systemd/system/docker.service.d/other.conf"
    command = "/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock"
    host.write(drop_in, f"[Service]\nExecStart=\nExecStart={command} --mtu=1300\n")
    unread = host.module("daemon_config", NEW)
    assert unread["failed"] and "run systemctl daemon-reload" in unread["msg"], unread
    host.shell("systemctl daemon-reload")
    clash = host.module("daemon_config", NEW)
    assert clash["failed"] and f"the daemon's next start, given in {drop_in}" in clash["msg"], clash
    host.write(drop_in, f"[Service]\nExecStart=\nExecStart={command} --userns-remap=default\n")
    host.shell("systemctl daemon-reload")
    hiding = host.module("engine_restart", {"canary": "never"})
    assert hiding["failed"] and f"other containers: userns-remap (in {drop_in})" in hiding["msg"], hiding
    host.shell(f"rm {drop_in}; systemctl daemon-reload")


def depend(host: LabHost) -> None:
    """Have a service that needs Docker, and one that is bound to that one: a stop of Docker stops both."""
    for name, needs in (("app", "Requires=docker.service\nAfter=docker.service"), ("below", "BindsTo=app.service")):
        host.write(f"/etc/systemd/system/{name}.service", f"[Unit]\n{needs}\n[Service]\nExecStart=/bin/sleep 1000\n")
    host.shell("systemctl daemon-reload; systemctl start app below")


def depends_as_before(host: LabHost, result: Result) -> None:
    assert result["units"] == [{"unit": "app.service", "active": True}, {"unit": "below.service", "active": True}]
    assert host.shell("systemctl is-active app below").split() == ["active", "active"]


def write(host: LabHost) -> Result:
    """Write the new configuration, and return the arguments of the restart that takes it over."""
    written = host.module("daemon_config", NEW)
    assert written["changed"] and written["needs"] == "restart", written
    return {"mode": "restart", "restore": written["restore"], "canary": "never", "timeout": 60}


def change(host: LabHost, **more: t.Any) -> Result:
    """Write the new configuration and have the engine take it over, as a play would."""
    return host.module("engine_restart", {**write(host), **more})


def restarted_beside(host: LabHost, killer: str, arguments: Result) -> Result:
    """Restart while a script waits for its moment; it ends there with ``exec`` of what kills, which must hit."""
    with ThreadPoolExecutor() as pool:
        killing = pool.submit(host.run, f"{killer}; exit 1", timeout=300)
        done = host.module("engine_restart", arguments)
    assert killing.result().returncode == 0, killing.result().stderr
    return done


def unharmed(host: LabHost, before: Belongings, config: str = OLD) -> None:
    assert host.read(CONFIG) == config
    assert belongings(host) == before


@pytest.fixture
def systemd_host(lab: LabHosts) -> LabHost:
    return lab.get("trixie")[0]


def test_an_engine_that_starts_slowly_is_waited_for(systemd_host: LabHost) -> None:
    before = furnish(systemd_host)
    depend(systemd_host)
    starts(systemd_host, "sleep 15")
    done = change(systemd_host)
    assert not done["failed"] and done["seconds"] >= 15
    depends_as_before(systemd_host, done)
    unharmed(systemd_host, before, OLD.replace("1450", "1400"))


@pytest.mark.parametrize(
    ("behaviour", "seconds", "said"),
    [
        ("exec sleep 100000", 5, "did not answer within 5 seconds"),
        ("echo 'no such luck' >&2; exit 1", 60, "docker.service has failed"),
        ("kill -9 $$", 60, "docker.service has failed"),
    ],
    ids=["never", "ends until the start limit is reached", "is killed at each start"],
)
def test_an_engine_that_does_not_start_is_taken_back(
    systemd_host: LabHost, behaviour: str, seconds: int, said: str
) -> None:
    host = systemd_host
    before = furnish(host)
    depend(host)
    starts(host, behaviour)
    failed = change(host, timeout=seconds)
    depends_as_before(host, failed)
    assert failed["failed"] and failed["rolled_back"] is True, failed
    assert said in failed["msg"] and "the engine runs with them" in failed["msg"]
    assert "Traceback" not in str(failed)
    unharmed(host, before)
    assert host.shell("systemctl is-active docker.service").strip() == "active"


def test_an_engine_at_its_start_limit_is_started(systemd_host: LabHost) -> None:
    host = systemd_host
    before = furnish(host)
    refuses_other_arguments(host)
    unharmed(host, before)
    starts(host, "exit 1")
    host.write("/etc/systemd/system/docker.socket.d/test.conf", SOCKET_DROP_IN)
    host.write(CONFIG, OLD.replace("1450", "1400"))
    host.shell("systemctl daemon-reload; systemctl stop docker.socket docker.service")
    # Each of these starts counts, for the engine and for its socket.
    host.shell("for try in 1 2 3 4 5 6; do systemctl start docker.service && exit 1; done; true")
    host.write(CONFIG, OLD)
    assert host.run("systemctl", "start", "docker.service").returncode != 0
    assert host.run("systemctl", "start", "docker.socket").returncode != 0
    engine = host.module("posture_info", {"gather_subset": ["daemon"]})["posture"]["engine"]
    assert engine["state"] == "stopped" and "docker.service has failed (" in engine["reason"], engine
    # The socket is what would start the engine, and keeps the limit as its reason.
    assert "docker.socket has failed (service-start-limit-hit)" in engine["reason"], engine
    assert "systemctl reset-failed docker.service docker.socket &&" in engine["reason"], engine
    done = host.module("engine_restart", {"mode": "restart", "canary": "never", "timeout": 60})
    assert not done["failed"], done["msg"]
    assert done["action"] == "started"
    unharmed(host, before)


def test_live_restore_keeps_nothing_where_systemd_ends_the_shims(systemd_host: LabHost) -> None:
    """With a containerd of its own, the daemon has the shims in the control group of its service."""
    host = systemd_host
    host.shell("systemctl mask --now containerd; systemctl stop docker.socket docker; rm -rf /run/containerd")
    service = "[Service]\nKillMode=control-group\nExecStart=\nExecStart=/usr/sbin/dockerd -H fd://\n"
    host.write("/etc/systemd/system/docker.service.d/test.conf", service)
    host.write(CONFIG, '{"live-restore": true}\n')
    host.shell("systemctl daemon-reload; systemctl reset-failed; systemctl start docker.socket docker")
    host.container("web", "--restart", "always")
    host.container("job")
    done = host.module("engine_restart", {"canary": "never"})
    assert not done["failed"], done["msg"]
    assert {one["name"]: one["outcome"] for one in done["forecast"]} == {"web": "restarted", "job": "stopped"}
    assert all("the service manager ends its shim" in one["reason"] for one in done["forecast"])
    assert {one["name"]: one["change"] for one in done["containers"]} == {"web": "restarted", "job": "stopped"}


# What the log of the engine says when it is told to end, and how often it has said so.
ENDS = "{ cat /var/log/docker.log || journalctl --unit docker --output cat; } 2>/dev/null | grep -c 'Processing signal'"


@pytest.mark.parametrize("victim", ["the old one", "the new one"])
def test_a_daemon_that_is_killed_while_it_restarts_comes_back(lab_hosts: list[LabHost], victim: str) -> None:
    def tried(host: LabHost) -> tuple[Belongings, Result]:
        before = furnish(host, "always")
        arguments = write(host)
        old = host.engine_pid()
        # The old one while it waits for its containers to end, which takes them ten seconds; the new one at once.
        doomed = f'[ "$({ENDS})" -gt {host.run(ENDS).stdout.strip()} ] && pid={old}'
        if victim == "the new one":
            doomed = f'pid=$(pgrep -ox dockerd) && [ "$pid" != {old} ]'
        killer = f"for try in $(seq 1200); do {doomed} && exec kill -9 $pid; sleep 0.1; done"
        return before, restarted_beside(host, killer, arguments)

    for name, (before, done) in on_each(lab_hosts, tried).items():
        host = next(one for one in lab_hosts if one.name == name)
        if victim == "the new one" and host.service_manager != "systemd":
            # Nobody starts it again; with the old file, we do.
            assert done["failed"] and done["rolled_back"] is True, done
            assert "the engine ended right after its start" in done["msg"]
        else:
            assert not done["failed"], done["msg"]
        unharmed(host, before, OLD if done["failed"] else OLD.replace("1450", "1400"))


def test_somebody_else_restarts_the_engine_at_the_same_time(lab_hosts: list[LabHost]) -> None:
    def tried(host: LabHost) -> tuple[Belongings, Result]:
        before = furnish(host, "always")
        arguments = write(host)
        over = threading.Event()
        again = "/etc/init.d/docker restart"
        if host.service_manager == "systemd":
            again = "systemctl reset-failed docker; systemctl restart docker"

        def meddle() -> None:
            for _attempt in range(3):
                host.run(again)
                if over.wait(2):
                    return

        worker = threading.Thread(target=meddle)
        worker.start()
        try:
            done = host.module("engine_restart", arguments)
        finally:
            over.set()
            worker.join(120)
        # After the last of these restarts, its engine starts its containers in its own time.
        running = "docker ps --quiet --filter status=running 2>/dev/null | wc -l"
        host.shell(f'for try in $(seq 300); do [ "$({running})" = 2 ] && exit; sleep 0.2; done; docker ps -a; exit 1')
        return before, done

    for name, (before, done) in on_each(lab_hosts, tried).items():
        host = next(one for one in lab_hosts if one.name == name)
        assert not done["failed"] or done["rolled_back"] is True, done
        unharmed(host, before, OLD if done["failed"] else OLD.replace("1450", "1400"))


def test_a_module_that_is_killed_during_the_restart_leaves_an_engine_that_runs(lab_hosts: list[LabHost]) -> None:
    """kill -9 of the process on the host, in the middle of the restart; the next run completes what was begun."""

    def tried(host: LabHost) -> Belongings:
        before = furnish(host)
        old = host.engine_pid()
        arguments = write(host)
        # As soon as the old daemon has ended: nothing else on the host is run by Python.
        killer = (
            f"for try in $(seq 2400); do kill -0 {old} 2>/dev/null || exec pkill -KILL -x python3; sleep 0.05; done"
        )
        killed = restarted_beside(host, killer, arguments)
        assert killed["failed"] and "rolled_back" not in killed, killed
        again = host.module("daemon_config", NEW)
        assert not again["failed"] and not again["changed"]
        if host.service_manager != "systemd" and host.run("docker", "version").returncode != 0:
            # Nobody starts it, unless the module had done so just before. What was written is still known, and how to go back.
            assert (again["needs"], again["pending"], again["restore"]) == ("restart", True, arguments["restore"]), (
                again
            )
        if again["needs"] != "none" or host.run("docker", "version").returncode != 0:
            done = host.module("engine_restart", {**arguments, "restore": again["restore"]})
            assert not done["failed"], done["msg"]
        return before

    for name, before in on_each(lab_hosts, tried).items():
        host = next(one for one in lab_hosts if one.name == name)
        unharmed(host, before, OLD.replace("1450", "1400"))
        assert host.info()["ServerVersion"]
