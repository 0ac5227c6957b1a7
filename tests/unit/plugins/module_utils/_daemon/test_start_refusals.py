# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the right type with which an engine ends. Each was given to the engines 20.10, 26.1 and 28.5."""

from __future__ import annotations

import json

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.combinations import faults, read_for_start
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import parse_flags
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.clashes import clashes

VERSIONS = [(20, 10), (26, 1), (28, 5)]


def state(config, version=(26, 1), *arguments):
    parsed = read_for_start(json.dumps(config).encode(), version, parse_flags(list(arguments), version))
    assert (parsed.error is None) is (parsed.state == "ok")
    return parsed.state


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "registry",
    ["a b", "ftp://a", "reg.example.org/path", "-reg.example.org", "reg.example.org-", "http://-a", "reg_.example.org",
     "r_g:5000", "reg.example.org:99999", "reg.example.org:65536", "reg.example.org:-1", "reg.example.org:+5",
     "reg.example.org:abc", "reg.example.org:", "10.0.0.0/33", "fd00::/129", "10.0.0.0/x", "", None, ":5000",
     "reg..example.org", "réf.example.org", "a@b", "reg.example.org:5000/v2", "https://reg.example.org/",
     "*.example.org", "a:b:c", "[::1", "[x]", "[1.2.3.4]", "[fe80::1%eth0]:5000", " reg.example.org", "reg.example.org ", "a\n",
     "1.2.3.4:99999", "1.2.3.4:x", "[::1]:99999", "[::1]:x"],
)  # fmt: skip
def test_registries_with_which_no_engine_starts(registry, version):
    assert state({"insecure-registries": ["good.example.org", registry]}, version) == "invalid"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "registry",
    ["http://a:5000", "HTTP://a:5000", "https://a", "reg.example.org:0", "reg.example.org:65535", "10.0.0.0/8",
     "10.0.0.0/08", "10.0.0.0/32", "fd00::/8", "fd00::/128", "[::1]:5000", "::1", "::1:5000", "REG.Example.ORG",
     "index.docker.io", "999.0.0.1", "1.2.3.4:", "010.0.0.1", "a-b.c-d"],
)  # fmt: skip
def test_registries_that_only_look_odd(registry, version):
    assert state({"insecure-registries": [registry]}, version) == "ok"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "mirror",
    ["https://a b", "https://mirror:abc", "https://user:pw@mirror", "https://user@mirror", "https://@mirror",
     "https://[::1", "https://[::1]x", "https://[::1]:x", "https://mirror?x=1",
     "https://mirror#x", "", None, "https://a%20b", "https://a%zz", "https://a%4", " https://mirror", "https://mirror ",
     "https://mirror\t", "https://mirror/%zz", "https:/%zz", "ftp://mirror", "mirror"],
)  # fmt: skip
def test_mirrors_with_which_no_engine_starts(mirror, version):
    assert state({"registry-mirrors": ["https://good.example.org", mirror]}, version) == "invalid"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "mirror",
    ["https://mir_ror", "https://-mirror", "https://mirror:99999", "https://mirror:", "https://:5000",
     "https://[::1]:5000", "https://[::1]", "https://[nope]", "https://mirror/", "HTTPS://mirror", "https://mirror?",
     "https://mirror#", "https://mirror/?#", "https://", "https:///", 'https://a"b', "https://a<b", "https://a%e4b",
     "https://a:b:5", "https:mirror", "https:/", "https:"],
)  # fmt: skip
def test_mirrors_that_only_look_odd(mirror, version):
    assert state({"registry-mirrors": [mirror]}, version) == "ok"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("driver", "options"),
    [
        (None, {"nope": "1"}),
        (None, {"": "1"}),
        (None, {"max-sise": "10m"}),
        (None, {"syslog-address": "tcp://a"}),
        (None, {"mode": "nope"}),
        (None, {"max-buffer-size": "4m"}),
        (None, {"max-buffer-size": "4m", "mode": "blocking"}),
        (None, {"max-buffer-size": "x", "mode": "non-blocking"}),
        ("local", {"nope": "1"}),
        ("local", {"labels": "a"}),
        ("local", {"tag": "a"}),
        ("journald", {"nope": "1"}),
        ("journald", {"max-size": "1m"}),
        ("syslog", {"nope": "1"}),
        ("syslog", {"syslog-facility": "nope"}),
        ("syslog", {"syslog-facility": "24"}),
        ("syslog", {"syslog-format": "nope"}),
        ("syslog", {"syslog-address": "nope"}),
        ("syslog", {"syslog-address": "nope://1.2.3.4"}),
        ("gelf", {"nope": "1", "gelf-address": "udp://1.2.3.4:12201"}),
        ("gelf", {"tag": "x"}),
        ("fluentd", {"nope": "1"}),
        ("fluentd", {"fluentd-async": "true", "fluentd-async-connect": "true"}),
        ("awslogs", {"nope": "1"}),
        ("awslogs", {"awslogs-group": "g", "labels": "x"}),
        ("splunk", {"nope": "1"}),
        ("gcplogs", {"nope": "1"}),
        ("gcplogs", {"tag": "x"}),
    ],
)
def test_options_of_logs_with_which_no_engine_starts(driver, options, version):
    config = {"log-opts": options}
    flags = []
    if driver is not None:
        flags = [f"--log-driver={driver}"]
        assert state({**config, "log-driver": driver}, version) == "invalid"
    assert state(config, version, *flags) == "invalid"
    parsed = parse_flags(flags, version)
    assert [fault.key for fault in faults(config, parsed)] == ["log-opts"]
    assert len(clashes(config, parsed)) == 1


