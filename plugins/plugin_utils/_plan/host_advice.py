# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines for faults of the host itself, with the names and paths of this host instead of a rule's examples."""

from __future__ import annotations

import posixpath
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.values import octal
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Json, fact
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.quoting import quoted

_SOCKET_MODE = 0o660
_DEBIAN, _RED_HAT = ("debian", "ubuntu"), ("rhel", "fedora", "centos")
_PACKAGES = "docker-ce docker-ce-cli containerd.io"


def lines_for_host(finding: Json, posture: Json, policy: Json) -> list[str]:
    maker = _MAKERS.get(finding["rule"])
    made = maker(posture, policy) if maker is not None else None
    return list(finding["remedy"].get("commands") or []) if made is None else made


def _separate_data_root(posture: Json, policy: Json) -> list[str]:
    path = str(fact(posture, "host", "data_root", "path") or "/var/lib/docker")
    new = "/mnt/NEW"
    return [
        *_stop(posture),
        f"mount /dev/VOLUME {new}",
        f"rsync -aHAXS {quoted(posixpath.join(path, ''))} {new}/",
        f"umount {new}",
        f"mount /dev/VOLUME {quoted(path)}   # and the same in /etc/fstab",
        *_start(posture),
    ]


def _stop(posture: Json) -> list[str]:
    if fact(posture, "daemon", "process", "manager") == "systemd":
        return [f"systemctl stop {' '.join(reversed(_units(posture)))}"]
    return ["service docker stop"]


def _start(posture: Json) -> list[str]:
    if fact(posture, "daemon", "process", "manager") == "systemd":
        return [f"systemctl start {' '.join(reversed(_units(posture)))}"]
    return ["service docker start"]


def _units(posture: Json) -> list[str]:
    process = fact(posture, "daemon", "process") or {}
    units = [str(process.get("unit") or "docker.service"), process.get("socket_unit")]
    return [quoted(unit) for unit in units if unit]


def _untrusted_users(posture: Json, policy: Json) -> list[str]:
    trusted = policy.get("trusted_docker_users") or []
    lines = []
    for group in fact(posture, "host", "api_groups") or []:
        mode = octal(str(group.get("mode")))
        if mode is not None and mode & ~_SOCKET_MODE:
            lines.append(f"chmod {_SOCKET_MODE & mode:04o} {quoted(group.get('socket'))}")
        for member in group.get("members") or []:
            if member.get("uid") == 0 or member["name"] in trusted or not group.get("group"):
                continue
            name, of = quoted(member["name"]), quoted(group["group"])
            if member.get("supplementary"):
                lines.append(f"gpasswd --delete {name} {of}")
            if member.get("primary"):
                lines.append(f"usermod --gid OTHERGROUP {name}   # {of} is the first group of this user")
    return list(dict.fromkeys(lines))


def _upgrade(posture: Json, policy: Json) -> list[str]:
    system = fact(posture, "host", "os") or {}
    names = [system.get("id"), *(system.get("like") or [])]
    if any(name in _DEBIAN for name in names):
        return ["apt-get update", f"apt-get install --only-upgrade {_PACKAGES}"]
    if any(name in _RED_HAT for name in names):
        return [f"dnf upgrade {_PACKAGES}"]
    return []


_MAKERS: dict[str, t.Callable[[Json, Json], list[str] | None]] = {
    "data-root-separate": _separate_data_root,
    "docker-users-trusted": _untrusted_users,
    "engine-version-current": _upgrade,
}
