# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""daemon.json as engines read it. Every line was tried on the engine of that version."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon import keys, scan
from ansible_collections.seawall.docker.plugins.module_utils._daemon.daemon_json import read_daemon_json
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import parse_flags

OLD, NEW, LAST = (20, 10), (26, 1), (29, 7)
SINGULAR = (
    "insecure-registry registry-mirror host label log-opt exec-opt storage-opt default-ulimit default-address-pool "
    "authorization-plugin dns-opt add-runtime default-network-opt cdi-spec-dir feature node-generic-resource"
).split()


@pytest.mark.parametrize(
    ("content", "version", "state", "settings"),
    [
        (b"{}", OLD, "ok", {}),
        (b"{}", NEW, "ok", {}),
        (b"null", OLD, "ok", {}),
        (b"null", NEW, "ok", {}),
        (b"", OLD, "invalid", {}),
        (b"", NEW, "empty", {}),
        (b" \n\t", OLD, "invalid", {}),
        (b"", (22, 9), "invalid", {}),
        (b"", (23, 0), "empty", {}),
        (b'{"proxies":{"http-proxy":"http://p:1"}}', (23, 0), "ok", {"http-proxy": "http://p:1"}),
        (b" \n\t", NEW, "empty", {}),
        (b"[]", OLD, "invalid", {}),
        (b"[]", NEW, "invalid", {}),
        (b'"x"', NEW, "invalid", {}),
        (b'\xef\xbb\xbf{"icc":false}', OLD, "invalid", {}),
        (b'\xef\xbb\xbf{"icc":false}', NEW, "ok", {"icc": False}),
        (b"\xff\xfe" + '{"icc":false}'.encode("utf-16-le"), NEW, "ok", {"icc": False}),
        (b"\xfe\xff" + '{"icc":false}'.encode("utf-16-be"), NEW, "ok", {"icc": False}),
        (b'\xc2\xa0{"icc":false}\xc2\xa0', NEW, "ok", {"icc": False}),
        (b"// why\n{}", NEW, "invalid", {}),
        (b"/* why */ {}", NEW, "invalid", {}),
        (b'{"icc":false,}', NEW, "invalid", {}),
        (b'{"icc":false} garbage', OLD, "ok", {"icc": False}),
        (b'{"icc":false} garbage', NEW, "invalid", {}),
        (b'{"debug":true,"debug":false}', NEW, "ok", {"debug": False}),
        (b'{"debug":1,"debug":false}', NEW, "invalid", None),
        (b'{"Debug":true}', NEW, "invalid", {}),
        (b'{"LIVE-RESTORE":true}', NEW, "invalid", {}),
        (b'{"foo":1}', NEW, "invalid", {}),
        (b'{"foo":{"debug":true}}', NEW, "ok", {}),
        (b'{"foo":{}}', NEW, "ok", {}),
        (b'{"foo":{"nope":1}}', NEW, "invalid", {}),
        # A boolean takes effect wherever it stands, except those that are copied early.
        (
            b'{"foo":{"live-restore":true,"experimental":true,"debug":true}}',
            OLD,
            "ok",
            {"live-restore": True, "experimental": True},
        ),
        (b'{"proxies":{"live-restore":true}}', NEW, "ok", {"live-restore": True}),
        (b'{"tlsverify":null}', NEW, "ok", {"tlsverify": True}),
        (b'{"foo":{"tlsverify":false}}', NEW, "ok", {"tlsverify": True}),
        (b'{"Debug":{}}', NEW, "invalid", {}),
        (b'{"resolv-conf":{}}', NEW, "invalid", {}),
        (b'{"http-proxy":3}', NEW, "ok", {}),
        (b'{"http-proxy":{"icc":false}}', NEW, "ok", {"icc": False}),
        (b'{"containerd-plugins-namespace":"x"}', NEW, "ok", {}),
        (b'{"containerd-plugin-namespace":"x"}', NEW, "invalid", {}),
        (b'{"restart":true,"version":true,"help":true}', NEW, "ok", {}),
        (b'{"validate":true,"config-file":"x"}', NEW, "ok", {}),
        (b'{"validate":true}', OLD, "invalid", {}),
        (b'{"default-init":"x"}', NEW, "invalid", {}),
        (b'{"swarm-raft-heartbeat-tick":1}', NEW, "invalid", {}),
        (b'{"swarm-raft-election-tick":1}', NEW, "invalid", {}),
        (b'{"log-opts":{"max-file":3}}', NEW, "invalid", None),
        (b'{"log-opts":{"max-file":"3"}}', NEW, "ok", {"log-opts": {"max-file": "3"}}),
        (b'{"log-opts":{"a":"1"},"log-opts":{"b":"2"}}', NEW, "ok", {"log-opts": {"a": "1", "b": "2"}}),
        (b'{"default-shm-size":67108864}', NEW, "invalid", None),
        (b'{"default-shm-size":"64M"}', NEW, "ok", {"default-shm-size": "64M"}),
        (b'{"features":{"nope":true}}', OLD, "ok", {"features": {"nope": True}}),
        (b'{"builder":{"nope":1}}', NEW, "ok", {"builder": {"nope": 1}}),
        (b'{"builder":3}', NEW, "invalid", None),
        (b'{"http-proxy":"http://p:1"}', NEW, "ok", {}),
        (b'{"proxies":{"http-proxy":"http://p:1"}}', NEW, "ok", {"http-proxy": "http://p:1"}),
        (b'{"Proxies":{"http-proxy":"http://p:1"}}', NEW, "ok", {"http-proxy": "http://p:1"}),
        (b'{"proxies":{"http-proxy":"http://p:1"}}', OLD, "invalid", {}),
        (b'{"oom-score-adjust":1}', (25, 0), "ok", {"oom-score-adjust": 1}),
        (b'{"oom-score-adjust":1}', NEW, "invalid", {}),
        (b'{"api-cors-header":"*"}', NEW, "ok", {"api-cors-header": "*"}),
        (b'{"api-cors-header":"*"}', (28, 5), "invalid", {}),
        (b'{"api-cors-header":""}', (28, 5), "ok", {}),
        (b'{"api-cors-header":""}', LAST, "invalid", {}),
        (b'{"allow-nondistributable-artifacts":["x"]}', LAST, "ok", {}),
        (b'{"deprecated-key-path":"/x"}', LAST, "ok", {}),
        (b'{"graph":"/x"}', OLD, "ok", {"graph": "/x"}),
        (b'{"graph":"/x"}', NEW, "invalid", {}),
        (b'{"min-api-version":"1.24"}', LAST, "ok", {"min-api-version": "1.24"}),
        (b'{"min-api-version":"1.24"}', NEW, "invalid", {}),
        (b'{"resolv-conf":"/x"}', OLD, "invalid", {}),
        (b'{"labels":["a=\xff"]}', OLD, "ok", {"labels": ["a=\ufffd"]}),
        (b'{"labels":["a=\xff"]}', NEW, "invalid", {}),
        (b'{"max-concurrent-downloads":1e1}', OLD, "invalid", None),
        (b'{"mtu":99999999999999999999}', NEW, "invalid", None),
        (b'{"mtu":' + b"9" * 5000 + b"}", NEW, "invalid", None),
        (b'{"mtu":NaN}', NEW, "invalid", {}),
        (b'{"mtu":1e999}', NEW, "invalid", {}),
        (b'{"labels":["a=\\ud800"]}', NEW, "ok", {"labels": ["a=\ufffd"]}),
        (b'{"labels":["a=\\ud83d\\ude00"]}', NEW, "ok", {"labels": ["a=\U0001f600"]}),
        (b'{"dns":["nope"]}', NEW, "invalid", None),
        (b'{"default-address-pools":[{"base":"10.0.0.0/8","size":"24"}]}', NEW, "invalid", None),
        (b'{"debug":"true"}', NEW, "invalid", None),
        # Empty values are filled from the defaults; false is a value.
        (b'{"log-level":"","hosts":[],"mtu":0,"icc":false,"iptables":null}', NEW, "ok", {"icc": False}),
    ],
)
def test_reads_what_the_engine_reads(content, version, state, settings):
    found = read_daemon_json(content, version)
    assert found.state == state, found.error
    assert (found.error is None) == (state != "invalid")
    if settings is not None:
        assert found.settings == settings


