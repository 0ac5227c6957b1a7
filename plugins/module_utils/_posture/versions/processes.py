# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which processes run a program, and whether they run the file that is installed now."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._cgroup.first_process import parent_of
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.process import start_time
from ansible_collections.seawall.docker.plugins.module_utils._daemon.service_units import systemd_properties
from ansible_collections.seawall.docker.plugins.module_utils._host.moments import text_of_seconds
from ansible_collections.seawall.docker.plugins.module_utils._host.process import process_status_value
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Facts, Unread

_CONTAINERD_PID_FILES = ("/run/docker/containerd/containerd.pid", "/run/containerd/containerd.pid")
_DELETED = " (deleted)"


def running_document(context: Context, pid: int) -> dict[str, t.Any]:
    """Return ``pid``, ``file``, ``started_at`` and ``is_installed_file`` of a process. Raises Unread.

    An upgrade puts another file in the place of the old one. The old file lives on in the processes that run it, and the
    kernel shows the inode.
    """
    host = context.host
    link = host.read_link(f"/proc/{pid}/exe")
    path = link[: -len(_DELETED)] if link.endswith(_DELETED) else link
    running = host.stat(f"/proc/{pid}/exe")
    try:
        installed = host.stat(path)
    except Unread as gap:
        if gap.kind != "absent":
            raise
        same = False
    else:
        same = (installed.device, installed.inode) == (running.device, running.inode)
    facts = Facts(pid=pid, file=path, is_installed_file=same)
    facts.take("started_at", lambda: text_of_seconds(start_time(context, pid)))
    return facts.document()


def containerd_pid(context: Context) -> int:
    """Return the process of containerd by its unit or pid file, if root runs it. Raises Unread."""
    context.require_local()
    host = context.host
    candidates = []
    if context.location.manager == "systemd":
        candidates.append(systemd_properties(host, "containerd.service", "MainPID").get("MainPID", ""))
    for path in _CONTAINERD_PID_FILES:
        try:
            candidates.append(host.read_text(path, 64).strip())
        except Unread as gap:
            if gap.kind != "absent":
                raise
    for text in candidates:
        if not re.fullmatch("[1-9][0-9]{0,9}", text):
            continue
        pid = int(text)
        try:
            program = host.read_link(f"/proc/{pid}/exe")
            root = process_status_value(host, pid, "Uid").split()[:1] == ["0"]
        except Unread as gap:
            if gap.kind == "absent":
                continue
            raise
        if root and re.search(r"/(docker-)?containerd( \(deleted\))?$", program):
            return pid
    raise Unread("the process of containerd is not known: neither its unit nor a pid file names it")


def shim_pids(context: Context) -> list[int]:
    """Return the parents of the first processes of running containers. Raises Unread."""
    context.require_local()
    context.require_all_described()
    found = set()
    for container in context.containers():
        pid = container["State"].get("Pid")
        if not container["State"].get("Running") or not isinstance(pid, int) or pid <= 0:
            continue
        try:
            parent = parent_of(context, pid)
            program = context.host.read_link(f"/proc/{parent}/exe")
        except Unread as gap:
            if gap.kind == "absent":
                continue
            raise
        # The file of a shim is run for its version, so that nothing else is taken for one.
        if not program.rpartition("/")[2].startswith("containerd-shim"):
            raise Unread(f"the parent of process {pid} is no shim of containerd (it runs {program})")
        found.add(parent)
    return sorted(found)
