# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's own evidence that a container runs, and as whom: an engine's word for it is not enough.

An engine only says which process to look at. Everything else is read here: a process can be in a control group of root
with the container's id only if root put it there.
"""

from __future__ import annotations

import fcntl
import os
import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._cgroup.first_process import (
    UNIFIED,
    group_of,
    parse_process_cgroups,
)
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.tree import CgroupTree
from ansible_collections.seawall.docker.plugins.module_utils._daemon.config_records import identity_in
from ansible_collections.seawall.docker.plugins.module_utils._host.mounts import mount_of, parse_mountinfo
from ansible_collections.seawall.docker.plugins.module_utils._host.process import process_status_value
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._trial.network_namespace import open_namespace
from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import outside_of, parse_id_map

# What a container has to itself unless it asks for the host's.
OWN_NAMESPACES = ("pid", "mnt")
_CONTAINER_ID = re.compile(r"[0-9a-f]{64}")
# include/uapi/linux/nsfs.h
_NS_GET_USERNS = 0xB701


class Bind(t.NamedTuple):
    """A directory of the host, and where the container has it."""

    directory: str
    target: str


def uid_map_seen(
    host: Host, pid: t.Any, identifier: str, bind: Bind | None = None, own: t.Sequence[str] = OWN_NAMESPACES
) -> list[dict[str, int]]:
    """The user id map of a container's first process, where the kernel shows that the process is the container's.

    With ``bind``, the process must have that mount, and be the root user of a user namespace of the engine's making. ``own``
    are the namespaces that it must not share with the host.
    Raises Unread with the reason where anything is otherwise.
    """
    _require_names(pid, identifier)
    try:
        before = identity_in(pid, host.read_text(f"/proc/{pid}/stat"))
        _require_group(host, pid, identifier)
        _require_own_namespaces(host, pid, own)
        uid_map = parse_id_map(host.read_text(f"/proc/{pid}/uid_map"))
        if bind is not None:
            _require_mount(host, pid, bind)
            _require_outer_user(host, pid, outside_of(uid_map, 0))
        after = identity_in(pid, host.read_text(f"/proc/{pid}/stat"))
    except ValueError:
        raise Unread(f"the kernel shows no user id map of the process {pid}") from None
    except Unread as gap:
        if gap.kind == "absent":
            raise Unread(f"the process {pid} ended before it was looked at", "absent") from None
        raise
    if before is None or before != after or not uid_map:
        raise Unread(f"the process {pid} ended before it was looked at", "absent")
    return [dict(extent._asdict()) for extent in uid_map]


def open_network_of(host: Host, pid: t.Any, identifier: str) -> int:
    """Open the network namespace of a container's first process, where the kernel shows that the process is the
    container's. Raises Unread.
    """
    _require_names(pid, identifier)
    before = identity_in(pid, host.read_text(f"/proc/{pid}/stat"))
    try:
        namespace = open_namespace(pid)
    except OSError as error:
        raise Unread(f"the network of the process {pid} cannot be opened: {error.strerror}") from None
    try:
        _require_group(host, pid, identifier)
        _require_own_namespaces(host, pid, ("pid", "mnt", "net"))
        if before is None or before != identity_in(pid, host.read_text(f"/proc/{pid}/stat")):
            raise Unread(f"the process {pid} ended before it was looked at", "absent")
    except Unread:
        os.close(namespace)
        raise
    return namespace


def _require_names(pid: t.Any, identifier: str) -> None:
    if not isinstance(pid, int) or isinstance(pid, bool) or pid <= 1:
        raise Unread("the engine names no process of the container")
    # A short or empty id would be found in any path.
    if not _CONTAINER_ID.fullmatch(identifier):
        raise Unread("what the engine calls the container's id is none")


def _require_group(host: Host, pid: int, identifier: str) -> None:
    """Raise where the process is in no control group of the container that only a trusted user can have put it into."""
    tree = CgroupTree(host)
    reason = f"the process {pid} that the engine names is in no control group of the container"
    for controller, path in parse_process_cgroups(host.read_text(f"/proc/{pid}/cgroup")).items():
        group = group_of(path, identifier)
        if group is None:
            continue
        try:
            directory = tree.directory(controller, group)
        except Unread as gap:
            reason = gap.reason
            continue
        owner = _other_owner(host, directory, _root_of(host, pid) if controller == UNIFIED else None)
        if owner is None:
            return
        # systemd gives users control groups of their own, in which they may name others as they like.
        reason = f"the control group {group} is not proof: user {owner.uid} can change {owner.path}"
    raise Unread(reason)


class _Owner(t.NamedTuple):
    uid: int
    path: str


def _root_of(host: Host, pid: int) -> int | None:
    """The host's user who is root for a process."""
    try:
        return outside_of(parse_id_map(host.read_text(f"/proc/{pid}/uid_map")), 0)
    except ValueError:
        return None


