# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compose files judged before they run: what a key means, where it stands, and what is not known."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.judge import ARGUMENTS, judge_of
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._compose.auditing import findings_of
from ansible_collections.seawall.docker.plugins.plugin_utils._compose.forms import mounts_of, ports_of, size_of
from ansible_collections.seawall.docker.plugins.plugin_utils._compose.resolving import Project
from ansible_collections.seawall.docker.plugins.plugin_utils._compose.service import KEYS_OF_RULES

Json = dict[str, t.Any]
JUDGE = judge_of({name: one.get("default") for name, one in ARGUMENTS.items()}, "level2")


def judged(tmp_path: Path, text: str, *more: str) -> dict[str, Json]:
    """The verdict on the service web by rule, without Compose."""
    paths = []
    for number, content in enumerate([text, *more]):
        path = tmp_path / f"compose{number}.yml"
        path.write_text(content, encoding="utf-8")
        paths.append(str(path))
    document = findings_of(Project("shop", paths, [], []), JUDGE, None, str(tmp_path))
    return {
        finding["rule"]: subject
        for finding in document["findings"]
        for subject in finding["subjects"]
        if subject["name"] == "web"
    }


# Keys of a service, and the rule and verdict that they lead to. Without the keys each of them is another one.
KEYS = [
    ("privileged: true", "container-not-privileged", "fail"),
    ("privileged: true", "container-seccomp-enabled", "fail"),
    ("cap_add: [SYS_ADMIN]", "container-capabilities-restricted", "fail"),
    ("cap_add: [CAP_SYS_ADMIN]", "container-capabilities-restricted", "fail"),
    ("security_opt: ['seccomp:unconfined']", "container-seccomp-enabled", "fail"),
    ("security_opt: ['seccomp=profile.json']", "container-seccomp-enabled", "not_applicable"),
    ("security_opt: ['apparmor=unconfined']", "container-apparmor-profile", "fail"),
    ("security_opt: ['no-new-privileges=true']", "container-no-new-privileges", "pass"),
    ("security_opt: ['no-new-privileges:false']", "container-no-new-privileges", "fail"),
    ("user: '0'", "container-user-not-root", "fail"),
    ("user: '1000:1000'", "container-user-not-root", "pass"),
    ("user: app", "container-user-not-root", "not_applicable"),
    ("ports: ['80:80']", "container-no-privileged-ports", "fail"),
    ("ports: ['80:80']", "container-ports-bound-to-address", "fail"),
    ("ports: ['127.0.0.1:8080:80']", "container-ports-bound-to-address", "pass"),
    ("ports: ['8080:80/udp']", "container-ports-bound-to-address", "fail"),
    ("ports: ['[::]:8080:80']", "container-ports-bound-to-address", "fail"),
    ("ports: ['1000-1002:80-82']", "container-no-privileged-ports", "fail"),
    # The first free one of these, for one port of the container.
    ("ports: ['1000-1030:80']", "container-no-privileged-ports", "fail"),
    ("ports: ['8000-8010:80']", "container-no-privileged-ports", "pass"),
    ("ports: [{target: 80, published: '1023-2000'}]", "container-no-privileged-ports", "fail"),
    ("ports: [{target: 80, published: 443}]", "container-no-privileged-ports", "fail"),
    # YAML makes 1342 of it.
    ("ports: [22:22]", "container-no-privileged-ports", "unknown"),
    ("volumes: ['/var/run/docker.sock:/run/docker.sock:ro']", "docker-socket-not-mounted", "fail"),
    ("volumes: ['/run:/host']", "docker-socket-not-mounted", "fail"),
    ("volumes: ['/etc/ssl:/etc/ssl:ro']", "container-no-sensitive-mounts", "fail"),
    ("volumes: [{type: bind, source: /usr, target: /usr}]", "container-no-sensitive-mounts", "fail"),
    ("volumes: ['/srv/data:/data']", "container-no-sensitive-mounts", "manual"),
    ("volumes: ['data:/data']", "container-no-sensitive-mounts", "pass"),
    ("volumes: ['/srv:/srv:rshared']", "container-mount-propagation-private", "fail"),
    ("network_mode: host", "container-network-not-host", "fail"),
    ("network_mode: bridge", "container-not-on-default-bridge", "fail"),
    ("network_mode: 'service:other'", "container-network-not-host", "fail"),
    ("network_mode: 'container:gate'", "container-network-not-host", "not_applicable"),
    ("pid: host", "container-pid-not-host", "fail"),
    ("ipc: host", "container-ipc-not-host", "fail"),
    ("uts: host", "container-uts-not-host", "fail"),
    ("userns_mode: host", "container-userns-not-host", "fail"),
    ("mem_limit: 512m", "container-memory-limited", "pass"),
    ("deploy: {resources: {limits: {memory: 512M, pids: 5, cpus: '0.5'}}}", "container-memory-limited", "pass"),
    ("deploy: {resources: {limits: {pids: 5}}}", "container-pids-limited", "pass"),
    ("deploy: {resources: {limits: {cpus: '0.5'}}}", "container-cpu-limited", "pass"),
    ("pids_limit: -1", "container-pids-limited", "fail"),
    ("cpu_quota: 50000", "container-cpu-limited", "pass"),
    ("restart: always", "container-restart-limited", "fail"),
    ("restart: 'on-failure:5'", "container-restart-limited", "pass"),
    ("deploy: {restart_policy: {condition: any}}", "container-restart-limited", "fail"),
    ("read_only: true", "container-rootfs-read-only", "pass"),
    ("devices: ['/dev/sda:/dev/sda']", "container-no-host-devices", "fail"),
    (
        "deploy: {resources: {reservations: {devices: [{driver: nvidia, capabilities: [gpu]}]}}}",
        "container-no-host-devices",
        "fail",
    ),
    ("device_cgroup_rules: ['c 1:3 rwm']", "container-no-host-devices", "fail"),
    ("cgroup_parent: /mine", "container-cgroup-parent-default", "fail"),
    ("ulimits: {nofile: -1}", "container-ulimits-default", "fail"),
    ("healthcheck: {disable: true}", "container-health-checked", "fail"),
    ("healthcheck: {test: [CMD, 'true']}", "container-health-checked", "pass"),
    ("healthcheck: {interval: 5s}", "container-health-checked", "not_applicable"),
    ("init: true", "container-no-ssh-server", "not_applicable"),
    ("privileged: {odd: form}\n    mem_limit: [1]", "container-memory-limited", "unknown"),
]


