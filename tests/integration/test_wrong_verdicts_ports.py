# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports and networks of containers that do not run yet, easily judged wrong: judged, started, and judged again."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.seawall.docker.tests.support import quick_audit
from ansible_collections.seawall.docker.tests.support.isolated_host import IMAGE, IsolatedHost
from ansible_collections.seawall.docker.tests.support.quick_audit import Judged

# The command line refuses or rewrites most of these; the engine takes them.
CREATE = """
import http.client, json, socket, sys
connection = http.client.HTTPConnection("localhost")
connection.sock = socket.socket(socket.AF_UNIX)
connection.sock.connect("/run/docker.sock")
connection.request("POST", f"/containers/create?name={sys.argv[1]}", sys.argv[2], {"Content-Type": "application/json"})
print(json.dumps(connection.getresponse().status))
"""
# By the name of the container: network, address and port as they are written, and what comes of the rules 5.8 and 5.14.
BINDINGS = {
    "range": ("default", "127.0.0.1", "1001-1010", "fail", "pass"),
    "high-range": ("default", "127.0.0.1", "1024-1030", "pass", "pass"),
    "zeros": ("default", "127.0.0.1", "0000081", "fail", "pass"),
    # The daemon's own address holds where the engine reads none.
    "word": ("default", "localhost", "8101", "pass", "pass"),
    "zero": ("default", "0", "8102", "pass", "pass"),
    "mapped": ("default", "::ffff:0.0.0.0", "8103", "pass", "fail"),
    # And on a network of its own, all of them.
    "short-wide": ("wide", "127.1", "8104", "pass", "fail"),
    "zone-wide": ("wide", "::1%lo", "8105", "pass", "fail"),
    "brackets-wide": ("wide", "[::1]", "8106", "pass", "fail"),
    "loopback-wide": ("wide", "127.0.0.1", "8107", "pass", "pass"),
}
# In what the command line calls --network, and whether it is the default bridge.
NETWORKS = {"by-id": ("{bridge}", "fail"), "on-its-interface": ("lan", "fail"), "on-another-bridge": ("wide", "pass")}


class Twice(t.NamedTuple):
    before: Judged
    after: Judged


@pytest.fixture(scope="module")
def judged(host: IsolatedHost) -> Twice:
    host.start("--ip=127.0.0.1")
    assert host.docker("network", "create", "wide").returncode == 0
    on_bridge = ("--driver=macvlan", "--opt=parent=docker0", "--subnet=172.31.0.0/16")
    assert host.docker("network", "create", *on_bridge, "lan").returncode == 0
    for name, (network, address, port, _low, _open) in BINDINGS.items():
        bindings = {"80/tcp": [{"HostIp": address, "HostPort": port}]}
        body = {"Image": IMAGE, "Cmd": ["sleep", "60"], "ExposedPorts": {"80/tcp": {}}}
        body["HostConfig"] = {"NetworkMode": network, "PortBindings": bindings}
        assert quick_audit.run_inside(host, CREATE, name, json.dumps(body)) == 201, name
    bridge = host.docker("network", "ls", "--quiet", "--no-trunc", "--filter=name=bridge").stdout.strip()
    for name, (network, _verdict) in NETWORKS.items():
        where = network.format(bridge=bridge)
        assert host.docker("create", "--name", name, "--network", where, IMAGE, "sleep", "60").returncode == 0
    before = quick_audit.audit(host)
    started = host.docker("start", *BINDINGS, *NETWORKS)
    assert started.returncode == 0, started.stderr
    return Twice(before, quick_audit.audit(host))


@pytest.mark.parametrize(("number", "column"), [("5.8", 3), ("5.14", 4)])
def test_ports_are_foreseen_as_the_engine_reads_them(judged: Twice, number: str, column: int) -> None:
    expected = {name: binding[column] for name, binding in BINDINGS.items()}
    for verdicts in (judged.before.verdicts(number), judged.after.verdicts(number)):
        assert {name: verdicts[name] for name in BINDINGS} == expected


def test_evidence_names_no_address_that_is_not_in_force(judged: Twice) -> None:
    assert judged.before.container("word")["ports"][0]["host_ip"] is None
    assert judged.before.container("short-wide")["default_binding"] == "0.0.0.0"
    assert judged.after.container("range")["ports"][0]["host_port"] == 1001


def test_a_network_on_the_interface_of_the_default_bridge_is_the_default_bridge(judged: Twice) -> None:
    expected = {name: verdict for name, (_network, verdict) in NETWORKS.items()}
    for verdicts in (judged.before.verdicts("5.30"), judged.after.verdicts("5.30")):
        assert {name: verdicts[name] for name in NETWORKS} == expected


def test_on_an_interface_of_the_host_every_port_is_open_without_being_published(judged: Twice) -> None:
    # Each of them publishes nothing.
    for verdicts in (judged.before.verdicts("5.9"), judged.after.verdicts("5.9")):
        assert (verdicts["on-its-interface"], verdicts["on-another-bridge"]) == ("manual", "pass")


def test_a_range_is_allowed_by_its_own_name_alone(judged: Twice) -> None:
    for allowed, verdict in (("1001-1010/tcp", "pass"), ("1001/tcp", "fail"), ("100?/tcp", "fail")):
        assert judged.before.with_policy(allowed_ports=[allowed]).verdict("5.9", "range") == verdict