def _other_owner(host: Host, directory: str, root_inside: int | None) -> _Owner | None:
    """The innermost part of the path that others than root and we can change.

    With version 2, runc gives the container's own group to the user who is root inside. It is still a proof: only root can make a group
    in a group of root. To move a process, a user needs rights to the group that holds both its old and its new group, so this user
    cannot bring one in from elsewhere (docs.kernel.org, Control Group v2, Delegation Containment).
    """
    trusted = {0, host.effective_uid()}
    of_the_group = trusted if root_inside is None else trusted | {root_inside}
    while directory != "/":
        status = host.stat(directory)
        if status.uid not in of_the_group or status.mode & 0o022:
            return _Owner(status.uid, directory)
        directory, of_the_group = os.path.dirname(directory), trusted
    return None


def _require_own_namespaces(host: Host, pid: int, kinds: t.Sequence[str]) -> None:
    for kind in kinds:
        if host.read_link(f"/proc/{pid}/ns/{kind}") == host.read_link(f"/proc/self/ns/{kind}"):
            raise Unread(f"the process {pid} that the engine names shares the host's {kind} namespace")


def _require_mount(host: Host, pid: int, bind: Bind) -> None:
    """Raise where the process does not have the very directory: by its file system, and its path on that."""
    directory = host.real_path(bind.directory)
    ours = mount_of(parse_mountinfo(host.read_text("/proc/self/mountinfo")), directory)
    theirs = mount_of(parse_mountinfo(host.read_text(f"/proc/{pid}/mountinfo")), bind.target)
    if ours is None or theirs is None or theirs.mount_point != bind.target:
        raise Unread(f"the process {pid} that the engine names has nothing mounted on {bind.target}")
    root = ours.root.rstrip("/") + directory[len(ours.mount_point.rstrip("/")) :]
    if (theirs.device_number, theirs.root) != (ours.device_number, root):
        raise Unread(f"the process {pid} that the engine names has something else than {directory} on {bind.target}")


def _require_outer_user(host: Host, pid: int, outside: int | None) -> None:
    """Raise where the process is not root of its container, or made a user namespace of its own inside of it.

    The process namespace belongs to the user namespace that the engine made, and a process cannot exchange its own.
    """
    users = process_status_value(host, pid, "Uid").split()
    if len(users) < 2 or outside is None or users[:2] != [str(outside)] * 2:
        raise Unread(f"the process {pid} that the engine names is not root of the container")
    try:
        descriptor = os.open(f"/proc/{pid}/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        try:
            owner = fcntl.ioctl(descriptor, _NS_GET_USERNS)
        finally:
            os.close(descriptor)
        try:
            same = os.path.samestat(os.fstat(owner), os.stat(f"/proc/{pid}/ns/user"))
        finally:
            os.close(owner)
    except OSError as error:
        raise Unread(f"the user namespace of the process {pid} cannot be looked at: {error.strerror}") from None
    if not same:
        raise Unread(f"the process {pid} that the engine names made a user namespace of its own")
