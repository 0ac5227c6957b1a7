# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the processes of each container in one pass over all processes of the host.

A process belongs to the container whose id is in its control group. So programs of the host do not count for a
container in the host's PID namespace, and nothing needs to run inside a container.
"""

from __future__ import annotations

import re

from ansible_collections.seawall.docker.plugins.module_utils._cgroup.first_process import has_ended, live_thread
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import TooMuch
from ansible_collections.seawall.docker.plugins.module_utils._host.process import (
    process_ids,
    process_status_value,
    read_groups,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Facts, Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers import ssh_servers
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.rights import may_mount
from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import inside_of
from ansible_collections.seawall.docker.plugins.module_utils._userns.own_namespace import read_map

_IDENTIFIER = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


def processes_of(context: Context, container: Document) -> Document:
    """Return the processes of a container in normal form: ``running`` (pid and name), ``ssh_servers`` (the same), and
    ``first_user``, the effective user of its first process. Raises Unread if it has none, or if they are hidden."""
    context.require_local()
    pid = container["pid"]
    if pid is None:
        raise Unread("the container does not run")
    found = pids_by_container(context).get(container["id"], [])
    if pid not in found:
        raise Unread(f"the container's first process {pid} is hidden, or in no control group of the container")
    facts = Facts(running=[], ssh_servers=[])
    name_of = str(container.get("name") or container["id"][:12])
    search = ssh_servers.Search(context, name_of, found, lambda: may_mount(container))
    unseen = 0
    unsearched: list[str] = []
    for process in found:
        try:
            name = context.host.read_text(f"/proc/{process}/comm", 4096).rstrip("\n")
        except Unread as gap:
            if gap.kind == "absent":
                continue  # ended meanwhile
            raise
        entry = {"pid": process, "name": name}
        facts.values["running"].append(entry)
        try:
            program, evidence = _search(context, search, process, name)
        except (TooMuch, ssh_servers.Hidden) as gap:
            unsearched.append(gap.reason)
            continue
        except Unread:
            program = evidence = None
        if evidence is not None:
            facts.values["ssh_servers"].append({**entry, "program": program, "evidence": evidence})
        elif program is None:
            unseen += 1
    if unsearched and not facts.values["ssh_servers"]:
        facts.values.pop("ssh_servers")
        more = f" (and {len(unsearched) - 1} more programs)" if len(unsearched) > 1 else ""
        facts.miss("ssh_servers", f"{unsearched[0]}{more}")
    elif unseen and not facts.values["ssh_servers"]:
        # A process names itself as it likes: that no name is sshd proves nothing alone.
        facts.values.pop("ssh_servers")
        facts.miss("ssh_servers", f"the programs of {unseen} processes are hidden, which needs root")
    facts.take("first_user", lambda: _first_user(context, live_thread(context.host, pid)))
    if _owner(context, pid) != container["id"]:
        # What was read may be of another process that has the number now. A server that was found stays found.
        for key in ("first_user",) if facts.values.get("ssh_servers") else ("first_user", "ssh_servers"):
            facts.values.pop(key, None)
            facts.miss(key, f"the process {pid} is no more the container's: it left it, or the container ended")
    return facts.document()


# A process can end one thread after another, so that nothing is seen of it where the thread that was chosen ends.
_LOOKS = 3


def _search(context: Context, search: ssh_servers.Search, process: int, name: str) -> tuple[str | None, str | None]:
    """Return the program of a process, None if it is hidden, and the evidence that it is an SSH server. Raises Unread."""
    for _look in range(_LOOKS):
        thread, program = process, _program(context, process)
        if program == "":
            thread = live_thread(context.host, process)
            program = _program(context, thread)
        evidence = search.evidence(thread, name, program)
        if evidence is not None or program is None:
            return program, evidence
        # Of a thread that ended meanwhile, the kernel shows no sockets.
        if program and _program(context, thread) != "":
            return program, None
        if has_ended(context.host, process):
            return "", None
    return None, None


def pids_by_container(context: Context) -> dict[str, list[int]]:
    """Return the processes of every container, in the order of pids. Raises Unread if some may be hidden."""
    found: dict[str, list[int]] = context.once("container_processes", lambda: _scan(context))
    return found


def _scan(context: Context) -> dict[str, list[int]]:
    """Return the processes of every container, in the order of pids. Processes outside of containers are left out."""
    found: dict[str, list[int]] = {}
    pids = process_ids(context.host)
    if 1 not in pids:
        raise Unread("the processes of other users are hidden (/proc is mounted with hidepid)")
    for entry in pids:
        owner = _owner(context, entry)
        if owner is not None:
            found.setdefault(owner, []).append(entry)
    return found


def _owner(context: Context, pid: int) -> str | None:
    """Return the container to which a process belongs now; None if to none, or if it ended. Raises Unread."""
    identifiers: set[str] = context.once("container_identifiers", lambda: _identifiers(context))
    namespaces: dict[str, str] = context.once("own_pid_namespaces", lambda: _own_namespaces(context))
    try:
        text = read_groups(context.host, pid)
    except Unread as gap:
        if gap.kind == "absent":
            return None
        raise
    owner = container_of([line.split(":", 2)[-1] for line in text.split("\n")], identifiers)
    if owner is None and namespaces:
        owner = namespaces.get(_namespace(context, pid) or "")
    return owner


def _identifiers(context: Context) -> set[str]:
    described = {str(inspected.get("Id") or "") for inspected in context.containers()}
    return described | {one.id for one in context.undescribed()}


def container_of(paths: list[str], identifiers: set[str]) -> str | None:
    """Return the innermost known container that the control group paths name. If an engine runs in a container, the
    paths also name other containers."""
    for path in paths:
        for identifier in reversed(_IDENTIFIER.findall(path)):
            if identifier in identifiers:
                return str(identifier)
    return None


def _own_namespaces(context: Context) -> dict[str, str]:
    """Return the PID namespaces that belong to one container alone. They also show to which container a process
    belongs."""
    owners: dict[str, list[str]] = {}
    for inspected in context.containers():
        pid = (inspected.get("State") or {}).get("Pid")
        namespace = _namespace(context, pid) if pid else None
        if namespace:
            owners.setdefault(namespace, []).append(str(inspected.get("Id") or ""))
    host = _namespace(context, 1)
    return {
        namespace: identifiers[0]
        for namespace, identifiers in owners.items()
        if len(identifiers) == 1 and host is not None and namespace != host
    }


def _namespace(context: Context, pid: int) -> str | None:
    try:
        return context.host.read_link(f"/proc/{pid}/ns/pid")
    except Unread:
        return None


def _program(context: Context, pid: int) -> str | None:
    """Return the file name of the program that the thread runs. It is empty for a thread that ended, and None if the
    kernel does not show it."""
    try:
        target = context.host.read_link(f"/proc/{pid}/exe")
    except Unread as gap:
        return "" if gap.kind == "absent" else None
    name = target.rpartition("/")[2]
    return name[: -len(" (deleted)")] if name.endswith(" (deleted)") else name


def _first_user(context: Context, pid: int) -> Document:
    """Return ``uid`` in the container and ``host_uid``. ``uid`` is None if the id has no mapping."""
    uids = process_status_value(context.host, pid, "Uid").split()
    if len(uids) < 2 or not uids[1].isdigit():
        raise Unread(f"/proc/{pid}/status does not show the process's user")
    host_uid = int(uids[1])
    return {"uid": inside_of(read_map(context.host, str(pid), "uid_map"), host_uid), "host_uid": host_uid}