@pytest.mark.parametrize("key", SINGULAR)
def test_names_of_flags_are_accepted_and_do_nothing(key):
    found = read_daemon_json(json.dumps({key: ["x"]}).encode(), LAST)
    assert found.state == "ok"
    assert found.settings == {}
    assert [entry["key"] for entry in found.ineffective] == [key]


def test_says_where():
    text = b"""{
  "debug": true,
  "log-opts": {
    "max-size": "1m",
    "max-file": 3
  },
  "foo": 1, "insecure-registry": [],
  "nested": {"debug": true},
  "debug": false
}
"""
    found = read_daemon_json(text, NEW)
    assert found.unknown == [{"key": "foo", "line": 7}]
    assert found.duplicate == [{"key": "debug", "lines": [2, 9]}]
    assert found.wrong_type == [{"key": "log-opts.max-file", "line": 5, "expected": "string", "found": "number"}]
    assert [(entry["key"], entry["line"]) for entry in found.ineffective] == [
        ("insecure-registry", 7),
        ("nested.debug", 8),
    ]
    assert (found.line, found.column) == (5, 5)
    assert [member.key for member in found.members][:3] == ["debug", "log-opts", "foo"]


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        (b'{\n  "icc": false,\n}', 3, 1),
        (b'{\r\n  "icc" false}', 2, 9),
        ('{"labels": ["é" x]}'.encode(), 1, 17),
        (b'{"a":\n\n"x', 3, 1),
        (b'{"icc":\xff}', 1, 8),
    ],
)
def test_places_of_faults(content, line, column):
    found = read_daemon_json(content, NEW)
    assert found.state == "invalid"
    assert (found.line, found.column) == (line, column)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"log-opts":', b'{"builder":[', b'{"foo":{"a":['])
def test_depth_costs_nothing(opening):
    for count in (5000, 200000):
        read_daemon_json(opening * count, NEW)
    deep = b'{"builder":' * 3000 + b"1" + b"}" * 3000
    assert json.dumps(read_daemon_json(deep, NEW).settings)


@pytest.mark.parametrize(
    ("content", "too_deep"),
    [(b'{"builder":{"gc":{}}}', True), (b'{"builder":{}}', False), (b'{"labels":["a"]}', False)],
)
def test_the_bound_of_nesting_is_the_last_depth_that_is_read(
    monkeypatch: pytest.MonkeyPatch, content: bytes, too_deep: bool
) -> None:
    monkeypatch.setattr(scan, "MAX_DEPTH", 2)

    error = read_daemon_json(content, NEW).error or ""

    assert ("the nesting is deeper than 2" in error) == too_deep


def test_a_large_file_is_read_in_reasonable_time():
    content = json.dumps({"log-opts": {f"k{n}": "v" * 50 for n in range(100000)}}).encode()
    assert len(read_daemon_json(content, NEW).settings["log-opts"]) == 100000


@pytest.mark.parametrize(
    ("content", "arguments", "conflicts"),
    [
        ({"hosts": ["unix:///x"]}, ["-H", "fd://"], [("hosts", "-H")]),
        ({"debug": False}, ["-D"], [("debug", "-D")]),
        ({"icc": None}, ["--icc=false"], [("icc", "--icc")]),
        ({"runtimes": {"a": {"path": "/a"}}}, ["--add-runtime", "b=/b"], []),
        ({"label": ["a=b"]}, ["--label", "a=b"], []),
        ({"foo": {"icc": False}}, ["--icc=false"], [("icc", "--icc")]),
        ({"default-ulimits": {}}, ["--default-ulimit", "nofile=1:2"], [("default-ulimits", "--default-ulimit")]),
        ({"containerd": "/x"}, ["-H", "fd://", "--containerd=/x"], [("containerd", "--containerd")]),
        ({"icc": False}, ["-H", "fd://"], []),
    ],
)
def test_conflicts_with_flags(content, arguments, conflicts):
    found = read_daemon_json(json.dumps(content).encode(), NEW)
    assert found.conflicts(parse_flags(arguments, NEW)) == conflicts


def test_both_names_of_the_gateway():
    assert read_daemon_json(b'{"host-gateway-ip":"10.0.0.1","host-gateway-ips":["10.0.0.1"]}', LAST).state == "invalid"
    assert read_daemon_json(b'{"host-gateway-ip":"10.0.0.1"}', LAST).state == "ok"


def test_a_value_set_twice_in_two_ways_is_uncertain():
    assert read_daemon_json(b'{"icc":true,"foo":{"icc":false}}', NEW).uncertain == {"icc"}


def test_only_the_first_of_many_unknown_keys_is_reasoned_about(monkeypatch: pytest.MonkeyPatch) -> None:
    class Counted(tuple):  # type: ignore[type-arg]
        walks = 0

        def __iter__(self) -> t.Iterator[t.Any]:
            Counted.walks += 1
            return super().__iter__()

    read_daemon_json(b'{"k": 1}', NEW)  # what is kept of the options is made of them before they are counted
    monkeypatch.setattr(keys, "OPTIONS", Counted(keys.OPTIONS))
    found = read_daemon_json(json.dumps({f"k{number}": number for number in range(500)}).encode(), NEW)
    assert found.state == "invalid" and found.error == "line 1, column 2: the engine has no option k0"
    assert len(found.unknown) == 500 and Counted.walks == 1
