# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports that containers publish."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._posture.container_ports import published_ports

BOUND = {"80/tcp": [{"HostIp": "192.0.2.1", "HostPort": "8080"}]}
WANTED = {"80/tcp": [{"HostIp": "", "HostPort": "9090"}]}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("8080", 8080),
        ("1", 1),
        ("65535", 65535),
        # The engine chooses one at random.
        ("0", None),
        ("", None),
        (None, None),
        ("123456", None),
        # The engine passes over zeros in front, as many as there are.
        ("0000080", 80),
        ("8080-8080", 8080),
        # No engine starts a container with these.
        ("0-90", None),
        ("80-70000", None),
        ("65536", None),
        ("-80", None),
    ],
)
def test_the_port_of_the_host(written: str | None, expected: int | None) -> None:
    inspected = {"HostConfig": {"PortBindings": {"53/udp": [{"HostIp": "", "HostPort": written}]}}}

    (port,) = published_ports(inspected)

    assert port == {"container_port": 53, "protocol": "udp", "host_ip": None, "host_port": expected}


@pytest.mark.parametrize("written", ["1000-1030", "01000-001030"])
def test_of_a_range_a_container_gets_the_first_free_port(written: str) -> None:
    inspected = {"HostConfig": {"PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": written}]}}}

    (port,) = published_ports(inspected)

    assert (port["host_port"], port["last_host_port"]) == (1000, 1030)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("0.0.0.0", "0.0.0.0"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:0.0.0.0", "::ffff:0.0.0.0"),
        # What the engine cannot read is as if nothing had been written.
        ("localhost", None),
        ("127.1", None),
        ("0", None),
        ("127.0.0.01", None),
        ("::ffff:127.0.0.01", None),
        ("[::1]", None),
        ("::1%lo", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_what_the_engine_reads_as_one(written: str | None, read: str | None) -> None:
    inspected = {"HostConfig": {"PortBindings": {"80/tcp": [{"HostIp": written, "HostPort": "80"}]}}}

    (port,) = published_ports(inspected)

    assert port["host_ip"] == read


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"Running": True}, ("192.0.2.1", 8080)),
        # While the engine waits to restart it, there is no process and nothing is bound.
        ({"Running": True, "Restarting": True}, (None, 9090)),
        ({"Running": False}, (None, 9090)),
        (None, (None, 9090)),
    ],
)
def test_real_bindings_are_those_of_a_container_that_runs(
    state: dict[str, t.Any] | None, expected: tuple[str | None, int]
) -> None:
    inspected = {"State": state, "NetworkSettings": {"Ports": BOUND}, "HostConfig": {"PortBindings": WANTED}}

    (port,) = published_ports(inspected)

    assert (port["host_ip"], port["host_port"]) == expected


def test_a_port_that_is_only_exposed_is_not_published() -> None:
    assert published_ports({"State": {"Running": True}, "NetworkSettings": {"Ports": {"80/tcp": None}}}) == []
