# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first process of a container, and the proof that it is the container's.

The engine names a process by its number. Between that answer and a look at /proc the container can end and the number
can go to somebody else; so the process must be in a control group that carries the container's id.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
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


def _find_first_process(context: Context, container: Document) -> FirstProcess:
    context.require_local()
    pid = container["pid"]
    if pid is None:
        raise Unread("the container does not run")
    try:
        cgroups = parse_process_cgroups(context.process_groups(pid))
    except Unread as gap:
        if gap.kind == "absent":
            raise Unread("the container ended meanwhile", "absent") from None
        raise
    if not any(group_of(path, container["id"]) for path in cgroups.values()) and _cgroup_driver(context) != "none":
        raise LeftControlGroups(
            f"the process {pid} is in no control group of the container: it left it, or the container ended"
        )
    return FirstProcess(live_thread(context.host, pid), cgroups)


def left_control_groups(context: Context, container: Document) -> bool:
    """Whether the first process got out of the container's control groups, which rules must not take for "none"."""
    try:
        first_process(context, container)
    except LeftControlGroups:
        return True
    except Unread:
        return False
    return False


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
