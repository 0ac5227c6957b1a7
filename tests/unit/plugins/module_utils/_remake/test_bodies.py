# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine gets to make things again: all that was asked for, and nothing that it had generated."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._remake import bodies
from ansible_collections.seawall.docker.plugins.module_utils._remake.bodies import Renamed

DB, WEB, SHOP = "d" * 64, "e" * 64, "a" * 64
VOLUME = "9" * 64
INSPECT: dict[str, t.Any] = {
    "Id": DB,
    "Name": "/db",
    "Image": "sha256:" + "1" * 64,
    "Config": {
        "Hostname": "d" * 12,
        "Image": "db:1",
        "Env": ["A=b"],
        "ExposedPorts": {"1/tcp": {}},
        "Entrypoint": None,
    },
    "HostConfig": {"Binds": ["data:/data:ro"], "NetworkMode": "shop", "UsernsMode": "", "PidMode": ""},
    "Mounts": [
        {"Type": "volume", "Name": "data", "Destination": "/data", "Mode": "ro"},
        {"Type": "volume", "Name": VOLUME, "Destination": "/anonymous", "Mode": ""},
        {"Type": "bind", "Source": "/srv", "Destination": "/srv"},
    ],
    "NetworkSettings": {
        "Networks": {
            "shop": {
                "NetworkID": SHOP,
                "Aliases": ["store", "d" * 12],
                "IPAMConfig": {"IPv4Address": "172.30.5.9"},
                "Links": None,
                "IPAddress": "172.30.5.9",
                "MacAddress": "02:42:ac:1e:05:09",
                "DriverOpts": {},
            },
            "back": {"NetworkID": "b" * 64, "Aliases": None, "IPAMConfig": None, "IPAddress": "172.18.0.2"},
        }
    },
}
IMAGE: dict[str, t.Any] = {"id": INSPECT["Image"], "tags": ["db:1"], "entrypoint": None}


NOTHING = Renamed({}, {})


def body(renamed: Renamed = NOTHING, outside: bool = False, image: t.Any = None, **host_config: t.Any) -> t.Any:
    inspected = copy.deepcopy(INSPECT)
    inspected["HostConfig"].update(host_config)
    before = copy.deepcopy(inspected)
    made = bodies.container_body({"inspect": inspected, "outside": outside}, image or IMAGE, renamed, "host-name")
    assert inspected == before, "what was recorded is not changed"
    return made


def test_a_container_is_asked_for_as_it_was() -> None:
    made = body()
    assert made["Image"] == "db:1" and made["Env"] == ["A=b"] and "Hostname" not in made
    assert made["HostConfig"]["Binds"] == ["data:/data:ro", f"{VOLUME}:/anonymous"]
    assert made["NetworkingConfig"] == {
        "EndpointsConfig": {"shop": {"Aliases": ["store"], "IPAMConfig": {"IPv4Address": "172.30.5.9"}}}
    }
    assert bodies.attachments(INSPECT, NOTHING)["back"] == {}
    assert made["HostConfig"]["UsernsMode"] == "" and body(outside=True)["HostConfig"]["UsernsMode"] == "host"


def test_a_volume_without_a_name_keeps_the_one_it_got() -> None:
    mounts = [{"Type": "volume", "Target": "/anonymous"}, {"Type": "tmpfs", "Target": "/tmp"}]
    made = body(Mounts=mounts)["HostConfig"]
    assert made["Mounts"] == [{"Type": "volume", "Target": "/anonymous", "Source": VOLUME}, mounts[1]]
    assert made["Binds"] == ["data:/data:ro"]


@pytest.mark.parametrize("key", ["NetworkMode", "PidMode", "IpcMode"])
def test_what_is_shared_is_shared_with_the_new_container(key: str) -> None:
    made = body(Renamed({WEB: "f" * 64}, {}), **{key: f"container:{WEB}"})
    assert made["HostConfig"][key] == f"container:{'f' * 64}"
    assert ("ExposedPorts" in made) == (key != "NetworkMode")


def test_volumes_of_another_container_and_networks_by_id() -> None:
    renamed = Renamed({WEB: "f" * 64}, {SHOP: "shop"})
    made = body(renamed, VolumesFrom=[f"{WEB}:ro", "other"], NetworkMode=SHOP)
    assert made["HostConfig"]["VolumesFrom"] == [f"{'f' * 64}:ro", "other"]
    assert made["HostConfig"]["NetworkMode"] == "shop" and list(made["NetworkingConfig"]["EndpointsConfig"]) == ["shop"]


def test_a_volume_that_is_read_only_stays_so_and_one_of_another_container_comes_from_it() -> None:
    assert (
        bodies.container_body(entry(RW=False), IMAGE, NOTHING, "")["HostConfig"]["Binds"][1]
        == f"{VOLUME}:/anonymous:ro"
    )
    labelled = entry(RW=False, Mode="z")
    assert bodies.container_body(labelled, IMAGE, NOTHING, "")["HostConfig"]["Binds"][1] == f"{VOLUME}:/anonymous:z,ro"
    labelled["inspect"]["HostConfig"]["VolumesFrom"] = ["other"]
    assert bodies.container_body(labelled, IMAGE, NOTHING, "")["HostConfig"]["Binds"] == ["data:/data:ro"]
    labelled["inspect"]["Config"]["Volumes"] = {"/anonymous": {}}
    assert len(bodies.container_body(labelled, IMAGE, NOTHING, "")["HostConfig"]["Binds"]) == 2


def entry(**mount: t.Any) -> dict[str, t.Any]:
    inspected = copy.deepcopy(INSPECT)
    inspected["Mounts"][1].update(mount)
    return {"inspect": inspected, "outside": False}


def test_an_image_whose_name_went_on_is_named_by_its_id() -> None:
    assert body(image={**IMAGE, "tags": ["db:2"]})["Image"] == IMAGE["id"]


def test_an_entry_point_that_was_taken_away_stays_away() -> None:
    assert body(image={**IMAGE, "entrypoint": ["/start"]})["Entrypoint"] == [""]
    assert body()["Entrypoint"] is None


def test_a_network_keeps_its_bridge_and_its_addresses() -> None:
    network: dict[str, t.Any] = {
        "Id": SHOP,
        "Name": "shop",
        "Driver": "bridge",
        "Internal": True,
        "EnableIPv6": False,
        "Options": {"com.docker.network.driver.mtu": "1400"},
        "Labels": {"a": "b"},
        "IPAM": {"Driver": "default", "Options": None, "Config": [{"Subnet": "172.18.0.0/16", "Gateway": ""}]},
        "ConfigFrom": {"Network": ""},
    }
    made = bodies.network_body(network)
    assert made["Options"] == {"com.docker.network.driver.mtu": "1400", bodies.BRIDGE_NAME: f"br-{SHOP[:12]}"}
    assert made["IPAM"] == {"Driver": "default", "Options": {}, "Config": [{"Subnet": "172.18.0.0/16"}]}
    assert made["Internal"] is True and made["Labels"] == {"a": "b"} and "ConfigFrom" not in made
    assert bodies.BRIDGE_NAME not in bodies.network_body({**network, "Driver": "macvlan"})["Options"]
    named = {**network, "Options": {bodies.BRIDGE_NAME: "shop0"}}
    assert bodies.network_body(named)["Options"] == {bodies.BRIDGE_NAME: "shop0"}