@pytest.mark.parametrize(
    ("driver", "options"),
    [
        (
            None,
            {"max-size": "10m", "max-file": "3", "compress": "true", "labels": "a", "labels-regex": "(", "tag": "x"},
        ),
        (None, {"max-size": "abc", "max-file": "-1", "env": "a", "env-regex": "a"}),
        (None, {"mode": "non-blocking", "max-buffer-size": "4m", "cache-disabled": "true", "cache-max-size": "20m"}),
        (None, {"mode": "", "cache-max-file": "5", "cache-compress": "true"}),
        ("local", {"max-size": "1m", "max-file": "2", "compress": "false"}),
        (
            "journald",
            {"labels": "a", "labels-regex": "a", "env": "a", "env-regex": "a", "tag": "x", "mode": "blocking"},
        ),
        ("none", {"nope": "1"}),
        ("a-plugin", {"nope": "1"}),
        ("syslog", {"syslog-address": "udp://1.2.3.4:514", "syslog-facility": "daemon", "syslog-format": "rfc5424"}),
        ("syslog", {"syslog-facility": "23", "syslog-address": "", "syslog-tls-ca-cert": "/x"}),
        ("gelf", {"gelf-address": "udp://1.2.3.4:12201", "gelf-compression-type": "gzip", "tag": "a"}),
        (
            "fluentd",
            {"fluentd-async-connect": "true", "fluentd-address": "1.2.3.4:24224", "fluentd-request-ack": "true"},
        ),
        ("awslogs", {"awslogs-group": "g", "awslogs-datetime-format": "x", "tag": "x"}),
        ("splunk", {"splunk-token": "x", "splunk-gzip": "true", "labels": "a"}),
        ("gcplogs", {"gcp-project": "x", "labels": "a"}),
    ],
)
def test_options_of_logs_that_an_engine_takes(driver, options):
    for version in VERSIONS:
        assert state({"log-opts": options, **({"log-driver": driver} if driver else {})}, version) == "ok"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "config",
    [
        {"storage-opts": ["nope"]},
        {"storage-opts": [None]},
        {"storage-opts": ["overlay2.override_kernel_check=maybe"]},
        {"storage-driver": "overlay2", "storage-opts": ["overlay2.nope=1"]},
        {"storage-driver": "overlay2", "storage-opts": ["overlay2.override_kernel_check=1", "dm.basesize=10G"]},
        {"storage-driver": "overlay2", "storage-opts": ["=1"]},
        {"storage-driver": "vfs", "storage-opts": ["dm.basesize=10G"]},
        {"storage-driver": "vfs", "storage-opts": ["nope=1"]},
        {"default-runtime": "nope"},
        {"default-runtime": "nope", "runtimes": {"other": {"path": "/x"}}},
        {"metrics-addr": "nope"},
        {"metrics-addr": "127.0.0.1"},
        {"metrics-addr": "127.0.0.1:99999"},
        {"metrics-addr": "127.0.0.1:65536"},
    ],
    ids=json.dumps,
)
def test_options_with_which_no_engine_starts(config, version):
    assert state(config, version) == "invalid"


