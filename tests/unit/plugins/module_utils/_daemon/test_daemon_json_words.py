# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a daemon.json: where it is wrong, why, and which of its keys do nothing."""

from __future__ import annotations

import codecs
import json
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.combinations import faults, read_for_start
from ansible_collections.seawall.docker.plugins.module_utils._daemon.daemon_json import read_daemon_json
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import parse_flags

OLD, NEW, LAST = (20, 10), (26, 1), (29, 7)
NO_MARK = "the file begins with a byte order mark, which engines before 23.0 do not take"
NO_OPTION = "the engine has no option"


@pytest.mark.parametrize(
    ("content", "version", "error"),
    [
        (b"", OLD, "the file is empty, which engines before 23.0 do not take"),
        (b"\n[]", NEW, "line 1, column 1: the configuration is a list and not an object"),
        (codecs.BOM_UTF8 + b"{}", OLD, f"line 1, column 1: {NO_MARK}"),
        (b'{"a":\n "\xff"}', NEW, "line 2, column 3: the file is not UTF-8"),
        (b'{\n "foo": 1}', NEW, f"line 2, column 2: {NO_OPTION} foo"),
        (b'{"Foo": 1}', NEW, f"line 1, column 2: {NO_OPTION} Foo"),
        (b'{"ICC": false}', NEW, f"line 1, column 2: {NO_OPTION} ICC; it is written icc"),
        (b'{"oom-score-adjust": 1}', NEW, f"line 1, column 2: {NO_OPTION} oom-score-adjust any more, since 26.0"),
        (b'{"oom-score-adjust": 1}', (26, 0), f"line 1, column 2: {NO_OPTION} oom-score-adjust any more, since 26.0"),
        (b'{"validate": true}', OLD, f"line 1, column 2: {NO_OPTION} validate before 23.0"),
        (b'{"min-api-version": "1.24"}', NEW, f"line 1, column 2: {NO_OPTION} min-api-version before 29.0"),
        (b'{"foo": {\n "nope": 1}}', NEW, f"line 2, column 2: {NO_OPTION} nope"),
        (b'{"foo": {"oom-score-adjust": 1}}', NEW, f"line 1, column 10: {NO_OPTION} oom-score-adjust any more, since 26.0"),
        (b'{"foo": {"min-api-version": "1.24"}}', NEW, f"line 1, column 10: {NO_OPTION} min-api-version before 29.0"),
        (b'{\n "Debug": {}}', NEW, "line 2, column 2: Debug: the engine takes no object there"),
        (b'{"icc": false,\n "host-gateway-ip": "10.0.0.1", "host-gateway-ips": ["10.0.0.1"]}', LAST,
         "line 2, column 1: host-gateway-ip and host-gateway-ips exclude each other"),
        (b'{"icc": false,\n "api-cors-header": "*"}', (28, 5),
         "line 2, column 2: api-cors-header was removed, and the engine refuses to start with it"),
        (b'{"log-opts": {\n "max-file": 3}}', NEW, "line 2, column 2: log-opts.max-file: expected string, found number"),
        (b'{\n "proxies": {\n  "http-proxy": 3}}', NEW, "line 3, column 3: proxies.http-proxy: expected string, found number"),
    ],
)  # fmt: skip
def test_the_first_fault_is_said_with_its_place(content: bytes, version: tuple[int, int], error: str) -> None:
    assert read_daemon_json(content, version).error == error


@pytest.mark.parametrize(
    ("settings", "version", "key", "error"),
    [
        ({"icc": False, "iptables": False}, NEW, "icc", "icc: false needs iptables, and iptables is false"),
        ({"bip": "10.0.0.1/16", "bridge": "br0"}, NEW, "bip", "bip and bridge exclude each other"),
        ({"seccomp-profile": "builtin"}, (22, 9), "seccomp-profile",
         "seccomp-profile: must be the path of a file before 23.0"),
        ({"registry-mirrors": ["https://m", "https://m/a"]}, OLD, "registry-mirrors",
         "registry-mirrors[1] must not have a path before 23.0"),
        ({"insecure-registries": ["[::1]"]}, OLD, "insecure-registries",
         "insecure-registries[0] must not have brackets without a port before 23.0"),
        ({"default-runtime": "nope"}, NEW, "default-runtime", "default-runtime: there is no runtime 'nope' in runtimes"),
        ({"storage-opts": ["size=1G", "x"]}, NEW, "storage-opts", "storage-opts[1] must be name=value"),
        ({"storage-driver": "overlay2", "storage-opts": ["overlay2.override_kernel_check=a=b"]}, NEW, "storage-opts",
         "storage-opts[0]: overlay2.override_kernel_check must be true or false"),
        ({"storage-driver": "vfs", "storage-opts": ["dm.basesize=1G"]}, NEW, "storage-opts",
         "storage-opts[0]: the storage driver vfs has no option 'dm.basesize'"),
    ],
)  # fmt: skip
def test_options_that_exclude_each_other_are_said_where_the_one_stands(
    settings: dict[str, t.Any], version: tuple[int, int], key: str, error: str
) -> None:
    flags = parse_flags([], version)
    assert [tuple(one) for one in faults(settings, flags, version)] == [(key, error)]
    # In the file the key comes last, on a line of its own.
    ordered = {**{name: value for name, value in settings.items() if name != key}, key: settings[key]}
    parsed = read_for_start(json.dumps(ordered, indent=2).encode(), version, flags)
    assert (parsed.error, parsed.line, parsed.column) == (f"line {len(text_before(ordered, key))}, column 1: {error}",
                                                          len(text_before(ordered, key)), 1)  # fmt: skip


