# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks' options, and the swarm's addresses and certificates."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.certificate import validities
from ansible_collections.seawall.docker.plugins.module_utils._posture.networks import (
    encrypted,
    icc,
    on_default_bridge,
    opens_all_ports,
)
from ansible_collections.seawall.docker.plugins.module_utils._posture.swarm.collect import (
    manager_counts,
    separate_data_path,
    service_facts,
)

# A root certificate that a real swarm made for itself.
ROOT = """-----BEGIN CERTIFICATE-----
MIIBazCCARCgAwIBAgIUeeSKaPnOTYl2ZgAneFVt5F/SZ80wCgYIKoZIzj0EAwIw
EzERMA8GA1UEAxMIc3dhcm0tY2EwHhcNMjYxMTIzMjM1OTAwWhcNNDYxMTE4MjM1
OTAwWjATMREwDwYDVQQDEwhzd2FybS1jYTBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABH8VH6UlUkFPStOKV5h4KqhnHFCjOgv/Pz57NaMNzkPzR5Ykfk7TNrJBSWuu
EOjNvKYhw6ymGNnms0XnQk65UeijQjBAMA4GA1UdDwEB/wQEAwIBBjAPBgNVHRMB
Af8EBTADAQH/MB0GA1UdDgQWBBR+zzwfYDjX+p3jP+GkknwAnJuL+TAKBggqhkjO
PQQDAgNJADBGAiEAwYnMC3AeDihZRfEK1RfoMbkZnDMBX82syQ522L0WxJwCIQD0
d+ATI5kbHYZoPg5cyso5bFsJepm0ZuhPWtcizTTfLw==
-----END CERTIFICATE-----"""


@pytest.mark.parametrize(
    ("driver", "options", "expected"),
    [
        ("overlay", {"encrypted": ""}, True),
        ("overlay", {"encrypted": None}, True),
        ("overlay", {"encrypted": "true"}, True),
        ("overlay", {"encrypted": "1"}, True),
        ("overlay", {"encrypted": "false"}, False),
        ("overlay", {"encrypted": "0"}, False),
        ("overlay", {"com.docker.network.driver.overlay.vxlanid_list": "4097"}, False),
        ("overlay", {}, False),
        ("bridge", {"encrypted": ""}, None),
    ],
)
def test_an_overlay_is_encrypted_where_its_option_says_so(
    driver: str, options: dict[str, t.Any], expected: bool | None
) -> None:
    assert encrypted(driver, options) is expected


def test_an_option_that_is_neither_yes_nor_no_decides_nothing() -> None:
    with pytest.raises(Unread):
        encrypted("overlay", {"encrypted": "maybe"})
    with pytest.raises(Unread):
        icc("bridge", {"com.docker.network.bridge.enable_icc": "maybe"})


def test_containers_of_a_bridge_talk_unless_told_otherwise() -> None:
    assert icc("bridge", {}) is True
    assert icc("bridge", {"com.docker.network.bridge.enable_icc": "false"}) is False
    assert icc("overlay", {}) is None


DOCKER0 = {"Name": "bridge", "Driver": "bridge", "Options": {"com.docker.network.bridge.name": "docker0"}}
# What an engine makes that was given another bridge.
OTHER = {"Name": "bridge", "Driver": "bridge", "Options": {"com.docker.network.bridge.name": "br0"}}


@pytest.mark.parametrize(
    ("driver", "options", "default", "expected"),
    [
        ("macvlan", {"parent": "docker0"}, DOCKER0, True),
        ("ipvlan", {"parent": "docker0"}, DOCKER0, True),
        ("macvlan", {"parent": "docker0.10"}, DOCKER0, True),
        ("macvlan", {"parent": "docker01"}, DOCKER0, False),
        ("macvlan", {"parent": "eth0"}, DOCKER0, False),
        ("macvlan", {}, DOCKER0, False),
        ("macvlan", {"parent": "br0"}, OTHER, True),
        ("macvlan", {"parent": "docker0"}, OTHER, False),
        ("macvlan", {"parent": "docker0"}, {"Name": "bridge", "Driver": "bridge", "Options": None}, True),
        ("overlay", {"parent": "docker0"}, DOCKER0, False),
        ("bridge", {"com.docker.network.bridge.name": "br1"}, DOCKER0, False),
    ],
)
def test_a_network_can_be_made_on_the_interface_of_the_default_bridge(
    driver: str, options: dict[str, str], default: dict[str, t.Any], expected: bool
) -> None:
    network = {"Name": "own", "Driver": driver, "Options": options}
    assert on_default_bridge(network, [default, network]) is expected
    assert on_default_bridge(default, [default, network]) is True
    # Without a default bridge there is nothing to be on.
    assert on_default_bridge(network, [network]) is False


