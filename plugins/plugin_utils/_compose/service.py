# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service of a compose file as a container that was made and does not run, so that the rules about containers judge it.

What only exists where it runs is unread for ``AT_RUN_TIME``, and what is not resolved for another reason.
"""

from __future__ import annotations

import hashlib
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._engine.references import full_reference
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.options import (
    capability_names,
    has_health_check,
    security_options,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._compose.forms import (
    devices_of,
    mounts_of,
    names_of,
    ports_of,
    size_of,
)

Json = dict[str, t.Any]

AT_RUN_TIME = "it is known only where the service runs"
# The environment and the command of the image count as well among secret_suspects.
_AT_RUN_TIME = ("process", "started_with", "processes", "process_label", "secret_suspects")
_LIMITS = (
    "memory_bytes",
    "memory_swap_bytes",
    "memory_reservation_bytes",
    "cpus",
    "cpu_shares",
    "cpuset_cpus",
    "cpuset_mems",
)


class Parts(t.NamedTuple):
    """The entries of ``containers`` and ``cgroup.containers`` of a posture."""

    container: Json
    cgroup: Json


def parts_of(project: Json, name: str, service: Json, unresolved: t.Callable[[str], str | None]) -> Parts:
    """``unresolved`` returns why the value of a key is not known, or None."""
    identifier = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    unread = dict.fromkeys(_AT_RUN_TIME, AT_RUN_TIME)
    container: Json = {
        "id": identifier,
        "name": name,
        "state": "created",
        "running": False,
        "pid": None,
        "unread": unread,
    }
    for fact, (keys, read) in _READERS.items():
        _take(container, fact, keys, lambda read=read: read(service, project), unresolved)  # type: ignore[misc]
    known, gap = container.pop("mounts", ([], None))
    if gap is not None:
        # An incomplete list can make a rule fail, but must not make it pass.
        container["mounts_at_least"], unread["mounts"] = known, gap
    elif "mounts" not in unread:
        container["mounts"] = known
    cgroup: Json = {"id": identifier, "name": name, "running": False, "limits": {}, "unread": {}}
    declared: Json = {"unread": {}}
    for limit, (keys, read) in _LIMIT_READERS.items():
        _take(declared, limit, keys, lambda read=read: read(service, project), unresolved)  # type: ignore[misc]
    for limit in (*_LIMITS, "pids", "blkio_weight"):
        if limit in declared["unread"]:
            cgroup["unread"][f"limits.{limit}"] = declared["unread"][limit]
        else:
            cgroup["limits"][limit] = {"declared": declared.get(limit)}
    return Parts(container, cgroup)


def _take(
    into: Json, fact: str, keys: t.Sequence[str], read: t.Callable[[], t.Any], unresolved: t.Callable[[str], str | None]
) -> None:
    reason = next((one for one in map(unresolved, keys) if one), None)
    if reason is None:
        try:
            value = read()
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            reason = f"{' or '.join(keys)} has another form than compose files have: {error}"
        else:
            if value is not AT_RUN_TIME:
                into[fact] = value
                return
            reason = AT_RUN_TIME
    into["unread"][fact] = reason


def _user(service: Json, _project: Json) -> t.Any:
    # Without one, the image decides.
    return str(service["user"]) if service.get("user") not in (None, "") else AT_RUN_TIME


def _health(service: Json, _project: Json) -> t.Any:
    check = service.get("healthcheck")
    if not check:
        return AT_RUN_TIME  # the image may have one
    test = check.get("test") or []
    if isinstance(test, str):
        # Compose hands one text to a shell.
        test = ["NONE"] if test == "NONE" else ["CMD-SHELL", test]
    if not check.get("disable") and not test:
        return AT_RUN_TIME
    return {"configured": not check.get("disable") and has_health_check(test), "status": None}


def _security(service: Json, _project: Json) -> Json:
    listed = [str(one) for one in service.get("security_opt") or []]
    # A profile is a file here, whose content is read where the service starts.
    kept = [one for one in listed if not one.startswith(("seccomp=", "seccomp:"))]
    profile = next((one[len("seccomp=") :] for one in listed if one not in kept), None)
    options = security_options({"SecurityOpt": kept})
    if profile in ("unconfined", "builtin"):
        options["seccomp"] = profile
    elif profile is not None:
        # What the profile forbids is not known from here.
        del options["seccomp"]
        options["unread"] = {"seccomp": AT_RUN_TIME}
    return options


def _apparmor(service: Json, project: Json) -> t.Any:
    # Without one, the engine of the host decides.
    return _security(service, project)["apparmor"] or AT_RUN_TIME


def _capabilities(service: Json, _project: Json) -> Json:
    return {
        "added": capability_names(service.get("cap_add")),
        "dropped": capability_names(service.get("cap_drop")),
    }


def _namespaces(service: Json, project: Json) -> Json:
    return {
        "network": _mode(service.get("network_mode")) or _networks(service, project)[0],
        "pid": _mode(service.get("pid")),
        "ipc": _mode(service.get("ipc")),
        "uts": str(service.get("uts") or ""),
        "cgroup": str(service.get("cgroup") or ""),
        "user": str(service.get("userns_mode") or ""),
    }


def _mode(value: t.Any) -> str:
    # Of the network of another service only where it runs is known what it is.
    text = str(value or "")
    return f"container:{text.partition(':')[2]}" if text.startswith("service:") else text


def _joined(service: Json, project: Json) -> t.Any:
    """The namespaces that the service gets in the end, through other services of the project."""
    found = {}
    for kind, key in (("network", "network_mode"), ("pid", "pid"), ("ipc", "ipc")):
        mode, seen = str(service.get(key) or ""), set()
        while mode.startswith("service:") and mode not in seen:
            seen.add(mode)
            other = (project.get("services") or {}).get(mode.partition(":")[2]) or {}
            mode = str(other.get(key) or "")
        if mode.startswith(("container:", "service:")):
            return AT_RUN_TIME
        found[kind] = mode
    return found


def _networks(service: Json, project: Json) -> list[str]:
    mode = str(service.get("network_mode") or "")
    if mode:
        return [mode] if mode in ("host", "bridge") else []
    known = project.get("networks") or {}
    # One that was made elsewhere may be the engine's own.
    return [
        str((known.get(one) or {}).get("name") or f"project_{one}") for one in service.get("networks") or ["default"]
    ]


def _restart(service: Json, _project: Json) -> Json:
    text = str(service.get("restart") or "")
    policy = (service.get("deploy") or {}).get("restart_policy") or {}
    if not text and policy:
        name = {"none": "no", "on-failure": "on-failure"}.get(str(policy.get("condition") or "any"), "always")
        return {"name": name, "maximum_retries": int(policy.get("max_attempts") or 0)}
    name, _colon, retries = text.partition(":")
    return {"name": name or "no", "maximum_retries": int(retries or 0)}


def _requests(service: Json, _project: Json) -> list[Json]:
    reserved = (((service.get("deploy") or {}).get("resources") or {}).get("reservations") or {}).get("devices") or []
    listed = [*reserved, *(service["gpus"] if isinstance(service.get("gpus"), list) else [])]
    listed += [{"driver": "nvidia", "count": -1}] if service.get("gpus") == "all" else []
    return [{"driver": str(one.get("driver") or ""), "count": None, "ids": []} for one in listed]


def _ulimits(service: Json, _project: Json) -> list[Json]:
    found = []
    for name, value in (service.get("ulimits") or {}).items():
        both = value if isinstance(value, dict) else {"soft": value, "hard": value}
        found.append({"name": str(name), "soft": int(both["soft"]), "hard": int(both["hard"])})
    return found


def _deployed(service: Json, kind: str, key: str) -> t.Any:
    return (((service.get("deploy") or {}).get("resources") or {}).get(kind) or {}).get(key)


def _cpus(service: Json, _project: Json) -> float | None:
    if service.get("cpu_quota"):
        return int(service["cpu_quota"]) / int(service.get("cpu_period") or 100_000)
    return float(service.get("cpus") or _deployed(service, "limits", "cpus") or 0) or None


def _pids(service: Json, _project: Json) -> int | None:
    limit = int(service.get("pids_limit") or _deployed(service, "limits", "pids") or 0)
    return limit if limit > 0 else None


_Reader = t.Callable[[Json, Json], t.Any]
# Each fact with the keys of the service that say it.
_READERS: dict[str, tuple[tuple[str, ...], _Reader]] = {
    "image": (("image",), lambda one, _project: str(one.get("image") or "")),
    "image_reference": (
        ("image",),
        lambda one, _project: full_reference(str(one["image"])) if one.get("image") else None,
    ),
    "user": (("user",), _user),
    "privileged": (("privileged",), lambda one, _project: bool(one.get("privileged"))),
    "capabilities": (("cap_add", "cap_drop"), _capabilities),
    "security_options": (("security_opt",), _security),
    "apparmor_profile": (("security_opt",), _apparmor),
    "namespaces": (("network_mode", "pid", "ipc", "uts", "cgroup", "userns_mode"), _namespaces),
    "joined_namespaces": (("network_mode", "pid", "ipc"), _joined),
    "readonly_rootfs": (("read_only",), lambda one, _project: bool(one.get("read_only"))),
    "ports": (("ports",), lambda one, _project: ports_of(one.get("ports"))),
    "publish_all_ports": ((), lambda _one, _project: False),
    "default_binding": ((), lambda _one, _project: "0.0.0.0"),
    "devices": (("devices",), lambda one, _project: devices_of(one.get("devices"))),
    "device_requests": (("deploy", "gpus"), _requests),
    "device_cgroup_rules": (("device_cgroup_rules",), lambda one, _project: list(one.get("device_cgroup_rules") or [])),
    "ulimits": (("ulimits",), _ulimits),
    "restart_policy": (("restart", "deploy"), _restart),
    "log_driver": (("logging",), lambda one, _project: str((one.get("logging") or {}).get("driver") or "")),
    "health": (("healthcheck",), _health),
    "cgroup_parent": (("cgroup_parent",), lambda one, _project: str(one.get("cgroup_parent") or "")),
    "networks": (("networks", "network_mode"), _networks),
    "environment_names": ((), lambda one, _project: names_of(one.get("environment"))),
    "label_names": ((), lambda one, _project: names_of(one.get("labels"))),
    "swarm_task": ((), lambda _one, _project: False),
    "left_control_groups": ((), lambda _one, _project: False),
    "mounts": (("volumes",), lambda one, project: mounts_of(one.get("volumes"), project.get("volumes") or {})),
}
_LIMIT_READERS: dict[str, tuple[tuple[str, ...], _Reader]] = {
    "memory_bytes": (
        ("mem_limit", "deploy"),
        lambda one, _project: size_of(one.get("mem_limit") or _deployed(one, "limits", "memory")),
    ),
    "cpus": (("cpus", "cpu_quota", "deploy"), _cpus),
    "cpu_shares": (("cpu_shares",), lambda one, _project: int(one.get("cpu_shares") or 0) or None),
    "cpuset_cpus": (("cpuset",), lambda one, _project: str(one.get("cpuset") or "") or None),
    "pids": (("pids_limit", "deploy"), _pids),
}
# By the rule, the keys whose line is the place of a finding; the first that is there.
KEYS_OF_RULES: dict[str, tuple[str, ...]] = {
    "container-image-pinned": ("image",),
    "container-image-tag-definite": ("image",),
    "container-user-not-root": ("user",),
    "container-apparmor-profile": ("security_opt", "privileged"),
    "container-selinux-label": ("security_opt",),
    "container-capabilities-restricted": ("privileged", "cap_add"),
    "container-not-privileged": ("privileged", "security_opt"),
    "container-no-sensitive-mounts": ("volumes",),
    "docker-socket-not-mounted": ("volumes",),
    "container-mount-propagation-private": ("volumes",),
    "container-no-privileged-ports": ("ports",),
    "container-ports-needed": ("ports", "network_mode"),
    "container-ports-bound-to-address": ("ports",),
    "container-network-not-host": ("network_mode",),
    "container-not-on-default-bridge": ("network_mode",),
    "container-memory-limited": ("mem_limit", "deploy"),
    "container-cpu-limited": ("cpus", "cpu_shares", "cpuset", "deploy"),
    "container-pids-limited": ("pids_limit", "deploy"),
    "container-rootfs-read-only": ("read_only",),
    "container-restart-limited": ("restart", "deploy"),
    "container-pid-not-host": ("pid",),
    "container-ipc-not-host": ("ipc",),
    "container-uts-not-host": ("uts",),
    "container-userns-not-host": ("userns_mode",),
    "container-no-host-devices": ("privileged", "devices", "device_cgroup_rules", "gpus", "deploy"),
    "container-ulimits-default": ("ulimits",),
    "container-seccomp-enabled": ("security_opt", "privileged"),
    "container-cgroup-parent-default": ("cgroup_parent",),
    "container-no-new-privileges": ("security_opt",),
    "container-health-checked": ("healthcheck",),
    "container-image-current": ("image",),
}
