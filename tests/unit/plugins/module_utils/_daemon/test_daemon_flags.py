# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dockerd's argument vector and the files that make it."""

from __future__ import annotations

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import (
    BadValue,
    parse_flags,
    split_arguments,
    value_of,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.keys import OPTIONS, options_by_flag
from ansible_collections.seawall.docker.plugins.module_utils._daemon.units import (
    UnitFile,
    command_arguments,
    listen_streams,
    variables_of,
)

NEW = (28, 5)


@pytest.mark.parametrize(
    ("arguments", "key", "value"),
    [
        (["--icc=false"], "icc", False),
        (["--icc"], "icc", True),
        (["--icc", "false"], "icc", True),  # a boolean takes no second word
        (["--icc=false", "--icc=T"], "icc", True),
        (["--live-restore=false"], "live-restore", False),
        (["-D"], "debug", True),
        (["-D=false"], "debug", False),
        (["-Dl", "warn"], "log-level", "warn"),
        (["-Dlwarn"], "debug", True),
        (["-Dlwarn"], "log-level", "warn"),
        (["-l=debug"], "log-level", "debug"),
        (["--log-level", "debug", "--log-level=info"], "log-level", "info"),
        (["-H", "unix:///a", "--host=tcp://b", "-Hfd://", "-H=c"], "hosts", ["unix:///a", "tcp://b", "fd://", "c"]),
        (["--host", "--tls"], "hosts", ["--tls"]),  # as pflag: the next word is the value, whatever it looks like
        (["--log-opt", "a=b=c", "--log-opt=d"], "log-opts", {"a": "b=c", "d": ""}),
        (["--add-runtime", "Kata=/k"], "runtimes", {"kata": {"path": "/k"}}),
        (["--default-ulimit", "nofile=1:2"], "default-ulimits", {"nofile": "1:2"}),
        (["--storage-opt=dm.basesize=10G"], "storage-opts", ["dm.basesize=10G"]),
        (
            ["--default-address-pool", "base=10.0.0.0/8,size=24"],
            "default-address-pools",
            [{"base": "10.0.0.0/8", "size": 24}],
        ),
        (["--default-network-opt", "bridge=a=b"], "default-network-opts", {"bridge": {"a": "b"}}),
        (["--feature", "x", "--feature=y=false"], "features", {"x": True, "y": False}),
        (["--mtu=0x5dc"], "mtu", 1500),
        (["--userns-remap="], "userns-remap", ""),
        (["word", "--icc=false"], "icc", False),
    ],
)
def test_flags(arguments, key, value):
    assert value_of(parse_flags(arguments, NEW).of_key(key)) == value


@pytest.mark.parametrize(
    "arguments",
    [["--", "--icc=false"], ["--label", "--icc=false"], ["--label=--icc=false"], ["-H", "--icc=false"], []],
)
def test_what_looks_like_a_flag_but_is_none(arguments):
    assert parse_flags(arguments, NEW).of_key("icc") == []


@pytest.mark.parametrize("arguments", [["--nope"], ["-X"], ["--host"], ["-H"], ["word"], ["-"]])
def test_problems_are_said(arguments):
    assert parse_flags(arguments, NEW).problems


def test_each_flag_keeps_its_spelling_its_value_and_its_place():
    arguments = ["--icc=false", "-l", "warn", "-Dlinfo", "-H=x", "-Hy"]

    found = [tuple(flag)[2:] for flag in parse_flags(arguments, NEW).flags]

    assert found == [
        ("--icc", "false", 0),
        ("-l", "warn", 1),
        ("-D", "true", 3),
        ("-l", "info", 3),
        ("-H", "x", 4),
        ("-H", "y", 5),
    ]


@pytest.mark.parametrize("arguments", [["--icc=yes"], ["--mtu=many"], ["--mtu=" + "9" * 5000]])
def test_values_that_no_daemon_starts_with(arguments):
    with pytest.raises(BadValue):
        value_of(parse_flags(arguments, NEW).flags)


def test_command_lines_of_processes():
    assert split_arguments(b"dockerd\0-H\0fd://\0") == ["dockerd", "-H", "fd://"]
    assert split_arguments(b"dockerd\0--bridge\0\0") == ["dockerd", "--bridge", ""]
    assert split_arguments(b"") == []


def test_the_table_names_each_key_and_short_flag_once():
    keys = [option.key for option in OPTIONS if option.key]
    assert len(keys) == len(set(keys))
    shorts = [option.short for option in OPTIONS if option.short]
    assert len(shorts) == len(set(shorts))
    assert "feature" not in options_by_flag((26, 1)) and "feature" in options_by_flag((27, 3))


UNIT = UnitFile(
    "/lib/u",
    "systemd_unit",
    "[Service]\nExecStart=/usr/sbin/dockerd -H fd:// --containerd=/c \\\n  # a comment within\n  $DOCKER_OPTS\n",
)


def _written(*drop_ins, environment=""):
    files = [UNIT] + [UnitFile(f"/etc/d{n}.conf", "systemd_dropin", text) for n, text in enumerate(drop_ins)]
    return [
        tuple(argument)
        for argument in command_arguments(
            files, [] if environment is None else ["/etc/default/docker"], lambda path: environment
        )
    ]


def test_unit_with_environment_file():
    assert _written(environment='# x\nDOCKER_OPTS="--icc=false --dns 1.1.1.1"\n') == [
        ("-H", "systemd_unit", "/lib/u"),
        ("fd://", "systemd_unit", "/lib/u"),
        ("--containerd=/c", "systemd_unit", "/lib/u"),
        ("--icc=false", "environment_file", "/etc/default/docker"),
        ("--dns", "environment_file", "/etc/default/docker"),
        ("1.1.1.1", "environment_file", "/etc/default/docker"),
    ]


def test_drop_in_resets_the_command():
    drop_in = (
        "[Service]\nExecStart=\nExecStart=-/usr/sbin/dockerd --label 'a=b c' ${A}x $B\nEnvironment=A=1 \"B=2 3\"\n"
    )
    assert _written(drop_in) == [
        ("--label", "systemd_dropin", "/etc/d0.conf"),
        ("a=b c", "systemd_dropin", "/etc/d0.conf"),
        ("1x", "systemd_dropin", "/etc/d0.conf"),
        ("2", "systemd_dropin", "/etc/d0.conf"),
        ("3", "systemd_dropin", "/etc/d0.conf"),
    ]


def test_drop_in_with_variables_alone():
    written = _written("[Service]\nEnvironmentFile=\nEnvironment=DOCKER_OPTS=--icc=false\n", environment=None)
    assert written[-1] == ("--icc=false", "systemd_dropin", "/etc/d0.conf")


def test_variables_and_streams():
    assert variables_of("export A='x y'\nB=1 \\\n2\n#C=3\nD\n") == {"A": "x y", "B": "1  2"}
    files = [
        UnitFile("/s", "socket_unit", "[Socket]\nListenStream=%t/docker.sock\n"),
        UnitFile("/d", "socket_unit", "[Socket]\nListenStream=\nListenStream=2375\n"),
    ]
    assert [(value, file.path) for value, file in listen_streams(files)] == [("2375", "/d")]
    assert [value for value, _file in listen_streams(files[:1])] == ["/run/docker.sock"]


@pytest.mark.parametrize(
    ("arguments", "problems"),
    [
        (["--nope=1", "--icc"], ["the flag --nope is not known"]),
        (["-DX", "--icc"], ["the flag -X is not known"]),
        (["--icc", "--host"], ["the flag --host has no value"]),
        (["--icc", "-DH"], ["the flag -H has no value"]),
        (["word", "--icc"], ["there are arguments that belong to no flag"]),
        (["--icc", "-"], ["there are arguments that belong to no flag"]),
        (["--icc", "--", "-X"], []),
    ],
)
def test_a_problem_is_named_and_does_not_hide_other_flags(arguments, problems):
    found = parse_flags(arguments, NEW)
    assert found.problems == problems
    assert [flag.text for flag in found.of_key("icc")] == ["true"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-DH=x"], [("debug", "true"), ("host", "x")]),
        (["-H=x", "-D"], [("host", "x"), ("debug", "true")]),
        (["-DHx", "-lwarn"], [("debug", "true"), ("host", "x"), ("log-level", "warn")]),
        (["-DH", "x", "-D"], [("debug", "true"), ("host", "x"), ("debug", "true")]),
        (["-H="], [("host", "")]),
        (["-D=false"], [("debug", "false")]),
    ],
)
def test_short_flags_have_the_names_of_the_long_ones(arguments, expected):
    found = parse_flags(arguments, NEW)
    assert [(flag.name, flag.text) for flag in found.flags] == expected and found.problems == []
    assert [flag.text for flag in found.of_flag("host")] == [text for name, text in expected if name == "host"]


