# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""userns-remap: what would break on this host, what becomes invisible, and the step itself. Pure.

A culprit is named, with what to do about it. Some can be accepted by name; those that keep the engine from starting or
lose its cluster cannot.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.functions import octal, version_numbers
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices, Json, change, step

KIND = "userns_remap"
# Earlier ones remap with CVE-2021-21284.
_OLDEST_ENGINE = (20, 10, 3)
_MANAGERS = ("systemd", "sysvinit", "openrc")
_MIB = 1024 * 1024


class Obstacle(t.NamedTuple):
    """``name`` is what remediate_userns_force takes, where ``forcible``."""

    name: str
    reason: str
    culprits: list[str]
    to_do: str
    forcible: bool

    def document(self, force: t.Collection[str]) -> Json:
        return {**self._asdict(), "accepted": self.name in HINTS or (self.forcible and self.name in force)}


FORCIBLE = ("containers-refused", "socket-mounts", "disk-space", "volume-drivers")
# Worth knowing, and no reason to stop.
HINTS = ("bind-mounts", "image-store-changes")


def preflight(posture: Json, choices: Choices, ancestors: t.Sequence[Json] = ()) -> list[Obstacle]:
    """What stands against the change, worst first. ``ancestors`` are the directories above the data root, with modes."""
    found = [*_of_engine(posture)]
    if choices.userns == "present":
        found += _of_options(posture, choices)
        found += _of_subids(posture)
        found += _of_ancestors(ancestors)
        found += _of_containers(posture)
        found += _of_disk(posture)
    return found


def _of_engine(posture: Json) -> t.Iterator[Obstacle]:
    daemon = posture.get("daemon") or {}
    info = daemon.get("info") or {}
    if info.get("security_options", {}).get("rootless"):
        yield _never(
            "rootless", "the engine is rootless: its containers are in a user namespace already", "Nothing is needed."
        )
    state = (info.get("swarm") or {}).get("state")
    if state is None:
        yield _never("swarm", "whether the host is part of a swarm is not known", "Let the audit run as root.")
    elif state != "inactive":
        todo = "Leave the swarm first (docker node update --availability drain, docker swarm leave), and join it again later."
        yield _never("swarm", f"the host is part of a swarm ({state}), and would lose it", todo)
    manager = (daemon.get("process") or {}).get("manager")
    if manager not in _MANAGERS:
        yield _never(
            "service-manager", f"nothing that can be worked here restarts the engine ({manager})", "Change it by hand."
        )
    file = daemon.get("config_file") or {}
    if file.get("state") in ("invalid", "unreadable"):
        yield _never(
            "daemon-json", f"{file.get('path')} is {file['state']}: {file.get('error')}", "Put the file right first."
        )


def _of_options(posture: Json, choices: Choices) -> t.Iterator[Obstacle]:
    daemon = posture.get("daemon") or {}
    text = str((daemon.get("versions") or {}).get("engine") or "")
    version = version_numbers(text)
    if not version or version < _OLDEST_ENGINE:
        yield _never(
            "engine-version",
            f"the engine is {text or 'of a version that is not known'}, and remaps securely from 20.10.3 on",
            "Upgrade the engine first.",
        )
    features = ((daemon.get("options") or {}).get("features") or {}).get("value") or {}
    if features.get("containerd-snapshotter") is True:
        todo = "Take features.containerd-snapshotter out of the configuration first."
        reason = "the containerd image store is turned on, with which engines from 29 do not start, and earlier ones do not build"
        yield _never("image-store", reason, todo)
    elif (daemon.get("info") or {}).get("image_store") == "containerd":
        reason = "images are in the containerd image store; the engine goes back to another one where it remaps"
        yield Obstacle("image-store-changes", reason, [], "Nothing is needed: images are pulled or loaded anew.", True)
    entry = (daemon.get("options") or {}).get("userns-remap") or {}
    kind = (entry.get("origin") or {}).get("kind")
    if kind not in (None, "default", "daemon.json", "api"):
        source = (entry.get("origin") or {}).get("source")
        yield _never("flag", f"userns-remap is a flag of the daemon, set by {source}", "Take it out there first.")
    current = entry.get("value")
    if current not in (None, "", choices.userns_user):
        yield _never(
            "other-user",
            f"the engine remaps already, to {current}, and would hide what it has once more",
            f"Set remediate_userns_user to {current}, or turn remapping off first.",
        )


def _of_subids(posture: Json) -> t.Iterator[Obstacle]:
    userns = posture.get("userns") or {}
    malformed, overlapping = [], []
    for name in ("subuid", "subgid"):
        file = userns.get(name) or {}
        path = file.get("path") or f"/etc/{name}"
        malformed += [
            f"{path} line {one['line']}: {one.get('text')!r} ({one.get('reason')})"
            for one in file.get("malformed") or []
        ]
        overlapping += [f"{path} line {one['line']} with {one.get('owner')}" for one in file.get("overlaps") or []]
    if malformed:
        reason = "lines are malformed: engines before 28 do not start, and later ones take a number that they cannot read for 0"
        yield Obstacle("malformed-ranges", reason, malformed, "Put these lines right or take them out.", False)
    if overlapping:
        reason = "ranges overlap: another user of the host would be root of the containers"
        yield Obstacle("overlapping-ranges", reason, overlapping, "Give these owners other ranges.", False)


