# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The posture as it would be after a plan, so that the same rules can judge it. Pure.

It promises less rather than more: what the engine takes over only later stays as it is, and what nobody can see before,
such as the containers of another mapping, is unread.
"""

from __future__ import annotations

import copy
import posixpath
import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon import keys
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import daemon as daemon_part
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import files as files_part
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import unfinished as unfinished_part
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import userns as userns_part
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import watches as watches_part
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Json, fact
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.option_values import default_of

_CONFIGURES = (daemon_part.KIND, userns_part.KIND, unfinished_part.KIND)
_GONE = ("deleted", "hidden", "orphaned")
_NOT_RUNNING = "the container does not run"
_NOT_YET = "what the container has once it was started is not known before"
_OTHER_MAPPING = "what the engine shows of the other mapping is known when it runs with it"
# Options that the API shows as well: the key in ``daemon.info``.
_SHOWN = {
    "live-restore": "live_restore",
    "debug": "debug",
    "experimental": "experimental",
    "log-driver": "logging_driver",
}
# Only later engines show it.
_SHOWS_NO_NEW_PRIVILEGES = (24, 0)
# What an engine keeps directly in its data root as soon as it had an image, a container or a volume.
_WORKED_IN = ("containers", "image", "volumes", "containerd", "overlay2")
# What the engine says of its seccomp profile where it has none.
_UNCONFINED = ("unconfined", "", None)
_BY_PROCESS = (
    "uid_map",
    "gid_map",
    "root_is_host_root",
    "root_group_is_host_root_group",
    "host_root_inside",
    "host_ids",
    "maps_host_ids",
)


def posture_after(posture: Json, steps: t.Sequence[Json]) -> Json:
    now = fact(posture, "daemon", "info", "system_time")
    after = copy.deepcopy(posture)
    for step in steps:
        if step["kind"] in _CONFIGURES:
            _options(after, step)
            if step["impact"] != "reload" and now and isinstance(fact(after, "daemon", "process"), dict):
                after["daemon"]["process"]["started_at"] = now
        if step["kind"] == files_part.ATTRIBUTES:
            _attributes(after, step)
        elif "invisible" in step:
            _userns(after, step)
        if step["kind"] == unfinished_part.KIND:
            after["daemon"]["config_file"].update(newer_than_daemon=False, unfinished=[])
    _new_files(after, steps)
    _watches(after, steps)
    # One restart or more: what becomes of a container is told by the last step that speaks of it.
    outcomes = {one["id"]: one["outcome"] for step in steps for one in step["containers"]}
    _containers(after, outcomes)
    if fact(posture, "daemon", "info", "security_options", "seccomp") in _UNCONFINED:
        _filtered(after, outcomes)
    return after


def _options(after: Json, step: Json) -> None:
    daemon = after.setdefault("daemon", {})
    version = keys.version_of(fact(daemon, "versions", "engine"))
    alive = any(one["outcome"] == "keeps_running" for one in step["containers"])
    origin = {"kind": "daemon.json", "source": step["file"]}
    values = {**step["options"], **{key: default_of(key, version) for key in step["remove"]}}
    if step["impact"] != "reload" and not alive:
        values = {**_waiting(daemon), **values}
    info = daemon.setdefault("info", {})
    for key, value in values.items():
        outer, dot, inner = key.partition(".")
        if dot:
            (fact(daemon, "options", outer, "value") or {}).pop(inner, None)
            continue
        if alive and key in daemon_part.WITHOUT_CONTAINERS:
            continue
        old = fact(daemon, "options", key, "value")
        if isinstance(value, dict) and isinstance(old, dict):
            value = {**old, **value}  # as the file is merged
        daemon.setdefault("options", {})[key] = {"value": value, "origin": origin}
        if key in _SHOWN:
            info[_SHOWN[key]] = value
        elif key == "insecure-registries":
            info["insecure_registries"] = [{"registry": one} for one in value]
        elif key == "authorization-plugins":
            info["authorization_plugins"] = value
        elif key == "icc":
            _default_bridge(after, value)
        elif key == "no-new-privileges":
            if version is not None and version >= _SHOWS_NO_NEW_PRIVILEGES:
                info.setdefault("security_options", {})["no_new_privileges"] = value
        elif key == "seccomp-profile":
            info.setdefault("security_options", {})["seccomp"] = value or "builtin"
    _tls(daemon, values)


def _default_bridge(after: Json, icc: bool) -> None:
    """An engine that takes icc off over writes the rule that keeps containers apart; whether others stand before it is
    seen afterwards. The filter of an engine that does not run as root cannot be read."""
    bridge = fact(after, "daemon", "default_bridge")
    if not fact(bridge, "present"):
        return
    # What was seen of the filter is of the engine that ends.
    bridge.pop("filter", None)
    bridge["icc"] = icc
    if not icc:
        if fact(after, "engine", "owner", "relation") == "root":
            bridge["filter"] = {"drops": True, "by": ["the rule that the engine writes when it starts"]}
        else:
            reason = "whether the packet filter keeps containers apart cannot be read for this engine"
            after.setdefault("unread", {})["daemon.default_bridge.filter"] = reason


def _waiting(daemon: Json) -> Json:
    """What the file says already, and the engine takes over when it starts while no container runs."""
    entries = daemon.get("differences") or []
    return {one["option"]: one["configured"] for one in entries if one["option"] in daemon_part.WITHOUT_CONTAINERS}


def _tls(daemon: Json, values: Json) -> None:
    for key, name in (("tlscacert", "ca"), ("tlscert", "certificate"), ("tlskey", "key")):
        if values.get(key):
            daemon.setdefault("tls", {})[name] = values[key]
    if values.get("tlsverify"):
        daemon.setdefault("tls", {}).update(enabled=True, verify=True)


def _new_files(after: Json, steps: t.Sequence[Json]) -> None:
    """A daemon.json that was not there is a new thing to own and to watch, and so is its directory."""
    if not any(step["kind"] in _CONFIGURES and step["options"] for step in steps):
        return
    files = {one.get("role"): one for one in after.get("files") or []}
    targets = fact(after, "auditing", "targets") or {}
    path = str((files.get("daemon_json") or {}).get("real_path") or "")
    for role, kind, mode, place in (
        ("daemon_json", "file", "0644", path),
        ("config_directory", "directory", "0755", posixpath.dirname(path)),
    ):
        entry, target = files.get(role), targets.get(role)
        if entry is not None and entry.get("present") is False and entry.get("real_path") == place:
            entry.update(present=True, type=kind, owner="root", group="root", uid=0, gid=0, mode=mode, hard_links=1)
            if (files.get("config_directory") or {}).get("access_list", []) == []:
                entry["access_list"] = []
            if target is not None:
                target.update(path=place, real_path=place, present=True, type=kind, by=[], insufficient=[])
                _unwatched(target, targets)


def _unwatched(target: Json, targets: Json) -> None:
    """No rule watches a new file. Where the rules could not be read, nothing is known of it, as of the others."""
    target["unread"] = {}
    for name in ("watched", "watched_loaded", "watched_written"):
        reasons = [one["unread"][name] for one in targets.values() if name in (one.get("unread") or {})]
        known = any(isinstance(one.get(name), bool) for one in targets.values())
        if reasons and not known:
            target["unread"][name] = reasons[0]
        else:
            target[name] = False


def _attributes(after: Json, step: Json) -> None:
    for entry in after.get("files") or []:
        if (entry.get("real_path") or entry["path"]) != step["real_path"]:
            continue
        for name, number in (("owner", "uid"), ("group", "gid")):
            if step[name] is not None:
                entry[name] = step[name]
                entry[number] = 0 if step[name] == "root" else entry.get(number)
        if step["mode"] is not None:
            entry["mode"] = step["mode"]
        _api_group(after, step, entry)
        if entry.get("type") == "directory":
            _close(after, entry)


def _close(after: Json, directory: Json) -> None:
    """A directory that only root can change is open for nothing that lies in it."""
    mode = str(directory.get("mode") or "")
    by_root = directory.get("uid") == 0 and (directory.get("gid") == 0 or not _writes(mode, 0o020))
    if not by_root or not mode or _writes(mode, 0o002) or directory.get("access_list") != []:
        return
    real = directory.get("real_path") or directory["path"]
    for entry in after.get("files") or []:
        if isinstance(entry.get("open_directories"), list):
            entry["open_directories"] = [one for one in entry["open_directories"] if one.get("path") != real]


def _writes(mode: str, bit: int) -> bool:
    return bool(int(mode, 8) & bit)


def _api_group(after: Json, step: Json, entry: Json) -> None:
    for group in fact(after, "host", "api_groups") or []:
        if group.get("real_socket") != step["real_path"]:
            continue
        group["mode"] = entry["mode"]
        if step["group"] is not None and step["group"] != group.get("group"):
            del after["host"]["api_groups"]
            reason = f"who is in the group {step['group']} is known when the socket has it"
            after.setdefault("unread", {})["host.api_groups"] = reason
            return


def _watches(after: Json, steps: t.Sequence[Json]) -> None:
    """Loading our file loads all files of rules; without such a step a new file is watched where its directory is."""
    auditing = after.get("auditing") or {}
    step = next((one for one in steps if one["kind"] == watches_part.KIND), None)
    for name, target in (auditing.get("targets") or {}).items():
        if not target.get("present"):
            continue
        if step is not None:
            lines = [line for line in step["content"].splitlines() if not line.startswith("#")]
            watched = watches_part.watched_with(auditing, lines)[name]
            target.update(watched=watched, watched_loaded=watched, watched_written=watched)
            if watched:
                target["insufficient"] = []
        elif target.get("watched") is False and name == "daemon_json":
            above = (auditing["targets"].get("config_directory")) or {}
            below = str(target.get("real_path")).startswith(f"{above.get('real_path')}/")
            if above.get("watched") and below:
                target.update(watched=True, watched_loaded=True, watched_written=True)


def _userns(after: Json, step: Json) -> None:
    userns = after.setdefault("userns", {})
    present = step["state"] == "present"
    userns["configured"] = step["user"] if present else ""
    effective = userns.setdefault("effective", {})
    # Any id but 0: which one it is, is decided on the host.
    root = step["count"] if present else 0
    effective.update(enabled=present, rootless=False, root_uid=root, root_gid=root)
    for name in ("subuid", "subgid"):
        # Ranges with ids of the host are refused, and none are given.
        userns.setdefault(name, {})["host_ids"] = []
    after.setdefault("daemon", {}).setdefault("info", {}).setdefault("security_options", {})["userns"] = present
    if _is_new(present, fact(after, "host", "data_root", "entries")):
        _empty(after)
    else:
        _not_known(after)


def _is_new(present: bool, data_root_entries: t.Sequence[str] | None) -> bool:
    """Whether the engine has never worked with the mapping to which it changes. Unknown is not."""
    if data_root_entries is None:
        return False
    if present:
        return not any(re.fullmatch(r"\d+\.\d+", name) for name in data_root_entries)
    return not any(name in _WORKED_IN for name in data_root_entries)


def _empty(after: Json) -> None:
    for section in ("images", "containers"):
        if isinstance(after.get(section), list):
            after[section] = []
    after["networks"] = [one for one in after.get("networks") or [] if one["name"] in ("bridge", "host", "none")]
    for one in after["networks"]:
        one["containers"] = []
    for section in ("userns", "cgroup"):
        if isinstance(fact(after, section, "containers"), list):
            after[section]["containers"] = []


def _not_known(after: Json) -> None:
    unread = after.setdefault("unread", {})
    for section in ("images", "containers", "networks"):
        after.pop(section, None)
        unread[section] = _OTHER_MAPPING
    (after.get("cgroup") or {}).pop("containers", None)
    unread["cgroup.containers"] = _OTHER_MAPPING
    # Whatever comes back, it is mapped, or asks not to be; the change itself is verified by its effect.
    after["userns"]["containers"] = []


def _containers(after: Json, outcomes: dict[str, str]) -> None:
    gone = {key for key, outcome in outcomes.items() if outcome in _GONE}
    names = {one["name"] for one in after.get("containers") or [] if one["id"] in gone}
    for owner in (after, after.get("userns") or {}, after.get("cgroup") or {}):
        if isinstance(owner.get("containers"), list):
            owner["containers"] = [one for one in owner["containers"] if one["id"] not in gone]
    for image in after.get("images") or []:
        image["in_use_by"] = [name for name in image.get("in_use_by") or [] if name not in names]
    for network in after.get("networks") or []:
        network["containers"] = [name for name in network.get("containers") or [] if name not in names]
    limits = fact(after, "daemon", "options", "default-ulimits", "value") or {}
    for entry in after.get("containers") or []:
        outcome = outcomes.get(entry["id"])
        if outcome == "stopped":
            entry.update(state="exited", running=False, pid=None)
            _lacks(entry, ("process", "processes"), _NOT_RUNNING)
        elif outcome == "started":
            entry.update(state="running", running=True)
            _lacks(entry, ("process", "processes", "pid"), _NOT_YET)
        if outcome in ("started", "restarted"):
            _take_default_ulimits(entry, limits)
    for section, names_of_facts in (("userns", _BY_PROCESS), ("cgroup", ("path",))):
        for entry in fact(after, section, "containers") or []:
            outcome = outcomes.get(entry["id"])
            if outcome not in ("stopped", "started"):
                continue
            reason = _NOT_RUNNING if outcome == "stopped" else _NOT_YET
            entry["running"] = outcome == "started"
            _lacks(entry, names_of_facts, reason)
            if "limits" in entry:
                declared = {name: {"declared": limit.get("declared")} for name, limit in entry["limits"].items()}
                entry["limits"] = declared
                entry.setdefault("unread", {})["limits"] = reason


def _filtered(after: Json, outcomes: dict[str, str]) -> None:
    """A container that is started again without a profile of its own gets the engine's new one."""
    if fact(after, "daemon", "info", "security_options", "seccomp") in _UNCONFINED:
        return
    for entry in after.get("containers") or []:
        default = fact(entry, "security_options", "seccomp") == "default" and not entry.get("privileged")
        if outcomes.get(entry["id"]) == "restarted" and default and isinstance(entry.get("process"), dict):
            entry["process"]["seccomp_mode"] = 2


def _lacks(entry: Json, names: t.Sequence[str], reason: str) -> None:
    for name in names:
        entry.pop(name, None)
        entry.setdefault("unread", {})[name] = reason


def _take_default_ulimits(entry: Json, limits: Json) -> None:
    """The engine writes its defaults into a container that it starts, as if it had asked for them."""
    own = entry.get("ulimits")
    if not isinstance(own, list):
        return
    for limit in limits.values():
        if isinstance(limit, dict) and not any(one.get("name") == limit.get("Name") for one in own):
            own.append({"name": limit.get("Name"), "soft": limit.get("Soft"), "hard": limit.get("Hard")})
