# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rule of limits or rights asks of a container, to the letter: words of docker run, and keys of a compose file."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan import container_limits as limits
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import container_rights as rights
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.container_hint import Case, Hint

Json = dict[str, t.Any]
MIB = 1024 * 1024


def case(container: Json, policy: Json | None = None, info: Json | None = None, **asked: t.Any) -> Case:
    """A case of a host with this of ``daemon.info``; ``asked`` are limits that the container declares."""
    declared = {name: {"declared": value} for name, value in asked.items()}
    return Case(container, declared, {"daemon": {"info": info or {}}}, policy or {}, frozenset())


@pytest.mark.parametrize(
    ("container", "policy", "hint"),
    [
        (
            {},
            {},
            Hint(
                ["--cap-drop=ALL", "--cap-add=NET_BIND_SERVICE"],
                compose={"cap_drop": ["ALL"], "cap_add": ["NET_BIND_SERVICE"]},
            ),
        ),
        (
            {"capabilities": {"added": ["CHOWN", "SYS_ADMIN", "KILL"]}, "privileged": False},
            {"allowed_capabilities": ["KILL", "CHOWN"]},
            Hint(
                ["--cap-drop=ALL", "--cap-add=CHOWN", "--cap-add=KILL"],
                ["--cap-add=SYS_ADMIN"],
                compose={"cap_drop": ["ALL"], "cap_add": ["CHOWN", "KILL"]},
                compose_leave=["the other entries of cap_add"],
            ),
        ),
        (
            {"capabilities": {"added": ["CHOWN"]}, "privileged": True},
            {"allowed_capabilities": ["CHOWN"]},
            Hint(
                ["--cap-drop=ALL", "--cap-add=CHOWN"],
                ["--privileged"],
                compose={"cap_drop": ["ALL"], "cap_add": ["CHOWN"]},
                compose_leave=["privileged"],
            ),
        ),
    ],
)
def test_capabilities(container: Json, policy: Json, hint: Hint) -> None:
    assert rights.capability_hint(case(container, policy=policy)) == hint


def test_security_modules() -> None:
    apparmor = ["--security-opt=apparmor=docker-default"]
    spec = {"security_opt": ["apparmor=docker-default"]}
    assert rights.apparmor_hint(case({})) == Hint(apparmor, compose=spec)
    asked = case({"security_options": {"apparmor": "unconfined"}}, info={"security_options": {"apparmor": True}})
    left = ["--security-opt=apparmor=unconfined"]
    assert rights.apparmor_hint(asked) == Hint(apparmor, left, [], spec, ["apparmor:unconfined in security_opt"])
    without = rights.apparmor_hint(case({}, info={"security_options": {"apparmor": False}}))
    assert without == Hint(to_do=without.to_do) and without.to_do[0].startswith("Install apparmor")

    selinux = ["--security-opt=label=type:container_t"]
    spec = {"security_opt": ["label=type:container_t"]}
    assert rights.selinux_hint(case({})) == Hint(selinux, compose=spec)
    labels = {"security_options": {"labels": ["disable", "type:spc_t", "level:s0", "user:x"]}}
    left = ["--security-opt=label=disable", "--security-opt=label=type:spc_t"]
    assert rights.selinux_hint(case(labels)) == Hint(selinux, left, [], spec, ["label entries of security_opt"])
    kept = {"security_options": {"labels": ["level:s0"]}}
    assert rights.selinux_hint(case(kept, info={"security_options": {"selinux": True}})) == Hint(selinux, compose=spec)
    without = rights.selinux_hint(case(labels, info={"security_options": {"selinux": False}}))
    assert without == Hint(to_do=without.to_do) and '"selinux-enabled": true' in without.to_do[0]


@pytest.mark.parametrize(
    ("container", "leave", "compose_leave"),
    [
        ({"security_options": {"seccomp": "default"}}, [], []),
        (
            {"security_options": {"seccomp": "unconfined"}},
            ["--security-opt=seccomp=unconfined"],
            ["seccomp in security_opt"],
        ),
        ({"security_options": {"seccomp": "default"}, "privileged": True}, ["--privileged"], ["privileged"]),
        (
            {"security_options": {"seccomp": "unconfined"}, "privileged": True},
            ["--security-opt=seccomp=unconfined", "--privileged"],
            ["seccomp in security_opt", "privileged"],
        ),
    ],
)
def test_seccomp(container: Json, leave: list[str], compose_leave: list[str]) -> None:
    hint = rights.seccomp_hint(case(container))
    assert hint == Hint(leave=leave, compose_leave=compose_leave, to_do=hint.to_do)
    assert len(hint.to_do) == (0 if leave else 1)


