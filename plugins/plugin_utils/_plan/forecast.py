# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The posture as it would be after a plan, so that the same rules can judge it. Pure.

It promises less rather than more: what the engine takes over only later stays as it is.
"""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils import _daemon_keys as keys
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import daemon as daemon_part
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import files as files_part
from ansible_collections.seawall.docker.plugins.plugin_utils._plan import userns as userns_part
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Json

_GONE = ("deleted", "hidden", "orphaned")
_NOT_RUNNING = "the container does not run"
# Options that the API shows as well: the key in ``daemon.info``.
_SHOWN = {
    "live-restore": "live_restore",
    "debug": "debug",
    "experimental": "experimental",
    "log-driver": "logging_driver",
}


def posture_after(posture: Json, steps: t.Sequence[Json]) -> Json:
    after = copy.deepcopy(posture)
    for step in steps:
        if step["kind"] in (daemon_part.KIND, userns_part.KIND):
            _options(after, step)
        if step["kind"] == files_part.ATTRIBUTES:
            _attributes(after, step)
        elif step["kind"] == files_part.WATCHES:
            _watches(after, step)
        elif step["kind"] == userns_part.KIND:
            _userns(after, step)
    _new_file(posture, after)
    # One restart or more: what becomes of a container is told by the last step that speaks of it.
    outcomes = {one["id"]: one["outcome"] for step in steps for one in step["containers"]}
    _containers(after, outcomes)
    return after


def _options(after: Json, step: Json) -> None:
    daemon = after.setdefault("daemon", {})
    version = keys.version_of((daemon.get("versions") or {}).get("engine"))
    alive = any(one["outcome"] == "keeps_running" for one in step["containers"])
    origin = {"kind": "daemon.json", "source": step["file"]}
    values = {**step["options"], **{key: daemon_part.default_of(key, version) for key in step["remove"]}}
    for key, value in values.items():
        if alive and key in daemon_part.WITHOUT_CONTAINERS:
            continue
        daemon.setdefault("options", {})[key] = {"value": value, "origin": origin}
        info = daemon.setdefault("info", {})
        if key in _SHOWN:
            info[_SHOWN[key]] = value
        elif key == "insecure-registries":
            info["insecure_registries"] = [{"registry": one} for one in value]
        elif key == "authorization-plugins":
            info["authorization_plugins"] = value
        elif key == "icc":
            daemon.setdefault("default_bridge", {"present": True})["icc"] = value
        elif key == "no-new-privileges":
            info.setdefault("security_options", {})["no_new_privileges"] = value
        elif key == "seccomp-profile":
            info.setdefault("security_options", {})["seccomp"] = value or "builtin"
    # The file is there now, as the engine that wrote none before would find it.
    for entry in after.get("files") or []:
        if entry.get("role") == "daemon_json" and not entry.get("present"):
            entry.update(present=True, type="file", owner="root", group="root", uid=0, gid=0, mode="0644")


def _new_file(posture: Json, after: Json) -> None:
    """A daemon.json that was not there is a new thing to watch, and is watched where its directory is."""
    made = [
        new["real_path"]
        for old, new in zip(posture.get("files") or [], after.get("files") or [], strict=True)
        if new.get("role") == "daemon_json" and new.get("present") and not old.get("present")
    ]
    targets = (after.get("auditing") or {}).get("targets") or {}
    if not made or "daemon_json" not in targets or targets["daemon_json"].get("present"):
        return
    above = targets.get("config_directory") or {}
    watched = bool(above.get("watched")) and str(made[0]).startswith(f"{above.get('real_path')}/")
    target = targets["daemon_json"]
    target.update(path=made[0], real_path=made[0], present=True, type="file", by=[], insufficient=[], unread={})
    target.update(watched=watched, watched_loaded=watched, watched_written=watched)


def _attributes(after: Json, step: Json) -> None:
    for entry in after.get("files") or []:
        if entry["path"] != step["file"]:
            continue
        for name, number in (("owner", "uid"), ("group", "gid")):
            if step[name] is not None:
                entry[name] = step[name]
                entry[number] = 0 if step[name] == "root" else entry.get(number)
        if step["mode"] is not None:
            entry["mode"] = step["mode"]


def _watches(after: Json, step: Json) -> None:
    targets = (after.get("auditing") or {}).get("targets") or {}
    for change in step["changes"]:
        target = targets.get(change["name"])
        if target is not None:
            target.update(watched=True, watched_loaded=True, watched_written=True, insufficient=[])


def _userns(after: Json, step: Json) -> None:
    userns = after.setdefault("userns", {})
    present = step["state"] == "present"
    userns["configured"] = step["user"] if present else ""
    effective = userns.setdefault("effective", {})
    # Any id but 0: which one it is, is decided on the host.
    effective.update(enabled=present, rootless=False, root_uid=step["count"] if present else 0)
    after.setdefault("daemon", {}).setdefault("info", {}).setdefault("security_options", {})["userns"] = present
    for section in ("images", "containers"):
        if isinstance(after.get(section), list):
            after[section] = []
    after["networks"] = [one for one in after.get("networks") or [] if one["name"] in ("bridge", "host", "none")]
    for one in after["networks"]:
        one["containers"] = []
    for section in ("userns", "cgroup"):
        if isinstance((after.get(section) or {}).get("containers"), list):
            after[section]["containers"] = []


def _containers(after: Json, outcomes: dict[str, str]) -> None:
    gone = {key for key, outcome in outcomes.items() if outcome in _GONE}
    names = {one["name"] for one in after.get("containers") or [] if one["id"] in gone}
    for owner in (after, after.get("userns") or {}, after.get("cgroup") or {}):
        if isinstance(owner.get("containers"), list):
            owner["containers"] = [one for one in owner["containers"] if one["id"] not in gone]
    for image in after.get("images") or []:
        image["in_use_by"] = [name for name in image.get("in_use_by") or [] if name not in names]
    stopped = {key for key, outcome in outcomes.items() if outcome == "stopped"}
    for entry in after.get("containers") or []:
        if entry["id"] in stopped:
            entry.update(state="exited", running=False, pid=0)
            for name in ("process", "processes"):
                entry.pop(name, None)
                entry.setdefault("unread", {})[name] = _NOT_RUNNING
    for entry in (after.get("userns") or {}).get("containers") or []:
        if entry["id"] in stopped:
            entry["running"] = False
            for name in (
                "uid_map",
                "gid_map",
                "root_is_host_root",
                "root_group_is_host_root_group",
                "host_root_inside",
            ):
                entry.pop(name, None)
                entry.setdefault("unread", {})[name] = _NOT_RUNNING
    for entry in (after.get("cgroup") or {}).get("containers") or []:
        if entry["id"] in stopped:
            entry["running"] = False
            limits = entry.get("limits") or {}
            entry["limits"] = {name: {"declared": limit.get("declared")} for name, limit in limits.items()}
            entry.setdefault("unread", {})["limits"] = _NOT_RUNNING
