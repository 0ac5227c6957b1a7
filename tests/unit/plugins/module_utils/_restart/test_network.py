# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which restarts change the network, and what a network of the engine takes from the host."""

from __future__ import annotations

import json
import struct
import types
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon import config_records
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import parse_flags
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config import pending
from ansible_collections.seawall.docker.plugins.module_utils._host.files import Restore
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._restart import network_check
from ansible_collections.seawall.docker.plugins.module_utils._restart.host_network import lost, read_host_network
from ansible_collections.seawall.docker.plugins.module_utils._restart.model import Failed, Settings
from ansible_collections.seawall.docker.plugins.module_utils._restart.network_change import (
    NetworkChange,
    network_change,
)
from ansible_collections.seawall.docker.plugins.module_utils._trial.network_trial import NetworkTrial, Reach

VERSION = (26, 1)


def no_command(*_words: t.Any, **_unused: t.Any) -> t.Tuple[int, str, str]:
    raise AssertionError("nothing is run")


@pytest.fixture
def change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., t.Optional[NetworkChange]]:
    monkeypatch.setattr(config_records, "DIRECTORY", str(tmp_path / "notes"))

    def of(
        old: t.Any, new: t.Any, flags: t.Sequence[str] = (), restore: bool = True, works: bool = False
    ) -> t.Optional[NetworkChange]:
        path, backup = tmp_path / "daemon.json", tmp_path / "backup"
        path.write_text(json.dumps(new), encoding="utf-8")
        entry = Restore(str(path), None)
        if old is not None:
            backup.write_text(json.dumps(old), encoding="utf-8")
            entry = Restore(str(path), str(backup))
        parsed = parse_flags(["dockerd", *flags], VERSION)
        daemon = types.SimpleNamespace(
            config_path=str(path), version=VERSION, flags=parsed, process=None, works_with_file=works
        )
        return network_change(Host(no_command), daemon, [entry] if restore else [])  # type: ignore[arg-type]

    return of


@pytest.mark.parametrize(
    ("old", "new", "options", "outside"),
    [
        ({}, {"bip": "10.1.0.1/24"}, ["bip"], False),
        ({"bip": "10.1.0.1/24"}, {}, ["bip"], False),
        (None, {"iptables": False, "debug": True}, ["iptables"], True),
        ({"mtu": 1400}, {"mtu": 1300, "icc": False}, ["icc", "mtu"], False),
        ({}, {"default-address-pools": [{"base": "10.0.0.0/8", "size": 24}]}, ["default-address-pools"], True),
        # What is the default, and what is no option of the network, changes nothing.
        ({}, {"icc": True, "ip": "0.0.0.0"}, None, False),
        ({"debug": True}, {"live-restore": True, "log-driver": "local"}, None, False),
    ],
)
def test_options_of_the_network_are_compared_by_their_values(
    change: t.Callable[..., t.Optional[NetworkChange]],
    old: t.Any,
    new: t.Any,
    options: t.Optional[t.List[str]],
    outside: bool,
) -> None:
    found = change(old, new)
    assert (found.options if found is not None else None) == options
    if found is not None:
        assert found.outside is outside and found.icc is (new.get("icc") is not False)


def test_without_a_copy_the_note_of_a_cut_off_run_counts_and_then_what_is_known_of_the_engine(
    change: t.Callable[..., t.Optional[NetworkChange]], tmp_path: Path
) -> None:
    # Nobody knows what the engine ran with.
    assert change(None, {"bip": "10.1.0.1/24", "debug": True}, restore=False) == NetworkChange(["bip"])
    assert change(None, {"bip": "10.1.0.1/24"}, restore=False, works=True) is None
    written = config_records.fingerprint(json.dumps({"bip": "10.1.0.1/24", "icc": False}).encode())
    path = str(tmp_path / "daemon.json")
    pending.write(config_records.Note(path, None, True, None, written, "restart", ["debug", "icc"], None))
    assert change(None, {"bip": "10.1.0.1/24", "icc": False}, restore=False) == NetworkChange(["icc"], "", False)