@pytest.mark.parametrize(("asked", "denied"), [(None, False), (True, False), (False, True)])
def test_no_new_privileges(asked: bool | None, denied: bool) -> None:
    assert rights.no_new_privileges_hint(case({"security_options": {"no_new_privileges": asked}})) == Hint(
        ["--security-opt=no-new-privileges=true"],
        ["--security-opt=no-new-privileges=false"] * denied,
        [],
        {"security_opt": ["no-new-privileges=true"]},
        ["no-new-privileges:false in security_opt"] * denied,
    )


@pytest.mark.parametrize(
    ("user", "leave"),
    [
        ("", []),
        (None, []),
        ("root", ["--user=root"]),
        ("0:0", ["--user=0:0"]),
        ("00", ["--user=00"]),
        # A number of somebody else did not make the rule fail.
        ("1000:1000", []),
        ("a b", ["'--user=a b'"]),
    ],
)
def test_user(user: str | None, leave: list[str]) -> None:
    hint = rights.user_hint(case({"user": user}))
    assert hint == Hint(["--user=UID"], leave, [], {"user": "UID"}, [], hint.to_do)
    assert len(hint.to_do) == 1
    privileged = rights.privileged_hint(case({"privileged": True}))
    assert privileged == Hint(leave=["--privileged"], compose_leave=["privileged"], to_do=privileged.to_do)
    opened = rights.privileged_hint(case({"security_options": {"system_paths_unconfined": True}}))
    assert opened.leave == ["--security-opt=systempaths=unconfined"]
    assert len(privileged.to_do) == 1


@pytest.mark.parametrize(
    ("asked", "whole", "text", "known"),
    [
        ({}, None, "512m", False),
        ({}, 4096 * MIB, "512m", False),
        # Half of a small machine.
        ({}, 600 * MIB, "300m", False),
        ({}, 601 * MIB, "300m", False),
        ({}, 1024, "512b", False),
        ({}, 2 * MIB, "1m", False),
        ({"memory_reservation_bytes": 400 * MIB}, None, "800m", False),
        ({"memory_reservation_bytes": 100 * MIB}, None, "512m", False),
        ({"memory_bytes": 64 * MIB}, 4096 * MIB, "64m", True),
        ({"memory_bytes": 64 * MIB + 1}, None, f"{64 * MIB + 1}b", True),
        # As much as the machine has is no limit.
        ({"memory_bytes": 4096 * MIB}, 4096 * MIB, "512m", False),
        ({"memory_bytes": 0}, 4096 * MIB, "512m", False),
    ],
)
def test_memory(asked: Json, whole: int | None, text: str, known: bool) -> None:
    hint = limits.memory_hint(case({}, info={"memory_bytes": whole}, **asked))
    words = [f"--memory={text}", f"--memory-swap={text}"]
    assert hint == Hint(words, [], words, {"mem_limit": text, "memswap_limit": text}, [], hint.to_do)
    assert len(hint.to_do) == (0 if known else 1)


@pytest.mark.parametrize(
    ("asked", "whole", "cpus"),
    [
        (None, None, 1.5),
        (None, 2, 1.5),
        (None, 1.5, 1.12),
        (None, 1, 0.75),
        (0.5, 1, 0.5),
        (1, 1, 0.75),
        (0, 8, 1.5),
        (3, None, 3),
    ],
)
def test_cpus(asked: float | None, whole: float | None, cpus: float) -> None:
    hint = limits.cpu_hint(case({}, info={"cpus": whole}, cpus=asked))
    assert hint == Hint([f"--cpus={cpus:g}"], [], [f"--cpus={cpus:g}"], {"cpus": cpus})


@pytest.mark.parametrize(
    ("asked", "running", "limit"), [(None, 0, 200), (None, 50, 200), (None, 51, 204), (30, 100, 30), (0, 1, 200)]
)
def test_processes(asked: int | None, running: int, limit: int) -> None:
    container = {"processes": {"running": [{}] * running}}
    word = f"--pids-limit={limit}"
    assert limits.pid_hint(case(container, pids=asked)) == Hint([word], [], [word], {"pids_limit": limit})


def test_other_limits() -> None:
    restart = ["--restart=on-failure:5"]
    assert limits.restart_hint(case({})) == Hint(restart, [], restart, {"restart": "on-failure:5"})
    entries = [{"name": name, "soft": 1, "hard": -1} for name in ("nofile", "nproc")]
    left = limits.ulimit_hint(case({"ulimits": entries}, policy={"allowed_ulimits": ["nofile"]}))
    assert left == Hint(leave=["--ulimit=nproc=1:-1"], compose_leave=["ulimits"])
    assert limits.ulimit_hint(case({"ulimits": entries}, policy={"allowed_ulimits": ["nofile", "nproc"]})) == Hint()
    assert limits.ulimit_hint(case({})) == Hint()
    parent = limits.cgroup_parent_hint(case({"cgroup_parent": "/own"}))
    assert parent == Hint(leave=["--cgroup-parent=/own"], compose_leave=["cgroup_parent"])