def text_before(config: dict[str, t.Any], key: str) -> list[str]:
    """The lines of the file up to the one with the key."""
    lines = json.dumps(config, indent=2).splitlines()
    return lines[: 1 + next(number for number, line in enumerate(lines) if line.startswith(f'  "{key}"'))]


def test_several_faults_are_all_named() -> None:
    settings = {
        "registry-mirrors": ["https://m/a"],
        "seccomp-profile": "builtin",
        "storage-opts": ["x"],
        "default-runtime": "nope",
        "icc": False,
        "iptables": False,
        "bip": "10.0.0.1/16",
    }
    found = faults(settings, parse_flags(["--bridge=br0"], OLD), OLD)
    assert [fault.key for fault in found] == [
        "icc",
        "bip",
        "registry-mirrors",
        "seccomp-profile",
        "storage-opts",
        "default-runtime",
    ]


@pytest.mark.parametrize(
    ("settings", "arguments", "version"),
    [
        ({"icc": False}, [], NEW),
        ({"bip": "10.0.0.1/16"}, [], NEW),
        ({"bridge": "br0"}, [], NEW),
        ({"seccomp-profile": "builtin"}, [], (23, 0)),
        ({"registry-mirrors": ["https://m/a"]}, [], (23, 0)),
        ({"default-runtime": "io.containerd.runc.v2"}, [], NEW),
        ({"default-runtime": "/usr/bin/crun"}, [], NEW),
        ({"default-runtime": "/usr/bin/crun"}, [], OLD),
        ({"default-runtime": "runc"}, [], NEW),
        ({"default-runtime": "crun"}, ["--add-runtime=crun=/usr/bin/crun"], NEW),
        ({"storage-opts": [None]}, [], None),
    ],
)
def test_what_excludes_nothing(
    settings: dict[str, t.Any], arguments: list[str], version: tuple[int, int] | None
) -> None:
    found = faults(settings, parse_flags(arguments, version or NEW), version)
    assert [fault.reason for fault in found] == (
        ["storage-opts[0] must be name=value"] if "storage-opts" in settings else []
    )


def test_a_file_that_is_not_of_an_old_engine_is_read_for_its_version() -> None:
    flags = parse_flags([], OLD)
    assert read_for_start(b"", OLD, flags).state == "invalid"
    assert read_for_start(b"", NEW, flags).state == "empty"


@pytest.mark.parametrize(
    ("content", "version", "ineffective"),
    [
        (b'{"insecure-registry": []}', NEW,
         [("insecure-registry", "insecure-registry is the name of the flag; in the file the engine reads insecure-registries")]),
        (b'{"validate": true}', NEW, [("validate", "the engine reads it as a flag only")]),
        (b'{"containerd-plugins-namespace": "x"}', NEW,
         [("containerd-plugins-namespace", "the engine reads it as a flag only")]),
        (b'{"deprecated-key-path": "/x"}', LAST,
         [("deprecated-key-path", "the engine tolerates it, but has no such option any more")]),
        (b'{"http-proxy": "http://p"}', NEW, [("http-proxy", 'the engine reads it inside "proxies": {\u2026} only')]),
        (b'{"foo": {}}', NEW, [("foo", "the engine has no such option and ignores the object")]),
        (b'{"proxies": {}}', NEW, []),
        (b'{"proxies": {}}', OLD, [("proxies", "the engine has no such option and ignores the object")]),
        (b'{"foo": {"mtu": 1400, "icc": false}}', NEW,
         [("foo.mtu", "the engine ignores it inside foo, which is no option")]),
        (b'{"foo": {"http-proxy": "x", "log-level": "info"}}', NEW,
         [("foo.http-proxy", "the engine ignores it inside foo, which is no option"),
          ("foo.log-level", "the engine ignores it inside foo, which is no option")]),
    ],
)  # fmt: skip
def test_a_key_that_does_nothing_is_named_with_the_reason(
    content: bytes, version: tuple[int, int], ineffective: list[tuple[str, str]]
) -> None:
    found = read_daemon_json(content, version)
    assert [(entry["key"], entry["reason"]) for entry in found.ineffective] == ineffective
    assert all(entry["line"] == 1 for entry in found.ineffective)