@pytest.mark.parametrize(
    ("config", "arguments"),
    [
        ({"storage-driver": "overlay2", "storage-opts": ["OVERLAY2.OVERRIDE_KERNEL_CHECK=1"]}, []),
        ({"storage-driver": "overlay2", "storage-opts": ["overlay2.size=10G"]}, []),
        ({"storage-driver": "vfs", "storage-opts": ["size=10G"]}, []),
        # Which driver it is, the engine decides.
        ({"storage-opts": ["zfs.fsname=x"]}, []),
        ({"storage-driver": "zfs", "storage-opts": ["zfs.fsname=x"]}, []),
        ({"default-runtime": "runc"}, []),
        ({"default-runtime": "io.containerd.runc.v2"}, []),
        ({"default-runtime": "other", "runtimes": {"other": {"path": "/x"}}}, []),
        ({"default-runtime": "other"}, ["--add-runtime=other=/x"]),
        ({"metrics-addr": "127.0.0.1:65535"}, []),
        ({"metrics-addr": ":9323"}, []),
        ({"metrics-addr": ""}, []),
    ],
)
def test_options_that_an_engine_takes(config, arguments):
    assert state(config, (26, 1), *arguments) == "ok"


def test_a_driver_in_the_flags_is_the_one_that_counts():
    assert state({"storage-opts": ["nope=1"]}, (26, 1), "--storage-driver=overlay2") == "invalid"
    assert state({"log-opts": {"tag": "x"}}, (26, 1), "--log-driver=local") == "invalid"
    assert state({"log-opts": {"tag": "x"}}, (26, 1)) == "ok"


@pytest.mark.parametrize(
    "config",
    [
        {"seccomp-profile": "builtin"},
        {"seccomp-profile": "unconfined"},
        {"registry-mirrors": ["https://mirror/x"]},
        {"registry-mirrors": ["https://mirror//"]},
        {"registry-mirrors": ["https://good", "https:/x"]},
        {"insecure-registries": ["[::1]"]},
    ],
    ids=json.dumps,
)
def test_values_that_only_later_engines_take(config):
    assert state(config, (20, 10)) == "invalid"
    assert state(config, (26, 1)) == "ok"
    # Where the version is not known, one may start.
    assert state(config, None) == "ok"


@pytest.mark.parametrize(("score", "expected"), [(-1001, "invalid"), (-1000, "ok"), (1000, "ok"), (1001, "invalid")])
def test_a_score_for_running_out_of_memory_is_one_that_the_kernel_takes(score, expected):
    assert state({"oom-score-adjust": score}, (20, 10)) == expected


def test_the_line_of_the_option_is_named():
    parsed = read_for_start(b'{\n"icc": true,\n"log-opts": {"nope": "1"}\n}', (26, 1), parse_flags([], (26, 1)))
    assert (parsed.line, parsed.state) == (
        3,
        "invalid",
    ) and "the log driver json-file has no option 'nope'" in parsed.error


def test_exclusive_options_are_read_with_the_flags():
    assert state({"icc": False}, (26, 1), "--iptables=false") == "invalid"
    assert state({"iptables": False}, (26, 1), "--icc=false") == "invalid"
    assert state({"icc": False}) == "ok"
    assert state({"bip": "10.0.0.1/24"}, (26, 1), "--bridge=br0") == "invalid"


@pytest.mark.parametrize("value", [None, 3, [], {}, [[]], {"a": {}}, "x", [{}]], ids=json.dumps)
@pytest.mark.parametrize(
    "key", ["log-opts", "log-driver", "storage-opts", "storage-driver", "default-runtime", "runtimes"]
)
def test_values_of_another_type_are_left_to_the_check_of_types(key, value):
    settings = {"log-opts": {"a": []}, "storage-opts": [{}], "default-runtime": "x", key: value}
    assert all(fault.reason for fault in faults(settings, parse_flags([], (26, 1)), (20, 10)))
