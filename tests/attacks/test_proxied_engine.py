# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What serves the usual socket has uid 0 and is no daemon of this host: a proxy of root's, or a container's dockerd."""

from __future__ import annotations

import subprocess
import typing as t

import pytest

from ansible_collections.seawall.docker.tests.support import quick_audit
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

LOCAL = ("1.1.1", "3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.19", "3.20", "3.23", "3.24")
# Prints why a process is not the daemon of root, or null.
IDENTITY = """
import json, sys
from ansible_collections.seawall.docker.plugins.module_utils._daemon.identity import identity_fault
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.tests.support.record_here import run_command
print(json.dumps(identity_fault(Host(run_command), int(sys.argv[1]), 0)))
"""


@pytest.fixture(scope="module")
def running(host: IsolatedHost) -> t.Iterator[IsolatedHost]:
    host.start()
    yield host
    host.stop()


def test_an_engine_behind_socat_is_none_of_this_host(running: IsolatedHost) -> None:
    """The daemon of this host listens on, at a path that leads to the proxy by now."""
    assert quick_audit.audit(running).status("3.20") != "unknown"
    running.run("mv", "/run/docker.sock", "/run/own.sock")
    proxy = subprocess.Popen(
        running.command("socat", "UNIX-LISTEN:/run/docker.sock,fork", "UNIX-CONNECT:/run/own.sock"),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        running.run("sh", "-c", "for try in $(seq 50); do test -S /run/docker.sock && exit; sleep 0.1; done; exit 1")
        judged = quick_audit.audit(running)
        engine = judged.posture["engine"]
        assert (engine["state"], engine["owner"]) == ("running", None)
        assert judged.posture["daemon"]["info"]["driver"]
        assert {number: judged.status(number) for number in LOCAL} == dict.fromkeys(LOCAL, "unknown")
        # The daemon that no longer serves the socket is told.
        assert running.daemon_pid() in [one["pid"] for one in engine["other_daemons"]]
    finally:
        proxy.kill()
        proxy.wait()
        running.run("mv", "/run/own.sock", "/run/docker.sock")


@pytest.mark.parametrize("options", [(), ("--pid", "host")])
def test_the_hosts_program_in_a_container_is_no_daemon_of_the_host(
    running: IsolatedHost, options: tuple[str, ...]
) -> None:
    """Its number may stand in a stale pid file. It runs the host's own file, by a bind mount, as root."""
    system = ("--volume", "/usr:/usr:ro", "--volume", "/usr/lib:/lib:ro", "--volume", "/usr/lib64:/lib64:ro")
    # It waits for its configuration, which never comes.
    waits = "/bin/busybox mkfifo /tmp/config; exec /usr/sbin/dockerd --config-file=/tmp/config"
    name = "dockerd-inside" + "-".join(options)
    running.container(name, *options, *system, command=("sh", "-c", waits))
    pid = running.docker("inspect", "--format", "{{.State.Pid}}", name).stdout.strip()
    running.run("sh", "-c", f"until grep -q dockerd /proc/{pid}/comm; do sleep 0.1; done", timeout=30)
    assert running.run("readlink", f"/proc/{pid}/exe").stdout.strip() == "/usr/sbin/dockerd"
    assert "container" in quick_audit.run_inside(running, IDENTITY, pid)
    own = str(running.daemon_pid())
    assert quick_audit.run_inside(running, IDENTITY, own) is None
    others = [one["pid"] for one in quick_audit.audit(running).posture["engine"]["other_daemons"]]
    assert not {int(pid), int(own)} & set(others)
