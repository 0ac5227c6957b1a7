# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of containers, volumes and networks as a real engine says it, without the values that may be secrets."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._migration import stock
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

SECRET = "hunter2-of-the-host"


@pytest.fixture
def host() -> t.Iterator[IsolatedHost]:
    with IsolatedHost() as host:
        yield host


def inspected(host: IsolatedHost, kind: str, name: str) -> dict[str, t.Any]:
    done = host.docker(kind, "inspect", name)
    assert done.returncode == 0, done.stderr
    found: dict[str, t.Any] = json.loads(done.stdout)[0]
    return found


def test_the_stock_of_a_real_engine(host: IsolatedHost) -> None:
    host.start()
    made = [
        (
            "network",
            "create",
            "--subnet=172.30.5.0/24",
            "--ipv6",
            "--subnet=fd00:5::/64",
            f"--label=key={SECRET}",
            "shop",
        ),
        ("volume", "create", "--opt=type=tmpfs", "--opt=device=tmpfs", f"--label=key={SECRET}", "data"),
    ]
    for command in made:
        done = host.docker(*command)
        assert done.returncode == 0, done.stderr
    host.container(
        "db",
        *("--network=shop", "--ip=172.30.5.9", "--ip6=fd00:5::9", "--network-alias=store", "--restart=unless-stopped"),
        *("--publish=127.0.0.1:15432:5432", "--volume=data:/data", "--volume=/etc:/host:ro"),
        *(f"--env=PGPASSWORD={SECRET}", f"--label=token={SECRET}", f"--health-cmd=echo {SECRET}"),
    )
    host.container("bare")
    said = inspected(host, "container", "db")
    db = stock.container(said)
    assert SECRET in repr(said) and db["unread"] == {}
    assert (db["name"], db["state"], db["restart_policy"], db["compose"]) == ("db", "running", "unless-stopped", None)
    assert "PGPASSWORD" in db["env_names"] and db["label_names"] == ["token"]
    assert db["ports"] == [{"container": "5432/tcp", "host_ip": "127.0.0.1", "host_port": "15432"}]
    assert db["networks"]["shop"]["address"] == db["networks"]["shop"]["wanted_address"] == "172.30.5.9"
    assert db["networks"]["shop"]["address_ipv6"] == db["networks"]["shop"]["wanted_address_ipv6"] == "fd00:5::9"
    assert "store" in db["networks"]["shop"]["aliases"]
    mounts = {one["destination"]: (one["type"], one["read_only"]) for one in db["mounts"]}
    assert mounts == {"/data": ("volume", False), "/host": ("bind", True)}
    bare = stock.container(inspected(host, "container", "bare"))
    assert bare["unread"] == {} and bare["restart_policy"] == "no" and bare["ports"] == [] == bare["mounts"]

    volume = stock.volume(inspected(host, "volume", "data"))
    network = stock.network(inspected(host, "network", "shop"))
    assert volume["unread"] == {} == network["unread"]
    assert volume["driver"] == "local" and volume["option_names"] == ["device", "type"]
    assert {one["subnet"] for one in network["subnets"]} == {"172.30.5.0/24", "fd00:5::/64"} and network["ipv6"]
    assert network["label_names"] == ["key"]
    assert SECRET not in repr([db, bare, volume, network])
