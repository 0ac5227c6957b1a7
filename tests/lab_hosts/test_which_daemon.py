# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which daemon an audit is about, on a host with systemd: what serves the socket decides, not what a unit is called."""

from __future__ import annotations

import contextlib
import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.support.attacker import Errand, audit, results_of
from ansible_collections.seawall.docker.tests.support.lab_host import LabHost, LabHosts
from ansible_collections.seawall.docker.tests.support.plans import planned
from ansible_collections.seawall.docker.tests.support.quick_audit import Judged

UNITS = "/etc/systemd/system"
SECOND = "/run/second.sock"
# What is read from files of this host, so that it says nothing of an engine that may be elsewhere.
LOCAL = ("1.1.1", "3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.19", "3.20", "3.23", "3.24")
_FORWARDER = """
import socket, sys, threading
def pump(a, b):
    while data := a.recv(65536):
        b.sendall(data)
    b.shutdown(socket.SHUT_WR)
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1]); server.listen()
while True:
    near = server.accept()[0]
    far = socket.socket(socket.AF_UNIX); far.connect(sys.argv[2])
    for pair in ((near, far), (far, near)):
        threading.Thread(target=pump, args=pair, daemon=True).start()
"""


@pytest.fixture(scope="module")
def host(lab: LabHosts) -> t.Iterator[LabHost]:
    found = lab.get("bookworm")[0]
    yield found
    found.reset()


@pytest.fixture(autouse=True)
def _stopped(host: LabHost) -> t.Iterator[None]:
    """Docker's own service and socket do not run; what a test starts ends with it."""
    host.shell("systemctl stop docker.socket docker.service")
    yield
    host.shell(
        "for unit in docker-engine.socket docker-engine.service snap.docker.dockerd.service second.service proxy.service; do "
        f"systemctl stop $unit; rm -f {UNITS}/$unit; done 2>/dev/null; "
        "systemctl stop docker.socket docker.service; rm -f /etc/docker/daemon.json /run/docker.sock "
        f"{UNITS}/docker.service.d/mounts.conf; "
        "systemctl daemon-reload; systemctl reset-failed"
    )


def unit(host: LabHost, name: str, command: str, mode: int = 0o644, more: str = "") -> None:
    host.write(f"{UNITS}/{name}", f"[Service]\nExecStart={command}\n{more}", mode)
    host.shell(f"systemctl daemon-reload && systemctl start {name}")


def answering(host: LabHost, socket: str = "/var/run/docker.sock") -> None:
    host.shell(
        f"for try in $(seq 150); do docker -H unix://{socket} version >/dev/null 2>&1 && exit; sleep 0.2; done; exit 1"
    )


def second_engine(host: LabHost, socket: str = SECOND) -> int:
    """A whole engine besides the host's, in its own network namespace; its process."""
    places = "--data-root /run/second/data --exec-root /run/second/exec --pidfile /run/second.pid"
    unit(
        host,
        "second.service",
        f"/usr/sbin/dockerd --bridge none --iptables=false {places} -H unix://{socket}",
        more="PrivateNetwork=yes\nPrivateMounts=no\n",
    )
    # At a socket that it takes over, another engine answers until then.
    host.shell(
        f"for try in $(seq 150); do test \"$(docker -H unix://{socket} info --format '{{{{.DockerRootDir}}}}' 2>&1)\" = "
        "/run/second/data && exit; sleep 0.2; done; exit 1"
    )
    return int(host.read("/run/second.pid") or 0)


def test_a_daemon_of_a_unit_of_another_name(host: LabHost) -> None:
    unit(host, "docker-engine.service", "/usr/sbin/dockerd -H unix:///var/run/docker.sock", mode=0o666)
    answering(host)
    posture = audit(host)
    process = posture["daemon"]["process"]
    assert (posture["engine"]["state"], process["unit"], process["manager"]) == (
        "running",
        "docker-engine.service",
        "systemd",
    )
    judged = Judged(posture)
    assert (judged.status("3.1"), judged.status("3.2")) == ("pass", "fail")
    # And it is the one that is restarted.
    done = host.module("engine_restart", {"mode": "restart", "timeout": 60, "canary": "never"})
    assert not done["failed"], done
    assert host.engine_pid() != process["pid"]
    assert host.run("systemctl is-active docker-engine.service docker.service").stdout.split() == ["active", "inactive"]