def _of_ancestors(ancestors: t.Sequence[Json]) -> t.Iterator[Obstacle]:
    closed = [str(one["path"]) for one in ancestors if not (octal(str(one["mode"])) or 0) & 0o001]
    if closed:
        reason = "root of the containers could not enter the data root, and the engine would not start"
        yield Obstacle("closed-directories", reason, closed, "chmod o+x " + " ".join(closed), False)


def _of_containers(posture: Json) -> t.Iterator[Obstacle]:
    sockets = {
        str(one.get(key))
        for one in posture.get("files") or []
        if one.get("role") == "api_socket"
        for key in ("path", "real_path")
    }
    sockets |= {"/var/run/docker.sock", "/run/docker.sock"}
    refused, mounting, binding, drivers = [], [], [], set()
    for container in posture.get("containers") or []:
        if (container.get("namespaces") or {}).get("user") == "host":
            continue
        wishes = _wishes(container)
        if wishes:
            refused.append(f"{container['name']} ({', '.join(wishes)})")
        for mount in container.get("mounts") or []:
            places = {str(mount.get("source")), str(mount.get("real_source"))}
            if mount.get("type") == "bind" and places & sockets:
                mounting.append(str(container["name"]))
            elif mount.get("type") == "bind" and not mount.get("read_only"):
                binding.append(f"{container['name']} ({mount.get('source')})")
            elif mount.get("type") == "volume" and mount.get("driver") not in (None, "", "local"):
                drivers.add(f"{container['name']} ({mount['driver']})")
    if refused:
        reason = "containers want what the engine refuses to remapped ones"
        todo = "Recreate them without it, or with --userns=host, which leaves them unprotected."
        yield Obstacle("containers-refused", reason, refused, todo, True)
    if mounting:
        todo = "Give them --userns=host, or a proxy for the socket that lets only reading requests through."
        yield Obstacle(
            "socket-mounts",
            "containers use the engine's socket, which they may not open any more",
            mounting,
            todo,
            True,
        )
    if binding:
        todo = "Give the directories to the remapped ids (chown or ACL) before the containers are created again."
        yield Obstacle(
            "bind-mounts", "containers write to directories of the host that will not be theirs", binding, todo, True
        )
    if drivers:
        todo = "Find out whether the drivers know of user namespaces."
        yield Obstacle(
            "volume-drivers", "containers use volumes of drivers other than local", sorted(drivers), todo, True
        )


def _wishes(container: Json) -> list[str]:
    namespaces = container.get("namespaces") or {}
    wishes = ["--privileged"] if container.get("privileged") else []
    return wishes + [f"--{option}=host" for option in ("network", "pid", "ipc") if namespaces.get(option) == "host"]


def _of_disk(posture: Json) -> t.Iterator[Obstacle]:
    free = ((posture.get("host") or {}).get("data_root") or {}).get("free_bytes")
    images = sum(int(image.get("size_bytes") or 0) for image in posture.get("images") or [])
    if free is not None and images > free:
        reason = f"images of {images // _MIB} MiB are needed a second time, and {free // _MIB} MiB are free"
        yield Obstacle(
            "disk-space", reason, [], "Remove what is not used (docker system prune), or give it more room.", True
        )


def _never(name: str, reason: str, to_do: str) -> Obstacle:
    return Obstacle(name, reason, [], to_do, False)


def invisible(posture: Json) -> Json:
    """What the engine does not show after the change. All of it stays on the disk."""
    containers = posture.get("containers") or []
    volumes = {
        mount["name"] for one in containers for mount in one.get("mounts") or [] if mount.get("type") == "volume"
    }
    return {
        "containers": sorted(str(one["name"]) for one in containers),
        "images": sorted(str(one["name"]) for one in posture.get("images") or []),
        "volumes": sorted(str(name) for name in volumes if name),
        "networks": sorted(
            str(one["name"]) for one in posture.get("networks") or [] if one["name"] not in ("bridge", "host", "none")
        ),
    }


def is_remapped(posture: Json) -> bool:
    return bool(((posture.get("userns") or {}).get("effective") or {}).get("enabled"))


def configured(posture: Json) -> str:
    return str((((posture.get("daemon") or {}).get("options") or {}).get("userns-remap") or {}).get("value") or "")


def step_of(posture: Json, choices: Choices, path: str, finding: Json | None) -> Json | None:
    """The step, or None where the host is as wanted."""
    present = choices.userns == "present"
    old = configured(posture)
    if (is_remapped(posture) and old == choices.userns_user) if present else not old:
        return None
    new = choices.userns_user if present else None
    made = step(KIND, path, [finding] if finding else [], [change("userns-remap", old or None, new)], "disruptive")
    effective = (posture.get("userns") or {}).get("effective") or {}
    made.update(
        state=choices.userns,
        user=choices.userns_user if present else old,
        count=choices.userns_count,
        # What the engine keeps apart for each mapping hangs below this.
        data_root=((posture.get("host") or {}).get("data_root") or {}).get("path"),
        live_restore=bool(((posture.get("daemon") or {}).get("info") or {}).get("live_restore")),
        options={"userns-remap": new} if present else {},
        remove=[] if present else ["userns-remap"],
        expect={"userns": present},
        invisible=invisible(posture),
        was=effective.get("data_root"),
    )
    return made