@pytest.mark.parametrize(
    ("driver", "entry", "expected"),
    [
        ("macvlan", {"Options": {"parent": "eth0"}}, True),
        ("ipvlan", {"Options": {"parent": "eth0"}}, True),
        ("macvlan", {"Options": {"parent": "eth0"}, "Internal": True}, False),
        # Without an interface of the host, its containers see one another alone.
        ("macvlan", {"Options": {}}, False),
        ("macvlan", {"Options": None}, False),
        ("bridge", {"Options": {"com.docker.network.bridge.gateway_mode_ipv4": "nat-unprotected"}}, True),
        ("bridge", {"Options": {"com.docker.network.bridge.gateway_mode_ipv6": "nat-unprotected"}}, True),
        ("bridge", {"Options": {"com.docker.network.bridge.gateway_mode_ipv4": "routed"}}, False),
        ("bridge", {"Options": {}}, False),
        ("overlay", {"Options": {"parent": "eth0"}}, False),
    ],
)
def test_some_networks_let_others_reach_what_nobody_published(
    driver: str, entry: dict[str, t.Any], expected: bool
) -> None:
    assert opens_all_ports(driver, entry) is expected


@pytest.mark.parametrize(
    ("data_path", "advertise", "node", "separate"),
    [
        ("", "10.0.0.1:2377", "10.0.0.1", False),
        ("10.0.0.1", "10.0.0.1:2377", "10.0.0.1", False),
        ("10.1.0.1", "10.0.0.1:2377", "10.0.0.1", True),
        ("eth1", "eth0:2377", "10.0.0.1", True),
        ("eth0", "eth0:2377", "10.0.0.1", False),
        ("fd00::1", "[fd00::1]:2377", "fd00::1", False),
        ("10.0.0.1", "", "10.0.0.1", False),
    ],
)
def test_whether_data_and_management_are_apart(data_path: str, advertise: str, node: str, separate: bool) -> None:
    assert separate_data_path(data_path, advertise, node) is separate


def test_unreachable_managers_are_no_reachable_ones() -> None:
    def node(role: str, reachability: str) -> dict[str, t.Any]:
        return {"Spec": {"Role": role}, "ManagerStatus": {"Reachability": reachability}}

    nodes = [
        node("manager", "reachable"),
        node("manager", "unreachable"),
        node("manager", "reachable"),
        node("worker", ""),
    ]

    assert manager_counts(nodes) == {"managers": 3, "reachable_managers": 2, "nodes": 4}


def test_a_service_shows_names_only() -> None:
    container = {"Env": ["API_TOKEN=geheim", "FOO=1", "UNSET_PASSWORD"], "Secrets": [{}], "Args": ["geheim"]}
    facts = service_facts({"ID": "x", "Spec": {"Name": "web", "TaskTemplate": {"ContainerSpec": container}}})

    assert facts["secret_suspects"] == ["API_TOKEN"]
    assert facts["secrets"] == 1
    assert "geheim" not in str(facts)


def test_validity_of_a_certificate() -> None:
    (validity,) = validities(ROOT)

    assert validity == ("2026-11-23T23:59:00Z", "2046-11-18T23:59:00Z")


@pytest.mark.parametrize(
    "pem", ["", "no certificate", ROOT[:200], ROOT.replace("MII", "MIJ", 1), ROOT.replace("B", "!", 40)]
)
def test_a_damaged_certificate_is_refused(pem: str) -> None:
    with pytest.raises(ValueError, match="certificate"):
        validities(pem)