@pytest.mark.parametrize(("keys", "rule", "verdict"), KEYS)
def test_a_key_leads_to_its_verdict_on_its_line(tmp_path: Path, keys: str, rule: str, verdict: str) -> None:
    text = f"services:\n  other:\n    image: x\n    network_mode: host\n  web:\n    image: web:1\n    {keys}\n"
    subject = judged(tmp_path, text)[rule]
    assert subject["verdict"] == verdict, subject
    named = keys.partition(":")[0] in KEYS_OF_RULES.get(rule, ())
    line = text.splitlines().index("  web:") + 1
    assert (subject["file"], subject["line"]) == (
        "compose0.yml",
        line + 2 if named and "\n" not in keys else subject["line"],
    )
    assert verdict == "pass" or f"(compose0.yml, line {subject['line']})" in subject["reason"]


UNRESOLVED = [
    "services:\n  web:\n    image: x\n    privileged: ${PRIVILEGED}\n",
    "services:\n  web:\n    extends: {file: base.yml, service: web}\n",
    "include: [other.yml]\nservices:\n  web:\n    image: x\n",
]


@pytest.mark.parametrize("text", UNRESOLVED)
def test_what_is_not_resolved_is_unknown_and_never_passes(tmp_path: Path, text: str) -> None:
    subject = judged(tmp_path, text)["container-not-privileged"]
    assert subject["verdict"] == "unknown" and "is not resolved" in subject["reason"]


def test_several_files_are_not_resolved_without_compose(tmp_path: Path) -> None:
    found = judged(tmp_path, "services: {web: {image: x}}\n", "services: {web: {privileged: true}}\n")
    assert found["container-not-privileged"]["verdict"] == "unknown"
    assert "pass" not in {one["verdict"] for one in found.values()}


def test_a_dollar_sign_that_is_no_variable_resolves(tmp_path: Path) -> None:
    text = "services:\n  web:\n    image: x\n    volumes: ['data$$1:/data']\n"
    assert judged(tmp_path, text)["container-no-sensitive-mounts"]["verdict"] == "pass"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1, 2]\n", "holds no mapping"),
        ("services: [web]\n", "services must be a mapping"),
        ("services: {web: 3}\n", "services must be a mapping"),
        ("services: {web: {image: x}\n", "line "),
        ("services:\n  web: {image: x}\n  web: {image: y}\n", "stands twice"),
    ],
)
def test_what_is_no_compose_file_is_said_so(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BenchmarkError, match=said):
        judged(tmp_path, text)


def test_rules_have_a_place() -> None:
    rules = {
        rule.slug
        for benchmark in (JUDGE.full, load_benchmark("supply-chain-1"))
        for rule in benchmark.rules
        if rule.subjects == "container"
    }
    # What is in environment, labels and commands is known where the service runs.
    assert rules - set(KEYS_OF_RULES) == {"container-no-ssh-server", "container-no-secrets"}
    assert set(KEYS_OF_RULES) <= rules


def test_forms() -> None:
    assert [size_of(one) for one in ("512m", "1.5g", 7, "0", None, "64 MiB")] == [
        *(512 * 2**20, 3 * 2**29, 7),
        *(None, None, 64 * 2**20),
    ]
    assert [one["host_port"] for one in ports_of(["80", "8080:80", "5-6:7-8", "127.0.0.1::80"])] == [
        None,
        8080,
        5,
        6,
        None,
    ]
    for wrong in ("a:80", "80:80:80:80", 80, "9-8:1"):
        with pytest.raises(ValueError, match="port"):
            ports_of([wrong])
    (bound,), gap = mounts_of(
        ["data:/data"], {"data": {"driver_opts": {"type": "none", "device": "/etc", "o": "bind"}}}
    )
    assert bound["bound"] and bound["real_source"] == "/etc" and gap is None
    # Each directory of an overlay; and what is known counts beside a volume that is made elsewhere.
    volumes = {
        "layers": {"driver_opts": {"type": "overlay", "device": "overlay", "o": "lowerdir=/etc:/root"}},
        "kernel": {"driver_opts": {"type": "proc", "device": "proc"}},
        "elsewhere": {"external": True},
        "plain": {},
    }
    found, gap = mounts_of(["elsewhere:/e", "layers:/l", "kernel:/k", "plain:/p"], volumes)
    assert [one["real_source"] for one in found] == ["/etc", "/root", "/proc", "plain"]
    assert [one["bound"] for one in found] == [True, True, True, False]
    assert gap is not None and "elsewhere is external" in gap
