# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container without rights makes the search for SSH servers expensive: the audit goes on, and no server gets away."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost
from ansible_collections.seawall.docker.tests.support.quick_audit import run_inside

MIB = 1024 * 1024
PROCESSES = 40

# Forty names of one program, each running and listening. The program grows by a hole of half a gigabyte.
LINKS = f"""
cat /bin/busybox > /tmp/0 && chmod 755 /tmp/0 && busybox truncate -s 530M /tmp/0
n=0
while [ $n -lt {PROCESSES} ]; do
  busybox ln /tmp/0 /tmp/busybox-$n
  /tmp/busybox-$n httpd -f -p $((8000 + n)) &
  n=$((n + 1))
done
echo ready > /tmp/ready
wait
"""

# As many programs as the budget of one container does not hold, without a hole. The search stops, the audit does not.
COPIES = """
n=0
while [ $n -lt 4 ]; do
  { cat /bin/busybox; busybox dd if=/dev/zero bs=1M count=200 2> /dev/null | busybox tr '\\0' x; } > /tmp/busybox-$n
  chmod 755 /tmp/busybox-$n
  /tmp/busybox-$n httpd -f -p $((8000 + n)) &
  n=$((n + 1))
done
echo ready > /tmp/ready
wait
"""

# The program that runs is a server; what else has its size and its time does not decide for it.
SERVER = """
cat /bin/busybox > /tmp/busybox-web && echo /etc/ssh/sshd_config >> /tmp/busybox-web && chmod 755 /tmp/busybox-web && busybox truncate -s 530M /tmp/busybox-web
/tmp/busybox-web httpd -f -p 8080 &
echo ready > /tmp/ready
wait
"""

# Prints what the search says of each container, how many bytes it read of programs, and how long it took.
GATHER = """
import json, os, shutil, time
from ansible_collections.seawall.docker.plugins.module_utils._host import reading as _host
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import UnixEngine
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import locate
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._posture.gather import gather
from ansible_collections.seawall.docker.tests.support.record_here import run_command
host = Host(run_command)
context = Context(host, locate(host, None), UnixEngine("/run/docker.sock", 30))
def read_bytes():
    return int(dict(line.split(": ") for line in open("/proc/self/io").read().splitlines())["rchar"])
before = read_bytes()
posture = gather(context, ["containers"])
print(json.dumps({"containers": posture["containers"], "read": read_bytes() - before, "unread": posture["unread"]}))
"""


@pytest.fixture(scope="module")
def gathered(host: IsolatedHost) -> t.Iterator[dict[str, t.Any]]:
    """What an audit saw of four containers at once."""
    host.start()
    for name, script in (("links", LINKS), ("copies", COPIES), ("server", SERVER), ("plain", "sleep 3600")):
        host.container(name, "--cap-drop=ALL", "--security-opt=no-new-privileges", command=("sh", "-c", script))
    for name in ("links", "copies", "server"):
        ready = "until test -e /tmp/ready; do sleep 0.2; done; sleep 1"
        done = host.docker("exec", name, "sh", "-c", ready)
        assert done.returncode == 0, done.stderr
    yield run_inside(host, GATHER)
    host.stop()


def processes(gathered: dict[str, t.Any], name: str) -> dict[str, t.Any]:
    found: dict[str, t.Any] = next(one for one in gathered["containers"] if one["name"] == name)["processes"]
    return found


def test_forty_names_of_a_sparse_file_are_read_once(gathered: dict[str, t.Any]) -> None:
    links = processes(gathered, "links")
    assert len(links["running"]) > PROCESSES
    assert links["ssh_servers"] == []
    # Busybox once and the budget of the container that has real data; the holes alone would be 21 GB.
    assert gathered["read"] < 600 * MIB


def test_what_is_past_the_budget_is_unknown_for_that_container_alone(gathered: dict[str, t.Any]) -> None:
    copies = processes(gathered, "copies")
    assert "ssh_servers" not in copies
    assert "the search for SSH servers in copies had read its 512 MiB" in copies["unread"]["ssh_servers"]
    assert len(copies["running"]) > 4
    assert copies["first_user"]["uid"] == 0
    assert processes(gathered, "plain")["ssh_servers"] == []
    assert not [name for name in gathered["unread"] if name.startswith("containers")]


def test_a_server_does_not_hide_behind_a_hole(gathered: dict[str, t.Any]) -> None:
    assert [one["evidence"] for one in processes(gathered, "server")["ssh_servers"]] == ["content"]
