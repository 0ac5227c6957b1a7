# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._migration import stock

SECRET = "hunter2-of-the-host"
CONTAINER: dict[str, t.Any] = {
    "Id": "c" * 64,
    "Name": "/db",
    "Image": "sha256:" + "1" * 64,
    "Path": "postgres",
    "Args": ["--password", SECRET],
    "State": {"Status": "running"},
    "Config": {
        "Image": "postgres:15",
        "User": "",
        "Env": [f"PGPASSWORD={SECRET}", "A=b=c", "ALONE"],
        "Cmd": ["sh", "-c", SECRET],
        "Healthcheck": {"Test": ["CMD", SECRET]},
        "Labels": {
            "token": SECRET,
            "com.docker.compose.project": "shop",
            "com.docker.compose.service": "db",
            "com.docker.compose.project.working_dir": "/srv/shop",
        },
    },
    "HostConfig": {
        "RestartPolicy": {"Name": "", "MaximumRetryCount": 0},
        "LogConfig": {"Type": "splunk", "Config": {"splunk-token": SECRET}},
        "AutoRemove": False,
        "Privileged": False,
        "UsernsMode": "host",
        "NetworkMode": "shop",
        "PidMode": "",
        "PortBindings": {"5432/tcp": [{"HostIp": "127.0.0.1", "HostPort": "5432"}], "9/udp": None},
    },
    "Mounts": [
        {"Type": "volume", "Name": "data", "Source": "/v", "Destination": "/data", "Driver": "local", "RW": True}
    ],
    "NetworkSettings": {
        "Networks": {
            "shop": {
                "Aliases": ["db", "cccccccccccc"],
                "IPAddress": "172.20.0.9",
                "GlobalIPv6Address": "fd00:5::9",
                "IPAMConfig": {"IPv4Address": "172.20.0.9", "IPv6Address": "fd00:5::9"},
                "DriverOpts": {"key": SECRET},
            },
            "other": {"Aliases": None, "IPAddress": "", "IPAMConfig": None},
        }
    },
}
VOLUME = {
    "Name": "share",
    "Driver": "local",
    "Mountpoint": "/v/share/_data",
    "Labels": None,
    "Options": {"type": "cifs", "o": f"username=u,password={SECRET}"},
}
NETWORK = {
    "Id": "n",
    "Name": "shop",
    "Driver": "bridge",
    "Internal": False,
    "EnableIPv6": False,
    "IPAM": {"Config": [{"Subnet": "172.20.0.0/16", "Gateway": "172.20.0.1"}]},
    "Options": {"token": SECRET},
    "Labels": {"key": SECRET},
}


def changed(document: dict[str, t.Any], path: str, *value: t.Any) -> dict[str, t.Any]:
    """A copy with another value at the path, or without the key."""
    made = copy.deepcopy(document)
    *above, last = path.split(".")
    place = made
    for key in above:
        place = place[key]
    if value:
        place[last] = value[0]
    else:
        del place[last]
    return made


def test_a_container_is_known_by_all_that_is_no_secret() -> None:
    assert stock.container(CONTAINER) == {
        "id": "c" * 64,
        "name": "db",
        "image": "postgres:15",
        "image_id": "sha256:" + "1" * 64,
        "state": "running",
        "user": "",
        "env_names": ["A", "ALONE", "PGPASSWORD"],
        "label_names": sorted(CONTAINER["Config"]["Labels"]),
        "compose": {"project": "shop", "service": "db", "working_dir": "/srv/shop", "config_files": None},
        "restart_policy": "no",
        "auto_remove": False,
        "privileged": False,
        "namespaces": {"user": "host", "network": "shop", "pid": ""},
        "ports": [{"container": "5432/tcp", "host_ip": "127.0.0.1", "host_port": "5432"}],
        "mounts": [{"type": "volume", "name": "data", "source": "/v", "destination": "/data", "read_only": False}],
        "networks": {
            "shop": {
                "aliases": ["cccccccccccc", "db"],
                "address": "172.20.0.9",
                "address_ipv6": "fd00:5::9",
                "wanted_address": "172.20.0.9",
                "wanted_address_ipv6": "fd00:5::9",
            },
            "other": {
                **dict.fromkeys(("address", "address_ipv6", "wanted_address", "wanted_address_ipv6")),
                "aliases": [],
            },
        },
        "unread": {},
    }


def test_volumes_and_networks_are_known_by_the_names_of_their_options() -> None:
    volume, network = stock.volume(VOLUME), stock.network(NETWORK)
    assert volume["option_names"] == ["o", "type"] and volume["label_names"] == [] and volume["unread"] == {}
    assert network["subnets"] == [{"subnet": "172.20.0.0/16", "gateway": "172.20.0.1"}]
    assert network["option_names"] == ["token"] and network["unread"] == {}


@pytest.mark.parametrize(
    ("read", "said"), [(stock.container, CONTAINER), (stock.volume, VOLUME), (stock.network, NETWORK)]
)
def test_no_secret_leaves_the_host(read: t.Callable[[dict[str, t.Any]], t.Any], said: dict[str, t.Any]) -> None:
    assert SECRET in repr(said)
    assert SECRET not in repr(read(said))


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (changed(CONTAINER, "HostConfig.Privileged"), "privileged"),
        (changed(CONTAINER, "HostConfig.Privileged", None), "privileged"),
        (changed(CONTAINER, "Config.Env", f"A={SECRET}"), "env_names"),
        (changed(CONTAINER, "Config.Env", [{"A": SECRET}]), "env_names"),
        (changed(CONTAINER, "Mounts", [SECRET]), "mounts"),
        (changed(CONTAINER, "NetworkSettings.Networks", {"shop": 5}), "networks"),
        (changed(CONTAINER, "State", []), "state"),
    ],
)
def test_what_makes_no_sense_is_unread_and_the_rest_is_read(said: dict[str, t.Any], name: str) -> None:
    found = stock.container(said)
    assert set(found["unread"]) == {name} and name not in found
    assert found["name"] == "db" and SECRET not in repr(found)


@pytest.mark.parametrize("said", [{}, {"Config": None, "HostConfig": [], "NetworkSettings": 1}])
def test_an_empty_answer_is_no_container_without_anything(said: dict[str, t.Any]) -> None:
    found = stock.container(said)
    assert set(found) == {"unread"} and "privileged" in found["unread"]