def test_what_is_a_flag_is_the_value_before_and_after(change: t.Callable[..., t.Optional[NetworkChange]]) -> None:
    assert change({}, {}, ["--icc=false"]) is None
    assert change({}, {"bip": "10.1.0.1/24"}, ["--icc=false"]) == NetworkChange(["bip"], "", False)
    assert change({}, {"mtu": 1400}, ["--bridge", "none"]) == NetworkChange(["mtu"], "none")


def route(interface: str, network: str, gateway: str = "0.0.0.0") -> str:
    address, _slash, length = network.partition("/")
    mask = (0xFFFFFFFF << (32 - int(length))) & 0xFFFFFFFF

    def word(text: str) -> str:
        return f"{struct.unpack('=I', bytes(int(part) for part in text.split('.')))[0]:08X}"

    mask_word = f"{struct.unpack('=I', struct.pack('!I', mask))[0]:08X}"
    return f"{interface}\t{word(address)}\t{word(gateway)}\t0003\t0\t0\t0\t{mask_word}\t0\t0\t0"


LAN = [route("eth0", "0.0.0.0/0", "192.168.1.1"), route("eth0", "192.168.1.0/24")]
BRIDGE = route("docker0", "172.17.0.0/16")


class Kernel(Host):
    """A host with these routes and addresses."""

    def __init__(self, routes: t.Sequence[str], addresses: t.Sequence[str], six: t.Optional[t.Dict[str, str]] = None):
        super().__init__(no_command)
        trie = "Local:\n" + "".join(f"  +-- 0.0.0.0/0\n     |-- {one}\n        /32 host LOCAL\n" for one in addresses)
        self.files = {"route": "\n".join(["Iface\tDestination", *routes]), "fib_trie": trie, **(six or {})}

    def read_text(self, path: str, max_bytes: int = 0) -> str:
        name = path.rpartition("/")[2]
        if name not in self.files:
            raise Unread(f"there is no {path}", "absent")
        return self.files[name]


HOST = Kernel([*LAN, BRIDGE], ["127.0.0.1", "192.168.1.50", "172.17.0.1"])
SIX = {
    "if_inet6": "20010db8000000000000000000000050 02 40 00 80     eth0\n",
    "ipv6_route": (
        "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 "
        "00000400 00000001 00000000 00450003     eth0\n"
    ),
}


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (HOST, []),
        # Another address of the bridge is the engine's own business, and so is no bridge.
        (Kernel([*LAN, route("docker0", "10.9.0.0/24")], ["192.168.1.50", "10.9.0.1"]), []),
        (Kernel(LAN, ["192.168.1.50"]), []),
        (Kernel([LAN[1], BRIDGE], ["192.168.1.50", "172.17.0.1"]), ["default route by 192.168.1.1 (eth0) is gone"]),
        (Kernel([*LAN, BRIDGE], ["172.17.0.1"]), ["the host's address 192.168.1.50 is gone"]),
        (
            Kernel([*LAN, route("docker0", "192.168.1.0/24")], ["192.168.1.50", "192.168.1.1"]),
            [
                "192.168.1.1, the gateway of the host's default route, is an address of the host itself",
                "docker0 contains 192.168.1.1, the gateway",
                "docker0 contains the host's address 192.168.1.50",
            ],
        ),
        (
            Kernel([*LAN, route("docker0", "192.168.1.48/28")], ["192.168.1.50", "192.168.1.49"]),
            ["docker0 contains the host's address 192.168.1.50"],
        ),
        (
            Kernel([*LAN, BRIDGE, route("br-0123456789ab", "192.168.0.0/16")], ["192.168.1.50", "192.168.0.1"]),
            ["br-0123456789ab contains 192.168.1.1, the gateway", "contains the host's address 192.168.1.50"],
        ),
    ],
)
def test_what_the_engine_takes_from_the_host_is_named(after: Kernel, said: t.List[str]) -> None:
    found = lost(read_host_network(HOST, 7), read_host_network(after, 7))
    assert len(found) == len(said) and all(any(one in line for line in found) for one in said), found


