# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would break on this host if the engine remapped users, or did so no longer. Pure.

A culprit is named, with what to do about it. Some can be accepted by name; those that keep the engine from starting or
lose its cluster cannot. What was not seen is an obstacle, not a pass.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.values import octal, version_numbers
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.engine_start import flag_origin, why_not_restarted
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import (
    Choices,
    Json,
    fact,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.mounts import (
    engine_sockets,
    shows_host,
    shows_one_of,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.userns import configured, remapped_user

# Earlier ones remap with CVE-2021-21284.
_OLDEST_ENGINE = (20, 10, 3)
# From this version on the containerd image store is what a fresh engine takes by itself.
_CONTAINERD_BY_DEFAULT = 29
# The lowest id that is given away.
_LOWEST_SUBID = 100000
_MIB = 1024 * 1024


# What remediate_userns_force takes.
FORCIBLE = ("containers-refused", "socket-mounts", "disk-space", "volume-drivers")
# Worth knowing, and no reason to stop.
HINTS = (
    "account-not-seen",
    "bind-mounts",
    "directories-not-seen",
    "existing-account",
    "image-store-changes",
    "user-namespaces-not-seen",
)


class Obstacle(t.NamedTuple):
    name: str
    reason: str
    culprits: list[str]
    to_do: str

    @property
    def forcible(self) -> bool:
        """Whether an operator can accept it by its name."""
        return self.name in FORCIBLE

    def document(self, force: t.Collection[str]) -> Json:
        accepted = self.name in HINTS or (self.forcible and self.name in force)
        return {**self._asdict(), "forcible": self.forcible, "accepted": accepted}


def preflight(posture: Json, choices: Choices) -> list[Obstacle]:
    """What stands against the change, in the order in which it is best put right."""
    found = [*_of_engine(posture)]
    if choices.userns == "present":
        found += _of_version(posture)
        found += _of_image_store(posture)
        found += _of_user(posture, choices)
        found += _of_subids(posture)
        found += _of_own_ids(posture, choices)
        found += _of_kernel(posture)
        found += _of_parents(fact(posture, "host", "data_root", "parents"))
        found += _of_containers(posture, choices)
        found += _of_disk(posture)
    return found


def _is_stopped(posture: Json) -> bool:
    """Whether the plan is blocked by a stopped engine. What only an engine that runs could say is then no obstacle of its own."""
    return bool(fact(posture, "engine", "state") == "stopped")


def _of_engine(posture: Json) -> t.Iterator[Obstacle]:
    daemon = posture.get("daemon") or {}
    info = daemon.get("info") or {}
    if fact(info, "security_options", "rootless"):
        yield _never(
            "rootless", "the engine is rootless: its containers are in a user namespace already", "Nothing is needed."
        )
    state = fact(info, "swarm", "state")
    if state is None:
        if not _is_stopped(posture):
            yield _never("swarm", "whether the host is part of a swarm is not known", "Let the audit run as root.")
    elif state != "inactive":
        todo = "Leave the swarm first (docker node update --availability drain, docker swarm leave), and join it again later."
        yield _never("swarm", f"the host is part of a swarm ({state}), and would lose it", todo)
    reason = why_not_restarted(posture)
    if reason is not None:
        yield _never("service-manager", reason, "Change daemon.json and restart Docker by hand.")
    file = daemon.get("config_file") or {}
    if file.get("state") in ("invalid", "unreadable"):
        yield _never(
            "daemon-json", f"{file.get('path')} is {file['state']}: {file.get('error')}", "Put the file right first."
        )
    # Live restore is switched off while the mapping changes.
    for key in ("userns-remap", *(["live-restore"] if info.get("live_restore") else [])):
        origin = flag_origin(key, daemon)
        if origin is not None:
            yield _never(
                "flag", f"{key} is a flag of the daemon, set by {origin.get('source')}", "Take it out there first."
            )


def _of_version(posture: Json) -> t.Iterator[Obstacle]:
    text = str(fact(posture, "daemon", "versions", "engine") or "")
    version = version_numbers(text)
    if not text and _is_stopped(posture):
        return
    if not version or version < _OLDEST_ENGINE:
        yield _never(
            "engine-version",
            f"the engine is {text or 'of a version that is not known'}, and remaps securely from 20.10.3 on",
            "Upgrade the engine first.",
        )


def _of_image_store(posture: Json) -> t.Iterator[Obstacle]:
    daemon = posture.get("daemon") or {}
    version = version_numbers(str(fact(daemon, "versions", "engine") or ""))
    features = fact(daemon, "options", "features", "value")
    in_use = fact(daemon, "info", "image_store") == "containerd"
    asked_for = fact(features or {}, "containerd-snapshotter")
    if asked_for is True or (in_use and features is None and version and version[0] < _CONTAINERD_BY_DEFAULT):
        todo = "Take features.containerd-snapshotter out of the configuration first."
        reason = "the containerd image store is turned on, with which engines from 29 do not start, and earlier ones do not build"
        yield _never("image-store", reason, todo)
    elif in_use:
        reason = "images are in the containerd image store; the engine goes back to another one where it remaps"
        yield Obstacle("image-store-changes", reason, [], "Nothing is needed: images are pulled or loaded anew.")


def _of_user(posture: Json, choices: Choices) -> t.Iterator[Obstacle]:
    current, enabled = configured(posture), fact(posture, "userns", "effective", "enabled")
    if enabled is None or fact(posture, "daemon", "options", "userns-remap") is None:
        # Also where the engine was restarted under the audit: what it was told is no "nothing".
        if not _is_stopped(posture):
            yield _never("remapping", "whether the engine remaps already is not known", "Let the audit run as root.")
    elif enabled and remapped_user(posture) != choices.userns_user:
        yield _never(
            "other-user",
            f"the engine remaps already, to {current or 'somebody else'}, and would hide what it has once more",
            "Set remediate_userns_user to that user, or turn remapping off first.",
        )
    yield from _of_account(posture, choices.userns_user)


def _of_account(posture: Json, name: str) -> t.Iterator[Obstacle]:
    """An account that exists is used as it is, or not at all."""
    accounts = fact(posture, "userns", "accounts")
    if not isinstance(accounts, list):
        reason = f"whether there is a user {name}, and what it may do, is not known"
        yield Obstacle("account-not-seen", reason, [], "It is looked at before anything is written.")
        return
    found = next((one for one in accounts if one.get("name") == name), None)
    if found is not None and found.get("hindrance"):
        todo = "Set remediate_userns_user to another user, which is created, or to a system account without a login."
        yield _never("account", f"the user {name} exists, and {found['hindrance']}", todo)
    elif found is not None:
        reason = f"the user {name} exists, and is used as it is"
        todo = "Who can run programs as this user can act as root of the containers."
        yield Obstacle("existing-account", reason, [], todo)


def _of_subids(posture: Json) -> t.Iterator[Obstacle]:
    malformed, overlapping, unseen = [], [], []
    for name in ("subuid", "subgid"):
        file = fact(posture, "userns", name)
        if not isinstance(file, dict):
            unseen.append(f"/etc/{name}")
            continue
        path = file.get("path") or f"/etc/{name}"
        malformed += [
            f"{path} line {one['line']}: {one.get('text')!r} ({one.get('reason')})"
            for one in file.get("malformed") or []
        ]
        overlapping += [f"{path} line {one['line']} with {one.get('owner')}" for one in file.get("overlaps") or []]
    if unseen:
        yield Obstacle("ranges-not-seen", "who has which ids could not be read", unseen, "Let the audit run as root.")
    if malformed:
        reason = "lines are malformed: engines before 28 do not start, and later ones take a number that they cannot read for 0"
        yield Obstacle("malformed-ranges", reason, malformed, "Put these lines right or take them out.")
    if overlapping:
        reason = "ranges overlap: another user of the host would be root of the containers"
        yield Obstacle("overlapping-ranges", reason, overlapping, "Give these owners other ranges.")


def _of_own_ids(posture: Json, choices: Choices) -> t.Iterator[Obstacle]:
    """A host that is in a user namespace itself may have too few ids to give away."""
    own = fact(posture, "userns", "own_ids")
    if not isinstance(own, dict):
        return
    shared = [
        (max(uids["start"], gids["start"], _LOWEST_SUBID), min(uids["end"], gids["end"]))
        for uids in own.get("uids") or []
        for gids in own.get("gids") or []
    ]
    if any(end - start + 1 >= choices.userns_count for start, end in shared):
        return
    listed = [f"{name[:-1]} {one['start']} to {one['end']}" for name in ("uids", "gids") for one in own.get(name) or []]
    reason = f"the host is in a user namespace itself and has too few ids to give away {choices.userns_count}"
    todo = "Give the host more ids where it runs (for example lxc.idmap)."
    yield Obstacle("ids-of-host", reason, listed, todo)


def _of_kernel(posture: Json) -> t.Iterator[Obstacle]:
    allowed = fact(posture, "userns", "max_user_namespaces")
    running = [
        one for one in posture.get("containers") or [] if one.get("state") in ("running", "paused", "restarting")
    ]
    # Each remapped container has a user namespace of its own, and the test container needs one, too.
    needed = 1 + sum(fact(one, "namespaces", "user") != "host" for one in running)
    if isinstance(allowed, int) and allowed < needed:
        reason = f"the kernel allows {allowed} user namespaces (user.max_user_namespaces), and {needed} are needed"
        todo = "Raise it (sysctl -w user.max_user_namespaces=NUMBER), and in /etc/sysctl.d so that it stays."
        yield _never("user-namespaces", reason, todo)
    elif allowed is None:
        reason = "how many user namespaces the kernel allows is not known"
        yield Obstacle("user-namespaces-not-seen", reason, [], "A test container shows it after the restart.")


def _of_parents(parents: t.Sequence[Json] | None) -> t.Iterator[Obstacle]:
    if parents is None:
        reason = "whether root of the containers may enter the directories above the data root is not known"
        yield Obstacle("directories-not-seen", reason, [], "Each needs the right x for others (chmod o+x).")
        return
    closed = [str(one["path"]) for one in parents if not (octal(str(one["mode"])) or 0) & 0o001]
    if closed:
        reason = "root of the containers could not enter the data root, and the engine would not start"
        yield Obstacle("closed-directories", reason, closed, "Give others the right to enter (chmod o+x).")


def _of_containers(posture: Json, choices: Choices) -> t.Iterator[Obstacle]:
    containers = posture.get("containers")
    if not isinstance(containers, list):
        if not _is_stopped(posture):
            yield _never("containers", "which containers there are is not known", "Let the audit run as root.")
        return
    sockets = engine_sockets(posture)
    refused, mounting, binding, drivers = [], [], [], []
    for container in containers:
        name = str(container["name"])
        if fact(container, "namespaces", "user") == "host" or name in choices.userns_outside:
            continue
        wishes = _wishes(container, choices.userns_count)
        if wishes:
            refused.append(f"{name} ({', '.join(wishes)})")
        mounts = container.get("mounts")
        if not isinstance(mounts, list):
            mounting.append(f"{name} (its mounts could not be followed)")
            continue
        of_host = [one for one in mounts if shows_host(one)]
        if any(shows_one_of(mount, sockets) for mount in of_host):
            mounting.append(name)
        binding += [
            f"{name} ({one.get('source')})"
            for one in of_host
            if not one.get("read_only") and not shows_one_of(one, sockets)
        ]
        drivers += [
            f"{name} ({one['driver']})"
            for one in mounts
            if one.get("type") == "volume" and one.get("driver") not in (None, "", "local")
        ]
    if refused:
        reason = "containers use options that remapped containers cannot have"
        todo = "Recreate them without it, or with --userns=host, which leaves them unprotected."
        yield Obstacle("containers-refused", reason, refused, todo)
    if mounting:
        todo = "Give them --userns=host, or a proxy for the socket that lets only reading requests through."
        reason = "containers use the engine's socket, which they may not open any more"
        yield Obstacle("socket-mounts", reason, mounting, todo)
    if binding:
        todo = "Give the directories to the remapped ids (chown or ACL) before the containers are created again."
        reason = "containers write to directories of the host that will not be theirs"
        yield Obstacle("bind-mounts", reason, binding, todo)
    if drivers:
        todo = "Find out whether the drivers know of user namespaces."
        reason = "containers use volumes of drivers other than local"
        yield Obstacle("volume-drivers", reason, sorted(set(drivers)), todo)


def _wishes(container: Json, count: int) -> list[str]:
    """What the engine refuses to remapped containers, or what fails when they start."""
    namespaces = container.get("namespaces") or {}
    wishes = ["--privileged"] if container.get("privileged") else []
    wishes += [f"--{option}=host" for option in ("network", "pid", "ipc") if namespaces.get(option) == "host"]
    wishes += [
        f"--device={one.get('host')}:{one.get('container')}, which is renamed"
        for one in container.get("devices") or []
        if one.get("host") != one.get("container")
    ]
    number = re.match(r"\d+", str(container.get("user") or ""))
    if number and int(number.group()) >= count:
        wishes.append(f"--user={number.group()}, beyond the {count} ids")
    return wishes


def _of_disk(posture: Json) -> t.Iterator[Obstacle]:
    free, images = fact(posture, "host", "data_root", "free_bytes"), posture.get("images")
    todo = "Remove what is not used (docker system prune), or give it more room."
    if not isinstance(images, list) and _is_stopped(posture):
        return
    if not isinstance(free, int) or not isinstance(images, list):
        what = "how much room is left" if isinstance(images, list) else "how large the images are"
        yield Obstacle("disk-space", f"{what} for images, which are needed a second time, is not known", [], todo)
        return
    needed = sum(int(image.get("size_bytes") or 0) for image in images)
    if needed > free:
        reason = f"images of {needed // _MIB} MiB are needed a second time, and {free // _MIB} MiB are free"
        yield Obstacle("disk-space", reason, [], todo)


def _never(name: str, reason: str, to_do: str) -> Obstacle:
    return Obstacle(name, reason, [], to_do)
