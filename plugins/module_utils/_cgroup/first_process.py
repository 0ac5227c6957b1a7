# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first process of a container, and the proof that it is the container's.

The engine names a process by its number. Between that answer and a look at /proc the container can end and the number
can go to somebody else; so the process must be in a control group that carries the container's id. The same can happen
between this proof and what is read afterwards; so who judges what was read proves it once more.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._host.process import (
    process_status_value,
    read_groups,
    stat_fields,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

UNIFIED = "unified"


class LeftControlGroups(Unread):
    """The process that the engine names is in no control group of the container. What the kernel shows of it may be
    another process's, so a container can hide by this what it really has."""


class FirstProcess(t.NamedTuple):
    """``cgroups`` maps each controller (``unified`` for version 2) to the path as the kernel shows it. ``pid`` is a
    thread that runs."""

    pid: int
    cgroups: t.Dict[str, str]


def first_process(context: Context, container: Document) -> FirstProcess:
    """The process of a container in normal form. Raises Unread where there is none, or where it is not the container's.

    Searched once for each container; the result is stored in the context.
    """
    process: FirstProcess = context.once(
        f"first_process:{container['id']}", lambda: _find_first_process(context, container)
    )
    return process


def require_still_its_own(context: Context, container: Document) -> None:
    """Raise Unread where the first process is no more the container's, so that what was read of it may be another's."""
    _proved_groups(context, container, container["pid"])
    thread = first_process(context, container).pid
    if thread == container["pid"]:
        return
    try:
        _proved_groups(context, container, thread)
    except LeftControlGroups:
        raise
    except Unread as gap:
        raise LeftControlGroups(
            f"the thread {thread} of the first process cannot be told any more: {gap.reason}"
        ) from None


def _find_first_process(context: Context, container: Document) -> FirstProcess:
    context.require_local()
    pid = container["pid"]
    if pid is None:
        raise Unread("the container does not run")
    cgroups = _proved_groups(context, container, pid)
    return FirstProcess(live_thread(context.host, pid), cgroups)


def _proved_groups(context: Context, container: Document, pid: int) -> dict[str, str]:
    try:
        cgroups = parse_process_cgroups(read_groups(context.host, pid))
    except Unread as gap:
        if gap.kind == "absent":
            raise Unread("the container ended meanwhile", "absent") from None
        raise
    if not any(group_of(path, container["id"]) for path in cgroups.values()) and _cgroup_driver(context) != "none":
        raise LeftControlGroups(
            f"the process {pid} is in no control group of the container: it left it, or the container ended"
        )
    return cgroups


def left_control_groups(context: Context, container: Document) -> bool:
    """Whether the first process got out of the container's control groups, which rules must not take for "none"."""
    try:
        first_process(context, container)
    except LeftControlGroups:
        return True
    except Unread:
        return False
    return False


def parent_of(context: Context, pid: int) -> int:
    """The parent of the first process of a container, which is its shim. Read once, since no container can choose it. Raises
    Unread."""

    def read() -> int:
        parent = process_status_value(context.host, pid, "PPid")
        if not parent.isdigit():
            raise Unread(f"/proc/{pid}/status does not show the process's parent")
        return int(parent)

    parent: int = context.once(f"parent:{pid}", read)
    return parent


def live_thread(host: Host, pid: int) -> int:
    """A thread of the process that runs: the first one, or another where the first has ended.

    Of a thread that has ended the kernel shows no program, files and namespaces, though the process runs on.
    """
    try:
        host.read_link(f"/proc/{pid}/exe")
    except Unread as gap:
        if gap.kind != "absent":
            return pid
    else:
        return pid
    try:
        threads = [name for name in host.list_directory(f"/proc/{pid}/task") if name.isdigit()]
    except Unread:
        return pid
    for thread in sorted(int(name) for name in threads):
        try:
            host.read_link(f"/proc/{thread}/exe")
        except Unread:
            continue
        return thread
    return pid


# Flags of a task in the kernel: it will run nothing of a program any more, or never did.
_EXITING = 0x4
_KERNEL_THREAD = 0x200000


def has_ended(host: Host, pid: int) -> bool:
    """Whether no thread of the process runs a program any more. Raises Unread where the kernel does not tell.

    From one answer of the kernel, since threads can start others and end while they are looked at one by one.
    """
    try:
        fields = stat_fields(host, pid)
    except Unread as gap:
        if gap.kind == "absent":
            return True
        raise
    if len(fields) < 18 or not (fields[6].isdigit() and fields[17].isdigit()):
        raise Unread(f"/proc/{pid}/stat does not show the flags and threads of the process")
    flags, threads = int(fields[6]), int(fields[17])
    return bool(flags & _KERNEL_THREAD or (flags & _EXITING and threads <= 1))


def _cgroup_driver(context: Context) -> str:
    """Where the driver is ``none`` (rootless without systemd), containers have no control groups of their own."""
    return str(context.info().get("CgroupDriver") or "")


def parse_process_cgroups(text: str) -> dict[str, str]:
    """``/proc/PID/cgroup``: the path by controller, and by ``unified`` for the hierarchy of version 2."""
    paths = {}
    for line in text.split("\n"):
        number, _colon, rest = line.partition(":")
        controllers, colon, path = rest.partition(":")
        if not colon:
            continue
        if number == "0" and not controllers:
            paths[UNIFIED] = path
        for controller in controllers.split(","):
            if controller and not controller.startswith("name="):
                paths[controller] = path
    return paths


def group_of(path: str, identifier: str) -> str | None:
    """The container's own group: the deepest part of the path whose name carries the id; None where no part does.

    A container's first process can sit deeper, in a group that it made itself (systemd in a container does).
    """
    parts = path.split("/")
    while identifier and parts:
        if identifier in parts[-1]:
            return "/".join(parts)
        parts.pop()
    return None
