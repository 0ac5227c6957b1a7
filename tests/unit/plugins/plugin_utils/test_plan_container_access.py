# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rule of ports, mounts, devices or networks asks of a container, to the letter."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan import container_access as access
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.container_hint import Case, Hint

Json = dict[str, t.Any]


def case(container: Json, *rules: str, policy: Json | None = None) -> Case:
    return Case(container, {}, {}, policy or {}, frozenset(rules))


def port(host_ip: str | None, host_port: int | None, inside: int = 80, **more: t.Any) -> Json:
    return {"container_port": inside, "protocol": "tcp", "host_ip": host_ip, "host_port": host_port, **more}


LOW, OPEN, NEEDED = "container-no-privileged-ports", "container-ports-bound-to-address", "container-ports-needed"


@pytest.mark.parametrize(
    ("ports", "rules", "policy", "add", "leave"),
    [
        ([port("10.0.0.1", 1023)], [LOW], {}, ["127.0.0.1:9023:80/tcp"], ["10.0.0.1:1023:80/tcp"]),
        ([port("10.0.0.1", 1024)], [LOW], {}, [], []),
        ([port("10.0.0.1", 80)], [LOW], {"allowed_privileged_ports": [80]}, [], []),
        ([port("10.0.0.1", 80)], [OPEN], {}, [], []),
        # What may stay, and what stands there twice, hides nothing after it.
        (
            [port("10.0.0.1", 8080), port("10.0.0.1", 53), port("10.0.0.2", 53), port("10.0.0.1", 22, 22)],
            [LOW],
            {},
            ["127.0.0.1:8053:80/tcp", "127.0.0.1:8022:22/tcp"],
            ["10.0.0.1:53:80/tcp", "10.0.0.2:53:80/tcp", "10.0.0.1:22:22/tcp"],
        ),
        ([port("10.0.0.1", None)], [LOW, OPEN], {}, [], []),
        ([port("0.0.0.0", 80)], [OPEN], {}, ["127.0.0.1:80:80/tcp"], ["80:80/tcp"]),
        ([port(None, None)], [OPEN], {}, ["127.0.0.1::80/tcp"], [":80/tcp"]),
        ([port("::", 8080)], [LOW, OPEN], {}, ["127.0.0.1:8080:80/tcp"], ["8080:80/tcp"]),
        # Two that would go to the same new place.
        (
            [port("10.0.0.1", 80), port("10.0.0.1", 80, 81), port("10.0.0.1", 8080, 82)],
            [LOW],
            {},
            ["127.0.0.1:8081:80/tcp", "127.0.0.1:8082:81/tcp"],
            ["10.0.0.1:80:80/tcp", "10.0.0.1:80:81/tcp"],
        ),
        ([port("10.0.0.1", 8080)], [NEEDED], {"allowed_ports": ["8080/tcp"]}, [], []),
        ([port("10.0.0.1", 80)], [NEEDED, LOW], {"allowed_ports": ["8080/tcp"]}, [], ["10.0.0.1:80:80/tcp"]),
        (
            [port("10.0.0.1", 8000, last_host_port=8010)],
            [NEEDED],
            {"allowed_ports": ["8000-8010/tcp"]},
            [],
            [],
        ),
        (
            [port("10.0.0.1", 80, last_host_port=90)],
            [LOW],
            {"allowed_privileged_ports": [80]},
            ["127.0.0.1:8080:80/tcp"],
            ["10.0.0.1:80-90:80/tcp"],
        ),
    ],
)
def test_ports(ports: list[Json], rules: list[str], policy: Json, add: list[str], leave: list[str]) -> None:
    hint = access.port_hint(case({"ports": ports}, *rules, policy=policy))
    assert hint == Hint(
        [f"--publish={one}" for one in add],
        [f"--publish={one}" for one in leave],
        [],
        {"ports": add} if add else {},
        [f'ports: "{one}"' for one in leave],
    )


def test_the_address_of_the_network_decides_on_a_port_that_names_none() -> None:
    for binding, open_ in (("127.0.0.1", False), ("0.0.0.0", True), (None, True)):
        hint = access.port_hint(case({"ports": [port(None, 8080)], "default_binding": binding}, OPEN))
        assert bool(hint.leave) is open_
    everything = access.port_hint(case({"ports": [], "publish_all_ports": True}, OPEN))
    assert everything == Hint(leave=["--publish-all"])


def bind(source: str, **more: t.Any) -> Json:
    return {"type": "bind", "bound": True, "source": source, "real_source": source, "destination": "/x", **more}


def test_mounts_are_named_as_they_were_asked_for() -> None:
    mounts = [
        bind("/etc"),
        bind("/etc", destination="/y", read_only=True),
        bind("/etc", below="ssl"),
        bind("/etc/a:b"),
        bind("/srv"),
        # Nobody asked the engine for these, so there is no word to leave out.
        bind("/etc", destination="/given\n", asked=False),
        bind("/etc/ssl", destination="/given\n", asked=False),
        {
            "type": "volume",
            "bound": True,
            "name": "v",
            "source": "/etc/v",
            "real_source": "/etc/v",
            "destination": "/v",
        },
        {"type": "volume", "name": "w", "source": "/etc/w", "destination": "/w"},
    ]
    wanted = case({"mounts": mounts}, policy={"sensitive_directories": ["/etc"], "allowed_bind_mounts": ["/etc/x"]})
    assert access.mount_hint(wanted, access.is_sensitive) == Hint(
        leave=[
            *("--volume=/etc:/x", "--volume=/etc:/y:ro"),
            *("--mount=type=bind,source=/etc/a:b,target=/x", "--volume=v:/v"),
        ],
        compose_leave=[
            *('volumes: "/etc:/x"', 'volumes: "/etc:/y:ro"', 'volumes: "/etc/a:b:/x"', 'volumes: "v:/v"'),
        ],
        to_do=[access.not_asked("/given\n")],
    )
    assert "\n" not in access.not_asked("/given\n") and "/given" in access.not_asked("/given\n")