def test_a_daemon_behind_a_socket_of_systemd_of_another_name(host: LabHost) -> None:
    """No pid file in the usual place names it, and of the socket the kernel names systemd."""
    host.write(f"{UNITS}/docker-engine.socket", "[Socket]\nListenStream=/run/docker.sock\nSocketMode=0660\n")
    command = "/usr/sbin/dockerd -H fd:// --pidfile /run/engine.pid"
    host.write(
        f"{UNITS}/docker-engine.service", f"[Unit]\nRequires=docker-engine.socket\n[Service]\nExecStart={command}\n"
    )
    host.shell("systemctl daemon-reload && systemctl start docker-engine.socket")
    # Nobody has asked it anything, and an audit does not start it.
    assert audit(host, gather_subset=["host"])["engine"]["state"] == "stopped"
    assert host.run("systemctl is-active docker-engine.service").stdout.strip() == "inactive"
    answering(host)
    process = audit(host, gather_subset=["daemon"])["daemon"]["process"]
    assert (process["unit"], process["socket_unit"]) == ("docker-engine.service", "docker-engine.socket")
    assert process["pid"] == int(host.read("/run/engine.pid") or 0)


def test_a_snap_besides_an_inactive_service(host: LabHost) -> None:
    unit(
        host, "snap.docker.dockerd.service", "/usr/sbin/dockerd -H unix:///var/run/docker.sock --pidfile /run/snap.pid"
    )
    answering(host)
    process = audit(host, gather_subset=["daemon"])["daemon"]["process"]
    assert (process["unit"], process["manager"]) == ("snap.docker.dockerd.service", "snap")


def test_a_daemon_that_no_unit_runs_is_not_the_inactive_services(host: LabHost) -> None:
    host.shell("setsid dockerd -H unix:///var/run/docker.sock --pidfile /run/hand.pid </dev/null >/dev/null 2>&1 &")
    try:
        answering(host)
        posture = audit(host)
        process = posture["daemon"]["process"]
        assert (posture["engine"]["state"], process["unit"], process["manager"]) == ("running", None, "none")
        assert Judged(posture).status("3.2") == "unknown"
    finally:
        host.shell("kill $(cat /run/hand.pid); while test -e /run/hand.pid; do sleep 0.1; done")


def test_a_left_over_init_script_decides_nothing(host: LabHost) -> None:
    # Systemd makes a docker.service of it where there is no other one.
    host.shell("mv /lib/systemd/system/docker.service /lib/systemd/docker.service.away; systemctl daemon-reload")
    try:
        assert host.run("systemctl show docker.service -p SourcePath").stdout.strip() == "SourcePath=/etc/init.d/docker"
        command = "/usr/sbin/dockerd -H unix:///var/run/docker.sock --pidfile /run/engine.pid"
        unit(host, "docker-engine.service", command)
        answering(host)
        posture = audit(host, gather_subset=["daemon"])
        assert posture["engine"]["state"] == "running"
        assert posture["daemon"]["process"]["unit"] == "docker-engine.service"
    finally:
        host.shell("mv /lib/systemd/docker.service.away /lib/systemd/system/docker.service; systemctl daemon-reload")


def test_an_engine_whose_socket_only_its_file_names(host: LabHost) -> None:
    host.write("/etc/docker/daemon.json", json.dumps({"hosts": ["unix:///run/elsewhere/api.sock"]}))
    host.shell("mkdir -p /run/elsewhere; sleep 1.1")
    unit(host, "docker-engine.service", "/usr/sbin/dockerd")
    answering(host, "/run/elsewhere/api.sock")
    engine = audit(host, gather_subset=["daemon"])["engine"]
    assert (engine["state"], engine["address"]) == ("running", "unix:///run/elsewhere/api.sock")
    assert engine["address_origin"] == "daemon"


def test_an_engine_that_was_never_reached_is_not_restarted(host: LabHost) -> None:
    host.write("/etc/docker/daemon.json", json.dumps({"hosts": ["tcp://127.0.0.1:2399"]}))
    unit(host, "docker-engine.service", "/usr/sbin/dockerd")
    host.shell("for try in $(seq 150); do test -e /run/docker.pid && exit; sleep 0.2; done; exit 1")
    pid = host.engine_pid()
    assert audit(host, gather_subset=["host"])["engine"]["state"] == "unreachable"
    refused = host.module("engine_restart", {"mode": "restart", "timeout": 20})
    assert refused["failed"] and "was never asked" in refused["msg"], refused
    assert host.engine_pid() == pid


