# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restart that changes the network, on a host with a default route of its own: containers are tried with a network."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon import config_records
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import parse_flags
from ansible_collections.seawall.docker.plugins.module_utils._daemon.local_engine import LocalDaemon
from ansible_collections.seawall.docker.plugins.module_utils._daemon.next_start import NextStart
from ansible_collections.seawall.docker.plugins.module_utils._daemon.process import Units
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import UnixEngine
from ansible_collections.seawall.docker.plugins.module_utils._engine.writing import WritableEngine
from ansible_collections.seawall.docker.plugins.module_utils._host.files import Restore, back_up
from ansible_collections.seawall.docker.plugins.module_utils._host.looks import look
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._restart import transaction
from ansible_collections.seawall.docker.plugins.module_utils._restart.engine_state import snapshot
from ansible_collections.seawall.docker.plugins.module_utils._restart.model import RestartFailure, Settings, World
from ansible_collections.seawall.docker.plugins.module_utils._restart.network_change import network_change
from ansible_collections.seawall.docker.plugins.module_utils._trial import network_trial
from ansible_collections.seawall.docker.plugins.module_utils._trial.throwaway import sweep
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

from .test_write_modules import Manual, _command

Result = dict[str, t.Any]
GATEWAY, ADDRESS = "10.77.0.1", "10.77.0.2"
# What must be the same before a change and after one that was taken back.
_STATE = (
    "ip -4 -o addr show | sed 's/ valid_lft.*//'; ip route show default; docker network ls -q | wc -l; docker ps -aq"
)


class Site(t.NamedTuple):
    host: IsolatedHost
    world: World
    config: Path

    def change(self, config: Result) -> Result:
        """Write a configuration as a play would, and have the engine take it over."""
        path = str(self.config)
        restore = Restore(path, back_up(path, look(path)))
        self.config.write_text(json.dumps(config), encoding="utf-8")
        flags = parse_flags(["dockerd"], (20, 10))
        later, units = NextStart(None, False, None, [], None), Units(None, None, [], None, [])
        daemon = LocalDaemon(None, (20, 10), "20.10", ["dockerd"], flags, [], path, None, False, later, units)
        settings = Settings("restart", 60, [restore], network=network_change(self.world.host, daemon, [restore]))
        engine = UnixEngine(self.world.socket, 10)
        return transaction.carry_out(self.world, settings, snapshot(engine), path)

    def state(self) -> str:
        return self.host.run("sh", "-c", _STATE).stdout


@pytest.fixture(scope="module")
def site(host: IsolatedHost) -> t.Iterator[Site]:
    gateway = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
    patch = pytest.MonkeyPatch()
    patch.setattr(config_records, "DIRECTORY", str(host.state / "notes"))
    try:
        IsolatedHost._wait(lambda: _own_network(gateway.pid), 10, "there is no second network")
        setup = (
            f"ip link add uplink type veth peer name inward netns {gateway.pid} && ip addr add {ADDRESS}/24 dev uplink && "
            f"ip link set uplink up && nsenter --target {gateway.pid} --net sh -c 'ip link set lo up && "
            f"ip addr add {GATEWAY}/24 dev inward && ip link set inward up' && ip route add default via {GATEWAY}"
        )
        done = host.run("sh", "-c", setup)
        assert done.returncode == 0, done.stderr
        host.start(config={"labels": ["a=b"]})
        yield Site(
            host, World(Host(_command), Manual(host), host.socket_path), host.state / "etc-docker" / "daemon.json"
        )
    finally:
        patch.undo()
        host.stop()
        gateway.kill()
        gateway.wait()


def _own_network(pid: int) -> bool:
    return os.readlink(f"/proc/{pid}/ns/net") != os.readlink("/proc/self/ns/net")


def test_what_a_killed_trial_leaves_is_removed_by_the_next_run(site: Site) -> None:
    before = site.state()
    engine = UnixEngine(site.world.socket, 10)
    child = os.fork()
    if child == 0:
        network_trial.reaches = lambda *_unused: time.sleep(60)  # type: ignore[assignment]
        pid = site.world.service.pid()
        network_trial.run_network_trial(site.world.host, engine, pid, [GATEWAY], True, 60)
        os._exit(0)
    try:
        # One on the new network, one on the bridge for what is outside, and two that connect.
        IsolatedHost._wait(lambda: len(site.host.docker("ps", "-q").stdout.split()) == 4, 30, "no four containers")
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    swept, left = sweep(WritableEngine(engine), engine.address)
    assert [line.partition(" ")[0] for line in swept] == ["container"] * 4 + ["network", "image"] and left == []
    assert site.state() == before


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            {"bip": f"{GATEWAY}/24"},
            f"takes the host's network away: .*{GATEWAY}, the gateway of the host's default route",
        ),
        ({"bip": "10.77.0.3/24"}, f"takes the host's network away: .*contains the host's address {ADDRESS}"),
        (
            {"iptables": False},
            f"a container of a new network gets no answer from {GATEWAY}, which answers to the host, and did before",
        ),
        (
            {"ip-masq": False},
            f"a container of the bridge gets no answer from {GATEWAY}, which answers to the host, and did before",
        ),
        ({"ip": "203.0.113.7"}, "network is not as it should be: .*cannot assign requested address"),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_a_network_that_does_not_work_is_taken_back(site: Site, config: Result, said: str) -> None:
    before, content = site.state(), site.config.read_bytes()
    with pytest.raises(RestartFailure, match=said) as failure:
        site.change(config)
    assert failure.value.details["rolled_back"] is True and "and the engine runs with them" in str(failure.value)
    assert site.config.read_bytes() == content and site.state() == before


@pytest.mark.parametrize(
    ("config", "became"),
    [
        ({"icc": False, "userland-proxy": False}, ("not reached, as asked for with icc: false", "reached", None)),
        ({"bip": "10.201.0.1/24", "mtu": 1400}, ("reached", "reached", None)),
        ({"ip": "127.0.0.1"}, ("reached", "reached", None)),
        (
            {"default-address-pools": [{"base": "10.202.0.0/16", "size": 24}]},
            ("reached", "reached", "reached"),
        ),
        ({"bridge": "none"}, ("not tried: the engine has no bridge, as asked for with bridge: none",) * 2 + (None,)),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_a_network_that_works_is_shown(site: Site, config: Result, became: tuple[str | None, ...]) -> None:
    content = site.config.read_bytes()
    try:
        network = site.change(config)["network"]
    finally:
        site.config.write_bytes(content)
    assert network == {
        "options": sorted(config),
        "host": "as before",
        **dict(zip(("bridge", "port", "outside"), became, strict=True)),
    }
