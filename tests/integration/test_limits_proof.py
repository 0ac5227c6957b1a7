# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof of limits on a real engine, and on one whose kernel lacks a controller, so that the engine drops the limit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import typing as t

import pytest

from ansible_collections.seawall.docker.tests.support.direct_module import input_of, module_name, run_module
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

Result = dict[str, t.Any]
# Most hosts have no static busybox: the shell of the host with its libraries tries the same.
WITHOUT_BUSYBOX = """
import json
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._trial.limits_proof import Request, run
from ansible_collections.seawall.docker.tests.support.record_here import run_command

class WithoutBusybox(Host):
    def program(self, name):
        return None if "busybox" in name else super().program(name)

print(json.dumps(run(WithoutBusybox(run_command), Request(None, None, 200, False))))
"""


@pytest.fixture
def host() -> t.Iterator[IsolatedHost]:
    with IsolatedHost() as made:
        yield made


def left(host: IsolatedHost) -> str:
    return host.docker(
        "sh", "-c", "docker ps -aq; docker images -q; ls /run/seawall.docker | grep -v lock; true"
    ).stdout


def states(proof: Result) -> dict[str, str]:
    return {one["trial"]: one["state"] for one in proof["trials"]}


def test_limits_hold_and_nothing_is_left(host: IsolatedHost) -> None:
    host.start()
    before = left(host)
    checked = run_module(host, "limits_proof", {}, "--check")
    assert checked["verdict"] == "inconclusive" and checked["reason"].startswith("nothing was tried in check mode; ")
    proof = run_module(host, "limits_proof", {"timeout": 200})
    assert (proof["verdict"], proof["changed"]) == ("enforced", False), proof["lines"]
    assert set(states(proof)) == {"memory", "pids", "cpu_weight", "device_write"}
    assert [states(proof)[name] for name in ("memory", "pids", "cpu_weight")] == ["enforced"] * 3
    assert left(host) == before and proof["not_removed"] == []

    # A run that is killed in the middle: the next one removes what it left.
    words = [sys.executable, "-m", module_name("limits_proof")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    with subprocess.Popen(
        host.command(*words), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment
    ) as killed:
        assert killed.stdin is not None
        killed.stdin.write(input_of({}, ()).encode())
        killed.stdin.close()
        while len(host.docker("ps", "-q").stdout.split()) < 2:
            assert killed.poll() is None
        killed.send_signal(signal.SIGKILL)
    host.stop()

    # Without these hierarchies, the engine drops the limits, and containers get what they ask for.
    assert host.run("umount", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/blkio").returncode == 0
    host.start(images=False)
    done = host.run(sys.executable, "-c", WITHOUT_BUSYBOX, env=environment)
    assert done.returncode == 0, done.stderr
    dropped = json.loads(done.stdout)
    assert "busybox" not in dropped["image"]
    assert [one.split()[0] for one in dropped["swept"]].count("container") >= 2
    assert (dropped["verdict"], states(dropped)["memory"]) == ("not_enforced", "enforced"), dropped["lines"]
    assert dropped["reason"] == "pids: a container with a limit of 16 processes started 32 more"
    assert states(dropped)["device_write"] == "not_possible"
    assert dropped["lines"][0].startswith("NOT ENFORCED: ") and left(host) == before