def test_what_is_sensitive() -> None:
    posture = {"daemon": {"info": {"data_root": "/data"}}, "host": {"data_root": {"real_path": "/disk/data"}}}
    policy = {"sensitive_directories": ["/etc"], "allowed_bind_mounts": ["/etc/ssl/*", "/srv"]}
    one = Case({}, {}, posture, policy, frozenset())
    expected = {
        **dict.fromkeys(("/etc", "/etc/passwd", "/", "/data/x", "/data", "/disk/data/y", "/disk"), True),
        **dict.fromkeys(("/etc/ssl/certs", "/srv", "/etcetera", "/database"), False),
    }
    assert {place: access.is_sensitive(one, bind(place)) for place in expected} == expected
    # Where a link leads decides, and its own name only where that is not known.
    assert access.is_sensitive(one, {**bind("/srv/link"), "real_source": "/etc"}) is True
    assert access.is_sensitive(one, {**bind("/etc"), "real_source": None}) is True
    assert access.is_socket(one, bind("/run")) is True
    assert access.is_socket(one, bind("/run/lock")) is False
    mine = Case({}, {}, posture, {"engine_sockets": ["/srv/own.sock"]}, frozenset())
    assert (access.is_socket(mine, bind("/srv")), access.is_socket(one, bind("/srv"))) == (True, False)


@pytest.mark.parametrize("propagation", ["shared", "rshared"])
def test_shared_mounts(propagation: str) -> None:
    mounts = [
        bind("/a", propagation=propagation, read_only=True),
        bind("/b", propagation="rprivate"),
        bind("/c", propagation=propagation),
    ]
    said = "--mount=type=bind,source={},target=/x{},bind-propagation={}"
    hint = access.propagation_hint(case({"mounts": mounts}))
    assert hint == Hint(
        [said.format("/a", ",readonly", "rprivate"), said.format("/c", "", "rprivate")],
        [said.format("/a", ",readonly", propagation), said.format("/c", "", propagation)],
        [],
        {
            "volumes": [
                {
                    "type": "bind",
                    "source": "/a",
                    "target": "/x",
                    "read_only": True,
                    "bind": {"propagation": "rprivate"},
                },
                {"type": "bind", "source": "/c", "target": "/x", "bind": {"propagation": "rprivate"}},
            ]
        },
    )


def test_devices() -> None:
    container = {
        "devices": [
            {"host": "/dev/a", "container": "/dev/b", "permissions": "r"},
            {"host": "/dev/ok", "container": "/dev/ok", "permissions": "rwm"},
        ],
        "device_requests": [{"driver": "nvidia", "count": -1}, {"driver": "x", "count": 2}, {"driver": "y"}],
        "device_cgroup_rules": ["c 1:3 r", "c 10:200 rwm"],
    }
    policy = {"allowed_devices": ["/dev/ok", "request:z", "c 10:200 rwm"]}
    words = ["--device=/dev/a:/dev/b:r", "--gpus=all", "--gpus=2", "--gpus=1", "'--device-cgroup-rule=c 1:3 r'"]
    keys = ["devices", "gpus", "device_cgroup_rules"]
    assert access.device_hint(case(container, policy=policy)) == Hint(leave=words, compose_leave=keys)
    privileged = access.device_hint(case({**container, "privileged": True}, policy=policy))
    assert privileged == Hint(leave=["--privileged", *words], compose_leave=["privileged", *keys])
    everything = {"allowed_devices": ["*"]}
    assert access.device_hint(case(container, policy=everything)) == Hint()
    requests = {"device_requests": [{"driver": "nvidia", "count": 0}]}
    assert access.device_hint(case(requests)) == Hint(leave=["--gpus=1"], compose_leave=["gpus"])
    assert access.device_hint(case(requests, policy={"allowed_devices": ["request:nvidia"]})) == Hint()


def test_namespaces_and_networks() -> None:
    hint = access.namespace_hint("pid", "pid", "pid")
    assert hint(case({"namespaces": {"pid": "host"}})) == Hint(leave=["--pid=host"], compose_leave=["pid"])
    assert hint(case({"namespaces": {"pid": "container:x"}})).leave == ["--pid=container:x"]
    assert hint(case({})).leave == ["--pid=host"]
    network = access.network_of_host_hint(case({"namespaces": {"network": "container:x"}}))
    assert network == Hint(["--network=NETWORK"], ["--network=container:x"], [], {}, ["network_mode"])
    assert access.network_of_host_hint(case({})).leave == ["--network=host"]
    for asked, leave in (("bridge", ["--network=bridge"]), ("default", []), ("front", [])):
        one = access.default_bridge_hint(case({"namespaces": {"network": asked}}))
        keys = ["network_mode: bridge"] if leave else []
        assert one == Hint(["--network=NETWORK"], leave, [], {}, keys, one.to_do) and len(one.to_do) == 1