@pytest.mark.parametrize(
    ("value", "icc"),
    [
        ("false", False), ("true", True), ('"false"', False), ('"T"', True), ("0", False), ("1", True),
        ('"x"', None), ("2", None), ("null", None), ("[false]", None), ("0.5", None),
    ],
)  # fmt: skip
def test_a_boolean_in_a_foreign_object_is_parsed_as_a_flag_is(value: str, icc: bool | None) -> None:
    found = read_daemon_json(f'{{"foo": {{"icc": {value}}}}}'.encode(), NEW)
    assert found.settings == ({} if icc is None else {"icc": icc})


def test_an_unknown_key_in_an_object_does_not_hide_the_next() -> None:
    found = read_daemon_json(b'{"foo": {"nope": 1, "icc": false, "also": 2}, "bar": {"live-restore": true}}', NEW)
    assert [entry["key"] for entry in found.unknown] == ["nope", "also"]
    assert found.settings == {"icc": False, "live-restore": True}


def test_the_last_of_two_objects_of_the_same_kind_is_used_and_both_are_known() -> None:
    found = read_daemon_json(
        b'{"log-opts": {"a": "1", "b": "1"},\n "dns": ["1.1.1.1"],\n "log-opts": {"b": "2"},\n "dns": ["8.8.8.8"]}', NEW
    )
    assert found.settings == {"log-opts": {"a": "1", "b": "2"}, "dns": ["8.8.8.8"]}
    assert found.duplicate == [{"key": "log-opts", "lines": [1, 3]}, {"key": "dns", "lines": [2, 4]}]


def test_keys_that_stand_twice_are_in_the_order_of_the_file() -> None:
    found = read_daemon_json(b'{"mtu": 1, "icc": false,\n "icc": true, "mtu": 2}', NEW)
    assert found.duplicate == [{"key": "icc", "lines": [1, 2]}, {"key": "mtu", "lines": [1, 2]}]
    inner = read_daemon_json(b'{"log-opts": {"b": "1",\n "b": "2", "a": "1",\n "a": "2"}}', NEW)
    assert inner.duplicate == [{"key": "log-opts.b", "lines": [1, 2]}, {"key": "log-opts.a", "lines": [2, 3]}]


def test_the_same_value_in_two_places_is_uncertain_only_where_one_of_them_is_foreign() -> None:
    assert read_daemon_json(b'{"foo": {"icc": false}}', NEW).uncertain == set()
    assert read_daemon_json(b'{"a": {"icc": false}, "b": {"icc": false}}', NEW).uncertain == {"icc"}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_half_a_character_of_utf_16_is_replaced(encoding: str) -> None:
    mark = codecs.BOM_UTF16_LE if encoding == "utf-16-le" else codecs.BOM_UTF16_BE
    lone = "\ud800".encode(encoding, "surrogatepass")
    content = mark + '{"labels": ["a='.encode(encoding) + lone + '"]}'.encode(encoding)
    assert read_daemon_json(content, NEW).settings == {"labels": ["a=\ufffd"]}


def test_a_file_of_foreign_spaces_is_empty() -> None:
    assert read_daemon_json("\u2003\xa0\v".encode(), NEW).state == "empty"
    assert read_daemon_json("\u2003{}\u2003".encode(), NEW).state == "ok"
    # Inside, they are no space.
    assert read_daemon_json('{\u2003"icc": false}'.encode(), NEW).state == "invalid"


def test_both_names_of_the_gateway_clash_with_its_flag() -> None:
    flags = parse_flags(["--host-gateway-ip=10.0.0.1", "-D"], LAST)
    both = read_daemon_json(b'{"host-gateway-ip": "10.0.0.1", "icc": false}', LAST)
    assert both.conflicts(flags) == [("host-gateway-ip", "--host-gateway-ip")]
    new = read_daemon_json(b'{"host-gateway-ips": ["10.0.0.1"]}', LAST)
    assert new.conflicts(flags) == [("host-gateway-ips", "--host-gateway-ip")]
    old = read_daemon_json(b'{"host-gateway-ip": "10.0.0.1"}', (27, 0))
    assert old.conflicts(parse_flags(["--host-gateway-ip=10.0.0.1"], (27, 0))) == [
        ("host-gateway-ip", "--host-gateway-ip")
    ]