def test_flags_are_those_of_the_version():
    assert parse_flags(["--validate"], (20, 10)).problems and not parse_flags(["--validate"], NEW).problems


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("00", 0), ("010", 8), ("-010", -8), ("+010", 8), ("0_10", 8), ("0x10", 16), ("-0x10", -16), ("0b11", 3),
     ("0o17", 15), ("1_000", 1000), ("10", 10), ("07", 7), ("0" * 39 + "7", 7), ("1" * 40, int("1" * 40))],
)  # fmt: skip
def test_numbers_are_read_as_go_reads_them(text, number):
    assert value_of(parse_flags([f"--mtu={text}"], NEW).flags) == number


@pytest.mark.parametrize("text", ["08", "09", "1" * 41, "", "x", "1.5", "0x"])
def test_what_is_no_number_is_none(text):
    with pytest.raises(BadValue):
        value_of(parse_flags([f"--mtu={text}"], NEW).flags)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("--add-runtime=Other=/usr/bin/x=y", {"other": {"path": "/usr/bin/x=y"}}),
        ("--default-network-opt=bridge=a=b=c", {"bridge": {"a": "b=c"}}),
        ("--log-opt=tag=a=b", {"tag": "a=b"}),
        ("--log-opt=tag", {"tag": ""}),
        ("--default-address-pool= BASE =10.0.0.0/8=x, size = 24 ", [{"base": "10.0.0.0/8=x", "size": 24}]),
        ("--feature=a=false", {"a": False}),
    ],
)
def test_only_the_first_equals_sign_divides(argument, value):
    assert value_of(parse_flags([argument], NEW).flags) == value


def test_an_argument_that_is_no_utf8_or_has_no_end_is_read():
    assert split_arguments(b"dockerd\0--label=a=\xff\0") == ["dockerd", "--label=a=\ufffd"]
    assert split_arguments(b"dockerd\0-Dx") == ["dockerd", "-Dx"]
