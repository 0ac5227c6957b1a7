# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the processes of each container in one pass over all processes of the host.

A process belongs to the container whose id is in its control group. So programs of the host do not count for a
container in the host's PID namespace, and nothing needs to run inside a container.
"""

from __future__ import annotations

import re

from ansible_collections.seawall.docker.plugins.module_utils._cgroup.first_process import first_process, live_thread
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import TooMuch
from ansible_collections.seawall.docker.plugins.module_utils._host.process import process_ids, read_groups
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Facts, Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers import ssh_servers
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.rights import may_mount
from ansible_collections.seawall.docker.plugins.module_utils._userns.idmap import inside_of
from ansible_collections.seawall.docker.plugins.module_utils._userns.own_namespace import map_of

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
        thread = _thread_of(context, container, process)
        program = _program(context, thread)
        entry = {"pid": process, "name": name}
        facts.values["running"].append(entry)
        try:
            evidence = search.evidence(thread, name, program)
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
    facts.take("first_user", lambda: _first_user(context, _thread_of(context, container, pid)))
    return facts.document()


def _thread_of(context: Context, container: Document, process: int) -> int:
    """Return a thread of the process that runs. That of the first process is known already, as a rule."""
    if process == container["pid"]:
        try:
            return first_process(context, container).pid
        except Unread:
            pass  # it left the groups of its container
    return live_thread(context.host, process)


def pids_by_container(context: Context) -> dict[str, list[int]]:
    """Return the processes of every container, in the order of pids. Raises Unread if some may be hidden."""
    found: dict[str, list[int]] = context.once("container_processes", lambda: _scan(context))
    return found


def _scan(context: Context) -> dict[str, list[int]]:
    """Return the processes of every container, in the order of pids. Processes outside of containers are left out."""
    identifiers = {str(inspected.get("Id") or "") for inspected in context.containers()}
    identifiers |= {one.id for one in context.undescribed()}
    # Of these, the groups are read for other facts, too; those of all processes of a host would take much memory.
    named = [(inspected.get("State") or {}).get("Pid") for inspected in context.containers()]
    first = {pid for pid in named if isinstance(pid, int)}
    namespaces = _own_namespaces(context)
    found: dict[str, list[int]] = {}
    pids = process_ids(context.host)
    if 1 not in pids:
        raise Unread("the processes of other users are hidden (/proc is mounted with hidepid)")
    for entry in pids:
        try:
            text = context.process_groups(entry) if entry in first else read_groups(context.host, entry)
        except Unread as gap:
            if gap.kind == "absent":
                continue
            raise
        owner = container_of([line.split(":", 2)[-1] for line in text.split("\n")], identifiers)
        if owner is None and namespaces:
            owner = namespaces.get(_namespace(context, entry) or "")
        if owner is not None:
            found.setdefault(owner, []).append(entry)
    return found


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
    """Return the file name of the program that the process runs. It is empty for a process that ended and was not
    collected, and None if the kernel does not show it."""
    try:
        target = context.host.read_link(f"/proc/{pid}/exe")
    except Unread as gap:
        return "" if gap.kind == "absent" else None
    name = target.rpartition("/")[2]
    return name[: -len(" (deleted)")] if name.endswith(" (deleted)") else name


def _first_user(context: Context, pid: int) -> Document:
    """Return ``uid`` in the container and ``host_uid``. ``uid`` is None if the id has no mapping."""
    uids = context.process_status(pid).get("Uid", "").split()
    if len(uids) < 2 or not uids[1].isdigit():
        raise Unread(f"/proc/{pid}/status does not show the process's user")
    host_uid = int(uids[1])
    return {"uid": inside_of(map_of(context, pid, "uid_map"), host_uid), "host_uid": host_uid}
