# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a program cannot put right, as lines that a person can: the exact words for each container, image and network.

Names and paths come from whoever made the container. Every one is quoted for the shell, or written by a YAML library.
"""

from __future__ import annotations

import shlex
import typing as t

import yaml

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.functions import (
    DEFAULT_CAPABILITIES,
    any_address,
    is_under,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Json, named

# How much a container gets where nothing says how much it needs.
_MEMORY, _CPUS, _PIDS = 512 * 1024 * 1024, 1.5, 200
_UNPRIVILEGED = 8000


class Hint(t.NamedTuple):
    """Options of docker run to add and to leave out, those of docker update, and the keys of a compose file."""

    add: list[str] = []
    leave: list[str] = []
    update: list[str] = []
    compose: dict[str, t.Any] = {}


def advice_of(findings: t.Sequence[Json], posture: Json) -> list[Json]:
    """One entry for each container, image or network with failed findings, and one for each other finding."""
    advice: list[Json] = []
    containers = _by_container(findings, posture)
    for container, failed in containers:
        advice.append(_of_container(container, failed, posture))
    for finding in findings:
        failing = [one for one in finding["subjects"] if one["verdict"] == "fail"]
        kinds = {one["type"] for one in failing}
        if kinds == {"container"}:
            continue
        commands = (finding["remedy"] or {}).get("commands") or []
        for subject in failing:
            lines = [_with_name(line, subject) for line in commands]
            advice.append(_entry(finding, subject, lines, finding["remedy"]))
    return advice


def _entry(finding: Json, subject: Json, lines: list[str], remedy: Json) -> Json:
    return {
        "subject": {"type": subject["type"], "name": subject["name"], "id": subject["id"]},
        "rules": [named(finding)],
        "impact": remedy["impact"],
        "summary": remedy["summary"],
        "lines": lines,
        "compose": None,
    }


def _with_name(line: str, subject: Json) -> str:
    """The rule's command with the subject's name in the place of the word that stands for it."""
    word = {"image": "IMAGE", "network": "NETWORK", "file": "FILE"}.get(subject["type"])
    quoted = shlex.quote(str(subject["name"]))
    return " ".join(quoted if part == word else part for part in line.split(" "))


def _by_container(findings: t.Sequence[Json], posture: Json) -> list[tuple[Json, list[Json]]]:
    by_id = {one["id"]: one for one in posture.get("containers") or []}
    failed: dict[str, list[Json]] = {}
    for finding in findings:
        for subject in finding["subjects"]:
            if subject["type"] == "container" and subject["verdict"] == "fail" and subject["id"] in by_id:
                failed.setdefault(subject["id"], []).append(finding)
    order = sorted(failed, key=lambda key: (str(by_id[key]["name"]), key))
    return [(by_id[key], failed[key]) for key in order]


def _of_container(container: Json, failed: list[Json], posture: Json) -> Json:
    cgroup = {one["id"]: one for one in (posture.get("cgroup") or {}).get("containers") or []}.get(
        container["id"]
    ) or {}
    add, leave, update, compose = [], [], [], {}  # type: list[str], list[str], list[str], dict[str, t.Any]
    for finding in failed:
        maker = _MAKERS.get(finding["rule"])
        if maker is None:
            continue
        hint = maker(container, cgroup)
        add += [word for word in hint.add if word not in add]
        leave += [word for word in hint.leave if word not in leave]
        update += hint.update
        for key, value in hint.compose.items():
            before = compose.get(key)
            compose[key] = before + [one for one in value if one not in before] if isinstance(before, list) else value
    name, image = str(container["name"]), str(container["image"])
    lines = []
    if update:
        lines.append(f"docker update {shlex.join(update)} {shlex.quote(name)}")
    if add or leave:
        lines.append(" ".join(["docker run", f"--name {shlex.quote(name)}", *add, "…", shlex.quote(image)]))
    if leave:
        lines.append("without " + " ".join(leave))
    if any(finding["rule"] == "container-image-current" for finding in failed):
        lines.insert(0, f"docker pull {shlex.quote(image)}")
    if container.get("swarm_task"):
        lines.append("The container is a task of a service: change the service (docker service update), not the task.")
    return {
        "subject": {"type": "container", "name": name, "id": container["id"]},
        "rules": [named(finding) for finding in failed],
        "impact": "none" if update and not add and not leave else "disruptive",
        "summary": "A container cannot be changed in place, but for its limits: create it again with these options.",
        "lines": lines,
        "compose": yaml.safe_dump({"services": {name: compose}}, sort_keys=False, width=1000) if compose else None,
    }


def _declared(cgroup: Json, name: str, default: t.Any) -> t.Any:
    limit = ((cgroup.get("limits") or {}).get(name) or {}).get("declared")
    return limit or default


def _memory(container: Json, cgroup: Json) -> Hint:
    # What the container asked for and the kernel does not hold, else an example; a little reservation is a floor.
    size = int(
        _declared(cgroup, "memory_bytes", 0) or max(_MEMORY, 2 * int(_declared(cgroup, "memory_reservation_bytes", 0)))
    )
    words = [f"--memory={size}", f"--memory-swap={size}"]
    return Hint(words, [], words, {"mem_limit": size, "memswap_limit": size})


def _cpus(container: Json, cgroup: Json) -> Hint:
    cpus = _declared(cgroup, "cpus", _CPUS)
    return Hint([f"--cpus={cpus:g}"], [], [f"--cpus={cpus:g}"], {"cpus": cpus})


def _pids(container: Json, cgroup: Json) -> Hint:
    running = len((container.get("processes") or {}).get("running") or [])
    limit = int(_declared(cgroup, "pids", 0) or max(_PIDS, 4 * running))
    return Hint([f"--pids-limit={limit}"], [], [f"--pids-limit={limit}"], {"pids_limit": limit})


def _restart(container: Json, cgroup: Json) -> Hint:
    return Hint(["--restart=on-failure:5"], [], ["--restart=on-failure:5"], {"restart": "on-failure:5"})


def _read_only(container: Json, cgroup: Json) -> Hint:
    return Hint(["--read-only", "--tmpfs=/tmp", "--tmpfs=/run"], [], [], {"read_only": True, "tmpfs": ["/tmp", "/run"]})


def _ports(container: Json, privileged: bool) -> Hint:
    add, leave, compose = [], [], []
    for port in container.get("ports") or []:
        host_port, address = port.get("host_port"), str(port.get("host_ip") or "")
        if not host_port:
            continue
        low = privileged and host_port < 1024
        if not low and not any_address(address or "0.0.0.0"):
            continue
        inside = f"{port['container_port']}/{port['protocol']}"
        new = f"127.0.0.1:{host_port + _UNPRIVILEGED if low else host_port}:{inside}"
        add.append(shlex.quote(f"--publish={new}"))
        leave.append(shlex.quote(f"--publish={address + ':' if address else ''}{host_port}:{inside}"))
        compose.append(new)
    return Hint(add, leave, [], {"ports": compose})


def _mounts(container: Json, covers: t.Callable[[Json], bool]) -> Hint:
    return Hint(
        leave=[_volume(one) for one in container.get("mounts") or [] if one.get("type") == "bind" and covers(one)]
    )


def _volume(mount: Json) -> str:
    return shlex.quote(f"--volume={mount['source']}:{mount['destination']}{':ro' if mount.get('read_only') else ''}")


def _is_socket(mount: Json) -> bool:
    return any(is_under(path, str(mount.get("real_source") or mount["source"])) for path in ("/run/docker.sock",)) or (
        str(mount["source"]).endswith(".sock")
    )


def _propagation(container: Json, cgroup: Json) -> Hint:
    add, leave = [], []
    for mount in container.get("mounts") or []:
        if mount.get("propagation") in ("shared", "rshared"):
            source, target = mount["source"], mount["destination"]
            only = ",readonly" if mount.get("read_only") else ""
            add.append(
                shlex.quote(f"--mount=type=bind,source={source},target={target},bind-propagation=rprivate{only}")
            )
            leave.append(shlex.quote(f"--volume={source}:{target}:{mount['propagation']}"))
    return Hint(add, leave)


def _capabilities(container: Json, cgroup: Json) -> Hint:
    added = [one for one in (container.get("capabilities") or {}).get("added") or [] if one not in DEFAULT_CAPABILITIES]
    leave = [shlex.quote(f"--cap-add={one}") for one in added]
    return Hint(
        ["--cap-drop=ALL", "--cap-add=NET_BIND_SERVICE"],
        leave,
        [],
        {"cap_drop": ["ALL"], "cap_add": ["NET_BIND_SERVICE"]},
    )


def _devices(container: Json, cgroup: Json) -> Hint:
    devices = [f"{one['host']}:{one['container']}:{one['permissions']}" for one in container.get("devices") or []]
    return Hint(leave=[shlex.quote(f"--device={one}") for one in devices])


def _ulimits(container: Json, cgroup: Json) -> Hint:
    limits = container.get("ulimits") or []
    return Hint(leave=[shlex.quote(f"--ulimit={one['name']}={one['soft']}:{one['hard']}") for one in limits])


def _host_namespace(name: str) -> t.Callable[[Json, Json], Hint]:
    return lambda container, cgroup: Hint(leave=[f"--{name}=host"])


def _fixed(
    add: list[str] | None = None, leave: list[str] | None = None, compose: dict[str, t.Any] | None = None
) -> t.Callable[[Json, Json], Hint]:
    return lambda container, cgroup: Hint(add or [], leave or [], [], compose or {})


_HEALTH = "wget -q -O /dev/null http://127.0.0.1/health"
_MAKERS: dict[str, t.Callable[[Json, Json], Hint]] = {
    "container-user-not-root": _fixed(["--user=1000:1000"], compose={"user": "1000:1000"}),
    "container-apparmor-profile": _fixed(
        ["--security-opt=apparmor=docker-default"], compose={"security_opt": ["apparmor=docker-default"]}
    ),
    "container-selinux-label": _fixed(["--security-opt=label=type:container_t"], ["--security-opt=label=disable"]),
    "container-capabilities-restricted": _capabilities,
    "container-not-privileged": _fixed(leave=["--privileged"], compose={"privileged": False}),
    "container-no-sensitive-mounts": lambda container, cgroup: _mounts(container, lambda mount: not _is_socket(mount)),
    "docker-socket-not-mounted": lambda container, cgroup: _mounts(container, _is_socket),
    "container-no-privileged-ports": lambda container, cgroup: _ports(container, True),
    "container-ports-bound-to-address": lambda container, cgroup: _ports(container, False),
    "container-network-not-host": _fixed(["--network=NETWORK"], ["--network=host"], {"network_mode": "bridge"}),
    "container-not-on-default-bridge": _fixed(["--network=NETWORK"]),
    "container-memory-limited": _memory,
    "container-cpu-limited": _cpus,
    "container-pids-limited": _pids,
    "container-restart-limited": _restart,
    "container-rootfs-read-only": _read_only,
    "container-pid-not-host": _host_namespace("pid"),
    "container-ipc-not-host": _host_namespace("ipc"),
    "container-uts-not-host": _host_namespace("uts"),
    "container-userns-not-host": _host_namespace("userns"),
    "container-no-host-devices": _devices,
    "container-ulimits-default": _ulimits,
    "container-mount-propagation-private": _propagation,
    "container-seccomp-enabled": _fixed(leave=["--security-opt=seccomp=unconfined"]),
    "container-cgroup-parent-default": lambda container, cgroup: Hint(
        leave=[shlex.quote(f"--cgroup-parent={container.get('cgroup_parent')}")]
    ),
    "container-no-new-privileges": _fixed(
        ["--security-opt=no-new-privileges=true"], compose={"security_opt": ["no-new-privileges=true"]}
    ),
    "container-health-checked": _fixed(
        [f"--health-cmd={shlex.quote(_HEALTH)}", "--health-interval=30s"],
        compose={"healthcheck": {"test": ["CMD-SHELL", _HEALTH], "interval": "30s"}},
    ),
}
