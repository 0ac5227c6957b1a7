# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the right name with which an engine ends: what is said of a daemon.json, held against a real engine."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.combinations import read_for_start
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import parse_flags
from ansible_collections.seawall.docker.plugins.module_utils._daemon.keys import version_of
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

REFUSED: list[dict[str, t.Any]] = [
    {"builder": {"gc": "x"}},
    {"builder": {"GC": {"Enabled": "yes"}}},
    {"builder": {"gc": {"policy": [{"keepStorage": 5}]}}},
    {"builder": {"gc": {"policy": [{"filter": "type=local"}]}}},
    {"builder": {"entitlements": {"network-host": "x"}}},
    {"log-level": "loud"},
    {"labels": ["x"]},
    {"labels": ["a=b", "a=c"]},
    {"labels": ["com.docker.x=b"]},
    {"mtu": -1},
    {"max-concurrent-downloads": -1},
    {"max-concurrent-uploads": -1},
    {"max-download-attempts": 0},
    {"default-ipc-mode": "host"},
    {"default-cgroupns-mode": "x"},
    {"runtimes": {"runc": {"path": "/bin/true"}}},
    {"node-generic-resources": ["x"]},
    {"node-generic-resources": ["gpu=1", "gpu=a"]},
    {"node-generic-resources": ["gpu=-1"]},
    {"dns": [""]},
    {"dns-search": ["a b"]},
    {"registry-mirrors": ["x"]},
    {"registry-mirrors": ["https://x/a"]},
    {"exec-opts": ["native.cgroupdriver=x"]},
    {"default-address-pools": [{"base": "x", "size": 24}]},
    {"default-address-pools": [{"base": "10.0.0.0/8", "size": 4}]},
    {"bip": "x"},
    {"fixed-cidr": "x"},
    {"insecure-registries": ["a b"]},
    {"insecure-registries": ["reg_.example.org"]},
    {"insecure-registries": ["reg.example.org:65536"]},
    {"insecure-registries": [None]},
    {"registry-mirrors": ["https://user@mirror"]},
    {"registry-mirrors": ["https://a%20b"]},
    {"registry-mirrors": ["https:/%zz"]},
    {"log-opts": {"max-sise": "10m"}},
    {"log-opts": {"max-buffer-size": "4m"}},
    {"log-driver": "local", "log-opts": {"tag": "x"}},
    {"log-driver": "gelf", "log-opts": {"tag": "x"}},
    {"storage-driver": "overlay2", "storage-opts": ["dm.basesize=10G"]},
    {"default-runtime": "nope"},
    {"metrics-addr": "127.0.0.1"},
    {"icc": False, "iptables": False},
    {"log-driver": "syslog", "log-opts": {"syslog-facility": "24"}},
    {"default-address-pools": [{"base": "10.0.0.0/8"}]},
]
TAKEN: dict[str, t.Any] = {
    "builder": {"gc": {"enabled": True, "defaultKeepStorage": "1GB", "policy": [{"keepStorage": "1GB", "all": True}]}},
    "log-level": "INFO",
    "labels": ["a=b", "a=b", "=c"],
    "mtu": 0,
    "max-concurrent-downloads": 0,
    "default-ipc-mode": "",
    "default-cgroupns-mode": "host",
    "runtimes": {"": {"path": "/bin/true"}, "x": {}},
    "node-generic-resources": ["gpu=a"],
    "dns-search": ["."],
    "insecure-registries": ["http://x", "1.2.3.4:", "::1:5000", "[::1]:5000", "10.0.0.0/08", "999.0.0.1", "X.y:0"],
    "registry-mirrors": [
        "https://mir_ror:99999",
        "https:mirror",
        "https://",
        "https://[nope]",
        'https://a"b',
        "https://a%e4/?#",
    ],
    "log-opts": {
        "max-size": "abc",
        "labels-regex": "(",
        "mode": "non-blocking",
        "max-buffer-size": "4m",
        "cache-max-file": "5",
    },
    "default-runtime": "x",
    "exec-opts": ["x"],
}


def state_of(host: IsolatedHost, config: dict[str, t.Any]) -> str:
    text = host.run("dockerd", "--version").stdout
    version = version_of(text.rpartition("version ")[2].partition(",")[0])
    assert version is not None, text
    return read_for_start(json.dumps(config).encode(), version, parse_flags([], version)).state


@pytest.mark.parametrize("config", REFUSED, ids=json.dumps)
def test_a_value_with_which_the_engine_ends_is_invalid(host: IsolatedHost, config: dict[str, t.Any]) -> None:
    host.write("/etc/docker/daemon.json", json.dumps(config))
    ended = host.run("timeout", "20", "dockerd")
    # 124 is the word of timeout for an engine that runs.
    assert ended.returncode not in (0, 124), ended.stderr
    assert state_of(host, config) == "invalid"


def test_values_that_only_look_odd_are_taken(host: IsolatedHost) -> None:
    host.start(config=TAKEN, images=False)
    host.stop()
    assert state_of(host, TAKEN) == "ok"
