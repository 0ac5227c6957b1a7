# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the right type with which no engine starts, by key: what is said of them, and what is next to them and good.

The integration tests give the same kinds of values to a real engine.
"""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.combinations import read_for_start
from ansible_collections.seawall.docker.plugins.module_utils._daemon.domains import refusal
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import parse_flags

_LEVELS = "panic, fatal, error, warn, warning, info, debug, trace"
NO_NETWORK = "must be a network such as 10.0.0.1/16"


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("log-level", "loud", f"must be one of {_LEVELS}"),
        ("log-format", "xml", "must be one of text, json"),
        ("default-ipc-mode", "host", "must be one of private, shareable"),
        ("default-cgroupns-mode", "HOST", "must be one of host, private"),
        ("max-concurrent-downloads", -1, "must be 0 or more"),
        ("max-concurrent-uploads", -1, "must be 0 or more"),
        ("max-download-attempts", 0, "must be 1 or more"),
        ("mtu", -1, "must be 0 or more"),
        ("oom-score-adjust", -1001, "must be between -1000 and 1000"),
        ("oom-score-adjust", 1001, "must be between -1000 and 1000"),
        ("dns-search", ["example.org", "a b"], "[1] is not a domain"),
        ("dns-search", ["-example.org"], "[0] is not a domain"),
        ("dns-search", ["\texample.org"], "[0] is not a domain"),
        ("labels", ["a=b", "x"], "[1] must be name=value"),
        ("labels", ["com.docker.x=b"], "[0] has a name that is reserved for Docker"),
        ("labels", ["IO.Docker.x=b"], "[0] has a name that is reserved for Docker"),
        ("labels", ["a=b", "a=c"], "[1] gives a name another value than before"),
        ("labels", ["a=b=c", "a=d=c"], "[1] gives a name another value than before"),
        ("node-generic-resources", ["gpu=1", "x"], "[1] must be name=value"),
        ("node-generic-resources", ["=1"], "[0] must be name=value"),
        ("node-generic-resources", ["gpu="], "[0] must be name=value"),
        ("node-generic-resources", ["gpu=-1"], "[0] must not be negative"),
        ("node-generic-resources", ["gpu=1", "ssd=2", "gpu=a"], "[2] mixes numbers and names"),
        ("node-generic-resources", ["gpu=a", "gpu=+1"], "[1] mixes numbers and names"),
        ("registry-mirrors", ["https://good", "ftp://a"], "[1] must be http:// or https:// and a host"),
        ("registry-mirrors", [None], "[0] must be http:// or https:// and a host"),
        ("insecure-registries", ["good", "a b"], "[1] is neither a network nor a host with a port or none"),
        ("insecure-registries", [None], "[0] is neither a network nor a host with a port or none"),
        ("insecure-registries", ["fe80::1%2/64"], "[0] is neither a network nor a host with a port or none"),
        ("metrics-addr", "127.0.0.1", "must be an address with a port, such as 127.0.0.1:9323"),
        ("metrics-addr", "[::1]:65536", "must be an address with a port, such as 127.0.0.1:9323"),
        ("runtimes", {"runc": {"path": "/bin/true"}}, '"runc" is the name of the engine\'s own runtime and reserved'),
        ("default-address-pools", [{"base": "x", "size": 24}], "[0].base must be a network such as 10.0.0.0/16"),
        ("default-address-pools", [{"size": 24}], "[0].base must be a network such as 10.0.0.0/16"),
        ("default-address-pools", [None], "[0].base must be a network such as 10.0.0.0/16"),
        (
            "default-address-pools",
            [{"base": "10.0.0.0/16", "size": 24}, {"base": "10.0.0.0/8", "size": 7}],
            "[1].size must not be smaller than the prefix of its base",
        ),
        (
            "default-address-pools",
            [{"base": "10.0.0.0/8", "size": 33}],
            "[0].size must not be smaller than the prefix of its base",
        ),
        ("default-address-pools", [{"base": "10.0.0.0/8"}], "[0].size must not be smaller than the prefix of its base"),
        (
            "default-address-pools",
            [{"base": "10.0.0.0/1", "size": None}],
            "[0].size must not be smaller than the prefix of its base",
        ),
        ("bip", "x", NO_NETWORK),
        ("bip", "10.0.0.1", NO_NETWORK),
        ("fixed-cidr", "10.0.0.0/33", NO_NETWORK),
        ("exec-opts", ["x=y", "native.cgroupdriver=x"], "[1] names no driver of control groups"),
        ("exec-opts", [" Native.CgroupDriver = Systemd "], "[0] names no driver of control groups"),
        ("exec-opts", ["native.cgroupdriver=systemd=1"], "[0] names no driver of control groups"),
    ],
)
def test_a_value_with_which_no_engine_starts_is_named_with_its_place(key: str, value: t.Any, reason: str) -> None:
    content = json.dumps({"debug": False, key: value}, indent=1).encode()
    # The option was removed with 26.0.
    version = (25, 0) if key == "oom-score-adjust" else (26, 1)
    parsed = read_for_start(content, version, parse_flags([], version))
    separator = "" if reason.startswith("[") else ": "
    assert (parsed.state, parsed.line, parsed.column) == ("invalid", 3, 2)
    assert parsed.error == f"line 3, column 2: {key}{separator}{reason}"


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("log-level", ["", "info", "INFO", "trace"]),
        ("log-format", ["", "text", "json"]),
        ("default-ipc-mode", ["", "private", "shareable"]),
        ("default-cgroupns-mode", ["", "host"]),
        ("max-concurrent-downloads", [0, 1]),
        ("max-download-attempts", [1, 5]),
        ("mtu", [0, 1500]),
        ("oom-score-adjust", [-1000, 0, 1000]),
        ("dns-search", [[], ["."], ["example.org."], ["a_b", " c "], [None]]),
        ("labels", [[], ["=c"], ["a=b", "a=b"], ["a=b", "c=d"], ["a=b=c"], [None, "a=b"], ["docker.x=b"]]),
        ("node-generic-resources", [[], ["gpu=a", "gpu=b"], ["gpu=1", "gpu=+2"], ["a=1", "b=x"], [None], ["a=-x"]]),
        ("registry-mirrors", [[], ["https://mirror"]]),
        ("metrics-addr", ["", "127.0.0.1:9323", "[::1]:65535", "localhost:http", ":0"]),
        ("runtimes", [{}, {"crun": {"path": "/bin/true"}}]),
        (
            "default-address-pools",
            [
                [],
                [{"base": "10.0.0.0/8", "size": 8}],
                [{"base": "10.0.0.5/8", "size": 32}],
                [{"Base": "fd00::/8", "SIZE": 128}],
                [{"base": "10.0.0.0/8", "size": 24}, {"base": "10.1.0.0/16", "size": 24}],
            ],
        ),
        ("bip", ["", "10.0.0.1/16", "fd00::1/64"]),
        ("fixed-cidr", ["", "10.0.0.0/24"]),
        ("exec-opts", [[], ["x"], ["native.cgroupdriver="], [None, "native.cgroupdriver=cgroupfs"],
                       [" Native.CgroupDriver = systemd "], ["native.cgroupdriver=none"]]),
        ("userland-proxy", [False]),
        ("no-such-key", ["x"]),
    ],
)  # fmt: skip
def test_what_an_engine_may_start_with_is_not_refused(key: str, values: list[t.Any]) -> None:
    assert {json.dumps(value): refusal(key, value) for value in [None, *values]} == dict.fromkeys(
        map(json.dumps, [None, *values])
    )