def test_an_engine_that_forwards_for_ipv6_takes_the_route_that_a_router_announced() -> None:
    before = Kernel([*LAN, BRIDGE], ["192.168.1.50"], SIX)
    after = Kernel([*LAN, BRIDGE], ["192.168.1.50"], {**SIX, "ipv6_route": ""})
    found = lost(read_host_network(before, None), read_host_network(after, None))
    assert found == ["the host's default route by fe80::1 (eth0) is gone"]
    assert lost(read_host_network(before, None), read_host_network(before, None)) == []
    gone = Kernel([*LAN, BRIDGE], ["192.168.1.50"], {**SIX, "if_inet6": ""})
    assert lost(read_host_network(before, None), read_host_network(gone, None)) == [
        "the host's address 2001:db8::50 is gone"
    ]


REACHED, NOT = Reach("reached"), Reach("not_reached", "no answer")


@pytest.mark.parametrize(
    ("icc", "kept", "trial", "fault"),
    [
        (True, False, NetworkTrial(REACHED, REACHED), None),
        (True, False, NetworkTrial(NOT, REACHED), "no answer"),
        (True, False, NetworkTrial(REACHED, NOT), "no answer"),
        (False, False, NetworkTrial(NOT, REACHED), None),
        (False, False, NetworkTrial(REACHED, REACHED), "icc is false, and a container reaches another one"),
        # An engine whose containers run on takes over the bridge as it is.
        (False, True, NetworkTrial(REACHED, REACHED), None),
        (False, True, NetworkTrial(NOT, NOT), "no answer"),
        (True, False, NetworkTrial(Reach("not_tried", "no program"), Reach("not_tried")), None),
    ],
)
def test_a_network_is_judged_by_what_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, icc: bool, kept: bool, trial: NetworkTrial, fault: t.Optional[str]
) -> None:
    monkeypatch.setattr(network_check, "run_network_trial", lambda *_unused: trial)
    engine = types.SimpleNamespace(get=lambda _path: [{"Name": "bridge", "Driver": "bridge"}])
    world = types.SimpleNamespace(host=HOST, service=types.SimpleNamespace(pid=lambda: None))
    before = network_check.NetworkBefore()
    settings = Settings("restart", 60, network=NetworkChange(["icc"], "", icc))
    result: t.Dict[str, t.Any] = {"containers": [{"change": "kept" if kept else "restarted"}]}
    before.look(HOST, None)
    try:
        network_check.verify_host(world, settings, before, result)  # type: ignore[arg-type]
        if fault is None:
            network_check.verify_network(world, engine, settings, before, result)  # type: ignore[arg-type]
        else:
            with pytest.raises(Failed, match=fault):
                network_check.verify_network(world, engine, settings, before, result)  # type: ignore[arg-type]
    finally:
        before.close()
    assert result["network"]["host"] == "as before" and result["network"]["options"] == ["icc"]


@pytest.mark.parametrize(
    ("bridge", "fault"), [("none", None), ("", "has no network bridge"), ("br9", "has no network")]
)
def test_no_bridge_is_what_somebody_asked_for_or_a_fault(bridge: str, fault: t.Optional[str]) -> None:
    engine = types.SimpleNamespace(get=lambda _path: [{"Name": "bridge", "Driver": "overlay"}, None])
    world = types.SimpleNamespace(host=HOST, service=types.SimpleNamespace(pid=lambda: None))
    before = network_check.NetworkBefore()
    before.host = read_host_network(HOST, None)
    settings = Settings("restart", 60, canary="never", network=NetworkChange(["bridge"], bridge))
    result: t.Dict[str, t.Any] = {"containers": []}
    network_check.verify_host(world, settings, before, result)  # type: ignore[arg-type]
    if fault is None:
        network_check.verify_network(world, engine, settings, before, result)  # type: ignore[arg-type]
        assert result["network"]["port"] == "not tried: the engine has no bridge, as asked for with bridge: none"
    else:
        with pytest.raises(Failed, match=fault):
            network_check.verify_network(world, engine, settings, before, result)  # type: ignore[arg-type]