def test_of_two_daemons_the_one_that_answers_is_audited_and_the_other_is_told(host: LabHost) -> None:
    host.shell("systemctl start docker.service")
    answering(host)
    first = host.engine_pid()
    # It takes over the socket of the first one, which goes on.
    second = second_engine(host, "/var/run/docker.sock")
    posture = audit(host)
    process = posture["daemon"]["process"]
    assert (process["pid"], process["unit"], process["agreement"]) == (second, "second.service", False)
    assert posture["engine"]["other_daemons"] == [{"pid": first, "unit": "docker.service"}]
    assert posture["daemon"]["options"]["data-root"]["value"] == "/run/second/data"
    assert Judged(posture).status("3.2") == "pass"


@contextlib.contextmanager
def forwarded(host: LabHost, kind: str) -> t.Iterator[None]:
    """The usual socket is served by a program of root's, which leads to the second engine."""
    here = "/var/run/docker.sock"
    if kind == "ssh":
        host.shell("ssh-keygen -q -t ed25519 -N '' -f /root/proxy; cat /root/proxy.pub >> /root/.ssh/authorized_keys")
        options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o StreamLocalBindUnlink=yes"
        command = f"/usr/bin/ssh -N -i /root/proxy {options} -L {here}:{SECOND} root@127.0.0.1"
    else:
        host.write("/run/forwarder.py", _FORWARDER)
        command = f"/usr/bin/python3 /run/forwarder.py {here} {SECOND}"
    host.shell(f"rm -f {here}")
    try:
        unit(host, "proxy.service", command)
        answering(host)
        yield
    finally:
        host.shell("systemctl stop proxy.service; sed -i '$d' /root/.ssh/authorized_keys" if kind == "ssh" else "true")
        host.shell("rm -f /root/proxy /root/proxy.pub /run/forwarder.py")


@pytest.mark.parametrize(("kind", "runs"), [("ssh", True), ("python", False)])
def test_a_proxy_of_roots_is_no_engine_of_this_host(host: LabHost, tmp_path: Path, kind: str, runs: bool) -> None:
    """Whether or not the host's own daemon runs: what answers is another engine."""
    second_engine(host)
    if runs:
        host.shell("systemctl start docker.service")
        answering(host)
    with forwarded(host, kind):
        posture = audit(host)
        assert (posture["engine"]["state"], posture["engine"]["owner"]) == ("running", None)
        assert posture["daemon"]["info"]["data_root"] == "/run/second/data"
        assert "process" not in posture["daemon"] and "files" not in posture
        judged = Judged(posture)
        assert {number: judged.status(number) for number in LOCAL} == dict.fromkeys(LOCAL, "unknown")
        if not runs:
            return
        errands = [Errand("daemon_config", {"options": {"icc": False}}), Errand("engine_restart", {"mode": "restart"})]
        for refused in results_of(host, tmp_path, errands):
            assert refused["failed"] and "is served by a process that is no Docker daemon here" in refused["msg"], (
                refused
            )
        assert host.read("/etc/docker/daemon.json") is None


def test_a_mount_namespace_of_the_unit_is_an_obstacle_only_with_other_files(host: LabHost) -> None:
    """The plan says so before anything is written; with the same directory the daemon is changed as any other."""
    drop_in = f"{UNITS}/docker.service.d/mounts.conf"
    host.write(drop_in, "[Service]\nMountFlags=slave\n")
    host.shell("systemctl daemon-reload && systemctl restart docker")
    answering(host)
    pid = host.engine_pid()
    assert host.run(f"test /proc/{pid}/ns/mnt -ef /proc/1/ns/mnt").returncode == 1
    posture = audit(host)
    assert "in_own_namespace" not in posture["daemon"]["config_file"] and not planned(posture).document["blockers"]
    written = host.module("daemon_config", {"options": {"debug": True}})
    assert not written["failed"] and written["needs"] == "reload", written
    done = host.module("engine_restart", {"mode": "reload", "restore": written["restore"], "canary": "never"})
    assert not done["failed"] and host.info()["Debug"] is True, done

    host.shell("mkdir -p /srv/other && echo '{}' > /srv/other/daemon.json && rm /etc/docker/daemon.json")
    for mounts in ("BindPaths=/srv/other:/etc/docker", "TemporaryFileSystem=/etc/docker"):
        host.write(drop_in, f"[Service]\n{mounts}\n")
        host.shell("systemctl daemon-reload && systemctl restart docker")
        answering(host)
        posture = audit(host)
        assert posture["daemon"]["config_file"]["in_own_namespace"] is True
        blockers = planned(posture).document["blockers"]
        assert [one for one in blockers if "with a /etc/docker/daemon.json of its own" in one], blockers
        refused = host.module("daemon_config", {"options": {"debug": True}})
        assert refused["failed"] and "cannot be changed from here" in refused["msg"]
    assert host.read("/etc/docker/daemon.json") is None
